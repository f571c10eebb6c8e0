import * as tf from '@tensorflow/tfjs';
import { ShapeError, treeTidy } from '@ebim/runtime';
import { assertFloatTensor, describe, type TensorFunction } from './arguments.js';
import { linearize } from './linearize.js';

/**
 * The function that gives the Jacobian of every row of a batched f, which must treat rows independently. Takes
 * min(k, n) products: rows of J by reverse mode, or columns by forward mode if there are fewer.
 *
 * @param f `[batch, …] -> [batch, …]`; the axes after the first are merged to n and k (1 if there are none)
 * @returns `x -> [batch, k, n]`
 * @throws ShapeError `not-a-float-tensor`, `not-batched`
 *
 * @example
 * ```ts
 * const J = jacobian((x) => tf.sum(tf.square(x), 1, true))(tf.ones([5, 3]));   // [5, 1, 3], all 2
 * ```
 */
export function jacobian(f: TensorFunction): (x: tf.Tensor) => tf.Tensor3D {
  return (x) =>
    treeTidy(() => {
      assertFloatTensor(x, 'jacobian: x');
      const { value, vjp, jvp } = linearize(f, x);
      const batch = value.shape[0];
      if (x.rank === 0 || value.rank === 0 || x.shape[0] !== batch)
        throw new ShapeError({
          code: 'not-batched',
          where: 'jacobian: value of the function',
          expected: `a leading batch axis as x has: ${describe(x)}`,
          received: describe(value),
        });
      const [n, k] = [rowSize(x), rowSize(value)];
      if (k === 0 || n === 0 || batch === 0) return tf.zeros([batch, k, n]);
      const forward = n < k;
      const parts = Array.from({ length: forward ? n : k }, (_, i) =>
        forward
          ? tf.reshape(jvp(unitRows(i, x)), [batch, k])
          : tf.reshape(vjp(unitRows(i, value)), [batch, n]),
      );
      const axis = forward ? 2 : 1;
      const J = parts.length === 1 ? tf.expandDims(parts[0], axis) : tf.stack(parts, axis);
      return J as tf.Tensor3D;
    });
}

const rowSize = (x: tf.Tensor): number => x.shape.slice(1).reduce((product, size) => product * size, 1);

/** In every row 1 at entry i, else 0. */
function unitRows(i: number, like: tf.Tensor): tf.Tensor {
  const row = new Float32Array(rowSize(like));
  row[i] = 1;
  return tf.broadcastTo(tf.tensor(row, [1, ...like.shape.slice(1)]), like.shape);
}
