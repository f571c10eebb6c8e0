import * as tf from '@tensorflow/tfjs';
import { minimizeLbfgs, type MinimizeLbfgsOptions } from '@ebim/autodiff';
import { compile, scan } from '@ebim/compiler';
import { violation } from '../constraint/constraint-frame.js';
import { checkCount } from '../options.js';
import { displaced, type ConstraintProblem, type ConstraintSolution } from './problem.js';

/** Options of {@link lbfgs}. */
export interface LbfgsOptions {
  /** Outer steps, each of up to 20 iterations. Default 1 in a step of a chain, 100 in a projection. */
  readonly steps?: number;
  /** Line search by the strong Wolfe conditions instead of unit steps. Default true. */
  readonly strongWolfe?: boolean;
  /** Points of a projection that are minimised together. Default 512. */
  readonly chunkSize?: number;
}

/** L-BFGS, see {@link lbfgs}. */
export interface LbfgsSolver {
  readonly kind: 'lbfgs';
  /** `null`: the default of the place where it is used. */
  readonly steps: number | null;
  readonly strongWolfe: boolean;
  readonly chunkSize: number;
}

/**
 * L-BFGS with the semantics of PyTorch on the sum of squares of F over lambda (in a projection: on the mean over x), the
 * batch being one vector: what the reference implementation does in low dimension. It ends where the sum of squares
 * changes by less than 1e-9, and a chain is only one part of that sum.
 *
 * @throws ConfigError `bad-option`
 */
export function lbfgs(options: LbfgsOptions = {}): LbfgsSolver {
  const { steps, strongWolfe = true, chunkSize = 512 } = options;
  if (steps !== undefined) checkCount(steps, 1, 'lbfgs({ steps })');
  checkCount(chunkSize, 1, 'lbfgs({ chunkSize })');
  return { kind: 'lbfgs', steps: steps ?? null, strongWolfe, chunkSize };
}

const OUTER_STEPS = 1;

/** Solves the problem of a constrained step. */
export function solveLbfgs(problem: ConstraintProblem, solver: LbfgsSolver): ConstraintSolution {
  const { constraint, frame } = problem;
  const { x: lambda, status } = minimizeLbfgs(
    (at) => tf.sum(tf.square(constraint(displaced(problem, at)))),
    tf.zerosLike(frame.value),
    torchOptions(solver, OUTER_STEPS),
  );
  const position = displaced(problem, lambda);
  const value = constraint(position);
  return { position, value, size: violation(value), iterations: status.iterations };
}

/** What a projection ends with. */
export type Minimum = {
  /** `[B, n]` */
  readonly position: tf.Tensor;
  /** int32 scalar, the largest of the chunks */
  readonly iterations: tf.Tensor;
};

/**
 * Minimises a mean over the rows of x `[B, n]`, at least one, from x on, a chunk of rows at a time. As a program even
 * where it is called by itself: it takes thousands of small operations.
 */
export function minimizeInChunks(
  loss: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  solver: LbfgsSolver,
  defaultSteps: number,
): Minimum {
  const options = torchOptions(solver, defaultSteps);
  const minimise = (rows: tf.Tensor): Minimum => {
    const { x: position, status } = minimizeLbfgs(loss, rows, options);
    return { position, iterations: status.iterations };
  };
  const { chunkSize } = solver;
  const [batch, width] = x.shape as [number, number];
  const whole = Math.floor(batch / chunkSize);
  const program = compile(
    (rows: tf.Tensor): Minimum => {
      if (whole === 0) return minimise(rows);
      const [iterations, position] = scan(
        (most: tf.Tensor, chunk: tf.Tensor): [tf.Tensor, tf.Tensor] => {
          const solved = minimise(chunk);
          return [tf.maximum(most, solved.iterations), solved.position];
        },
        tf.scalar(0, 'int32'),
        tf.reshape(tf.slice(rows, 0, whole * chunkSize), [whole, chunkSize, width]),
      );
      const first = tf.reshape(position, [whole * chunkSize, width]);
      if (whole * chunkSize === batch) return { position: first, iterations };
      const rest = minimise(tf.slice(rows, whole * chunkSize));
      return {
        position: tf.concat([first, rest.position], 0),
        iterations: tf.maximum(iterations, rest.iterations),
      };
    },
    { fallback: true },
  );
  try {
    return program(x);
  } finally {
    program.dispose();
  }
}

const torchOptions = ({ steps, strongWolfe }: LbfgsSolver, defaultSteps: number): MinimizeLbfgsOptions => ({
  steps: steps ?? defaultSteps,
  lineSearch: strongWolfe ? 'strongWolfe' : 'none',
});
