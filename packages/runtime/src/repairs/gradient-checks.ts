import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';

/** For the tests of the repairs only. */
export type Fn = (x: tf.Tensor) => tf.Tensor;

/** Numbers without pattern in (-1, 1), the same everywhere. */
export function scattered(shape: number[], seed = 1): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, (_, i) => {
    const s = Math.sin((i + 1) * 12.9898 * seed + 78.233) * 43758.5453;
    return 2 * (s - Math.floor(s)) - 1;
  });
  return tf.tensor(values, shape);
}

/** A scalar with derivatives of every order, also where `f` is linear: weighted sum of y + y^2 + y^3. */
export function scalarOf(f: Fn): Fn {
  return (x) => {
    const y = f(x);
    const powers = tf.add(y, tf.add(tf.mul(y, y), tf.mul(y, tf.mul(y, y))));
    return tf.sum(tf.mul(powers, scattered(y.shape, 3)));
  };
}

/** The derivative of the scalar function `f` along `direction`, as a function again. */
function along(f: Fn, direction: tf.Tensor): Fn {
  const gradient = tf.grad((x: tf.Tensor) => f(x).asScalar());
  return (x) => tf.sum(tf.mul(gradient(x), direction));
}

function numberOf(scalar: tf.Tensor): number {
  // eslint-disable-next-line no-restricted-syntax -- the tests of the repairs run on cpu and wasm
  return scalar.dataSync()[0];
}

function valueAt(f: Fn, x: tf.Tensor, direction: tf.Tensor, step: number): number {
  return tf.tidy(() => numberOf(f(tf.add(x, tf.mul(direction, step)))));
}

/**
 * Relative error of the derivative of order `order` of `scalarOf(f)` along directions without pattern,
 * against central differences of the derivative of one order less.
 */
export function derivativeError(f: Fn, x: tf.Tensor, order: number, step = 1e-2): number {
  // A derivative that happens to vanish along the directions would compare nothing: take the next ones.
  for (let attempt = 0; attempt < 6; attempt++) {
    const { exact, numeric } = compare(f, x, order, step, 10 * attempt);
    const size = Math.abs(numeric) + Math.abs(exact);
    if (size > 0.1) return Math.abs(exact - numeric) / size;
  }
  throw new Error('the derivative vanishes along every direction');
}

function compare(
  f: Fn,
  x: tf.Tensor,
  order: number,
  step: number,
  seed: number,
): { exact: number; numeric: number } {
  return tf.tidy(() => {
    let lower = scalarOf(f);
    for (let n = 1; n < order; n++) lower = along(lower, scattered(x.shape, seed + 4 + n));
    const direction = scattered(x.shape, seed + 4 + order);
    const exact = numberOf(along(lower, direction)(x));
    const at = (steps: number): number => valueAt(lower, x, direction, steps * step);
    const numeric = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
    return { exact, numeric };
  });
}

/** `tf.grad` of a function of images: `f` as a function of any tensor. */
export function ofImages(f: (x: tf.Tensor4D) => tf.Tensor): Fn {
  return (x) => f(x as tf.Tensor4D);
}

/** Asserts the derivatives of the orders 1 to `highest`. */
export function expectDerivatives(f: Fn, x: tf.Tensor, highest = 3, tolerance = 5e-3, step?: number): void {
  for (let order = 1; order <= highest; order++) {
    expect(derivativeError(f, x, order, step), `order ${order}`).toBeLessThan(tolerance);
  }
}
