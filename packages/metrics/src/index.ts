export type { Points } from './points.js';
export type { GroundMetric, PointCost, TransportCost } from './transport/cost.js';
export type { TransportPlan, TransportPotentials } from './transport/certificate.js';
export {
  optimalTransport,
  type OptimalTransportOptions,
  type OptimalTransportResult,
} from './transport/optimal-transport.js';
