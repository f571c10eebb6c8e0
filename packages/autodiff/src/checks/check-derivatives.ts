import * as tf from '@tensorflow/tfjs';
import {
  ConfigError,
  ConvergenceError,
  key,
  normal,
  split,
  treeDispose,
  treeLeaves,
  treeMap,
  treeTidy,
  treeUnflatten,
  type Key,
  type TensorTree,
} from '@ebim/runtime';
import { assertFloatTree } from '../transforms/arguments.js';
import { grad } from '../transforms/grad.js';
import { estimateNoise, lineDerivative, remainderSlope, type SymmetricSample } from './line-derivative.js';

/** Options of {@link checkDerivatives}. */
export interface CheckDerivativesOptions {
  /** Check derivatives of order 1 to this one. Default 1. */
  readonly order?: 1 | 2 | 3;
  /** Number of random directions. Default 2. */
  readonly directions?: number;
  /** Source of the directions. Default `key(0)`. */
  readonly key?: Key;
  /** Largest step, in units of a direction of standard normal entries. Default 0.5. */
  readonly largestStep?: number;
  /** Number of steps, each half of the one before. Default 15. */
  readonly steps?: number;
  /** Largest relative error of a derivative. Default 0.01. */
  readonly tolerance?: number;
}

/** The check of one order along one direction. */
export interface DerivativeCheck {
  readonly order: number;
  readonly direction: number;
  /** The directional derivative by automatic differentiation. */
  readonly derivative: number;
  /** The same by differences of the derivative of one order less. */
  readonly differences: number;
  /** Error of `differences`. */
  readonly uncertainty: number;
  readonly relativeError: number;
  /** Log-log slope of the Taylor remainder: 2 or more if right, 1 if wrong, NaN if all is linear. */
  readonly slope: number;
  /** `unclear`: the differences are too noisy to tell (a kink, or values that are not finite). */
  readonly verdict: 'right' | 'wrong' | 'unclear';
}

/** The result of {@link checkDerivatives}. */
export interface DerivativeReport {
  /** Every check found the derivative right. */
  readonly passed: boolean;
  readonly checks: readonly DerivativeCheck[];
}

/**
 * Compares the derivatives of `f` at `x` with differences along random directions, order by order: the n-th
 * derivative with central differences of the (n-1)-th, which has been checked before. Tuned for float32: values are
 * combined in float64, the best step is chosen from a range, and errors below the rounding error do not count.
 *
 * Finds a gradient that is some per cent wrong and a term that is missing from a second derivative only. A
 * directional derivative cannot see a single wrong entry among very many: use several directions, or a small x.
 *
 * @param f from a tree of float tensors to a tensor of any shape (weighted at random to a scalar)
 * @param x where; f must be smooth there
 * @throws ConfigError `bad-option`
 * @throws ShapeError `not-a-float-tensor`
 *
 * @example
 * ```ts
 * const report = await checkDerivatives((x) => tf.softplus(x), tf.tensor1d([-1, 0, 2]), { order: 3 });
 * ```
 */
export async function checkDerivatives<T extends TensorTree>(
  f: (x: T) => tf.Tensor,
  x: T,
  options: CheckDerivativesOptions = {},
): Promise<DerivativeReport> {
  const { order, directions, key: root, ...rest } = resolve(options);
  assertFloatTree(x, 'checkDerivatives: x');
  const checks: DerivativeCheck[] = [];
  const keys = split(root, directions);
  for (let direction = 0; direction < directions; direction++) {
    const line = makeLine(f, x, keys[direction], order);
    try {
      for (let n = 1; n <= order; n++)
        checks.push({ order: n, direction, ...(await checkOrder(line, n, rest)) });
    } finally {
      line.dispose();
    }
  }
  return { passed: checks.every(({ verdict }) => verdict === 'right'), checks };
}

/**
 * {@link checkDerivatives} that throws a table of what was found if a derivative is not right.
 *
 * @throws ConvergenceError `wrong-derivative`
 */
export async function assertDerivatives<T extends TensorTree>(
  f: (x: T) => tf.Tensor,
  x: T,
  options: CheckDerivativesOptions = {},
): Promise<void> {
  const { passed, checks } = await checkDerivatives(f, x, options);
  if (passed) return;
  const failed = checks.filter(({ verdict }) => verdict !== 'right');
  const lines = failed.map(
    ({ order, direction, verdict, derivative, differences, uncertainty, slope }) =>
      `order ${order}, direction ${direction}: ${verdict}, ${derivative.toPrecision(5)} for ` +
      `${differences.toPrecision(5)} ± ${uncertainty.toPrecision(1)}, slope ${slope.toFixed(1)}`,
  );
  throw new ConvergenceError({
    code: 'wrong-derivative',
    where: 'checkDerivatives',
    expected: 'derivatives that agree with differences',
    received: `${failed.length} of ${checks.length} that do not (${lines.join('; ')})`,
    details: { checks },
  });
}

type Settings = Required<Pick<CheckDerivativesOptions, 'largestStep' | 'steps' | 'tolerance'>>;

/** phi(t) = <w, f(x + t u)> and its derivatives. */
interface Line {
  readonly at: (t: number, derivative: number) => Promise<number>;
  readonly dispose: () => void;
}

function makeLine<T extends TensorTree>(f: (x: T) => tf.Tensor, x: T, root: Key, order: number): Line {
  const [directionKey, weightKey] = split(root);
  const { u, weights } = treeTidy(() => {
    const leaves = treeLeaves(x);
    const keys = split(directionKey, leaves.length);
    return {
      u: treeUnflatten(
        x,
        leaves.map((leaf, i) => normal(keys[i], leaf.shape)),
      ),
      weights: normal(weightKey, f(x).shape),
    };
  });
  const along = (tree: T): tf.Tensor =>
    tf.addN(treeLeaves(treeMap((leaf, d) => tf.sum(tf.mul(leaf, d)), tree, u)));
  // scalars[n] is the n-th derivative along u as a function of x
  const scalars: ((x: T) => tf.Tensor)[] = [(y) => tf.sum(tf.mul(f(y), weights))];
  for (let n = 1; n < order; n++) {
    const gradient = grad(scalars[n - 1]);
    scalars.push((y) => along(gradient(y)));
  }
  const at = async (t: number, n: number): Promise<number> => {
    const parts = treeTidy(() => {
      const y = t === 0 ? x : treeMap((leaf, d) => tf.add(leaf, tf.mul(t, d)), x, u);
      return n === 0 ? [tf.clone(f(y))] : treeLeaves(grad(scalars[n - 1])(y));
    });
    const factors = n === 0 ? [weights] : treeLeaves(u);
    // Products are added on the host: in float32 their rounding would hide small remainders.
    const sums = await Promise.all(
      parts.map(async (part, i) => hostDot(await part.data(), await factors[i].data())),
    );
    tf.dispose(parts);
    return sums.reduce((a, b) => a + b, 0);
  };
  return { at, dispose: () => [u, weights].forEach(treeDispose) };
}

async function checkOrder(
  line: Line,
  order: number,
  { largestStep, steps, tolerance }: Settings,
): Promise<Omit<DerivativeCheck, 'order' | 'direction'>> {
  const derivative = await line.at(0, order);
  const center = await line.at(0, order - 1);
  const samples: SymmetricSample[] = [];
  for (let i = 0; i < steps; i++) {
    const step = largestStep / 2 ** i;
    samples.push({ step, below: await line.at(-step, order - 1), above: await line.at(step, order - 1) });
  }
  const noise = estimateNoise(samples, center);
  const { value: differences, uncertainty } = lineDerivative(samples, noise);
  const scale = Math.max(Math.abs(derivative), Math.abs(differences));
  const error = Math.abs(derivative - differences);
  const isClear = uncertainty <= tolerance * scale;
  // Where the derivative vanishes there is no relative error; then agreement to within the noise is all there is.
  const isZero = scale <= 4 * uncertainty && error <= 2 * uncertainty && Number.isFinite(noise);
  const verdict = isClear
    ? error <= tolerance * scale + 2 * uncertainty
      ? 'right'
      : 'wrong'
    : isZero && uncertainty <= vanishing(samples)
      ? 'right'
      : 'unclear';
  return {
    derivative,
    differences,
    uncertainty,
    relativeError: scale === 0 ? 0 : error / scale,
    slope: remainderSlope(samples, center, derivative, noise),
    verdict,
  };
}

/** A derivative this small makes no difference to values of the size of g. */
const vanishing = (samples: readonly SymmetricSample[]): number =>
  1e-3 * Math.max(1e-6, ...samples.map(({ below, above }) => Math.max(Math.abs(below), Math.abs(above))));

function hostDot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function resolve(options: CheckDerivativesOptions): Required<CheckDerivativesOptions> {
  const {
    order = 1,
    directions = 2,
    key: root = key(0),
    largestStep = 0.5,
    steps = 15,
    tolerance = 0.01,
  } = options;
  const bad = (name: string, expected: string, received: unknown): ConfigError =>
    new ConfigError({
      code: 'bad-option',
      where: `checkDerivatives({ ${name} })`,
      expected,
      received: String(received),
    });
  if (![1, 2, 3].includes(order)) throw bad('order', '1, 2 or 3', order);
  if (!Number.isInteger(directions) || directions < 1) throw bad('directions', '1 or more', directions);
  if (!Number.isInteger(steps) || steps < 6) throw bad('steps', '6 or more', steps);
  if (!(largestStep > 0)) throw bad('largestStep', 'a positive number', largestStep);
  if (!(tolerance > 0 && tolerance < 1)) throw bad('tolerance', 'a number between 0 and 1', tolerance);
  return { order, directions, key: root, largestStep, steps, tolerance };
}
