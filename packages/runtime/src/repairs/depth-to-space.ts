import * as tf from '@tensorflow/tfjs';
import { defineGradient } from './gradients.js';
import { installOnce } from './installed.js';

interface DepthToSpaceAttrs {
  readonly blockSize: number;
  readonly dataFormat: 'NHWC' | 'NCHW';
}

/** Gives `tf.depthToSpace` its gradient, the opposite rearrangement. As shipped it has none. */
export function repairDepthToSpace(): void {
  installOnce('depth-to-space', () => {
    defineGradient<DepthToSpaceAttrs>('DepthToSpace', {}, (dy, _saved, { blockSize, dataFormat }) => ({
      x: () =>
        dataFormat === 'NCHW'
          ? tf.transpose(spaceToDepth(tf.transpose(dy, [0, 2, 3, 1]), blockSize), [0, 3, 1, 2])
          : spaceToDepth(dy, blockSize),
    }));
  });
}

/** `[n, h, w, c]` to `[n, h / block, w / block, block * block * c]`. */
function spaceToDepth(x: tf.Tensor, block: number): tf.Tensor {
  const [n, h, w, c] = x.shape;
  const blocks = tf.reshape(x, [n, h / block, block, w / block, block, c]);
  const gathered = tf.transpose(blocks, [0, 1, 3, 2, 4, 5]);
  return tf.reshape(gathered, [n, h / block, w / block, block * block * c]);
}
