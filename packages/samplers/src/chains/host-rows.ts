import * as tf from '@tensorflow/tfjs';

/** Arrays of one shape, put one after the other into host memory. */
export interface HostRows {
  readonly add: (values: ArrayLike<number>) => void;
  /** What was added, `[rows, ...shape]`. The caller owns it. */
  readonly tensor: () => tf.Tensor;
}

/** Room for `capacity` arrays of `shape`. */
export function hostRows(shape: readonly number[], capacity: number): HostRows {
  const size = tf.util.sizeFromShape([...shape]);
  const data = new Float32Array(capacity * size);
  let rows = 0;
  return {
    add: (values) => {
      data.set(values, rows * size);
      rows++;
    },
    tensor: () => tf.tensor(data.slice(0, rows * size), [rows, ...shape]),
  };
}
