import type { Points } from '@ebim/metrics';
import * as tf from '@tensorflow/tfjs';
import { evaluateRows } from './evaluate-rows.js';
import type { LatentBox } from './latent-box.js';
import { latentCells, latentLattice } from './latent-lattice.js';
import { logVolumeElement } from './log-volume.js';
import type { Pushforward } from './pushforward.js';

/** Options of {@link densityLattice}. */
export interface DensityLatticeOptions {
  /** From `inferLatentBox`. */
  readonly box: LatentBox;
  /** Codes along each side of the box. */
  readonly resolution: number;
  /** log Z, from `latentLogPartition`. */
  readonly logZ: number;
  /**
   * `corners` (default): both ends of every side included, as for meshes and the published protocol. `cells`: the
   * middles of cells, as for integrals.
   */
  readonly at?: 'corners' | 'cells';
}

/** A lattice of codes, decoded. */
export interface DensityLattice {
  /** `[rows, m]`, the last coordinate running fastest. */
  readonly codes: Points;
  /** `[rows, n]`: f(z). */
  readonly points: Points;
  /** Log density at each point, taken at its own code. */
  readonly logDensity: Float64Array;
  /** Log density as the reference takes it in space: at g(f(z)) (spec D6). */
  readonly logDensityReencoded: Float64Array;
  /** `1/2 log det(J^T J)` at each code: log of the surface per latent volume. */
  readonly logVolume: Float64Array;
}

/**
 * Decodes a lattice over the latent box, with the density of every point (spec 1.15; Figures 1, 4, 5 and 6). Reads
 * values back, so it is for the end of a run.
 *
 * @throws ConfigError `bad-option`
 */
export async function densityLattice(
  model: Pushforward,
  options: DensityLatticeOptions,
): Promise<DensityLattice> {
  const { box, resolution, logZ, at = 'corners' } = options;
  const { data, rows, columns } =
    at === 'corners' ? latentLattice(box, resolution) : latentCells(box, resolution);
  const codes = { data, rows, columns };
  const logVolumeAt = logVolumeElement(model.decode);
  const [decoded, energy, logVolume, energyReencoded, logVolumeReencoded] = await evaluateRows((z) => {
    const x = model.decode(z);
    const again = model.encode(x);
    return [
      tf.reshape(x, [x.shape[0], -1]),
      model.energy(z),
      logVolumeAt(z),
      model.energy(again),
      logVolumeAt(again),
    ];
  }, codes);
  return {
    codes,
    points: { data: decoded, rows, columns: decoded.length / rows },
    logDensity: energy.map((value, i) => -value - logZ - logVolume[i]),
    logDensityReencoded: energyReencoded.map((value, i) => -value - logZ - logVolumeReencoded[i]),
    logVolume,
  };
}
