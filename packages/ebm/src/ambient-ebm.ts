import type { TensorTree } from '@ebim/runtime';
import { langevin, uniformBox, type Bounds, type LangevinSizes } from '@ebim/samplers';
import type { Optimizer } from '@ebim/training';
import { contrastiveDivergence, type ContrastiveDivergenceTrainer } from './contrastive-divergence.js';
import type { EnergyModel } from './energy-model.js';

/** Options of {@link ambientEbm}. */
export interface AmbientEbmOptions<P extends TensorTree, S extends TensorTree> {
  readonly model: EnergyModel<P>;
  readonly optimizer: Optimizer<S>;
  /** Where the data live: chains start uniformly in this box and their ends are clamped to it. */
  readonly bounds: Bounds;
  /** Steps and sizes of the Langevin chains. Defaults: 20 steps, sizes of `langevin`. */
  readonly sampler?: LangevinSizes & { readonly steps?: number };
  /** Default 10000. */
  readonly bufferCapacity?: number;
  /** Default 0.95. */
  readonly bufferFraction?: number;
  /** Default 1. */
  readonly magnitudeWeight?: number;
  /** Default 1; `null` switches clipping off. */
  readonly clipNorm?: number | null;
}

/**
 * An energy-based model in the ambient space: {@link contrastiveDivergence} with Langevin chains in a box, the
 * baseline of P2 Fig 4 and the latent half of a pushforward model.
 *
 * @throws ConfigError `bad-option`, `bad-bounds`
 * @example
 * ```ts
 * import { ambientEbm, energyModel } from '@ebim/ebm';
 * import { mlp } from '@ebim/nn';
 * import { key, normal } from '@ebim/runtime';
 * import { adam, batches, fit } from '@ebim/training';
 *
 * const points = normal(key(1), [200, 2]);
 * const model = energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [16, 16] }));
 * const trainer = ambientEbm({
 *   model, optimizer: adam({ learningRate: 0.01 }), bounds: { lower: -4, upper: 4 },
 *   sampler: { noiseScale: 0.1, steps: 5 }, bufferCapacity: 500,
 * });
 * const { state } = await fit({
 *   ...trainer, data: batches(points, { batchSize: 50 }), epochs: 2, key: key(0),
 * });
 * model.energy(state.params, points).mean().print();
 * ```
 */
export function ambientEbm<P extends TensorTree, S extends TensorTree>(
  options: AmbientEbmOptions<P, S>,
): ContrastiveDivergenceTrainer<P, S> {
  const { model, optimizer, bounds, sampler = {} } = options;
  const { steps = 20, ...sizes } = sampler;
  const dimension = model.pointShape.reduce((product, length) => product * length, 1);
  return contrastiveDivergence({
    model,
    optimizer,
    bufferCapacity: options.bufferCapacity,
    bufferFraction: options.bufferFraction,
    magnitudeWeight: options.magnitudeWeight,
    clipNorm: options.clipNorm,
    chainSteps: steps,
    sampler: (energy) => langevin(energy, { ...sizes, bounds }),
    fresh: (key, count) => uniformBox(key, count, bounds, dimension).reshape([count, ...model.pointShape]),
  });
}
