import { jacobian } from '@ebim/autodiff';
import { ConfigError, ConvergenceError, EbimError, normalArray, split, type Key } from '@ebim/runtime';
import type { Bounds } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import { coveringPoints } from '../density/covering-points.js';
import { firstOrderDistance } from './first-order-distance.js';
import type { ManifoldComponent } from './implicit-manifold.js';

/** Options of what searches a box for a manifold. */
export interface SearchOptions {
  /** Where the manifold is looked for; what lies outside does not count. */
  readonly bounds: Bounds;
  readonly key: Key;
  /** Points that cover a component, around which its neighbourhood is explored. Default 1000. */
  readonly coverSize?: number;
  /** Points drawn in that neighbourhood. Default 50 000. */
  readonly samples?: number;
}

/**
 * Points near a component, drawn from a known density q: normal about points that cover it. With them an integral over
 * the component becomes a mean (the co-area formula in the tube of a small radius about it) that wastes few points,
 * whatever share of the box the tube is.
 */
export interface Tube {
  /** n */
  readonly dimension: number;
  /** Those drawn points that lie in the tube, rows of n. */
  readonly data: Float64Array;
  /** First-order distance of each to the component, as a share of the radius. */
  readonly distance: Float64Array;
  /** -E - log q of each. */
  readonly logWeight: Float64Array;
  readonly radius: number;
  /** Standard deviation of the normal distributions. */
  readonly width: number;
  /** Points drawn. */
  readonly samples: number;
}

/** Neighbour whose distance sets the width of the normal distributions: they shall overlap. */
const NEIGHBOUR = 10;
/** Radius of the tube, as a share of that width, for each constraint: where there are more, fewer draws come near. */
const RADIUS = 0.5;
/** Smallest width, as a share of the longest side: the points of a manifold of dimension 0 have no distance. */
const SMALLEST_WIDTH = 0.005;
const CHUNK = 10_000;
/** Covering points with which emptiness is looked for, before many are asked for. */
const PROBE = 64;

/**
 * The tube about a component inside the box; `null` where nothing of it is found there.
 *
 * @throws ConfigError `overdetermined`
 * @throws ConvergenceError `empty-manifold` where only a few of the noise points reach it
 */
export async function tubeAbout(
  component: ManifoldComponent,
  dimension: number,
  { bounds, key, coverSize = 1000, samples = 50_000 }: SearchOptions,
): Promise<Tube | null> {
  checkSizes({ coverSize, samples });
  const [coverKey, noiseKey] = split(key);
  const centers = await coverOf(component, dimension, bounds, coverKey, coverSize);
  if (centers === null) return null;
  const longest = Math.max(...sidesOf(bounds, dimension).map(([low, high]) => high - low));
  const width = Math.max(widthFor(centers, dimension), SMALLEST_WIDTH * longest);
  const radius = RADIUS * component.codimension * width;

  const draws = drawAround(centers, dimension, width, samples, noiseKey);
  const { distance, energy } = await evaluate(component, draws, dimension);
  const inside = boxTest(bounds, dimension);
  const hits = Array.from(distance.keys()).filter(
    (row) => distance[row] <= radius && Number.isFinite(energy[row]) && inside(draws, row),
  );
  const data = new Float64Array(hits.length * dimension);
  hits.forEach((row, i) => data.set(draws.subarray(row * dimension, (row + 1) * dimension), i * dimension));
  const logProposal = logMeanKernel(data, centers, dimension, width);
  return {
    dimension,
    data,
    distance: Float64Array.from(hits, (row) => distance[row] / radius),
    logWeight: Float64Array.from(hits, (row, i) => -energy[row] - logProposal[i]),
    radius,
    width,
    samples,
  };
}

/**
 * log of the integral of exp(-E) over the component: the mean of `K(distance) exp(-E) / q` over the draws, where the
 * kernel K of the tube, `a - b r^2`, has no second moment, so that curvature biases it in the fourth order of the
 * radius only.
 */
export function logIntegral(
  tube: Tube,
  codimension: number,
): { readonly logZ: number; readonly standardError: number } {
  const { logWeight, distance, radius, samples } = tube;
  const largest = logWeight.reduce((a, b) => Math.max(a, b), -Infinity);
  if (largest === -Infinity) return { logZ: -Infinity, standardError: 0 };
  const k = codimension;
  const [a, b] = [(k + 2) ** 2 / 4, ((k + 2) * (k + 4)) / 4];
  const terms = logWeight.map((w, i) => Math.exp(w - largest) * (a - b * distance[i] ** 2));
  const mean = terms.reduce((sum, term) => sum + term, 0) / samples;
  if (!(mean > 0)) return { logZ: -Infinity, standardError: Infinity };
  const squares = terms.reduce((sum, term) => sum + term * term, 0) / samples - mean * mean;
  return {
    logZ: largest + Math.log(mean) - logBallVolume(k, radius),
    standardError: Math.sqrt(squares / samples) / mean,
  };
}

/** log of the volume of a k-dimensional ball: V_k = V_(k-2) 2 pi r^2 / k. */
function logBallVolume(k: number, radius: number): number {
  let volume = k % 2 === 0 ? 1 : 2;
  for (let d = k % 2 === 0 ? 2 : 3; d <= k; d += 2) volume *= (2 * Math.PI) / d;
  return Math.log(volume) + k * Math.log(radius);
}

/** Covering points `[count, n]` of one component, on the host; `null` where there are none. */
async function coverOf(
  { constraint, overdetermined, codimension }: ManifoldComponent,
  dimension: number,
  bounds: Bounds,
  key: Key,
  count: number,
): Promise<Float64Array | null> {
  if (overdetermined)
    throw new ConfigError({
      code: 'overdetermined',
      where: 'a component of the manifold',
      expected: `at most ${dimension} constraints in ${dimension} dimensions`,
      received: String(codimension),
      hint: 'Such an intersection has generically no points. Sample the norm of its constraint with langevin instead.',
    });
  const cover = (size: number) => coveringPoints(constraint, { count: size, key, bounds, dimension });
  try {
    (await cover(Math.min(PROBE, count))).points.dispose();
  } catch (error) {
    if (EbimError.isInstance(error) && error.code === 'empty-manifold' && error.details.found === 0)
      return null;
    throw error;
  }
  const { points } = await cover(count);
  const data = Float64Array.from(await points.data());
  points.dispose();
  return data;
}

/** A width at which normal distributions about the centers overlap nearly everywhere. */
function widthFor(centers: Float64Array, n: number): number {
  const count = centers.length / n;
  const asked = Math.min(200, count);
  const neighbour = Math.min(NEIGHBOUR, count - 1);
  const distances = Array.from({ length: asked }, (_, i) => {
    const squares = new Float64Array(count);
    for (let j = 0; j < count; j++) squares[j] = squaredDistance(centers, i, centers, j, n);
    return Math.sqrt(squares.sort()[neighbour]);
  }).sort((a, b) => a - b);
  return distances[Math.floor(0.9 * (asked - 1))];
}

/** The same number of draws about every center, or one less. */
function drawAround(
  centers: Float64Array,
  n: number,
  width: number,
  samples: number,
  key: Key,
): Float64Array {
  const count = centers.length / n;
  return normalArray(key, samples * n).map((noise, i) => {
    const center = Math.floor(i / n) % count;
    return centers[center * n + (i % n)] + width * noise;
  });
}

/** First-order distance to the component and energy of rows on the host, `[rows, n]`. */
async function evaluate(
  { constraint, energy }: ManifoldComponent,
  data: Float64Array,
  n: number,
): Promise<{ readonly distance: Float64Array; readonly energy: Float64Array }> {
  const rows = data.length / n;
  const result = { distance: new Float64Array(rows), energy: new Float64Array(rows) };
  for (let start = 0; start < rows; start += CHUNK) {
    const count = Math.min(CHUNK, rows - start);
    const part = Float32Array.from(data.subarray(start * n, (start + count) * n));
    const [distances, energies] = tf.tidy(() => {
      const x = tf.tensor2d(part, [count, n]);
      const distance = firstOrderDistance(constraint(x), jacobian(constraint)(x));
      return [distance, energy === null ? tf.zeros([count]) : energy(x)];
    });
    result.distance.set(await distances.data(), start);
    result.energy.set(await energies.data(), start);
    tf.dispose([distances, energies]);
  }
  return result;
}

/** log of the mean over the centers of the normal density of each row about them. */
function logMeanKernel(data: Float64Array, centers: Float64Array, n: number, width: number): Float64Array {
  const count = centers.length / n;
  const scale = -1 / (2 * width * width);
  const constant = -Math.log(count) - n * Math.log(width * Math.sqrt(2 * Math.PI));
  // exp(-40) of a term is lost beside the nearest one, which is within a few widths.
  const cutoff = 80 * width * width;
  return Float64Array.from({ length: data.length / n }, (_, row) => {
    let sum = 0;
    for (let j = 0; j < count; j++) {
      const square = squaredDistance(data, row, centers, j, n);
      if (square < cutoff) sum += Math.exp(scale * square);
    }
    return Math.log(sum) + constant;
  });
}

function squaredDistance(a: Float64Array, i: number, b: Float64Array, j: number, n: number): number {
  let sum = 0;
  for (let d = 0; d < n; d++) {
    const difference = a[i * n + d] - b[j * n + d];
    sum += difference * difference;
  }
  return sum;
}

const sidesOf = ({ lower, upper }: Bounds, n: number): (readonly [number, number])[] =>
  Array.from({ length: n }, (_, d) => [
    typeof lower === 'number' ? lower : lower[d],
    typeof upper === 'number' ? upper : upper[d],
  ]);

function boxTest(bounds: Bounds, n: number): (data: Float64Array, row: number) => boolean {
  const sides = sidesOf(bounds, n);
  return (data, row) =>
    sides.every(([low, high], d) => data[row * n + d] >= low && data[row * n + d] <= high);
}

function checkSizes(sizes: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(sizes))
    if (!(Number.isSafeInteger(value) && value >= 20))
      throw new ConfigError({
        code: 'bad-option',
        where: name,
        expected: 'a whole number of at least 20',
        received: String(value),
      });
}

/** The error for a manifold that has no points in the box. */
export const emptyManifold = (where: string, what: string): ConvergenceError =>
  new ConvergenceError({
    code: 'empty-manifold',
    where,
    expected: `points of ${what} inside the box`,
    received: 'none',
    hint: 'The zero sets may not meet, or not in this box.',
  });
