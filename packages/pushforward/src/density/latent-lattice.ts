import type { Points } from '@ebim/metrics';
import { ConfigError } from '@ebim/runtime';
import type { LatentBox } from './latent-box.js';

/** Beyond this a lattice is not meant. */
const MOST_POINTS = 10_000_000;

/**
 * A regular lattice over a latent box, both ends of every side included, the last coordinate running fastest.
 *
 * @param resolution lattice points along each side, at least 2
 * @returns `resolution^m` codes
 * @throws ConfigError `bad-option`
 */
export function latentLattice(box: LatentBox, resolution: number): Points {
  return lattice(box, resolution, (i) => i / (resolution - 1), 2);
}

/** The middles of the cells that cut each side of the box into `resolution` parts. */
export function latentCells(box: LatentBox, resolution: number): Points & { readonly cellVolume: number } {
  const points = lattice(box, resolution, (i) => (i + 0.5) / resolution, 1);
  const cellVolume = box.lower.reduce((volume, low, d) => (volume * (box.upper[d] - low)) / resolution, 1);
  return { ...points, cellVolume };
}

function lattice(box: LatentBox, resolution: number, place: (i: number) => number, least: number): Points {
  const columns = box.lower.length;
  const rows = resolution ** columns;
  if (!Number.isInteger(resolution) || resolution < least || rows > MOST_POINTS)
    throw new ConfigError({
      code: 'bad-option',
      where: 'resolution of a latent lattice',
      expected: `a whole number of at least ${least} with at most ${MOST_POINTS} points in all`,
      received: `${resolution} in ${columns} dimensions`,
    });
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    let rest = row;
    for (let d = columns - 1; d >= 0; d--) {
      const share = place(rest % resolution);
      data[row * columns + d] = box.lower[d] + share * (box.upper[d] - box.lower[d]);
      rest = Math.floor(rest / resolution);
    }
  }
  return { data, rows, columns };
}
