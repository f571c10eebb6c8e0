import { ShapeError } from '@ebim/runtime';
import { ARMIJO, FLATTENING, MIN_CURVATURE, resolveLbfgsOptions, type LbfgsOptions } from './options.js';
import { strongWolfe, type Evaluating, type Evaluation } from './strong-wolfe.js';
import {
  addScaled,
  addScaledInto,
  dot,
  largestMagnitude,
  scaled,
  subtract,
  sumOfMagnitudes,
} from './vectors.js';

/** Why a step ended. */
export type LbfgsStop = 'gradient' | 'change' | 'slope' | 'iterations' | 'evaluations';

/** Everything that goes from step to step; treat as opaque except for the fields described. */
export interface LbfgsState {
  /** The current point. */
  readonly x: Float64Array;
  /** Inner iterations so far. */
  readonly iterations: number;
  /** Function evaluations so far. */
  readonly evaluations: number;
  /** The value last seen; without line search the one before the last move. NaN before the first step. */
  readonly value: number;
  /** Largest entry of the gradient last seen. */
  readonly gradientSize: number;
  /** Why the last step ended; `gradient` and `change` mean convergence. */
  readonly stop: LbfgsStop | null;
  readonly memory: LbfgsMemory | null;
}

interface CurvaturePair {
  readonly move: Float64Array;
  readonly change: Float64Array;
  /** 1 / (move · change) */
  readonly weight: number;
}

interface LbfgsMemory {
  readonly pairs: readonly CurvaturePair[];
  /** Initial inverse Hessian: a multiple of the identity. */
  readonly scale: number;
  readonly direction: Float64Array;
  readonly stepLength: number;
  readonly gradient: Float64Array;
}

/** A function on flat vectors; it may keep neither argument nor result. */
export type Objective = (x: Float64Array) => Evaluation;

/** The same, asynchronous. */
export type AsyncObjective = (x: Float64Array) => Promise<Evaluation>;

/** Limited-memory BFGS as a pair of pure functions. */
export interface Lbfgs {
  /** The state at a start point (copied). */
  readonly init: (x: ArrayLike<number>) => LbfgsState;
  /** One step, i.e. up to `maxIterations` inner iterations; returns the next state. */
  readonly step: {
    (f: Objective, state: LbfgsState): LbfgsState;
    (f: AsyncObjective, state: LbfgsState): Promise<LbfgsState>;
  };
}

/**
 * Limited-memory BFGS with the semantics of `torch.optim.LBFGS`, in float64 on the host: the same trajectory to
 * rounding, including what is carried from one step to the next. The first direction is the gradient with a length
 * of at most 1 (in the 1-norm, times the learning rate); a curvature pair is kept if yᵀs > 1e-10; the initial
 * inverse Hessian is yᵀs / yᵀy.
 *
 * @throws ConfigError `bad-option`
 * @throws ShapeError `gradient-length` if f returns a gradient of another length
 *
 * @example
 * ```ts
 * const { init, step } = lbfgs({ lineSearch: 'strongWolfe' });
 * const square = (x: Float64Array) => ({ value: x[0] ** 2, gradient: Float64Array.of(2 * x[0]) });
 * const { x, value, stop } = step(square, init([3]));
 * ```
 */
export function lbfgs(options: LbfgsOptions = {}): Lbfgs {
  const resolved = resolveLbfgsOptions(options);
  function step(f: Objective, state: LbfgsState): LbfgsState;
  function step(f: AsyncObjective, state: LbfgsState): Promise<LbfgsState>;
  function step(f: Objective | AsyncObjective, state: LbfgsState): LbfgsState | Promise<LbfgsState> {
    return drive(minimize(state, resolved), f, state.x.length);
  }
  return {
    init: (x) => ({
      x: Float64Array.from(x),
      iterations: 0,
      evaluations: 0,
      value: NaN,
      gradientSize: NaN,
      stop: null,
      memory: null,
    }),
    step,
  };
}

/** One step. Yields the points at which it needs the function. */
function* minimize(state: LbfgsState, options: Required<LbfgsOptions>): Evaluating<Float64Array, LbfgsState> {
  const { learningRate, maxIterations, maxEvaluations, toleranceGradient, toleranceChange, maxTrials } =
    options;
  let { x, memory } = state;
  let current = yield x;
  let evaluations = 1;
  let iterations = 0;
  const end = (stop: LbfgsStop): LbfgsState => ({
    x,
    iterations: state.iterations + iterations,
    evaluations: state.evaluations + evaluations,
    value: current.value,
    gradientSize: largestMagnitude(current.gradient),
    stop,
    memory,
  });
  if (largestMagnitude(current.gradient) <= toleranceGradient) return end('gradient');
  for (;;) {
    iterations++;
    const { value: valueBefore, gradient } = current;
    const first = memory === null;
    const { pairs, scale } = memory === null ? NO_CURVATURE : remember(memory, gradient, options.historySize);
    const direction = first ? scaled(gradient, -1) : newtonDirection(gradient, pairs, scale);
    let stepLength = learningRate * (first ? Math.min(1, 1 / sumOfMagnitudes(gradient)) : 1);
    const slope = dot(gradient, direction);
    memory = { pairs, scale, direction, stepLength, gradient };
    if (slope > -toleranceChange) return end('slope');
    if (options.lineSearch === 'strongWolfe') {
      const from: Float64Array = x;
      const search = strongWolfe(current, direction, stepLength, {
        armijo: ARMIJO,
        curvature: FLATTENING,
        maxTrials,
        toleranceChange,
      });
      let trial = search.next();
      while (trial.done !== true) trial = search.next(yield addScaled(from, direction, trial.value));
      const { value, gradient: reached, step, evaluations: used } = trial.value;
      current = { value, gradient: reached };
      stepLength = step;
      evaluations += used;
      x = addScaled(from, direction, step);
    } else {
      x = addScaled(x, direction, stepLength);
      // The value at the last point is found by the step that starts there.
      if (iterations < maxIterations) {
        current = yield x;
        evaluations++;
      }
    }
    memory = { ...memory, stepLength };
    if (iterations >= maxIterations) return end('iterations');
    if (evaluations >= maxEvaluations) return end('evaluations');
    if (largestMagnitude(current.gradient) <= toleranceGradient) return end('gradient');
    if (largestMagnitude(direction) * Math.abs(stepLength) <= toleranceChange) return end('change');
    if (Math.abs(current.value - valueBefore) < toleranceChange) return end('change');
  }
}

const NO_CURVATURE = { pairs: [] as readonly CurvaturePair[], scale: 1 };

/** The curvature pairs after the last move, and the scale that they give to the initial inverse Hessian. */
function remember(
  { pairs, scale, direction, stepLength, gradient: before }: LbfgsMemory,
  gradient: Float64Array,
  historySize: number,
): Pick<LbfgsMemory, 'pairs' | 'scale'> {
  const change = subtract(gradient, before);
  const move = scaled(direction, stepLength);
  const curvature = dot(change, move);
  if (!(curvature > MIN_CURVATURE)) return { pairs, scale };
  return {
    pairs: [...pairs, { move, change, weight: 1 / curvature }].slice(-historySize),
    scale: curvature / dot(change, change),
  };
}

/** -H g by the two-loop recursion (Nocedal & Wright, algorithm 7.4). */
function newtonDirection(
  gradient: Float64Array,
  pairs: readonly CurvaturePair[],
  scale: number,
): Float64Array {
  const q = scaled(gradient, -1);
  const alphas = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { move, change, weight } = pairs[i];
    alphas[i] = dot(move, q) * weight;
    addScaledInto(q, change, -alphas[i]);
  }
  const direction = scaled(q, scale);
  pairs.forEach(({ move, change, weight }, i) =>
    addScaledInto(direction, move, alphas[i] - dot(change, direction) * weight),
  );
  return direction;
}

/** Answers the requests of a computation with f; with promises if f gives promises. */
function drive<R>(
  computation: Evaluating<Float64Array, R>,
  f: Objective | AsyncObjective,
  length: number,
): R | Promise<R> {
  let request = computation.next();
  while (request.done !== true) {
    const answer = f(request.value.slice());
    if (answer instanceof Promise)
      return answer.then((evaluation) => continueAsync(computation, evaluation, f as AsyncObjective, length));
    request = computation.next(checked(answer, length));
  }
  return request.value;
}

async function continueAsync<R>(
  computation: Evaluating<Float64Array, R>,
  first: Evaluation,
  f: AsyncObjective,
  length: number,
): Promise<R> {
  let request = computation.next(checked(first, length));
  while (request.done !== true) request = computation.next(checked(await f(request.value.slice()), length));
  return request.value;
}

function checked({ value, gradient }: Evaluation, length: number): Evaluation {
  if (gradient.length !== length)
    throw new ShapeError({
      code: 'gradient-length',
      where: 'lbfgs: value of the function',
      expected: `a gradient of ${length} numbers`,
      received: `${gradient.length}`,
    });
  return { value, gradient: gradient.slice() };
}
