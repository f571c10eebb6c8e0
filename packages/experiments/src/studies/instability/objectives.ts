import {
  lineDemonstration,
  lineLosses,
  type LineDemonstration,
  type LineLosses,
  type LineMoments,
} from '@ebim/flows';

/** Angle and width of the line that the data lie on. */
export const TRUTH = { alpha: Math.PI / 2, sigma: 1 } as const;

/** A line, its width, and all objectives there. */
export interface LinePoint extends LineLosses {
  /** Radians. */
  readonly alpha: number;
  readonly sigma: number;
}

const at = (alpha: number, sigma: number, moments: LineMoments): LinePoint => ({
  alpha,
  sigma,
  ...lineLosses(alpha, sigma, { moments }),
});

/** All objectives at the width of the largest likelihood for an angle, `|sin alpha| √(E x₁²)`. */
export const bestOfAngle = (alpha: number, moments: LineMoments): LinePoint =>
  at(alpha, Math.abs(Math.sin(alpha)) * Math.sqrt(moments.square), moments);

/** All objectives at {@link TRUTH}. */
export const atTruth = (moments: LineMoments): LinePoint => at(TRUTH.alpha, TRUTH.sigma, moments);

/** What can be minimised over lines and widths; the last objective compares widths of one line only. */
export type Objective = 'negativeLogLikelihood' | 'reconstructionError' | 'combined';

/** The value of an objective, small where the objective is content. */
export const valueOf = (objective: Objective, losses: LineLosses): number =>
  objective === 'negativeLogLikelihood' ? -losses.logLikelihood : losses[objective];

/** The point of the grid of the figure at which an objective is least; of equals the first. */
export function leastOnGrid(objective: Objective, moments: LineMoments): LinePoint {
  const { angles, widths }: LineDemonstration = lineDemonstration({ moments });
  const points = widths.flatMap((sigma) => angles.map((alpha) => at(alpha, sigma, moments)));
  return points.reduce((least, point) =>
    valueOf(objective, point) < valueOf(objective, least) ? point : least,
  );
}

/**
 * The largest angle below pi / 2 at which both objectives together, at the best width, are lower than at the truth: all
 * lines between the wrong one, alpha = 0, and this one are preferred to it.
 */
export function fooledUpTo(moments: LineMoments): number {
  const gain = (alpha: number): number =>
    bestOfAngle(alpha, moments).combined - bestOfAngle(TRUTH.alpha, moments).combined;
  // The gain rises with the angle, then falls to 0 at the truth: below its only other zero it is negative.
  let [low, high] = [1e-12, 0.5];
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (gain(middle) < 0) low = middle;
    else high = middle;
  }
  return low;
}
