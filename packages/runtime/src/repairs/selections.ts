import * as tf from '@tensorflow/tfjs';
import { defineGradient } from './gradients.js';
import { installOnce } from './installed.js';

interface StridedSliceAttrs {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

/** Gives `tf.stridedSlice`, `tf.topk` (its values) and `tf.diag` their gradients. As shipped: none. */
export function repairSelections(): void {
  installOnce('selections', () => {
    defineGradient<StridedSliceAttrs>('StridedSlice', { inputs: ['x'] }, (dy, [x], a) => ({
      x: () => {
        // Slicing the numbers of the entries tells which entries were taken, whatever the masks say.
        const numbers = tf.reshape(tf.range(0, x.size, 1, 'int32'), x.shape);
        const { begin, end, strides } = a;
        const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = a;
        const taken = tf.stridedSlice(
          numbers,
          begin,
          end,
          strides,
          beginMask,
          endMask,
          ellipsisMask,
          newAxisMask,
          shrinkAxisMask,
        );
        return tf.reshape(
          tf.unsortedSegmentSum(tf.reshape(dy, [-1]), tf.reshape<tf.Rank.R1>(taken, [-1]), x.size),
          x.shape,
        );
      },
    }));
    defineGradient<{ k: number }>(
      'TopK',
      { inputs: ['x'], outputs: [false, true] },
      (dy, [x, indices], { k }) => ({
        x: () => {
          const last = x.shape[x.rank - 1];
          const places = tf.cast(tf.oneHot(tf.reshape(indices, [-1]), last), 'float32');
          const spread = tf.mul(tf.reshape(dy, [-1, k, 1]), tf.reshape(places, [-1, k, last]));
          return tf.reshape(tf.sum(spread, 1), x.shape);
        },
      }),
    );
    defineGradient('Diag', { inputs: ['x'] }, (dy, [x]) => ({
      x: () => {
        const matrix = tf.reshape(dy, [x.size, x.size]);
        return tf.reshape(tf.sum(tf.mul(matrix, tf.eye(x.size)), 1), x.shape);
      },
    }));
  });
}
