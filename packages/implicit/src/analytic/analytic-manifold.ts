import type { Constraint } from '@ebim/samplers';

/** A manifold that somebody can write down: what samplers and metrics are tested against. */
export interface AnalyticManifold {
  readonly name: string;
  readonly constraint: Constraint;
  readonly ambientDimension: number;
  readonly manifoldDimension: number;
  /** Length, area or volume with respect to the metric of the ambient space. */
  readonly volume: number;
}
