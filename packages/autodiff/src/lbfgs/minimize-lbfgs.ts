import * as tf from '@tensorflow/tfjs';
import { whileLoop } from '@ebim/compiler';
import { ConfigError, treeTidy } from '@ebim/runtime';
import { untaped } from '../tape/engine.js';
import { assertFloatTensor } from '../transforms/arguments.js';
import { valueAndGrad } from '../transforms/grad.js';
import { resolveLbfgsOptions, type LbfgsOptions } from './options.js';
import { emptyHistory, inner, newtonDirection, remember, type CurvatureHistory } from './traced-history.js';
import { searchLine, type LineTrial } from './traced-line-search.js';
import { and, count, not, or, when } from './traced-scalars.js';

/** Options of {@link minimizeLbfgs}. */
export interface MinimizeLbfgsOptions extends LbfgsOptions {
  /** Steps of the optimiser, each of up to `maxIterations` inner iterations; fewer if one changes nothing. Default 1. */
  readonly steps?: number;
}

/** What {@link minimizeLbfgs} found; owned by the caller. */
export type MinimizeLbfgsResult = {
  /** Of the shape of x0. */
  readonly x: tf.Tensor;
  readonly status: {
    /** Bool scalar: it stopped because gradient or changes fell below their tolerances. */
    readonly converged: tf.Tensor;
    /** int32 scalars. */
    readonly iterations: tf.Tensor;
    readonly evaluations: tf.Tensor;
    /** Value last seen (without line search: before the last move). */
    readonly value: tf.Tensor;
    /** Bool scalar: value and point have no NaN and no infinity. */
    readonly finite: tf.Tensor;
  };
};

/** A point `[n]`, the function there, and the gradient. */
type Evaluation = { readonly value: tf.Tensor; readonly gradient: tf.Tensor };

/** Everything that goes from iteration to iteration and from step to step. */
type State = {
  readonly x: tf.Tensor;
  readonly at: Evaluation;
  /** Where the last direction was chosen. */
  readonly gradientBefore: tf.Tensor;
  readonly direction: tf.Tensor;
  readonly stepLength: tf.Tensor;
  readonly history: CurvatureHistory;
  /** Of all steps and of this one, int32. */
  readonly iterations: tf.Tensor;
  readonly evaluations: tf.Tensor;
  readonly stepIterations: tf.Tensor;
  readonly stepEvaluations: tf.Tensor;
  /** Bools about how this step ended. */
  readonly running: tf.Tensor;
  readonly converged: tf.Tensor;
  /** Bool: a further step would change nothing. */
  readonly settled: tf.Tensor;
};

/**
 * Minimises a scalar function of one tensor by L-BFGS with the semantics of `torch.optim.LBFGS`, all entries together
 * as one vector (also the rows of a batch: they share step lengths and curvature, as in the reference
 * implementation). In float32 on the backend: loops of tensors, which compile as part of a larger program. Called by
 * itself and often it belongs into `compile`, as its many small operations are slow one by one.
 *
 * The curvature pairs take `2 * min(historySize, steps * maxIterations)` tensors of the size of x0. The result is a
 * constant to every gradient.
 *
 * @param f scalar function of a tensor of the shape of x0
 * @param x0 start; not disposed
 * @throws ShapeError `not-a-float-tensor`, `loss-not-scalar`
 * @throws ConfigError `bad-option`
 *
 * @example
 * ```ts
 * // zeros of a constraint near a start, as in the reference implementation
 * const constraint = (q: tf.Tensor) => tf.sub(tf.sum(tf.square(q), 1, true), 1);
 * const start = tf.tensor2d([[2, 0], [0.5, 0.5]]);
 * const { x, status } = minimizeLbfgs((q) => tf.mean(tf.square(constraint(q))), start,
 *   { lineSearch: 'strongWolfe', steps: 100 });
 * ```
 */
export function minimizeLbfgs(
  f: (x: tf.Tensor) => tf.Tensor,
  x0: tf.Tensor,
  options: MinimizeLbfgsOptions = {},
): MinimizeLbfgsResult {
  assertFloatTensor(x0, 'minimizeLbfgs: x0');
  const { steps = 1 } = options;
  const resolved = resolveLbfgsOptions(options);
  if (!Number.isInteger(steps) || steps < 1)
    throw new ConfigError({
      code: 'bad-option',
      where: 'minimizeLbfgs({ steps })',
      expected: 'a whole number, 1 or more',
      received: String(steps),
    });
  const transformed = valueAndGrad(f);
  const evaluate = (x: tf.Tensor): Evaluation => {
    const { value, grad } = transformed(tf.reshape(x, x0.shape));
    return { value, gradient: tf.reshape(grad, [x0.size]) };
  };
  return untaped(() =>
    treeTidy(() => {
      const start = startState(x0, Math.min(resolved.historySize, steps * resolved.maxIterations));
      const step = (state: State): State => takeStep(evaluate, state, resolved);
      const last =
        steps === 1
          ? step(start)
          : whileLoop(
              ({ settled }) => not(settled),
              (state) => {
                const next = step(state);
                // Without a move there is no new curvature either: the next step would be the same again.
                const stays = and(tf.equal(next.stepIterations, count(1)), tf.all(tf.equal(next.x, state.x)));
                return { ...next, settled: or(next.settled, stays) };
              },
              start,
              { maxIterations: steps },
            );
      const { x, at, converged, iterations, evaluations } = last;
      const finite = and(tf.isFinite(at.value), tf.all(tf.isFinite(x)));
      return {
        x: tf.reshape(x, x0.shape),
        status: { converged, iterations, evaluations, value: at.value, finite },
      };
    }),
  );
}

function startState(x0: tf.Tensor, historySize: number): State {
  const zeros = tf.zeros([x0.size]);
  const no = tf.scalar(false, 'bool');
  return {
    x: tf.reshape(x0, [x0.size]),
    at: { value: tf.scalar(NaN), gradient: zeros },
    gradientBefore: zeros,
    direction: zeros,
    stepLength: tf.scalar(0),
    history: emptyHistory(historySize, x0.size),
    iterations: count(0),
    evaluations: count(0),
    stepIterations: count(0),
    stepEvaluations: count(0),
    running: no,
    converged: no,
    settled: no,
  };
}

type Evaluate = (x: tf.Tensor) => Evaluation;
type Options = Required<LbfgsOptions>;

/** Up to `maxIterations` iterations. */
function takeStep(evaluate: Evaluate, before: State, options: Options): State {
  const at = evaluate(before.x);
  const isFlat = tf.lessEqual(largest(at.gradient), options.toleranceGradient);
  return whileLoop<State>(
    ({ running }) => running,
    (state) => iterate(evaluate, state, options),
    {
      ...before,
      at,
      evaluations: tf.add(before.evaluations, count(1)),
      stepIterations: count(0),
      stepEvaluations: count(1),
      running: not(isFlat),
      converged: isFlat,
      settled: isFlat,
    },
    { maxIterations: options.maxIterations },
  );
}

/** A direction, a move along it, and whether to go on. */
function iterate(evaluate: Evaluate, state: State, options: Options): State {
  const { learningRate, maxIterations, maxEvaluations, toleranceGradient, toleranceChange } = options;
  const { x, at } = state;
  const first = tf.equal(state.iterations, count(0));
  const history = remember(
    state.history,
    tf.mul(state.direction, state.stepLength),
    tf.sub(at.gradient, state.gradientBefore),
    not(first),
  );
  const direction = newtonDirection(at.gradient, history);
  const shortened = tf.minimum(tf.div(1, tf.sum(tf.abs(at.gradient))), 1);
  const firstLength = tf.mul(when(first, shortened, tf.scalar(1)), learningRate);
  const slope = inner(at.gradient, direction);
  const noDescent = tf.greater(slope, -toleranceChange);
  const maxMove = largest(direction);
  const stepIterations = tf.add(state.stepIterations, count(1));
  const lastIteration = tf.greaterEqual(stepIterations, count(maxIterations));

  const moved = (step: tf.Tensor): tf.Tensor => tf.add(x, tf.mul(direction, step));
  const tryStep = (step: tf.Tensor): LineTrial => {
    const { value, gradient } = evaluate(moved(step));
    return { step, value, gradient, slope: inner(gradient, direction) };
  };
  const origin: LineTrial = { step: tf.scalar(0), slope, ...at };
  const { trial, evaluations: used } =
    options.lineSearch === 'strongWolfe'
      ? searchLine(tryStep, origin, firstLength, maxMove, not(noDescent), options)
      : // The value at the last point is found by the step that starts there.
        fixedStep(tryStep, origin, firstLength, not(or(noDescent, lastIteration)));
  const stepLength = options.lineSearch === 'strongWolfe' ? trial.step : firstLength;

  const stepEvaluations = tf.add(state.stepEvaluations, used);
  const exhausted = or(lastIteration, tf.greaterEqual(stepEvaluations, count(maxEvaluations)));
  const isFlat = tf.lessEqual(largest(trial.gradient), toleranceGradient);
  const still = or(
    tf.lessEqual(tf.mul(maxMove, tf.abs(stepLength)), toleranceChange),
    tf.less(tf.abs(tf.sub(trial.value, at.value)), toleranceChange),
  );
  const goesOn = not(or(noDescent, exhausted));
  return {
    x: when(noDescent, x, moved(stepLength)),
    at: { value: trial.value, gradient: trial.gradient },
    gradientBefore: at.gradient,
    direction,
    stepLength: when(noDescent, firstLength, stepLength),
    history,
    iterations: tf.add(state.iterations, count(1)),
    evaluations: tf.add(state.evaluations, used),
    stepIterations,
    stepEvaluations,
    running: and(goesOn, not(or(isFlat, still))),
    converged: or(noDescent, and(goesOn, or(isFlat, still))),
    settled: and(goesOn, isFlat),
  };
}

/** The trial at a fixed step, or the origin if none is wanted: a loop of at most one turn. */
function fixedStep(
  tryStep: (step: tf.Tensor) => LineTrial,
  origin: LineTrial,
  step: tf.Tensor,
  wanted: tf.Tensor,
): { readonly trial: LineTrial; readonly evaluations: tf.Tensor } {
  type Turn = { readonly trial: LineTrial; readonly evaluations: tf.Tensor; readonly wanted: tf.Tensor };
  return whileLoop<Turn>(
    (turn) => turn.wanted,
    () => ({ trial: tryStep(step), evaluations: count(1), wanted: tf.scalar(false, 'bool') }),
    { trial: origin, evaluations: count(0), wanted },
    { maxIterations: 1 },
  );
}

/** The maximum norm; NaN if any entry is NaN. */
const largest = (v: tf.Tensor): tf.Tensor => tf.max(tf.abs(v));
