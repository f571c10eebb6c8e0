import * as tf from '@tensorflow/tfjs';
import { BackendError, ConfigError, supportsSyncRead, treeTidy } from '@ebim/runtime';
import { untaped } from '../tape/engine.js';
import { assertFloatTensor } from '../transforms/arguments.js';
import { valueAndGrad } from '../transforms/grad.js';
import { lbfgs, type LbfgsOptions, type LbfgsState } from './lbfgs.js';
import type { Evaluation } from './strong-wolfe.js';

/** Options of {@link minimizeLbfgs}. */
export interface MinimizeLbfgsOptions extends LbfgsOptions {
  /** Steps of the optimiser, each of up to `maxIterations` inner iterations. Default 1. */
  readonly steps?: number;
}

/** What {@link minimizeLbfgs} found; owned by the caller. */
export interface MinimizeLbfgsResult {
  /** Of the shape of x0. */
  readonly x: tf.Tensor;
  readonly status: {
    /** Bool scalar: it stopped because gradient or changes fell below their tolerances. */
    readonly converged: tf.Scalar;
    /** int32 scalars. */
    readonly iterations: tf.Scalar;
    readonly evaluations: tf.Scalar;
    /** Value last seen (without line search: before the last move). */
    readonly value: tf.Scalar;
  };
}

/**
 * Minimises a scalar function of one tensor by L-BFGS, all entries together as one vector (also the rows of a
 * batch: they share step lengths and curvature, as in the reference implementation). The iteration runs on the host
 * in float64, f and its gradient on the backend in float32.
 *
 * It reads values back at every evaluation, so it is the one solver that cannot be compiled into a larger program,
 * and it needs a backend that reads synchronously; elsewhere use {@link minimizeLbfgsAsync}. The result is a
 * constant to every gradient.
 *
 * @param f scalar function of a tensor of the shape of x0
 * @param x0 start; not disposed
 * @throws BackendError `needs-sync-read`
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
  if (!supportsSyncRead())
    throw new BackendError({
      code: 'needs-sync-read',
      where: 'minimizeLbfgs',
      expected: 'a backend that reads tensors synchronously',
      received: tf.getBackend(),
      hint: 'Use minimizeLbfgsAsync.',
    });
  const steps = resolveSteps(options);
  const { init, step } = lbfgs(options);
  const evaluate = evaluator(f, x0.shape);
  const objective = (x: Float64Array): Evaluation => {
    const { value, gradient } = evaluate(x);
    const result = { value: read(value)[0], gradient: Float64Array.from(read(gradient)) };
    tf.dispose([value, gradient]);
    return result;
  };
  let state = init(read(x0));
  for (let i = 0; i < steps; i++) {
    state = step(objective, state);
    if (isDone(state)) break;
  }
  return toTensors(state, x0.shape);
}

/** {@link minimizeLbfgs} for any backend. */
export async function minimizeLbfgsAsync(
  f: (x: tf.Tensor) => tf.Tensor,
  x0: tf.Tensor,
  options: MinimizeLbfgsOptions = {},
): Promise<MinimizeLbfgsResult> {
  assertFloatTensor(x0, 'minimizeLbfgsAsync: x0');
  const steps = resolveSteps(options);
  const { init, step } = lbfgs(options);
  const evaluate = evaluator(f, x0.shape);
  const objective = async (x: Float64Array): Promise<Evaluation> => {
    const { value, gradient } = evaluate(x);
    const [[v], g] = await Promise.all([value.data(), gradient.data()]);
    tf.dispose([value, gradient]);
    return { value: v, gradient: Float64Array.from(g) };
  };
  let state = init(await x0.data());
  for (let i = 0; i < steps; i++) {
    state = await step(objective, state);
    if (isDone(state)) break;
  }
  return toTensors(state, x0.shape);
}

function resolveSteps({ steps = 1 }: MinimizeLbfgsOptions): number {
  if (Number.isInteger(steps) && steps >= 1) return steps;
  throw new ConfigError({
    code: 'bad-option',
    where: 'minimizeLbfgs({ steps })',
    expected: 'a whole number, 1 or more',
    received: String(steps),
  });
}

/** The iteration is on the host: this is the solver that reads, as its documentation says. */
// eslint-disable-next-line no-restricted-syntax -- supportsSyncRead has been asked, and compiled programs refuse it
const read = (tensor: tf.Tensor): tf.TypedArray => tensor.dataSync();

/** A further step from such a point would stop at its first evaluation. */
const isDone = (state: LbfgsState): boolean => state.stop === 'gradient';

function evaluator(f: (x: tf.Tensor) => tf.Tensor, shape: number[]) {
  const transformed = valueAndGrad(f);
  return (x: Float64Array): { value: tf.Tensor; gradient: tf.Tensor } =>
    untaped(() =>
      treeTidy(() => {
        const { value, grad } = transformed(tf.tensor(Float32Array.from(x), shape));
        return { value, gradient: grad };
      }),
    );
}

function toTensors(state: LbfgsState, shape: number[]): MinimizeLbfgsResult {
  const converged = state.stop === 'gradient' || state.stop === 'change' || state.stop === 'slope';
  return {
    x: tf.tensor(Float32Array.from(state.x), shape),
    status: {
      converged: tf.scalar(converged, 'bool'),
      iterations: tf.scalar(state.iterations, 'int32'),
      evaluations: tf.scalar(state.evaluations, 'int32'),
      value: tf.scalar(state.value),
    },
  };
}
