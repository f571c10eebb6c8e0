import { ConfigError, ShapeError } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import type { ImplicitManifold } from './implicit-manifold.js';

type Map = (x: tf.Tensor) => tf.Tensor;

/**
 * The manifold moved by `t`: F(x - t) and E(x - t) (P2 section 4.1). Volumes and densities go along.
 *
 * @param t n numbers
 * @throws ShapeError `dimension-mismatch`; ConfigError `bad-option` for a number that is not finite
 */
export function translate(manifold: ImplicitManifold, t: readonly number[]): ImplicitManifold {
  checkVector('translate(manifold, t)', manifold, t);
  const shift = [...t];
  return pullBack(manifold, (x) => tf.sub(x, tf.tensor1d(shift)), 1);
}

/**
 * The manifold turned about a point: every point p of it goes to `center + R (p - center)`, so that F becomes
 * `F(center + R^T (x - center))`. A reflection is taken as well.
 *
 * @param rotation R, n rows of n numbers
 * @param center default the origin
 * @throws ShapeError `dimension-mismatch`; ConfigError `not-orthogonal` unless `R R^T` is the identity to 1e-5
 */
export function rotate(
  manifold: ImplicitManifold,
  rotation: readonly (readonly number[])[],
  center?: readonly number[],
): ImplicitManifold {
  const where = 'rotate(manifold, rotation)';
  const n = manifold.ambientDimension;
  if (rotation.length !== n || rotation.some((row) => row.length !== n))
    throw new ShapeError({
      code: 'dimension-mismatch',
      where,
      expected: `${n} rows of ${n} numbers`,
      received: `rows of ${rotation.map((row) => row.length).join(', ')} numbers`,
    });
  const deviation = orthogonalityError(rotation);
  if (!(deviation <= 1e-5))
    throw new ConfigError({
      code: 'not-orthogonal',
      where,
      expected: 'rows of length 1 that are orthogonal to each other',
      received: `a matrix R with |R R^T - 1| up to ${deviation}`,
      hint: 'A matrix that also stretches or shears changes lengths; use scale for a change of size.',
      details: { deviation },
    });
  const matrix = rotation.map((row) => [...row]);
  const around = centerOf(`${where}: center`, manifold, center);
  return pullBack(
    manifold,
    (x) => {
      const c = tf.tensor1d(around);
      // A row times R is R^T times the column.
      return tf.add(tf.matMul(tf.sub<tf.Tensor2D>(x, c), tf.tensor2d(matrix)), c);
    },
    1,
  );
}

/**
 * The manifold made larger by a factor s about a point: `s F(center + (x - center) / s)`, where the outer factor keeps
 * the length of gradients, so that |F| near the manifold stays as good a distance as it was. Densities fall by s^m.
 *
 * @param factor s, positive
 * @param center default the origin
 * @throws ConfigError `bad-size`; ShapeError `dimension-mismatch`
 */
export function scale(
  manifold: ImplicitManifold,
  factor: number,
  center?: readonly number[],
): ImplicitManifold {
  const where = 'scale(manifold, factor)';
  if (!(factor > 0 && Number.isFinite(factor)))
    throw new ConfigError({
      code: 'bad-size',
      where,
      expected: 'a positive number',
      received: String(factor),
    });
  const around = centerOf(`${where}: center`, manifold, center);
  return pullBack(
    manifold,
    (x) => {
      const c = tf.tensor1d(around);
      return tf.add(tf.div(tf.sub(x, c), factor), c);
    },
    factor,
  );
}

/** Composes everything with `inverse`, which shrinks lengths by `factor`. */
function pullBack(manifold: ImplicitManifold, inverse: Map, factor: number): ImplicitManifold {
  const resize: Map = factor === 1 ? (x) => x : (x) => tf.mul(x, factor);
  const moved =
    (f: Map): Map =>
    (x) =>
      tf.tidy(() => resize(f(inverse(x))));
  return {
    ...manifold,
    constraint: moved(manifold.constraint),
    components: manifold.components.map((component) => {
      const { energy, manifoldDimension, logZ, logFactor } = component;
      const growth = manifoldDimension * Math.log(factor);
      return {
        ...component,
        constraint: moved(component.constraint),
        energy: energy === null ? null : (x) => tf.tidy(() => energy(inverse(x))),
        logZ: logZ === null ? null : logZ + growth,
        // A single component is always all of it.
        logFactor: logFactor === null || manifold.components.length === 1 ? logFactor : logFactor - growth,
      };
    }),
  };
}

function centerOf(where: string, manifold: ImplicitManifold, center?: readonly number[]): number[] {
  if (center === undefined) return new Array<number>(manifold.ambientDimension).fill(0);
  checkVector(where, manifold, center);
  return [...center];
}

function checkVector(where: string, { ambientDimension: n }: ImplicitManifold, v: readonly number[]): void {
  if (v.length !== n)
    throw new ShapeError({
      code: 'dimension-mismatch',
      where,
      expected: `${n} numbers, as the manifold lies in ${n} dimensions`,
      received: `${v.length}`,
    });
  if (!v.every(Number.isFinite))
    throw new ConfigError({
      code: 'bad-option',
      where,
      expected: 'finite numbers',
      received: JSON.stringify(v),
    });
}

/** Largest entry of |R R^T - 1|; NaN for entries that are not numbers. */
function orthogonalityError(rows: readonly (readonly number[])[]): number {
  const errors = rows.flatMap((a, i) =>
    rows.map((b, j) => Math.abs(a.reduce((sum, value, d) => sum + value * b[d], 0) - (i === j ? 1 : 0))),
  );
  return errors.reduce((a, b) => (Number.isNaN(a) ? a : a >= b ? a : b), 0);
}
