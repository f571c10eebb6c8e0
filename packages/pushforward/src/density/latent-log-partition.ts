import { logPartition, type LogPartition } from '@ebim/ebm';
import type { Key } from '@ebim/runtime';
import type { Energy } from '@ebim/samplers';
import { evaluateRows } from './evaluate-rows.js';
import type { LatentBox } from './latent-box.js';
import { latentCells } from './latent-lattice.js';

/** How {@link latentLogPartition} integrates. */
export type LatentPartitionMethod =
  /** Uniform points in the box, as the reference code. Default 5000 samples. */
  | { readonly method: 'monteCarlo'; readonly key: Key; readonly samples?: number }
  /** The midpoint rule on `resolution^m` cells: nearly exact for m up to 2. */
  | { readonly method: 'midpoint'; readonly resolution: number };

/**
 * log Z of a latent energy: the log of the integral of `exp(-E)` over the latent box (spec 1.5). The same Z normalises
 * the density on the decoder's image.
 *
 * @param energy `[batch, m] -> [batch]`
 * @returns the estimate; its standard error is 0 under the midpoint rule, which has no sampling error
 * @throws ConfigError `bad-option`
 */
export async function latentLogPartition(
  energy: Energy,
  box: LatentBox,
  options: LatentPartitionMethod,
): Promise<LogPartition> {
  if (options.method === 'monteCarlo')
    return logPartition(energy, {
      bounds: box,
      dimension: box.lower.length,
      key: options.key,
      ...(options.samples === undefined ? {} : { samples: options.samples }),
    });
  const { cellVolume, ...cells } = latentCells(box, options.resolution);
  const [energies] = await evaluateRows((z) => [energy(z)], cells);
  const lowest = energies.reduce((a, b) => Math.min(a, b), Infinity);
  const sum = energies.reduce((total, value) => total + Math.exp(lowest - value), 0);
  return { logZ: Math.log(sum) - lowest + Math.log(cellVolume), standardError: 0, samples: cells.rows };
}
