import * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError } from '@ebim/runtime';
import { checkPoints } from '../points.js';
import type { HostEnergy } from './log-partition.js';

/** Options of {@link tensorEnergy}. */
export interface TensorEnergyOptions {
  /** Points evaluated at once. Default 1024. */
  readonly batchSize?: number;
}

/**
 * Makes a {@link HostEnergy} from a tensor function [batch, n] -> [batch] or [batch, 1], in float32. For a learned
 * network, `hostMlp(...).evaluate` is the float64 alternative.
 *
 * @throws ConfigError for a batch size that is not whole and positive; the energy itself throws ShapeError when the
 * function gives another number of values
 */
export function tensorEnergy(f: (x: tf.Tensor) => tf.Tensor, options: TensorEnergyOptions = {}): HostEnergy {
  const { batchSize = 1024 } = options;
  if (!(Number.isInteger(batchSize) && batchSize >= 1)) {
    throw new ConfigError({
      code: 'invalid-option',
      where: 'tensorEnergy: batchSize',
      expected: 'a whole number >= 1',
      received: String(batchSize),
    });
  }
  return async (points) => {
    checkPoints(points, 'tensorEnergy');
    const { data, rows, columns } = points;
    const energies = new Float64Array(rows);
    for (let start = 0; start < rows; start += batchSize) {
      const count = Math.min(batchSize, rows - start);
      const part = Float32Array.from(data.subarray(start * columns, (start + count) * columns));
      const value = tf.tidy(() => f(tf.tensor2d(part, [count, columns])));
      try {
        if (value.size !== count) {
          throw new ShapeError({
            code: 'shape-mismatch',
            where: 'tensorEnergy',
            expected: `one energy for each of ${count} points`,
            received: `[${value.shape.join(', ')}]`,
          });
        }
        energies.set(await value.data(), start);
      } finally {
        value.dispose();
      }
    }
    return energies;
  };
}
