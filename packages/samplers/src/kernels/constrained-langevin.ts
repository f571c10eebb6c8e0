import * as tf from '@tensorflow/tfjs';
import { ConfigError, normal, treeTidy } from '@ebim/runtime';
import { checkBounds, clampToBounds, insideBounds, type Bounds } from '../bounds.js';
import {
  frameOfRows,
  rowNorm,
  rowScale,
  violation,
  type Constraint,
  type ConstraintFrame,
} from '../constraint/constraint-frame.js';
import { frameFor, projectTangent, type TangentProjection } from '../constraint/tangent-projection.js';
import {
  clampedGradient,
  finiteRows,
  resolveSizes,
  type Energy,
  type LangevinSizes,
  type ResolvedSizes,
} from '../drift.js';
import type { ChainState, HeldState, HoldingSteps, Kernel } from '../kernel.js';
import { checkPositive } from '../options.js';
import { checkPosition } from '../position.js';
import type { ConstraintSolver } from '../solvers/constraint-solver.js';
import { newton } from '../solvers/newton.js';
import type { ConstraintSolution } from '../solvers/problem.js';
import { solveStep } from '../solvers/solve-step.js';

/** Options of {@link constrainedLangevin}. */
export interface ConstrainedLangevinOptions extends LangevinSizes {
  /** F, `[B, ...] -> [B, k]`; the chains move on its zero set. */
  readonly constraint: Constraint;
  /** Energy on the manifold. Default `null`: zero, so that the limit is uniform with respect to area. */
  readonly energy?: Energy | null;
  /** Default: `cholesky()` for up to four constraints, else `conjugateGradient()`. */
  readonly tangentProjection?: TangentProjection;
  /** Default `newton()`. */
  readonly constraintSolver?: ConstraintSolver;
  /** A step has met its constraint when `max |F_i|` is at most this times the size of a row of J. Default 1e-5. */
  readonly tolerance?: number;
  /**
   * What a chain does with a step that has not: `keepPrevious` stays where it was, `accept` goes there all the same
   * (the reference implementation; never to where x or F is not finite). Default `keepPrevious`.
   */
  readonly onFailure?: 'keepPrevious' | 'accept';
  /** Box. Default: none. */
  readonly bounds?: Bounds;
  /**
   * `reject`: a step that leaves the box is not taken. `clamp`: the ends of chains are clamped, which can take them
   * off the manifold (the reference implementation). Default `reject`.
   */
  readonly outOfBounds?: 'reject' | 'clamp';
}

/** What a constrained step reports, of every chain. */
export type ConstrainedInfo = {
  /** `max |F_i|` at the new position, `[B]`. */
  readonly constraintViolation: tf.Tensor;
  /** int32 scalar: iterations of the constraint solver, the largest of the batch. */
  readonly solverIterations: tf.Tensor;
  /** Bool `[B]`: the solver met the constraint. */
  readonly converged: tf.Tensor;
  /** Bool `[B]`: the step was taken. */
  readonly accepted: tf.Tensor;
  /** `|J p| / (size of a row of J * |u|)` of the momentum p, the projection of the noise u, `[B]`. */
  readonly tangentResidual: tf.Tensor;
  /** Bool `[B]`: the new position has no NaN and no infinity. */
  readonly finite: tf.Tensor;
};

/**
 * Constrained Langevin dynamics (P2 Algorithm 1): a Gaussian momentum projected to the tangent space, a gradient step
 * of the energy, and a move along the normals `J(q)^T lambda` back onto the manifold:
 * `q <- q + noiseScale * p - (stepSize / 2) * clamp(gradient) - (stepSize / 2) * J(q)^T lambda` with `F = 0` there.
 *
 * There is no accept-reject correction for the step size: the density is `exp(-energy)` with respect to area as
 * `noiseScale` tends to 0 with `stepSize = noiseScale^2`, no clamp and no failed steps.
 *
 * @throws ConfigError `bad-option`, `bad-bounds`
 *
 * @example
 * ```ts
 * const circle = (x: tf.Tensor) => tf.sub(tf.sum(tf.square(x), 1, true), 1);
 * const kernel = constrainedLangevin({ constraint: circle, noiseScale: 0.3 });
 * const starts = tf.tile(tf.tensor2d([[1, 0]]), [100, 1]);
 * const [state, info] = runSteps(kernel, key(0), kernel.init(starts), 50);
 * ```
 */
export function constrainedLangevin(
  options: ConstrainedLangevinOptions,
): Kernel<ChainState, ConstrainedInfo> {
  const settings = resolve(options);
  const { bounds, outOfBounds } = settings;
  const kernel: Kernel<ChainState, ConstrainedInfo> = {
    init: (position) => {
      checkPosition(position, 'constrainedLangevin.init(position)');
      return { position: position.clone() };
    },
    step: (key, { position }) =>
      treeTidy(() => {
        const [next, info] = takeStep(settings, normal(key, position.shape), position, null);
        return [{ position: next.position }, info];
      }),
    ...(settings.solver.kind === 'newton' ? { holding: holdingSteps(settings) } : {}),
  };
  return bounds && outOfBounds === 'clamp'
    ? { ...kernel, finish: (state) => ({ position: clampToBounds(state.position, bounds) }) }
    : kernel;
}

/** Steps that take F and J at their start from the solver of the step before, which ended there. */
function holdingSteps(settings: Settings): HoldingSteps<ChainState, ConstrainedInfo> {
  return {
    start: ({ position }) =>
      treeTidy((): HeldState => {
        const { constraint, q } = flattened(settings, position);
        const { value, rows } = frameFor(constraint, q, settings.projection);
        // Without rows there is nothing to keep.
        const known: HeldState['known'] = rows === null ? {} : { value, rows };
        return { position: position.clone(), known };
      }),
    step: (key, { position, known }) =>
      treeTidy(() => {
        const held = 'rows' in known ? frameOfRows(known.value, known.rows) : null;
        const [next, info] = takeStep(settings, normal(key, position.shape), position, held);
        return [{ position: next.position, known: held === null ? {} : next.known() }, info];
      }),
    end: ({ position }) => ({ position }),
  };
}

/** The constraint on rows, and the position as rows. */
function flattened(settings: Settings, position: tf.Tensor): { constraint: Constraint; q: tf.Tensor } {
  const { shape } = position;
  if (shape.length === 2) return { constraint: settings.constraint, q: position };
  return {
    constraint: (x) => settings.constraint(tf.reshape(x, shape)),
    q: tf.reshape(position, [shape[0], -1]),
  };
}

/** Where a step ends, and F and J there. */
interface StepEnd {
  readonly position: tf.Tensor;
  readonly known: () => HeldState['known'];
}

interface Settings extends ResolvedSizes {
  readonly constraint: Constraint;
  readonly energy: Energy | null;
  readonly projection: TangentProjection | undefined;
  readonly solver: ConstraintSolver;
  readonly tolerance: number;
  readonly onFailure: 'keepPrevious' | 'accept';
  readonly bounds: Bounds | undefined;
  readonly outOfBounds: 'reject' | 'clamp';
}

function resolve(options: ConstrainedLangevinOptions): Settings {
  const where = 'constrainedLangevin';
  const { tolerance = 1e-5, onFailure = 'keepPrevious', outOfBounds = 'reject', bounds } = options;
  const sizes = resolveSizes(options, where);
  const solver = options.constraintSolver ?? newton();
  checkPositive(tolerance, `${where}({ tolerance })`);
  checkChoice(onFailure, ['keepPrevious', 'accept'], `${where}({ onFailure })`);
  checkChoice(outOfBounds, ['reject', 'clamp'], `${where}({ outOfBounds })`);
  if (bounds) checkBounds(bounds, `${where}({ bounds })`);
  // These two search over lambda, which moves nothing when the step is zero.
  if (solver.kind === 'lbfgs' || solver.kind === 'gradientDescent')
    checkPositive(sizes.stepSize, `${where}({ stepSize })`);
  return {
    ...sizes,
    constraint: options.constraint,
    energy: options.energy ?? null,
    projection: options.tangentProjection,
    solver,
    tolerance,
    onFailure,
    bounds,
    outOfBounds,
  };
}

/**
 * One step of all chains.
 *
 * @param held F and J at `from`, where they are known
 */
function takeStep(
  settings: Settings,
  noise: tf.Tensor,
  from: tf.Tensor,
  held: ConstraintFrame | null,
): [StepEnd, ConstrainedInfo] {
  const { noiseScale, stepSize, projection } = settings;
  const { shape } = from;
  const flat = (x: tf.Tensor): tf.Tensor => (x.rank === 2 ? x : tf.reshape(x, [shape[0], -1]));
  const unflat = (x: tf.Tensor): tf.Tensor => (shape.length === 2 ? x : tf.reshape(x, shape));
  const { constraint, q } = flattened(settings, from);
  const frame = held ?? frameFor(constraint, q, projection);
  const u = flat(noise);
  const momentum = projectTangent(frame, u, projection);
  const diffused = tf.add(q, tf.mul(momentum, noiseScale));
  const start =
    settings.energy === null
      ? diffused
      : tf.sub(
          diffused,
          tf.mul(flat(clampedGradient(settings.energy, from, settings.gradClamp)), stepSize / 2),
        );
  const scale = rowScale(frame);
  const acceptable = tf.mul(scale, settings.tolerance);
  const solved = solveStep({ constraint, frame, scale, start, stepSize, acceptable }, settings.solver);

  const converged = tf.lessEqual(solved.size, acceptable);
  const accepted = accept(settings, q, solved, converged);
  const position = tf.where(tf.expandDims(accepted, 1), solved.position, q);
  const known = (): HeldState['known'] => {
    const { rows } = solved;
    if (rows === undefined || frame.rows === null) return {};
    return {
      value: tf.where(tf.expandDims(accepted, 1), solved.value, frame.value),
      rows: tf.where(tf.reshape(accepted, [-1, 1, 1]), rows, frame.rows),
    };
  };
  return [
    { position: unflat(position), known },
    {
      constraintViolation: tf.where(accepted, solved.size, violation(frame.value)),
      solverIterations: solved.iterations,
      converged,
      accepted,
      tangentResidual: tf.div(rowNorm(frame.jvp(momentum)), tf.mul(scale, rowNorm(u))),
      finite: finiteRows(position),
    },
  ];
}

/** Bool `[B]`: the chains that take the step from `from` to the solution. */
function accept(
  { onFailure, bounds, outOfBounds }: Settings,
  from: tf.Tensor,
  { position: to, size }: ConstraintSolution,
  converged: tf.Tensor,
): tf.Tensor {
  const finite = tf.logicalAnd(finiteRows(to), tf.isFinite(size));
  const met = onFailure === 'accept' ? finite : tf.logicalAnd(converged, finite);
  if (bounds === undefined || outOfBounds === 'clamp') return met;
  // A chain that is outside already may move: it has to be able to come back.
  const stays = tf.logicalOr(insideBounds(to, bounds), tf.logicalNot(insideBounds(from, bounds)));
  return tf.logicalAnd(met, stays);
}

function checkChoice(value: string, choices: readonly string[], where: string): void {
  if (!choices.includes(value))
    throw new ConfigError({
      code: 'bad-option',
      where,
      expected: `one of ${choices.join(', ')}`,
      received: String(value),
    });
}
