import * as tf from '@tensorflow/tfjs';
import { vjp } from '@ebim/autodiff';
import { scan } from '@ebim/compiler';
import { violation } from '../constraint/constraint-frame.js';
import { checkCount, checkFraction, checkPositive } from '../options.js';
import { displaced, type ConstraintProblem, type ConstraintSolution } from './problem.js';

/** Options of {@link gradientDescent}. */
export interface GradientDescentOptions {
  /** Default 1. */
  readonly learningRate?: number;
  /** Default 60. */
  readonly steps?: number;
  /** `velocity <- momentum * velocity + gradient`. Default 0. */
  readonly momentum?: number;
}

/** Gradient descent, see {@link gradientDescent}. */
export interface GradientDescentSolver {
  readonly kind: 'gradientDescent';
  readonly learningRate: number;
  readonly steps: number;
  readonly momentum: number;
}

/**
 * A fixed number of gradient steps on the sum of squares of F over lambda (in a projection: on its mean over x): what
 * the reference implementation does for images.
 *
 * @throws ConfigError `bad-option`
 */
export function gradientDescent(options: GradientDescentOptions = {}): GradientDescentSolver {
  const { learningRate = 1, steps = 60, momentum = 0 } = options;
  checkPositive(learningRate, 'gradientDescent({ learningRate })');
  checkCount(steps, 1, 'gradientDescent({ steps })');
  checkFraction(momentum, 'gradientDescent({ momentum })');
  return { kind: 'gradientDescent', learningRate, steps, momentum };
}

type Descent = { readonly at: tf.Tensor; readonly velocity: tf.Tensor };

/** `steps` updates of `x` along its gradient, of the shape of `x`. */
export function descend(
  gradient: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  { learningRate, steps, momentum }: GradientDescentSolver,
): tf.Tensor {
  const [end] = scan(
    ({ at, velocity }: Descent, _: null): [Descent, null] => {
      const pushed = tf.add(tf.mul(velocity, momentum), gradient(at));
      return [{ at: tf.sub(at, tf.mul(pushed, learningRate)), velocity: pushed }, null];
    },
    { at: x, velocity: tf.zerosLike(x) },
    null,
    { length: steps },
  );
  return end.at;
}

/** Solves the problem of a constrained step. */
export function solveGradientDescent(
  problem: ConstraintProblem,
  solver: GradientDescentSolver,
): ConstraintSolution {
  const { constraint, frame, stepSize } = problem;
  // d/d lambda of sum F(c(lambda))^2 = -stepSize J(q) J(c)^T F(c).
  const gradient = (lambda: tf.Tensor): tf.Tensor => {
    const { value, vjp: pullBack } = vjp(constraint, displaced(problem, lambda));
    return tf.mul(frame.jvp(pullBack(value)), -stepSize);
  };
  const lambda = descend(gradient, tf.zerosLike(frame.value), solver);
  const position = displaced(problem, lambda);
  const value = constraint(position);
  return { position, value, size: violation(value), iterations: tf.scalar(solver.steps, 'int32') };
}
