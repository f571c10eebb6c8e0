import { dot, largestMagnitude } from './vectors.js';

/** A function value and its gradient. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A computation that asks for evaluations, so that the caller decides whether they are asynchronous. */
export type Evaluating<Request, Result> = Generator<Request, Result, Evaluation>;

/** The function along the search direction, at one step length. */
interface Trial extends Evaluation {
  readonly step: number;
  /** Directional derivative. */
  readonly slope: number;
}

/** Constants of the search; see {@link strongWolfe}. */
export interface LineSearchOptions {
  /** c1: sufficient decrease. */
  readonly armijo: number;
  /** c2: sufficient flattening. */
  readonly curvature: number;
  /** Largest number of trials, counted after the first. */
  readonly maxTrials: number;
  /** The search ends when the bracket moves no coordinate by more. */
  readonly toleranceChange: number;
}

/** The accepted point of a search. */
export interface LineSearchResult extends Evaluation {
  readonly step: number;
  readonly evaluations: number;
}

/**
 * Line search for the strong Wolfe conditions f(t) <= f + c1 t f' and |f'(t)| <= c2 |f'|, with PyTorch's rules for
 * bracketing and refining (Nocedal & Wright, algorithms 3.5 and 3.6, with cubic interpolation). Yields step
 * lengths to evaluate.
 *
 * @param start the point itself (step 0)
 * @param direction a descent direction
 * @param firstStep first trial
 */
export function* strongWolfe(
  start: Evaluation,
  direction: Float64Array,
  firstStep: number,
  options: LineSearchOptions,
): Evaluating<number, LineSearchResult> {
  const { armijo, curvature, maxTrials, toleranceChange } = options;
  const origin: Trial = { ...start, step: 0, slope: dot(start.gradient, direction) };
  const evaluate = function* (step: number): Evaluating<number, Trial> {
    const { value, gradient } = yield step;
    return { step, value, gradient, slope: dot(gradient, direction) };
  };
  const decreases = (trial: Trial): boolean =>
    !(trial.value > origin.value + armijo * trial.step * origin.slope);
  const isFlat = (trial: Trial): boolean => Math.abs(trial.slope) <= -curvature * origin.slope;
  const result = (trial: Trial): LineSearchResult => ({ ...trial, evaluations: trials + 1 });

  // Walk outwards until a bracket holds an acceptable point.
  let trials = 0;
  let previous = origin;
  let current = yield* evaluate(firstStep);
  let bracket: [Trial, Trial] | undefined;
  while (trials < maxTrials) {
    if (!decreases(current) || (trials > 1 && current.value >= previous.value)) {
      bracket = [previous, current];
      break;
    }
    if (isFlat(current)) return result(current);
    if (current.slope >= 0) {
      bracket = [previous, current];
      break;
    }
    const nearest = current.step + 0.01 * (current.step - previous.step);
    const step = cubicMinimum(previous, current, nearest, 10 * current.step);
    previous = current;
    current = yield* evaluate(step);
    trials++;
  }
  bracket ??= [origin, current];

  // Shrink it; `low` is the end with the smaller value.
  const maxMove = largestMagnitude(direction);
  let low = bracket[0].value <= bracket[1].value ? 0 : 1;
  let stuck = false;
  while (trials < maxTrials) {
    const [left, right] = [
      Math.min(bracket[0].step, bracket[1].step),
      Math.max(bracket[0].step, bracket[1].step),
    ];
    if ((right - left) * maxMove < toleranceChange) break;
    let step = cubicMinimum(bracket[0], bracket[1], left, right);
    const margin = 0.1 * (right - left);
    if (Math.min(right - step, step - left) < margin) {
      // Too near to an end: tolerated once unless it is the end itself, then a step inwards.
      if (stuck || step >= right || step <= left) {
        step = Math.abs(step - right) < Math.abs(step - left) ? right - margin : left + margin;
        stuck = false;
      } else stuck = true;
    } else stuck = false;
    const trial = yield* evaluate(step);
    trials++;
    const high = 1 - low;
    if (!decreases(trial) || trial.value >= bracket[low].value) {
      bracket[high] = trial;
      low = bracket[0].value <= bracket[1].value ? 0 : 1;
    } else {
      if (isFlat(trial)) return result(trial);
      if (trial.slope * (bracket[high].step - bracket[low].step) >= 0) bracket[high] = bracket[low];
      bracket[low] = trial;
    }
  }
  return result(bracket[low]);
}

/** The minimum in [lowest, highest] of the cubic with the values and slopes of two trials; the middle if it has none. */
function cubicMinimum(a: Trial, b: Trial, lowest: number, highest: number): number {
  const [p, q] = a.step <= b.step ? [a, b] : [b, a];
  const d1 = p.slope + q.slope - (3 * (p.value - q.value)) / (p.step - q.step);
  const square = d1 * d1 - p.slope * q.slope;
  if (!(square >= 0)) return (lowest + highest) / 2;
  const d2 = Math.sqrt(square);
  const minimum = q.step - (q.step - p.step) * ((q.slope + d2 - d1) / (q.slope - p.slope + 2 * d2));
  return Math.min(Math.max(minimum, lowest), highest);
}
