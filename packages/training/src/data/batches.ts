import * as tf from '@tensorflow/tfjs';
import { ConfigError, DataError, foldIn, permutationArray, type Key } from '@ebim/runtime';
import { checkOption, countFromOne } from '../options.js';

/** Where the training loop takes its data from. */
export interface BatchSource {
  /** Batches per epoch. */
  readonly count: number;
  /** Batch `index` of `epoch`, a pure function of its arguments. The caller owns the result. */
  batch(key: Key, epoch: number, index: number): tf.Tensor;
  /**
   * Batches `index`, `index + 1`, … of `epoch` as one tensor `[taken, batch, …]`: at least one, at most `most`, and no
   * more than have one shape. The caller owns the result. Default: `batch` after `batch`, stacked.
   */
  take?(key: Key, epoch: number, index: number, most: number): tf.Tensor;
}

/** Options of {@link batches}. */
export interface BatchesOptions {
  /** Rows per batch; the last batch of an epoch may be shorter. */
  readonly batchSize: number;
  /** Deal the rows in a new random order every epoch. Default false: fixed batches, as the reference does. */
  readonly shuffle?: boolean;
  /** Leave out a shorter last batch. Default false. */
  readonly dropLast?: boolean;
}

/**
 * Cuts points `[N, ...]` into batches `[batchSize, ...]`. The points stay the caller's and must live as long as
 * the source is used.
 *
 * @throws ConfigError `bad-option`, DataError `no-batches` if there is not one batch
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { key } from '@ebim/runtime';
 * import { batches } from '@ebim/training';
 *
 * const data = batches(tf.zeros([100, 2]), { batchSize: 32, shuffle: true });
 * data.count; // 4
 * data.batch(key(0), 0, 3).shape; // [4, 2]
 * ```
 */
export function batches(points: tf.Tensor, options: BatchesOptions): BatchSource {
  const { batchSize, shuffle = false, dropLast = false } = options;
  checkOption('batches', 'batchSize', batchSize, countFromOne);
  const rows = points.rank === 0 ? 0 : points.shape[0];
  const count = dropLast ? Math.floor(rows / batchSize) : Math.ceil(rows / batchSize);
  if (count === 0)
    throw new DataError({
      code: 'no-batches',
      where: 'batches(points, { batchSize })',
      expected: dropLast ? `at least ${batchSize} rows` : 'at least one row',
      received: `points of shape [${points.shape.join(', ')}]`,
    });

  // The order of the epoch at hand; recomputing it for every batch would cost as much as the batch.
  let deal: { key: Key; epoch: number; order: Int32Array } | undefined;
  const orderOf = (key: Key, epoch: number): Int32Array => {
    if (deal?.key !== key || deal.epoch !== epoch)
      deal = { key, epoch, order: permutationArray(foldIn(key, epoch), rows) };
    return deal.order;
  };

  /** Rows `start` to `start + size` of the epoch, in the shape `[...leading, ...point]`. */
  const rowsOf = (
    key: Key,
    epoch: number,
    start: number,
    size: number,
    leading: readonly number[],
  ): tf.Tensor => {
    const inner = points.shape.slice(1);
    const shape = [...leading, ...inner];
    if (!shuffle && size === rows) return tf.reshape(points, shape);
    return tf.tidy(() => {
      const chosen = shuffle
        ? tf.gather(points, tf.tensor1d(orderOf(key, epoch).slice(start, start + size), 'int32'))
        : tf.slice(points, [start, ...inner.map(() => 0)], [size, ...inner]);
      return tf.reshape(chosen, shape);
    });
  };

  const checkIndex = (index: number): void => {
    if (!Number.isInteger(index) || index < 0 || index >= count)
      throw new ConfigError({
        code: 'bad-index',
        where: 'batch(key, epoch, index)',
        expected: `a whole number from 0 to ${count - 1}`,
        received: String(index),
      });
  };

  const sizeOfBatch = (index: number): number => Math.min(batchSize, rows - index * batchSize);

  const batch = (key: Key, epoch: number, index: number): tf.Tensor => {
    checkIndex(index);
    const size = sizeOfBatch(index);
    return rowsOf(key, epoch, index * batchSize, size, [size]);
  };

  const take = (key: Key, epoch: number, index: number, most: number): tf.Tensor => {
    checkIndex(index);
    const size = sizeOfBatch(index);
    const whole = Math.floor((rows - index * batchSize) / size);
    const taken = Math.max(1, Math.min(most, whole));
    return rowsOf(key, epoch, index * batchSize, taken * size, [taken, size]);
  };

  return { count, batch, take };
}
