import { contrastiveDivergence, type ContrastiveDivergenceTrainer, type EnergyModel } from '@ebim/ebm';
import { ConfigError, randint, ShapeError, type TensorTree } from '@ebim/runtime';
import {
  constrainedHmc,
  constrainedLangevin,
  type Bounds,
  type ChainState,
  type ConstrainedHmcOptions,
  type ConstrainedLangevinOptions,
  type Constraint,
  type Kernel,
} from '@ebim/samplers';
import type { Optimizer } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';

/** Options of {@link constrainedEbm}. */
export interface ConstrainedEbmOptions<P extends TensorTree, S extends TensorTree> {
  /** The manifold, frozen: a trained function with its parameters bound, or an analytic one. */
  readonly constraint: Constraint;
  readonly model: EnergyModel<P>;
  readonly optimizer: Optimizer<S>;
  /**
   * Points on the manifold from which fresh chains start, `[count, n]`, e.g. from `coveringPoints`. Read by `init`,
   * which copies them.
   */
  readonly starts: tf.Tensor;
  /** Constrained Langevin: 10 steps by default, other options as `constrainedLangevin`. */
  readonly sampler?: Omit<ConstrainedLangevinOptions, 'constraint' | 'energy' | 'bounds'> & {
    readonly steps?: number;
    /**
     * Accept-reject of every step (`constrainedHmc`), so that the law of the chains is exp(-energy) whatever the step:
     * energies are then -log p at temperature 1 once chains are long enough. `noiseScale` is the leapfrog size;
     * `stepSize`, `gradClamp`, `onFailure` and `outOfBounds` have no meaning, and solvers other than `newton` and
     * `quasiNewton` neither. Default false, as in the papers.
     */
    readonly metropolisAdjusted?: boolean;
    /** Leapfrog steps between two decisions to accept. Default 1. */
    readonly leapfrogSteps?: number;
  };
  /** Box that the chains must not leave; see `outOfBounds` of the sampler. Default: none. */
  readonly bounds?: Bounds;
  /** Default 1000. */
  readonly bufferCapacity?: number;
  /** Default 0.95. */
  readonly bufferFraction?: number;
  /** Default 1. */
  readonly magnitudeWeight?: number;
  /** Default 1; `null` switches clipping off. */
  readonly clipNorm?: number | null;
}

/**
 * A density on a manifold as a constrained energy-based model (P2 section 3.2): contrastive divergence whose
 * negatives come from constrained Langevin Monte Carlo (Algorithm 1). Pass the result to `fit`.
 *
 * @throws ConfigError `bad-option`, `bad-bounds`; ShapeError `bad-starts`
 * @example
 * ```ts
 * import { energyModel } from '@ebim/ebm';
 * import { circle, constrainedEbm, coveringPoints } from '@ebim/implicit';
 * import { mlp } from '@ebim/nn';
 * import { key } from '@ebim/runtime';
 * import { adam, batches, fit } from '@ebim/training';
 *
 * const { constraint } = circle();
 * const bounds = { lower: [-1.5, -1.5], upper: [1.5, 1.5] };
 * const { points } = await coveringPoints(constraint, { count: 200, bounds, key: key(0) });
 * const model = energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [16] }));
 * const trainer = constrainedEbm({
 *   constraint, model, starts: points, optimizer: adam({ learningRate: 0.01 }),
 *   sampler: { steps: 2, noiseScale: 0.3 }, bufferCapacity: 200,
 * });
 * const data = batches(points, { batchSize: 50 });
 * const { state } = await fit({ ...trainer, data, epochs: 1, key: key(1) });
 * model.energy(state.params, points).mean().print();
 * ```
 */
export function constrainedEbm<P extends TensorTree, S extends TensorTree>(
  options: ConstrainedEbmOptions<P, S>,
): ContrastiveDivergenceTrainer<P, S> {
  const { constraint, model, optimizer, starts, bounds, bufferCapacity = 1000 } = options;
  const { steps = 10, metropolisAdjusted = false, leapfrogSteps, ...sampler } = options.sampler ?? {};
  const adjusted = metropolisAdjusted ? adjustedOptions(sampler, leapfrogSteps) : null;
  if (starts.rank < 2 || starts.shape[0] < 1)
    throw new ShapeError({
      code: 'bad-starts',
      where: 'constrainedEbm({ starts })',
      expected: 'at least one point, as [count, n]',
      received: `[${starts.shape.join(', ')}]`,
    });
  return contrastiveDivergence({
    model,
    optimizer,
    bufferCapacity,
    bufferFraction: options.bufferFraction,
    magnitudeWeight: options.magnitudeWeight,
    clipNorm: options.clipNorm,
    chainSteps: steps,
    poolSize: starts.shape[0],
    fresh: (key, count) =>
      count === starts.shape[0]
        ? starts.clone()
        : tf.tidy(() => tf.gather(starts, randint(key, [count], 0, starts.shape[0]))),
    sampler: (energy): Kernel<ChainState, TensorTree> =>
      adjusted === null
        ? constrainedLangevin({ ...sampler, constraint, energy, bounds })
        : constrainedHmc({ ...adjusted, constraint, energy, ...(bounds === undefined ? {} : { bounds }) }),
  });
}

/** The options of constrained Langevin dynamics as those of its adjusted form. */
function adjustedOptions(
  sampler: Omit<ConstrainedLangevinOptions, 'constraint' | 'energy' | 'bounds'>,
  leapfrogSteps = 1,
): Omit<ConstrainedHmcOptions, 'constraint' | 'energy' | 'bounds'> {
  const { noiseScale = 0.005, constraintSolver, tangentProjection, tolerance, ...unfit } = sampler;
  const given = Object.entries(unfit).filter(([, value]) => value !== undefined && value !== null);
  const solver = constraintSolver?.kind;
  if (given.length > 0 || solver === 'lbfgs' || solver === 'gradientDescent')
    throw new ConfigError({
      code: 'bad-option',
      where: 'constrainedEbm({ sampler: { metropolisAdjusted } })',
      expected: 'no stepSize, gradClamp, onFailure or outOfBounds, and newton() or quasiNewton()',
      received: [...given.map(([name]) => name), ...(solver === undefined ? [] : [solver])].join(', '),
      hint: 'Accept-reject needs the step that noiseScale alone decides, and constraints that are met.',
    });
  return {
    leapfrogSize: noiseScale,
    leapfrogSteps,
    ...(constraintSolver === undefined ? {} : { constraintSolver }),
    ...(tangentProjection === undefined ? {} : { tangentProjection }),
    ...(tolerance === undefined ? {} : { tolerance }),
  };
}
