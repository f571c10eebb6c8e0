import * as tf from '@tensorflow/tfjs';
import { ShapeError, randint, split, uniform, type Key } from '@ebim/runtime';
import { checkCount, checkFraction } from '../options.js';

/** New starts: `count` points `[count, ...]` that depend on the key alone. The caller owns them. */
export type FreshSample = (key: Key, count: number) => tf.Tensor;

/** Options of {@link replayBuffer}. */
export interface ReplayBufferOptions {
  /** Number of points kept. */
  readonly capacity: number;
  /** New starts, e.g. `(key, count) => uniformBox(key, count, bounds)`. */
  readonly fresh: FreshSample;
  /** Probability that a start is drawn from the buffer instead of being fresh. Default 0.95. */
  readonly fraction?: number;
}

/** Persistent contrastive-divergence memory: functions over a tensor `[capacity, ...]`. */
export interface ReplayBuffer {
  readonly capacity: number;
  /** A buffer full of fresh points. */
  init(key: Key): tf.Tensor;
  /**
   * Starts of `count` chains `[count, ...]`: each, by its own coin, a point of the buffer (uniform, with replacement)
   * or a fresh one.
   *
   * @param fraction in place of the buffer's own
   */
  sample(key: Key, buffer: tf.Tensor, count: number, fraction?: number): tf.Tensor;
  /** The buffer with the ends of chains `[B, ...]` put in front and as many of the oldest dropped. */
  push(buffer: tf.Tensor, ends: tf.Tensor): tf.Tensor;
}

/**
 * The replay buffer of the contrastive-divergence losses: first in, first out.
 *
 * All shapes are static (a fresh point is drawn for every start and used where the coin says so), so that a
 * training step that holds it can be compiled. With `fraction` 0 or 1 only what is needed is drawn.
 *
 * @throws ConfigError `bad-option`
 *
 * @example
 * ```ts
 * const bounds = { lower: [-1, -1], upper: [1, 1] };
 * const memory = replayBuffer({ capacity: 1000, fresh: (source, count) => uniformBox(source, count, bounds) });
 * const points = memory.init(key(0));
 * const starts = memory.sample(key(1), points, 100);
 * const ends = tf.add(starts, 0.1); // in place of a chain
 * const next = memory.push(points, ends); // [1000, 2]
 * ```
 */
export function replayBuffer(options: ReplayBufferOptions): ReplayBuffer {
  const { capacity, fresh, fraction: usual = 0.95 } = options;
  checkCount(capacity, 1, 'replayBuffer({ capacity })');
  checkFraction(usual, 'replayBuffer({ fraction })');
  return {
    capacity,
    init: (key) => fresh(key, capacity),
    sample: (key, buffer, count, fraction = usual) => {
      checkCount(count, 0, 'replayBuffer.sample(key, buffer, count)');
      checkFraction(fraction, 'replayBuffer.sample(key, buffer, count, fraction)');
      checkBuffer(buffer, capacity);
      const [freshKey, indexKey, coinKey] = split(key, 3);
      if (fraction === 0) return fresh(freshKey, count);
      return tf.tidy(() => {
        const kept = tf.gather(buffer, randint(indexKey, [count], 0, capacity));
        if (fraction === 1) return kept;
        const coin = tf.less(uniform(coinKey, [count, ...buffer.shape.slice(1).map(() => 1)]), fraction);
        return tf.where(coin, kept, fresh(freshKey, count));
      });
    },
    push: (buffer, ends) => {
      checkBuffer(buffer, capacity);
      checkEnds(buffer, ends);
      const added = Math.min(ends.shape[0], capacity);
      return tf.tidy(() => tf.concat([tf.slice(ends, 0, added), tf.slice(buffer, 0, capacity - added)], 0));
    },
  };
}

function checkBuffer(buffer: tf.Tensor, capacity: number): void {
  if (buffer.shape[0] !== capacity)
    throw new ShapeError({
      code: 'bad-buffer',
      where: 'replayBuffer',
      expected: `a buffer of ${capacity} points`,
      received: `[${buffer.shape}]`,
      hint: 'Make it with init(key) of the same replay buffer.',
    });
}

function checkEnds(buffer: tf.Tensor, ends: tf.Tensor): void {
  if (ends.rank !== buffer.rank || ends.shape.slice(1).join() !== buffer.shape.slice(1).join())
    throw new ShapeError({
      code: 'bad-buffer',
      where: 'replayBuffer.push(buffer, ends)',
      expected: `points of shape [${buffer.shape.slice(1)}]`,
      received: `[${ends.shape}]`,
    });
}
