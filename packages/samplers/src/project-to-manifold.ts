import * as tf from '@tensorflow/tfjs';
import { whileLoop } from '@ebim/compiler';
import { vjp } from '@ebim/autodiff';
import { ShapeError, treeTidy } from '@ebim/runtime';
import {
  constraintFrame,
  rowNorm,
  rowScale,
  violation,
  type Constraint,
} from './constraint/constraint-frame.js';
import { gramSolver } from './constraint/tangent-projection.js';
import { finiteRows } from './drift.js';
import { checkPositive } from './options.js';
import { descend, type GradientDescentSolver } from './solvers/gradient-descent.js';
import { minimizeInChunks, type LbfgsSolver, type Minimum } from './solvers/lbfgs.js';
import { newton, type NewtonSolver } from './solvers/newton.js';

/** Options of {@link projectToManifold}. */
export interface ProjectionOptions {
  /**
   * A point has converged when `max |F_i|` is at most this times the size of a row of J, and J is not zero there.
   * Default 1e-5.
   */
  readonly tolerance?: number;
}

/** What became of every point of a projection. */
export type ProjectionStatus = {
  /** Bool `[B]`. */
  readonly converged: tf.Tensor;
  /** `max |F_i|` `[B]`. */
  readonly residual: tf.Tensor;
  /** Bool `[B]`: the point has no NaN and no infinity. */
  readonly finite: tf.Tensor;
  /** int32 scalar, the largest of the batch. */
  readonly iterations: tf.Tensor;
};

/** A point of the manifold for each given one, and how that went. */
export type Projection = { readonly position: tf.Tensor; readonly status: ProjectionStatus };

/**
 * Brings points onto the manifold by minimising `|F|^2` from where they are. The result is near, not nearest.
 *
 * @param x `[B, n]`
 * @param solver default `newton()`; only `newton` treats each point by itself
 * @throws ShapeError `bad-constraint`, `bad-position`
 *
 * @example
 * ```ts
 * const circle = (x: tf.Tensor) => tf.sub(tf.sum(tf.square(x), 1, true), 1);
 * const { position, status } = projectToManifold(circle, tf.tensor2d([[3, 4]])); // [[0.6, 0.8]]
 * ```
 */
export function projectToManifold(
  constraint: Constraint,
  x: tf.Tensor,
  solver: NewtonSolver | LbfgsSolver | GradientDescentSolver = newton(),
  options: ProjectionOptions = {},
): Projection {
  const { tolerance = 1e-5 } = options;
  checkPositive(tolerance, 'projectToManifold({ tolerance })');
  if (x.rank !== 2)
    throw new ShapeError({
      code: 'bad-position',
      where: 'projectToManifold(constraint, x)',
      expected: 'x of shape [batch, n]',
      received: `[${x.shape}]`,
    });
  if (x.shape[0] === 0) return nothing(x);
  return treeTidy(() => {
    const { position, iterations } = minimise(constraint, x, solver, tolerance);
    const frame = constraintFrame(constraint, position);
    const residual = violation(frame.value);
    const scale = rowScale(frame);
    // Where F and its Jacobian both vanish there is no manifold to be on: a function that is zero everywhere has none.
    const converged = tf.logicalAnd(tf.lessEqual(residual, tf.mul(scale, tolerance)), tf.greater(scale, 0));
    return { position, status: { converged, residual, finite: finiteRows(position), iterations } };
  });
}

/** The projection of no points: kernels of TensorFlow.js do not all take an empty batch. */
const nothing = (x: tf.Tensor): Projection => ({
  position: x.clone(),
  status: {
    converged: tf.zeros([0], 'bool'),
    residual: tf.zeros([0]),
    finite: tf.zeros([0], 'bool'),
    iterations: tf.scalar(0, 'int32'),
  },
});

function minimise(
  constraint: Constraint,
  x: tf.Tensor,
  solver: NewtonSolver | LbfgsSolver | GradientDescentSolver,
  acceptable: number,
): Minimum {
  switch (solver.kind) {
    case 'newton':
      return gaussNewton(constraint, x, solver, acceptable);
    case 'lbfgs':
      return minimizeInChunks((at) => tf.mean(tf.square(constraint(at))), x, solver, LBFGS_STEPS);
    case 'gradientDescent': {
      const gradient = (at: tf.Tensor): tf.Tensor => {
        const { value, vjp: pullBack } = vjp(constraint, at);
        return pullBack(tf.mul(value, 2 / value.size));
      };
      return { position: descend(gradient, x, solver), iterations: tf.scalar(solver.steps, 'int32') };
    }
  }
}

type GaussNewtonCarry = Minimum & {
  /** t, `[B]`. */
  readonly damping: tf.Tensor;
  /** Bool `[B]`. */
  readonly active: tf.Tensor;
};

const PROJECTION_ITERATIONS = 50;
const LBFGS_STEPS = 100;
const SMALLEST_DAMPING = 1e-4;

/**
 * Minimum-norm Gauss-Newton steps `-t J^T (J J^T)^-1 F`; t of a point falls to a quarter when `|F|` does not fall
 * (the step is not taken), and doubles up to 1 when it does.
 */
function gaussNewton(
  constraint: Constraint,
  x: tf.Tensor,
  solver: NewtonSolver,
  acceptable: number,
): Minimum {
  const first = constraint(x);
  const batch = x.shape[0];
  const { position, iterations } = whileLoop<GaussNewtonCarry>(
    (carry) => tf.any(carry.active),
    (carry) => {
      const here = constraintFrame(constraint, carry.position);
      const step = here.vjp(gramSolver(here)(here.value));
      const candidate = tf.sub(carry.position, tf.mul(step, tf.expandDims(carry.damping, 1)));
      const candidateValue = constraint(candidate);
      const scale = rowScale(here);
      const before = rowNorm(here.value);
      const enough = tf.mul(before, tf.sub(1, tf.mul(carry.damping, 1e-4)));
      const better = tf.logicalAnd(carry.active, tf.less(rowNorm(candidateValue), enough));
      const chosen = tf.expandDims(better, 1);
      const size = violation(tf.where(chosen, candidateValue, here.value));
      const wanting = tf.greater(size, tf.mul(scale, solver.tolerance));
      // An acceptable point that does not improve has met the rounding of F.
      const rounded = tf.logicalAnd(tf.logicalNot(better), tf.lessEqual(size, tf.mul(scale, acceptable)));
      const damping = tf.where(better, tf.minimum(tf.mul(carry.damping, 2), 1), tf.mul(carry.damping, 0.25));
      const going = tf.logicalAnd(
        tf.logicalAnd(carry.active, wanting),
        tf.logicalAnd(tf.logicalNot(rounded), tf.greater(damping, SMALLEST_DAMPING)),
      );
      return {
        position: tf.where(chosen, candidate, carry.position),
        damping,
        active: going,
        iterations: tf.add(carry.iterations, tf.scalar(1, 'int32')),
      };
    },
    {
      position: x,
      damping: tf.ones([batch]),
      active: tf.greater(violation(first), 0),
      iterations: tf.scalar(0, 'int32'),
    },
    { maxIterations: solver.maxIterations ?? PROJECTION_ITERATIONS },
  );
  return { position, iterations };
}
