import * as tf from '@tensorflow/tfjs';
import { valueAndGrad } from '@ebim/autodiff';
import { scan } from '@ebim/compiler';
import { normal, ShapeError, split, treeTidy, uniform } from '@ebim/runtime';
import { checkBounds, insideBounds, type Bounds } from '../bounds.js';
import {
  rowNorm,
  rowScale,
  violation,
  type Constraint,
  type ConstraintFrame,
} from '../constraint/constraint-frame.js';
import { frameFor, projectTangent, type TangentProjection } from '../constraint/tangent-projection.js';
import { finiteRows, type Energy } from '../drift.js';
import type { ChainState, Kernel } from '../kernel.js';
import { checkCount, checkPositive } from '../options.js';
import { checkPosition } from '../position.js';
import { newton, type NewtonSolver } from '../solvers/newton.js';
import { type QuasiNewtonSolver } from '../solvers/quasi-newton.js';
import { solveStep } from '../solvers/solve-step.js';

/** Options of {@link constrainedHmc}. */
export interface ConstrainedHmcOptions {
  /** F, `[B, ...] -> [B, k]`; the chains move on its zero set and start on it. */
  readonly constraint: Constraint;
  /** Energy on the manifold. Default `null`: zero, for the uniform law with respect to area. */
  readonly energy?: Energy | null;
  /**
   * Length h of one leapfrog step, in units of position over momentum. One step with h moves as constrained Langevin
   * with `noiseScale` h does. Shorten it when `acceptance` falls below about 0.6.
   */
  readonly leapfrogSize: number;
  /** Leapfrog steps between two decisions to accept. Default 1: the Metropolis-adjusted Langevin algorithm. */
  readonly leapfrogSteps?: number;
  /** Default: `cholesky()` for up to four constraints, else `conjugateGradient()`. */
  readonly tangentProjection?: TangentProjection;
  /** Default `newton()`. Others are no candidates, as accept-reject needs the constraint met. */
  readonly constraintSolver?: NewtonSolver | QuasiNewtonSolver;
  /** A step has met its constraint when `max |F_i|` is at most this times the size of a row of J. Default 1e-5. */
  readonly tolerance?: number;
  /** How far from its start a step back may end, as a share of `leapfrogSize`. Default 0.02. */
  readonly reversibilityTolerance?: number;
  /** Box: a move that ends outside is rejected. Default: none. */
  readonly bounds?: Bounds;
}

/** What a move of {@link constrainedHmc} reports, of every chain. */
export type ConstrainedHmcInfo = {
  /** `max |F_i|` at the new position, `[B]`. */
  readonly constraintViolation: tf.Tensor;
  /** Bool `[B]`: every solve of the trajectory met the constraint. */
  readonly converged: tf.Tensor;
  /** Bool `[B]`: every step of the trajectory could be taken back. */
  readonly reversible: tf.Tensor;
  /** Probability to accept, `[B]`; 0 where the trajectory failed. */
  readonly acceptance: tf.Tensor;
  /** Bool `[B]`: the move was made. */
  readonly accepted: tf.Tensor;
  /** Bool `[B]`: the new position has no NaN and no infinity. */
  readonly finite: tf.Tensor;
};

/**
 * Hamiltonian Monte Carlo on the zero set of a constraint, with accept-reject: RATTLE steps with a check that each can
 * be taken back (Brubaker, Salzmann & Urtasun 2012; Zappa, Holmes-Cerfon & Goodman 2018; Lelievre, Rousset & Stoltz
 * 2019). The law `exp(-energy)` with respect to area is invariant for every step size, up to the rounding of float32:
 * what {@link constrainedLangevin} reaches only as its steps shrink. One step of a trajectory, `p` tangent at `q`:
 *
 * ```
 * q' = q + h (p - h/2 grad E(q)) + J(q)^T lambda,  F(q') = 0
 * p' = tangent part at q' of  (q' - q) / h - h/2 grad E(q')
 * ```
 *
 * Without the check a chain would lose or gain mass wherever the solver finds another of several solutions.
 *
 * @throws ConfigError `bad-option`, `bad-bounds`; ShapeError `bad-constraint`, `bad-energy`, `bad-position` when run
 *
 * @example
 * ```ts
 * const circle = (x: tf.Tensor) => tf.sub(tf.sum(tf.square(x), 1, true), 1);
 * const energy = (x: tf.Tensor) => tf.neg(tf.mul(2, tf.squeeze(tf.slice(x, [0, 0], [-1, 1]), [1]))); // -2 cos t
 * const kernel = constrainedHmc({ constraint: circle, energy, leapfrogSize: 0.4, leapfrogSteps: 3 });
 * const starts = tf.tile(tf.tensor2d([[1, 0]]), [100, 1]);
 * const [state, info] = runSteps(kernel, key(0), kernel.init(starts), 50);
 * info.acceptance.mean().print(); // near 1
 * ```
 */
export function constrainedHmc(options: ConstrainedHmcOptions): Kernel<ChainState, ConstrainedHmcInfo> {
  const settings = resolve(options);
  return {
    init: (position) => {
      checkPosition(position, 'constrainedHmc.init(position)');
      return { position: position.clone() };
    },
    step: (key, state) =>
      treeTidy(() => {
        const [momentumKey, acceptKey] = split(key);
        const { shape } = state.position;
        return move(settings, state, normal(momentumKey, shape), uniform(acceptKey, [shape[0]]));
      }),
  };
}

interface Settings {
  readonly constraint: Constraint;
  readonly energy: Energy | null;
  readonly h: number;
  readonly leapfrogSteps: number;
  readonly projection: TangentProjection | undefined;
  readonly solver: NewtonSolver | QuasiNewtonSolver;
  readonly tolerance: number;
  readonly returnDistance: number;
  readonly bounds: Bounds | undefined;
}

function resolve(options: ConstrainedHmcOptions): Settings {
  const where = 'constrainedHmc';
  const {
    leapfrogSize,
    leapfrogSteps = 1,
    tolerance = 1e-5,
    reversibilityTolerance = 0.02,
    bounds,
  } = options;
  checkPositive(leapfrogSize, `${where}({ leapfrogSize })`);
  checkCount(leapfrogSteps, 1, `${where}({ leapfrogSteps })`);
  checkPositive(tolerance, `${where}({ tolerance })`);
  checkPositive(reversibilityTolerance, `${where}({ reversibilityTolerance })`);
  if (bounds) checkBounds(bounds, `${where}({ bounds })`);
  return {
    constraint: options.constraint,
    energy: options.energy ?? null,
    h: leapfrogSize,
    leapfrogSteps,
    projection: options.tangentProjection,
    solver: options.constraintSolver ?? newton(),
    tolerance,
    returnDistance: reversibilityTolerance * leapfrogSize,
    bounds,
  };
}

/** A point of a trajectory. */
type Phase = {
  /** q, `[B, n]` */
  readonly position: tf.Tensor;
  /** p, `[B, n]`, tangent at q */
  readonly momentum: tf.Tensor;
  /** Bool `[B]` */
  readonly converged: tf.Tensor;
  /** Bool `[B]` */
  readonly reversible: tf.Tensor;
};

function move(
  settings: Settings,
  state: ChainState,
  noise: tf.Tensor,
  level: tf.Tensor,
): [ChainState, ConstrainedHmcInfo] {
  const { shape } = state.position;
  const flat = (x: tf.Tensor): tf.Tensor => (x.rank === 2 ? x : tf.reshape(x, [shape[0], -1]));
  const unflat = (x: tf.Tensor): tf.Tensor => (shape.length === 2 ? x : tf.reshape(x, shape));
  const { energy, projection, bounds, leapfrogSteps } = settings;
  const system = {
    ...settings,
    constraint: (x: tf.Tensor) => settings.constraint(unflat(x)),
    energy: energy === null ? null : (x: tf.Tensor) => energy(unflat(x)),
  };

  const q = flat(state.position);
  const begin = frameFor(system.constraint, q, projection);
  const all = tf.greaterEqual(level, 0);
  const start: Phase = {
    position: q,
    momentum: projectTangent(begin, flat(noise), projection),
    converged: all,
    reversible: all,
  };
  const end =
    leapfrogSteps === 1
      ? rattle(system, start)
      : scan((phase: Phase, _: null) => [rattle(system, phase), null] as const, start, null, {
          length: leapfrogSteps,
        })[0];

  const gain = tf.sub(hamiltonian(system.energy, start), hamiltonian(system.energy, end));
  const done = tf.logicalAnd(tf.logicalAnd(end.converged, end.reversible), finiteRows(end.position));
  const allowed =
    bounds === undefined ? done : tf.logicalAnd(done, insideBounds(unflat(end.position), bounds));
  // NaN of a failed trajectory must not reach the comparison.
  const chance = tf.where(
    tf.logicalAnd(allowed, tf.isFinite(gain)),
    tf.exp(tf.minimum(gain, 0)),
    tf.zerosLike(gain),
  );
  const accepted = tf.less(level, chance);
  const position = tf.where(tf.expandDims(accepted, 1), end.position, q);
  return [
    { position: unflat(position) },
    {
      constraintViolation: violation(system.constraint(position)),
      converged: end.converged,
      reversible: end.reversible,
      acceptance: chance,
      accepted,
      finite: finiteRows(position),
    },
  ];
}

type System = Pick<
  Settings,
  'constraint' | 'energy' | 'h' | 'projection' | 'solver' | 'tolerance' | 'returnDistance'
>;

/** One RATTLE step, and whether the step from its end with the opposite momentum comes back. */
function rattle(system: System, { position: q, momentum, converged, reversible }: Phase): Phase {
  const { h, returnDistance } = system;
  const here = frameFor(system.constraint, q, system.projection);
  const there = drift(system, q, here, momentum);
  const frame = frameFor(system.constraint, there.position, system.projection);
  const middle = tf.div(tf.sub(there.position, q), h);
  const next = projectTangent(frame, kick(system, there.position, middle), system.projection);
  const back = drift(system, there.position, frame, tf.neg(next));
  const returned = tf.lessEqual(rowNorm(tf.sub(back.position, q)), returnDistance);
  return {
    position: there.position,
    momentum: next,
    converged: tf.logicalAnd(converged, there.converged),
    reversible: tf.logicalAnd(reversible, tf.logicalAnd(returned, back.converged)),
  };
}

/** `p - h/2 grad E(q)`. */
function kick({ energy, h }: System, q: tf.Tensor, p: tf.Tensor): tf.Tensor {
  if (energy === null) return p;
  const { grad } = valueAndGrad((x: tf.Tensor) => tf.sum<tf.Scalar>(energy(x)))(q);
  return tf.sub(p, tf.mul(grad, h / 2));
}

/** The position after a step from `q`, found along the normals at `q`. */
function drift(
  system: System,
  q: tf.Tensor,
  frame: ConstraintFrame,
  p: tf.Tensor,
): { position: tf.Tensor; converged: tf.Tensor } {
  const { constraint, h, solver, tolerance } = system;
  const scale = rowScale(frame);
  const acceptable = tf.mul(scale, tolerance);
  const start = tf.add(q, tf.mul(kick(system, q, p), h));
  const { position, size } = solveStep({ constraint, frame, scale, start, stepSize: 1, acceptable }, solver);
  return { position, converged: tf.lessEqual(size, acceptable) };
}

/** `E(q) + |p|^2 / 2`, `[B]`. */
function hamiltonian(energy: Energy | null, { position, momentum }: Phase): tf.Tensor {
  const kinetic = tf.mul(tf.sum(tf.square(momentum), 1), 0.5);
  if (energy === null) return kinetic;
  const potential = energy(position);
  // Any other shape would broadcast, and chains would be judged by each other's energies.
  if (potential.rank !== 1 || potential.shape[0] !== position.shape[0])
    throw new ShapeError({
      code: 'bad-energy',
      where: 'constrainedHmc({ energy })',
      expected: `one number for each position, [${position.shape[0]}]`,
      received: `[${potential.shape}]`,
      hint: 'Take the last axis of [batch, 1] away: tf.squeeze(energy, [1]).',
    });
  return tf.add(potential, kinetic);
}
