import * as tf from '@tensorflow/tfjs';
import { defineGradient } from './gradients.js';
import { installOnce } from './installed.js';

interface MirrorPadAttrs {
  readonly paddings: readonly (readonly [before: number, after: number])[];
  readonly mode: 'reflect' | 'symmetric';
}

/**
 * Makes the gradient of `tf.mirrorPad` count the mirrored entries. As shipped it drops them, so that an
 * entry that appears twice in the output gets half its gradient.
 */
export function repairMirrorPad(): void {
  installOnce('mirror-pad', () => {
    defineGradient<MirrorPadAttrs>('MirrorPad', {}, (dy, _saved, { paddings, mode }) => ({
      x: () =>
        paddings.reduce<tf.Tensor>(
          (gradient, [before, after], axis) =>
            foldBack(gradient, axis, before, after, mode === 'reflect' ? 1 : 0),
          dy,
        ),
    }));
  });
}

/** Undoes the padding of one axis: mirrors both margins and adds them to where they came from. */
function foldBack(t: tf.Tensor, axis: number, before: number, after: number, offset: number): tf.Tensor {
  if (before === 0 && after === 0) return t;
  const size = t.shape[axis] - before - after;
  const part = (begin: number, length: number): tf.Tensor =>
    tf.slice(
      t,
      t.shape.map((_, d) => (d === axis ? begin : 0)),
      t.shape.map((n, d) => (d === axis ? length : n)),
    );
  const placed = (margin: tf.Tensor, begin: number, end: number): tf.Tensor =>
    tf.pad(
      tf.reverse(margin, axis),
      t.shape.map((_, d): [number, number] => (d === axis ? [begin, end] : [0, 0])),
    );
  let folded = part(before, size);
  if (before > 0) {
    folded = tf.add(folded, placed(part(0, before), offset, size - offset - before));
  }
  if (after > 0) {
    folded = tf.add(folded, placed(part(before + size, after), size - offset - after, offset));
  }
  return folded;
}
