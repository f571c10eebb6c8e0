import * as tf from '@tensorflow/tfjs';
import { stopGradient } from '@ebim/autodiff';
import { ConfigError, ShapeError, treeTidy } from '@ebim/runtime';
import { checkPositive, checkSizes } from '../transform/checks.js';

/** Shape of a rational-quadratic spline. */
export interface SplineOptions {
  /** Number of bins K. Default 10. */
  readonly bins?: number;
  /** The spline acts on [-B, B] and is the identity outside. Default B = 3. */
  readonly bound?: number;
  /** Smallest width of a bin, relative to 2 B. Default 1e-3. */
  readonly minWidth?: number;
  /** Smallest height of a bin, relative to 2 B. Default 1e-3. */
  readonly minHeight?: number;
  /** Smallest derivative at a knot. Default 1e-3. */
  readonly minDerivative?: number;
}

/** The options with every default filled in. */
export type SplineShape = Required<SplineOptions>;

/** What {@link rationalQuadraticSpline} returns; the caller owns both. */
export interface SplineResult {
  /** Of the shape of the argument. */
  readonly value: tf.Tensor;
  /** log of the derivative, of the same shape. */
  readonly logDerivative: tf.Tensor;
}

/** Raw parameters of one scalar: K widths, K heights, K - 1 derivatives at the inner knots. */
export const splineParameterCount = ({ bins }: Pick<SplineShape, 'bins'>): number => 3 * bins - 1;

/**
 * Fills in the defaults and checks them.
 *
 * @throws ConfigError `bad-size`, `bad-option`
 */
export function splineShape(where: string, options: SplineOptions = {}): SplineShape {
  const { bins = 10, bound = 3, minWidth = 1e-3, minHeight = 1e-3, minDerivative = 1e-3 } = options;
  checkSizes(where, { bins });
  checkPositive(where, { bound, minWidth, minHeight, minDerivative });
  for (const [name, least] of Object.entries({ minWidth, minHeight }))
    if (least * bins > 1)
      throw new ConfigError({
        code: 'bad-option',
        where: `${where}({ ${name} })`,
        expected: `at most 1 / bins = ${1 / bins}`,
        received: String(least),
      });
  return { bins, bound, minWidth, minHeight, minDerivative };
}

/**
 * The monotone rational-quadratic spline of Durkan et al. (2019, section 3.1) with linear tails, element by element.
 * Knots come from the raw parameters by softmax (widths, heights) and softplus (derivatives); derivatives at the ends
 * are 1, so that it joins the identity outside of [-B, B] smoothly.
 *
 * Values, gradients and second gradients are finite for every finite argument, at the bounds and outside too.
 *
 * @param x any shape
 * @param raw `[...x.shape, 3 K - 1]`: K widths, K heights, K - 1 derivatives
 * @throws ConfigError `bad-size`, `bad-option`; ShapeError `bad-spline-parameters`
 *
 * @example
 * ```ts
 * const { value, logDerivative } = rationalQuadraticSpline(tf.tensor1d([0.3, 9]), tf.zeros([2, 11]), { bins: 4 });
 * // equal widths and heights, derivatives about 0.7; 9 is outside, and stays 9
 * ```
 */
export function rationalQuadraticSpline(
  x: tf.Tensor,
  raw: tf.Tensor,
  options: SplineOptions = {},
): SplineResult {
  return along(x, raw, options, splineForward, 'rationalQuadraticSpline');
}

/**
 * The inverse of {@link rationalQuadraticSpline} for the same raw parameters; `logDerivative` is that of the inverse.
 *
 * @throws ConfigError `bad-size`, `bad-option`; ShapeError `bad-spline-parameters`
 */
export function inverseRationalQuadraticSpline(
  y: tf.Tensor,
  raw: tf.Tensor,
  options: SplineOptions = {},
): SplineResult {
  return along(y, raw, options, splineInverse, 'inverseRationalQuadraticSpline');
}

function along(
  x: tf.Tensor,
  raw: tf.Tensor,
  options: SplineOptions,
  spline: typeof splineForward,
  where: string,
): SplineResult {
  const shape = splineShape(where, options);
  const count = splineParameterCount(shape);
  const expected = [...x.shape, count];
  if (raw.shape.join() !== expected.join())
    throw new ShapeError({
      code: 'bad-spline-parameters',
      where: `${where}(x, raw)`,
      expected: `raw of shape [${expected.join(', ')}]`,
      received: `[${raw.shape.join(', ')}]`,
    });
  return treeTidy(() => {
    const rows = tf.transpose(tf.reshape(raw, [x.size, count]));
    const result = spline(tf.reshape(x, [x.size]), rows, shape);
    return {
      value: tf.reshape(result.value, x.shape),
      logDerivative: tf.reshape(result.logDerivative, x.shape),
    };
  });
}

/*
 * Below, N scalars lie along the last axis and bins along the one before it: every operation then runs over
 * contiguous memory, and sums over bins are sums of rows.
 */

/** The spline of `x [N]` with raw parameters `[3 K - 1, N]`. Not tidied. */
export function splineForward(x: tf.Tensor, raw: tf.Tensor, shape: SplineShape): SplineResult {
  const { inside, clamped } = clamp(x, shape.bound);
  const { x0, x1, y0, y1, d0, d1 } = binOf(clamped, knotsOf(raw, shape), 0, shape);
  const width = tf.sub(x1, x0);
  const height = tf.sub(y1, y0);
  const slope = tf.div(height, width);
  const xi = tf.div(tf.sub(clamped, x0), width);
  const rest = tf.sub(1, xi);
  const mixed = tf.mul(xi, rest);
  const { denominator, logDerivative } = derivative(xi, rest, mixed, slope, d0, d1);
  const numerator = tf.add(tf.mul(slope, tf.square(xi)), tf.mul(d0, mixed));
  const value = tf.add(y0, tf.mul(height, tf.div(numerator, denominator)));
  return {
    value: tf.where(inside, value, x),
    logDerivative: tf.where(inside, logDerivative, tf.zerosLike(x)),
  };
}

/** The inverse spline of `y [N]` with raw parameters `[3 K - 1, N]`. Not tidied. */
export function splineInverse(y: tf.Tensor, raw: tf.Tensor, shape: SplineShape): SplineResult {
  const { inside, clamped } = clamp(y, shape.bound);
  const { x0, x1, y0, y1, d0, d1 } = binOf(clamped, knotsOf(raw, shape), 1, shape);
  const width = tf.sub(x1, x0);
  const height = tf.sub(y1, y0);
  const slope = tf.div(height, width);
  const eta = tf.div(tf.sub(clamped, y0), height);
  const above = tf.sub(1, eta);
  // The root of the quadratic for xi, written so that nothing cancels: with q = d0 (1 - eta) - d1 eta the
  // discriminant is q² + 4 s² eta (1 - eta), a sum of positive terms, and of xi and 1 - xi the one that q makes
  // small is computed.
  const q = tf.sub(tf.mul(d0, above), tf.mul(d1, eta));
  const falling = tf.greaterEqual(q, 0);
  const root = tf.sqrt(tf.add(tf.square(q), tf.mul(tf.mul(4, tf.square(slope)), tf.mul(eta, above))));
  const sum = tf.add(root, tf.where(falling, q, tf.neg(q)));
  const part = tf.mul(tf.mul(2, slope), tf.where(falling, eta, above));
  const small = tf.div(part, tf.add(sum, part));
  const large = tf.sub(1, small);
  const xi = tf.where(falling, small, large);
  const rest = tf.where(falling, large, small);
  const { logDerivative } = derivative(xi, rest, tf.mul(small, large), slope, d0, d1);
  const value = tf.add(x0, tf.mul(width, xi));
  return {
    value: tf.where(inside, value, y),
    logDerivative: tf.where(inside, tf.neg(logDerivative), tf.zerosLike(y)),
  };
}

/** Elements outside are moved to the bound before the spline sees them: a `where` afterwards alone leaves NaN gradients. */
function clamp(x: tf.Tensor, bound: number): { inside: tf.Tensor; clamped: tf.Tensor } {
  const inside = tf.lessEqual(tf.abs(x), bound);
  return { inside, clamped: tf.clipByValue(x, -bound, bound) };
}

/** Common denominator D = s (xi² + (1 - xi)²) + (d0 + d1) xi (1 - xi), and log dy/dx. */
function derivative(
  xi: tf.Tensor,
  rest: tf.Tensor,
  mixed: tf.Tensor,
  slope: tf.Tensor,
  d0: tf.Tensor,
  d1: tf.Tensor,
): { denominator: tf.Tensor; logDerivative: tf.Tensor } {
  const [right, left] = [tf.square(xi), tf.square(rest)];
  const denominator = tf.add(tf.mul(slope, tf.add(right, left)), tf.mul(tf.add(d0, d1), mixed));
  const steepness = tf.add(tf.add(tf.mul(d1, right), tf.mul(tf.mul(2, slope), mixed)), tf.mul(d0, left));
  const scaled = tf.div(slope, denominator);
  return { denominator, logDerivative: tf.log(tf.mul(tf.square(scaled), steepness)) };
}

/** Knots in x, knots in y, derivatives: `[3, K + 1, N]`. */
function knotsOf(raw: tf.Tensor, shape: SplineShape): tf.Tensor {
  const { bins, bound, minWidth, minHeight, minDerivative } = shape;
  const count = raw.shape[1] as number;
  const logits = tf.reshape(tf.slice(raw, [0, 0], [2 * bins, count]), [2, bins, count]);
  // The largest logit cancels; it only keeps exp from overflowing.
  const exps = tf.exp(tf.sub(logits, stopGradient(tf.max(logits, 1, true))));
  const shares = tf.div(exps, tf.sum(exps, 1, true));
  const ends = (value: number): tf.Tensor => tf.fill([2, 1, count], value);
  const ones = tf.ones([1, count]);
  const positions = bins === 1 ? [] : [innerKnots(shares, bins, bound, [minWidth, minHeight])];
  const derivatives =
    bins === 1
      ? [ones, ones]
      : [ones, tf.add(minDerivative, tf.softplus(tf.slice(raw, [2 * bins, 0], [bins - 1, count]))), ones];
  // The ends are written as constants: sums of shares would miss them by rounding errors.
  return tf.concat(
    [tf.concat([ends(-bound), ...positions, ends(bound)], 1), tf.expandDims(tf.concat(derivatives, 0), 0)],
    0,
  );
}

/** `-B + 2 B sum_{j <= k} (m + (1 - K m) share_j)` for k = 1 … K - 1: a product with a triangular matrix. */
function innerKnots(
  shares: tf.Tensor,
  bins: number,
  bound: number,
  least: readonly [number, number],
): tf.Tensor {
  const count = shares.shape[2] as number;
  const rows = bins - 1;
  const matrix = new Float32Array(4 * rows * bins);
  const offset = new Float32Array(2 * rows);
  least.forEach((minimum, part) => {
    for (let k = 0; k < rows; k++) {
      offset[part * rows + k] = 2 * bound * (k + 1) * minimum - bound;
      for (let j = 0; j <= k; j++)
        matrix[(part * rows + k) * 2 * bins + part * bins + j] = 2 * bound * (1 - bins * minimum);
    }
  });
  const sums = tf.matMul(tf.tensor2d(matrix, [2 * rows, 2 * bins]), tf.reshape(shares, [2 * bins, count]));
  return tf.reshape(tf.add(sums, tf.tensor2d(offset, [2 * rows, 1])), [2, rows, count]);
}

/** Corners of the bin that holds each element, all `[N]`. */
interface Bin {
  readonly x0: tf.Tensor;
  readonly x1: tf.Tensor;
  readonly y0: tf.Tensor;
  readonly y1: tf.Tensor;
  readonly d0: tf.Tensor;
  readonly d1: tf.Tensor;
}

/** The bin of `x [N]` by the knots in x (axis 0) or in y (axis 1): the number of inner knots that are not above it. */
function binOf(x: tf.Tensor, knots: tf.Tensor, axis: 0 | 1, { bins }: SplineShape): Bin {
  const count = x.shape[0];
  const low = tf.slice(knots, [0, 0, 0], [3, bins, count]);
  const high = tf.slice(knots, [0, 1, 0], [3, bins, count]);
  const pick = (corners: tf.Tensor, mask: tf.Tensor): tf.Tensor[] => {
    const picked = bins === 1 ? tf.reshape(corners, [3, count]) : tf.sum(tf.mul(corners, mask), 1);
    return [0, 1, 2].map((row) => tf.reshape(tf.slice(picked, [row, 0], [1, count]), [count]));
  };
  const mask = bins === 1 ? x : oneHotBin(x, knots, axis, bins);
  const [x0, y0, d0] = pick(low, mask);
  const [x1, y1, d1] = pick(high, mask);
  return { x0, x1, y0, y1, d0, d1 };
}

/** `[1, K, N]`: 1 at the bin of each element. */
function oneHotBin(x: tf.Tensor, knots: tf.Tensor, axis: 0 | 1, bins: number): tf.Tensor {
  const count = x.shape[0];
  const inner = tf.reshape(tf.slice(knots, [axis, 1, 0], [1, bins - 1, count]), [bins - 1, count]);
  const passed = tf.cast(tf.greaterEqual(x, inner), 'float32');
  const ones = tf.ones([1, count]);
  const mask = tf.sub(tf.concat([ones, passed], 0), tf.concat([passed, tf.zeros([1, count])], 0));
  return stopGradient(tf.expandDims(mask, 0));
}
