export * from './bounds.js';
export * from './buffers/replay-buffer.js';
export * from './chains/run-chain.js';
export { type InfoSummary } from './chains/info-log.js';
export * from './chains/run-steps.js';
export { type Energy, type LangevinSizes } from './drift.js';
export * from './kernel.js';
export * from './kernels/langevin.js';
