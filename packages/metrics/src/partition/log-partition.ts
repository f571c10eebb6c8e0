import { ConfigError, ConvergenceError, ShapeError, foldIn, uniformArray, type Key } from '@ebim/runtime';
import type { Box } from '../discretised/published-protocol.js';
import { asBatched, type ManifoldConstraint } from '../distance/constraint.js';
import { norm, normalSpace } from '../distance/normal-space.js';
import { checkPoints, type Points } from '../points.js';
import { logMeanExp, type LogEstimate } from './log-mean-exp.js';

/** Energies of points: one number a row. */
export type HostEnergy = (points: Points) => ArrayLike<number> | Promise<ArrayLike<number>>;

/**
 * log Z = log( Vol(M) * mean_s exp(-E(x_s)) ) for points x_s uniform on a manifold of known volume (spec 1.5).
 *
 * @param energies E(x_s)
 * @param volume Riemannian volume of the manifold: 2 pi for the unit circle, 4 pi for the unit sphere
 * @throws ConfigError for a volume that is not positive
 * @throws DataError for no energies, NaN or -Infinity
 */
export function logPartitionOnManifold(energies: ArrayLike<number>, volume: number): LogEstimate {
  if (!(volume > 0 && volume < Infinity)) {
    const where = 'logPartitionOnManifold: volume';
    throw new ConfigError({
      code: 'invalid-option',
      where,
      expected: 'a positive number',
      received: String(volume),
    });
  }
  const { value, standardError } = logMeanExp(Float64Array.from(energies, (energy) => -energy));
  return { value: value + Math.log(volume), standardError };
}

/** Options of {@link logPartitionCoarea}. */
export interface LogPartitionOptions {
  readonly key: Key;
  /** Uniform points in the box. Default 100 000. */
  readonly samples?: number;
  /** tau: points with |F| <= tau count. Default: the value that holds 2 % of a pilot batch. */
  readonly tubeWidth?: number;
  /** Points evaluated at once. Default 10 000. */
  readonly batchSize?: number;
}

/** log Z on a learned manifold, and what it rests on. */
export interface LogPartition extends LogEstimate {
  /** |log Z(tau) - log Z(tau / 2)|: how much the finite tube may matter. Noise of size sqrt(2) standardError is normal. */
  readonly tubeSensitivity: number;
  /** Points inside the tube. */
  readonly hits: number;
  readonly samples: number;
  readonly tubeWidth: number;
}

/** log of the volume of a k-dimensional ball: V_k = V_(k-2) 2 pi r^2 / k. */
function logBallVolume(k: number, radius: number): number {
  let volume = k % 2 === 0 ? 1 : 2;
  for (let d = k % 2 === 0 ? 2 : 3; d <= k; d += 2) volume *= (2 * Math.PI) / d;
  return Math.log(volume) + k * Math.log(radius);
}

/** log sqrt(det J J^T), the sum of the logarithms of the diagonal of R in J^T = Q R. */
function logNormalVolume(jacobian: Float64Array, dimension: number): number {
  const { triangle, codimension } = normalSpace(jacobian, dimension);
  let sum = 0;
  for (let i = 0; i < codimension; i++) sum += Math.log(triangle[i * codimension + i]);
  return sum;
}

interface TubePoint {
  readonly violation: number;
  /** log( exp(-E) sqrt(det J J^T) ). */
  readonly logWeight: number;
}

function checkOptions(bounds: Box, samples: number, batchSize: number, tubeWidth: number | undefined): void {
  const where = 'logPartitionCoarea';
  const fail = (name: string, expected: string, received: string) => {
    throw new ConfigError({ code: 'invalid-option', where: `${where}: ${name}`, expected, received });
  };
  const { lower, upper } = bounds;
  if (lower.length === 0 || lower.length !== upper.length) {
    fail('bounds', 'as many lower as upper bounds', `${lower.length} and ${upper.length}`);
  }
  lower.forEach((low, d) => {
    if (!(low < upper[d] && upper[d] - low < Infinity))
      fail('bounds', 'lower < upper', `[${low}, ${upper[d]}]`);
  });
  for (const [name, value] of Object.entries({ samples, batchSize })) {
    if (!(Number.isInteger(value) && value >= 1)) fail(name, 'a whole number >= 1', String(value));
  }
  if (tubeWidth !== undefined && !(tubeWidth > 0 && tubeWidth < Infinity)) {
    fail('tubeWidth', 'a positive number', String(tubeWidth));
  }
}

/**
 * log of the integral of exp(-E) over the manifold {F = 0} inside a box, without a ground truth, by the co-area
 * formula (spec 1.5): Z ~ Vol(box) mean_s[ 1{|F(u_s)| <= tau} exp(-E(u_s)) sqrt(det J J^T) ] / Vol_k(ball of tau).
 * With E = 0 it is the log volume of the manifold.
 *
 * The tube has a bias of order tau^2; `tubeSensitivity` shows it. The points in the tube cost the energy, all
 * samples the constraint.
 *
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 *
 * const circle = ([x, y]: Float64Array) => ({
 *   value: Float64Array.of(x * x + y * y - 1),
 *   jacobian: Float64Array.of(2 * x, 2 * y),
 * });
 * const box = { lower: [-1.5, -1.5], upper: [1.5, 1.5] };
 * const { value, standardError } = await logPartitionCoarea(circle, pointwiseEnergy(() => 0), box, { key: key(0) });
 * console.log(Math.abs(value - Math.log(2 * Math.PI)) < 4 * standardError); // true
 * ```
 * @throws ConfigError for impossible bounds or options
 * @throws ShapeError when constraint, energy and bounds do not fit
 * @throws ConvergenceError when no point fell into the tube
 * @throws DataError when an energy is NaN or -Infinity
 */
export async function logPartitionCoarea(
  constraint: ManifoldConstraint,
  energy: HostEnergy,
  bounds: Box,
  options: LogPartitionOptions,
): Promise<LogPartition> {
  const where = 'logPartitionCoarea';
  const { key, samples = 100_000, batchSize = 10_000 } = options;
  checkOptions(bounds, samples, batchSize, options.tubeWidth);
  const n = bounds.lower.length;
  const batched = asBatched(constraint, n, where);
  const k = batched.codimension;

  const sample = async (batch: number, rows: number) => {
    const unit = uniformArray(foldIn(key, batch), rows * n);
    const data = unit.map((u, i) => bounds.lower[i % n] + u * (bounds.upper[i % n] - bounds.lower[i % n]));
    const { value, jacobian } = await batched.evaluate({ data, rows, columns: n });
    const violations = Float64Array.from({ length: rows }, (_, row) =>
      norm(value.subarray(row * k, (row + 1) * k)),
    );
    return { data, jacobian, violations };
  };
  let width = options.tubeWidth;
  if (width === undefined) {
    // Chosen on other points than it is used on, so that the choice does not bias the estimate.
    const pilot = (await sample(0, Math.min(batchSize, samples))).violations.sort();
    width = Math.max(Number.MIN_VALUE, pilot[Math.floor(0.02 * (pilot.length - 1))]);
  }
  const tubeWidth = width;
  const tube: TubePoint[] = [];
  for (let start = 0, batch = 1; start < samples; start += batchSize, batch++) {
    const { data, jacobian, violations } = await sample(batch, Math.min(batchSize, samples - start));
    const inside = [...violations.keys()].filter((row) => violations[row] <= tubeWidth);
    if (inside.length === 0) continue;
    const near = new Float64Array(inside.length * n);
    inside.forEach((row, i) => near.set(data.subarray(row * n, (row + 1) * n), i * n));
    const energies = await energy({ data: near, rows: inside.length, columns: n });
    if (energies.length !== inside.length) {
      throw new ShapeError({
        code: 'shape-mismatch',
        where,
        expected: `one energy for each of ${inside.length} points`,
        received: String(energies.length),
      });
    }
    inside.forEach((row, i) => {
      const scale = logNormalVolume(jacobian.slice(row * k * n, (row + 1) * k * n), n);
      tube.push({ violation: violations[row], logWeight: scale - energies[i] });
    });
  }

  if (tube.length === 0) {
    throw new ConvergenceError({
      code: 'empty-tube',
      where,
      expected: `points of the box with |F| <= ${tubeWidth}`,
      received: `none of ${samples}`,
      hint: 'Take more samples or a wider tube, and check that the manifold passes through the box.',
    });
  }
  const logBox = bounds.lower.reduce((sum, low, d) => sum + Math.log(bounds.upper[d] - low), 0);
  const estimate = (radius: number): LogEstimate => {
    const weights = tube.filter((point) => point.violation <= radius).map((point) => point.logWeight);
    const { value, standardError } = logMeanExp(weights, samples);
    return { value: value + logBox - logBallVolume(k, radius), standardError };
  };
  const whole = estimate(tubeWidth);
  return {
    ...whole,
    tubeSensitivity: Math.abs(whole.value - estimate(tubeWidth / 2).value),
    hits: tube.length,
    samples,
    tubeWidth,
  };
}

/** Makes a {@link HostEnergy} from the energy of one point. */
export function pointwiseEnergy(energy: (x: Float64Array) => number): HostEnergy {
  return (points) => {
    checkPoints(points, 'pointwiseEnergy');
    const { data, rows, columns } = points;
    return Float64Array.from({ length: rows }, (_, row) =>
      energy(data.slice(row * columns, (row + 1) * columns)),
    );
  };
}
