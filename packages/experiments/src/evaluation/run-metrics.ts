import type { LevelSetPiece, Topology } from './level-set.js';

/** Smallest, middle, mean and largest of some numbers. */
export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly max: number;
}

/** Wasserstein scores of a density (spec 1.15). */
export interface Scores {
  /** The published protocol: squared distance over its maximum, cells weighted alike. */
  readonly published: number;
  /** W1 in units of the space, on the same cells. */
  readonly w1: number;
  /** W1 over the largest distance. */
  readonly w1Relative: number;
  /** The three again with every cell weighted by the length or area of the manifold in it; `null` without a mesh. */
  readonly publishedByArea: number | null;
  readonly w1ByArea: number | null;
  readonly w1ByAreaRelative: number | null;
}

/** How likely points are under a density on the learned manifold, each taken at its projection onto it. */
export interface Likelihood {
  readonly points: number;
  /** Nats, with respect to length or area; of the points that have a projection. */
  readonly meanLogDensity: number;
  /** Of that mean, over the points. */
  readonly meanLogDensityError: number;
  /** Share of the points farther from the manifold than `farDistance`: what the density says of them means little. */
  readonly farShare: number;
  /** Share of the points without a projection; they do not count in `meanLogDensity`. */
  readonly projectionFailed: number;
}

/** What points that training did not see say. */
export interface HeldOutMetrics extends Likelihood {
  /** Against these points in place of the training points; `null` unless points are of 2 or 3 dimensions. */
  readonly wasserstein: Scores | null;
}

/** A connected piece of the learned manifold. */
export interface PieceMetrics extends LevelSetPiece {
  /** Share of the learned probability on it; `null` while there is no density. */
  readonly mass: number | null;
  /** Share of the training points to which it is the nearest piece. */
  readonly dataShare: number;
}

/** The numbers of a run: equal for equal configurations, so no time is among them. */
export interface RunMetrics extends Omit<Likelihood, 'points'> {
  /** Statistics of the last epoch of manifold training. */
  readonly manifold: Readonly<Record<string, number>>;
  /** Statistics of the last epoch of density training. */
  readonly density: Readonly<Record<string, number>>;
  /** `null` unless the manifold is a curve in the plane or a surface in space. */
  readonly topology:
    | (Topology & {
        readonly volume: number;
        /** False when F has no zero in the box: all of this is then about a level near zero. */
        readonly crosses: boolean;
        readonly asExpected: boolean | null;
        /** The largest twelve, largest first. */
        readonly pieces: readonly PieceMetrics[];
      })
    | null;
  /** Smallest singular values of the Jacobian of F along the manifold: near 0 it has an edge or crosses itself. */
  readonly rank: {
    readonly min: number;
    readonly onePercent: number;
    readonly median: number;
    /** The largest singular value. */
    readonly max: number;
    /** Where the smallest is. */
    readonly at: readonly number[];
  };
  /** Distances of training points to the manifold, where they could be found. */
  readonly distance: Summary;
  /** Share of them that could not. */
  readonly distanceFailed: number;
  /** Share of covering points that had to be drawn again. */
  readonly coveringFailed: number;
  /** `null` unless points are of 2 or 3 dimensions. */
  readonly wasserstein: {
    readonly temperature: number;
    /** Of exp(-E / temperature), under the published protocol. */
    readonly published: number;
    /** Of the density as it was trained, exp(-E). */
    readonly atOne: Scores;
    /** What a uniform density on the same learned manifold scores under the published protocol. */
    readonly uniform: number;
  } | null;
  /** log of the integral of exp(-E) over the learned manifold. */
  readonly logPartition: {
    readonly byMesh: number | null;
    /** Error of the mesh, from two resolutions. */
    readonly meshError: number | null;
    readonly byCoarea: number;
    readonly coareaStandardError: number;
    /** Whether the two differ by no more than three standard errors and the error of the mesh. */
    readonly agree: boolean | null;
  };
  /** The distance beyond which a point counts as far: `evaluation.farDistance` times the diameter of the data. */
  readonly farDistance: number;
  /** Scores against points that training did not see; `null` unless `data.split` kept some back. */
  readonly heldOut: {
    readonly validation: HeldOutMetrics | null;
    readonly test: HeldOutMetrics | null;
  } | null;
  /** What a reader must know before believing the numbers; empty when nothing is wrong. */
  readonly warnings: readonly string[];
}

/** What an evaluation found before a part of it failed. */
export type PartialMetrics = Partial<RunMetrics> & Pick<RunMetrics, 'manifold' | 'warnings'>;
