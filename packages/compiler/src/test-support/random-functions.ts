import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';

/** One operation of a random function: what to do, and numbers that choose among what is possible then. */
export interface RecipeStep {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly n: number;
}

/** A random function of tensors. */
export interface Recipe {
  readonly shapes: readonly (readonly number[])[];
  readonly steps: readonly RecipeStep[];
  readonly seed: number;
}

const size = fc.constantFrom(0, 1, 1, 2, 3, 5);
const shape = fc.array(size, { maxLength: 3 });
const step = fc.record({ op: fc.nat(999), a: fc.nat(999), b: fc.nat(999), n: fc.nat(999) });

/** Random functions of one to three tensors with axes of 0 to 5. */
export const recipes = (maxSteps: number): fc.Arbitrary<Recipe> =>
  fc.record({
    shapes: fc.array(shape, { minLength: 1, maxLength: 3 }),
    steps: fc.array(step, { minLength: 1, maxLength: maxSteps }),
    seed: fc.nat(1000),
  });

/** Arguments for a recipe: values between -1.5 and 1.5. */
export const argumentsOf = ({ shapes, seed }: Recipe): tf.Tensor[] =>
  shapes.map((shape, j) => {
    const count = tf.util.sizeFromShape([...shape]);
    const values = Float32Array.from(
      { length: count },
      (_, i) => 1.5 * Math.sin(seed + 17 * j + 2.7 * i + 0.3),
    );
    return tf.tensor(values, [...shape], 'float32');
  });

const fits = (a: tf.Tensor, b: tf.Tensor): boolean => {
  const rank = Math.max(a.rank, b.rank);
  const at = (t: tf.Tensor, i: number): number => t.shape[i - rank + t.rank] ?? 1;
  return Array.from(
    { length: rank },
    (_, i) => at(a, i) === at(b, i) || at(a, i) === 1 || at(b, i) === 1,
  ).every(Boolean);
};

type Make = (a: tf.Tensor, b: tf.Tensor, n: number) => tf.Tensor | null;
const pair =
  (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Make =>
  (a, b) =>
    fits(a, b) ? f(a, b) : null;
/** Length of an axis that is there. */
const sizeAt = (a: tf.Tensor, axis: number): number => a.shape[axis];
const axisOf = (a: tf.Tensor, n: number): number => n % a.rank;

/** Smooth, bounded where that matters, and differentiable three times after the repairs of @ebim/runtime. */
const OPERATIONS: readonly Make[] = [
  tf.tanh,
  tf.sigmoid,
  tf.sin,
  tf.neg,
  (a) => tf.mul(a, tf.sigmoid(a)),
  (a) => tf.exp(tf.tanh(a)),
  (a) => tf.sqrt(tf.add(tf.square(a), 1)),
  (a) => tf.log(tf.add(tf.square(a), 2)),
  (a, _, n) => tf.mul(a, (n % 5) - 2),
  (a, _, n) => tf.add((n % 3) - 1, a),
  (a) => tf.softplus(a),
  (a) => tf.pow(a, 2),
  (a) => tf.clipByValue(a, -0.7, 0.9),
  pair(tf.add),
  pair(tf.sub),
  pair(tf.mul),
  pair((a, b) => tf.div(a, tf.add(tf.square(b), 1))),
  pair((a, b) => tf.maximum(a, b)),
  pair((a, b) =>
    tf.where(tf.greater(tf.add(a, tf.zerosLike(b)), b), tf.add(a, tf.zerosLike(b)), tf.mul(a, b)),
  ),
  (a, b) => (a.rank === 2 && b.rank === 2 && a.shape[1] === b.shape[0] ? tf.matMul(a, b) : null),
  (a, b) => (a.rank === 2 && b.rank === 2 && a.shape[1] === b.shape[1] ? tf.matMul(a, b, false, true) : null),
  (a, b) => (a.rank === 2 && b.rank === 2 && a.shape[0] === b.shape[0] ? tf.matMul(a, b, true) : null),
  (a) => (a.rank === 2 ? tf.matMul(tf.transpose(a), a) : null),
  (a, _, n) => (a.rank > 0 ? tf.sum(a, axisOf(a, n), n % 2 === 0) : null),
  (a, _, n) => (a.rank > 0 && a.size > 0 ? tf.mean(a, axisOf(a, n), n % 2 === 0) : null),
  (a) => tf.sum(a),
  (a, _, n) => (a.rank > 0 ? tf.concat([a, tf.sin(a)], axisOf(a, n)) : null),
  (a, _, n) => (a.rank > 0 && a.size > 0 ? tf.reverse(a, axisOf(a, n)) : null),
  (a) => tf.transpose(a),
  (a) => tf.reshape(a, [-1]),
  (a) => tf.expandDims(a, 0),
  (a, _, n) => (a.rank > 0 ? tf.slice(a, 0, Math.min(a.shape[0], 1 + (n % 3))) : null),
  (a, _, n) =>
    a.rank > 0 && a.rank < 4 && a.size < 100
      ? tf.tile(
          a,
          a.shape.map((_s, i) => 1 + ((n + i) % 2)),
        )
      : null,
  (a, _, n) =>
    a.rank > 0 && a.shape[0] > 0
      ? tf.gather(a, tf.tensor1d([0, n % a.shape[0], a.shape[0] - 1], 'int32'))
      : null,
  (a) => (a.rank > 0 && a.size > 0 ? tf.cumsum(a, a.rank - 1) : null),
  (a) =>
    a.rank > 0 && a.rank < 4
      ? tf.pad(
          a,
          a.shape.map((): [number, number] => [1, 0]),
          0.5,
        )
      : null,
  (a) => (a.rank > 0 && a.size > 0 ? tf.softmax(a) : null),
  tf.atan,
  tf.asinh,
  (a) => tf.tan(tf.mul(a, 0.3)),
  (a) => tf.atan2(a, tf.add(tf.square(a), 0.5)),
  (a, _, n) => tf.pow(tf.add(tf.square(a), 0.5), [0.5, 1.5, -0.7, 3][n % 4]),
  (a, b) =>
    a.rank === 2 && b.rank === 2 && a.shape[1] === b.shape[1] && a.size * b.size > 0
      ? tf.einsum('ij,kj->ki', a, b)
      : null,
  (a) =>
    a.rank > 0 && a.rank < 4 && a.size > 0 && a.size < 100
      ? tf.mirrorPad(
          a,
          a.shape.map((): [number, number] => [1, 1]),
          'symmetric',
        )
      : null,
  (a, _, n) =>
    a.rank > 1 && a.size > 0
      ? tf.gatherND(
          a,
          tf.tensor2d([0, 0, n % sizeAt(a, 0), 0, sizeAt(a, 0) - 1, sizeAt(a, 1) - 1], [3, 2], 'int32'),
        )
      : null,
  (a, _, n) =>
    a.rank === 2 && a.size > 0
      ? tf.gather(
          a,
          tf.tensor2d(
            Array.from({ length: 2 * sizeAt(a, 0) }, (_i, i) => (n + i) % sizeAt(a, 1)),
            [sizeAt(a, 0), 2],
            'int32',
          ),
          1,
          1,
        )
      : null,
];

/** What a recipe computes: the last of its intermediate results. Steps that do not fit are left out. */
export function functionOf({ steps }: Recipe): (inputs: readonly tf.Tensor[]) => tf.Tensor {
  return (inputs) => {
    const pool = [...inputs];
    for (const { op, a, b, n } of steps) {
      const make = OPERATIONS[op % OPERATIONS.length];
      const made = make(pool[pool.length - 1 - (a % pool.length)], pool[b % pool.length], n);
      // Large tensors only cost time.
      if (made !== null && made.size <= 400 && made.rank <= 4) pool.push(made);
    }
    return pool[pool.length - 1];
  };
}

/** The `order`-th derivative of the sum of a function with respect to the first input; zeros where it is none. */
export function derivativeOf(
  f: (inputs: readonly tf.Tensor[]) => tf.Tensor,
  order: number,
): (inputs: readonly tf.Tensor[]) => tf.Tensor {
  if (order === 0) return f;
  const below = derivativeOf(f, order - 1);
  return ([x, ...rest]) =>
    // The added term ties the result to x, as tf.grad refuses what does not depend on it.
    tf.grad((y: tf.Tensor) => tf.add(tf.sum(tf.sin(below([y, ...rest]))), tf.mul(0, tf.sum(y))))(x);
}

/** The largest difference of two results, relative to the largest value of the second (at least `smallest`). */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>, smallest = 1e-3): number {
  let scale = smallest;
  let worst = 0;
  for (let i = 0; i < b.length; i++) if (Number.isFinite(b[i])) scale = Math.max(scale, Math.abs(b[i]));
  for (let i = 0; i < b.length; i++) {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) continue;
    const difference = Math.abs(a[i] - b[i]) / scale;
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }
  return worst;
}

/** The result of `f`, unless TensorFlow.js itself cannot do it (derivatives of axes of length 0). */
export function eagerly(f: () => tf.Tensor): tf.Tensor {
  try {
    return f();
  } catch {
    return fc.pre(false) as never;
  }
}
