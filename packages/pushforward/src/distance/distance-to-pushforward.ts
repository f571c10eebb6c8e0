import { summaryStatistics, type Points, type SummaryStatistics } from '@ebim/metrics';
import { ConfigError, ConvergenceError, DataError, ShapeError } from '@ebim/runtime';
import type { ClosestCode, ClosestCodeStatus, HostDecoder } from './decoder-problem.js';
import { gaussNewtonClosestCodes } from './gauss-newton.js';
import { lbfgsClosestCodes } from './joint-lbfgs.js';

/** Options of {@link distanceToPushforward}. */
export interface PushforwardDistanceOptions {
  /**
   * `gaussNewton` (default): each point by itself, to the precision of the decoder. `lbfgs`: all points as one problem,
   * as the reference code, for comparison with published numbers.
   */
  readonly method?: 'gaussNewton' | 'lbfgs';
  /** Gauss-Newton steps a point. Default 100. */
  readonly maxIterations?: number;
  /** Codes over all of latent space to start from as well, against local minima. Only `gaussNewton`. */
  readonly starts?: Points;
  /** How many of `starts`, those decoded nearest to it, a point tries besides its own code. Default 1. */
  readonly startsPerPoint?: number;
  /** Steps of L-BFGS, of up to 20 iterations each. Default 100. Only `lbfgs`. */
  readonly steps?: number;
}

/** Distances of points to the image of a decoder. */
export interface PushforwardDistances {
  /** `[rows]`; NaN where the decoder gave no number. */
  readonly distances: Float64Array;
  /** The closest points found, `[rows, n]`. */
  readonly positions: Points;
  /** Their codes, `[rows, m]`. */
  readonly codes: Points;
  readonly status: readonly ClosestCodeStatus[];
  /** Rows with status `not-finite`; they are not in the summary. */
  readonly failed: number;
  /** Of the distances; min, median, mean and max are those of Table 3. */
  readonly summary: SummaryStatistics;
}

/**
 * Distance of each point to the image of a decoder: `min_z |f(z) - x|`, started at its code (spec 1.14; Table 3). A
 * local minimum is found; `starts` makes it near global.
 *
 * @param points `[rows, n]`
 * @param codes where searches start, g(x) as a rule, `[rows, m]`
 * @throws ShapeError when points, codes and decoder do not fit together; DataError without points; ConfigError for
 * impossible options; ConvergenceError when the decoder gave no number for any point
 * @example
 * ```ts
 * import { distanceToPushforward } from '@ebim/pushforward';
 *
 * const circle = {
 *   dimension: 1,
 *   codimension: 2,
 *   evaluate: ({ data }: { data: Float64Array }) => ({
 *     value: Float64Array.from([...data].flatMap((t) => [Math.cos(t), Math.sin(t)])),
 *     jacobian: Float64Array.from([...data].flatMap((t) => [-Math.sin(t), Math.cos(t)])),
 *   }),
 * };
 * const { distances } = await distanceToPushforward(
 *   circle,
 *   { data: Float64Array.of(0, 3), rows: 1, columns: 2 },
 *   { data: Float64Array.of(1), rows: 1, columns: 1 },
 * );
 * console.log(distances); // [2]
 * ```
 */
export async function distanceToPushforward(
  decoder: HostDecoder,
  points: Points,
  codes: Points,
  options: PushforwardDistanceOptions = {},
): Promise<PushforwardDistances> {
  const { method = 'gaussNewton', maxIterations = 100, steps = 100 } = options;
  checkOptions(options);
  checkInput(decoder, points, codes, options.starts);
  const found =
    method === 'lbfgs'
      ? await lbfgsClosestCodes(decoder, points, codes, steps)
      : await closestOfSeveral(decoder, points, codes, maxIterations, options);
  const good = found.filter(({ status }) => status !== 'not-finite');
  if (good.length === 0)
    throw new ConvergenceError({
      code: 'decoder-not-finite',
      where: WHERE,
      expected: 'a decoder with finite values',
      received: `none at the codes of all ${points.rows} points`,
      hint: 'The autoencoder diverged: lower its learning rate.',
    });
  return {
    distances: Float64Array.from(found, ({ distance }) => distance),
    positions: rowsOf(found, ({ position }) => position, points.columns),
    codes: rowsOf(found, ({ code }) => code, codes.columns),
    status: found.map(({ status }) => status),
    failed: found.length - good.length,
    summary: summaryStatistics(good.map(({ distance }) => distance)),
  };
}

const WHERE = 'distanceToPushforward(decoder, points, codes)';

async function closestOfSeveral(
  decoder: HostDecoder,
  points: Points,
  codes: Points,
  maxIterations: number,
  { starts, startsPerPoint = 1 }: PushforwardDistanceOptions,
): Promise<ClosestCode[]> {
  const near = starts === undefined ? () => [] : await nearestStarts(decoder, starts, startsPerPoint);
  const searches = Array.from({ length: points.rows }, (_, row) => {
    const target = rowAt(points, row);
    return [rowAt(codes, row), ...near(target)].map((code) => ({ target, code, row }));
  }).flat();
  const ends = await gaussNewtonClosestCodes(decoder, searches, maxIterations);
  const best: ClosestCode[] = [];
  ends.forEach((end, i) => {
    const { row } = searches[i];
    const other = best.at(row);
    // A distance that is not a number is never the smaller one.
    if (other === undefined || !(other.distance <= end.distance)) best[row] = end;
  });
  return best;
}

/** A function from a point to the codes among `starts` that are decoded nearest to it. */
async function nearestStarts(
  decoder: HostDecoder,
  starts: Points,
  count: number,
): Promise<(target: Float64Array) => Float64Array[]> {
  const { value } = await decoder.evaluate(starts);
  const n = decoder.codimension;
  return (target) => {
    const squared = Float64Array.from({ length: starts.rows }, (_, row) => {
      let sum = 0;
      for (let d = 0; d < n; d++) sum += (value[row * n + d] - target[d]) ** 2;
      return sum;
    });
    const chosen: number[] = [];
    for (let k = 0; k < Math.min(count, starts.rows); k++) {
      let nearest = -1;
      squared.forEach((distance, row) => {
        if (nearest === -1 || distance < squared[nearest]) nearest = row;
      });
      chosen.push(nearest);
      squared[nearest] = Infinity;
    }
    return chosen.map((row) => rowAt(starts, row));
  };
}

const rowAt = ({ data, columns }: Points, row: number): Float64Array =>
  data.slice(row * columns, (row + 1) * columns);

function rowsOf(
  found: readonly ClosestCode[],
  pick: (end: ClosestCode) => Float64Array,
  columns: number,
): Points {
  const data = new Float64Array(found.length * columns);
  found.forEach((end, row) => data.set(pick(end), row * columns));
  return { data, rows: found.length, columns };
}

function checkOptions(options: PushforwardDistanceOptions): void {
  const { method = 'gaussNewton', maxIterations = 1, startsPerPoint = 1, steps = 1 } = options;
  const fail = (name: string, expected: string, received: unknown) =>
    new ConfigError({
      code: 'bad-option',
      where: `distanceToPushforward({ ${name} })`,
      expected,
      received: String(received),
    });
  if (method !== 'gaussNewton' && method !== 'lbfgs')
    throw fail('method', "'gaussNewton' or 'lbfgs'", method);
  for (const [name, value] of Object.entries({ maxIterations, startsPerPoint, steps }))
    if (!(Number.isInteger(value) && value >= 1)) throw fail(name, 'a whole number of at least 1', value);
}

function checkInput(decoder: HostDecoder, points: Points, codes: Points, starts: Points | undefined): void {
  const { dimension: m, codimension: n } = decoder;
  const whole = ({ data, rows, columns }: Points) => data.length === rows * columns;
  const fits = points.columns === n && codes.columns === m && codes.rows === points.rows;
  const startsFit = starts === undefined || (starts.columns === m && whole(starts));
  if (!fits || !startsFit || !whole(points) || !whole(codes))
    throw new ShapeError({
      code: 'shape-mismatch',
      where: WHERE,
      expected: `as many codes of ${m} coordinates as points of ${n}, starts of ${m}`,
      received: [points, codes, ...(starts === undefined ? [] : [starts])]
        .map(({ data, rows, columns }) => `${rows} x ${columns} (${data.length} numbers)`)
        .join(', '),
    });
  if (points.rows === 0)
    throw new DataError({ code: 'no-points', where: WHERE, expected: 'one point or more', received: 'none' });
  const bad = points.data.findIndex((x) => !Number.isFinite(x));
  if (bad !== -1)
    throw new DataError({
      code: 'point-not-finite',
      where: WHERE,
      expected: 'finite points',
      received: `${points.data[bad]} in row ${Math.floor(bad / points.columns)}`,
      details: { row: Math.floor(bad / points.columns) },
    });
}
