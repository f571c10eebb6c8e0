import * as tf from '@tensorflow/tfjs';
import { defineGradient, runKernel } from './gradients.js';
import { installOnce } from './installed.js';

interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Shape4D = [number, number, number, number];

/**
 * Replaces the gradient of `tf.avgPool`. As shipped it divides by the size of the whole window also
 * where the window hangs over the border, although the average itself counts only what lies inside;
 * and it cannot be differentiated again.
 *
 * The average of a window is a convolution with ones, divided by the number of entries inside. Its
 * gradient is the backward pass of this convolution, which has derivatives of every order.
 */
export function repairAveragePooling(): void {
  installOnce('average-pooling', () => {
    defineGradient<PoolAttrs>('AvgPool', { inputs: ['x'] }, (dy, [x], attrs) => ({
      x: () => averageGradient(dy, x.shape as Shape4D, attrs),
    }));
  });
}

function averageGradient(
  dy: tf.Tensor,
  shape: Shape4D,
  { filterSize, strides, pad, dimRoundingMode }: PoolAttrs,
): tf.Tensor {
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const { top, left } = info.padInfo;
  const [batch, height, width, channels] = shape;
  const rows = entriesInside(outHeight, strideHeight, filterHeight, top, height);
  const columns = entriesInside(outWidth, strideWidth, filterWidth, left, width);
  const shares = Float32Array.from(
    { length: outHeight * outWidth },
    (_, i) => 1 / (rows[Math.floor(i / outWidth)] * columns[i % outWidth]),
  );
  const shared = tf.mul(dy, tf.tensor4d(shares, [1, outHeight, outWidth, 1]));
  // One image per channel: a convolution would mix them.
  const images = tf.reshape(tf.transpose(shared, [0, 3, 1, 2]), [-1, outHeight, outWidth, 1]);
  const spread = runKernel(
    'Conv2DBackpropInput',
    { dy: images, filter: tf.ones([filterHeight, filterWidth, 1, 1]) },
    {
      strides: [strideHeight, strideWidth],
      pad: typeof pad === 'string' ? pad : writtenOut(info.padInfo),
      dataFormat: 'NHWC',
      inputShape: [batch * channels, height, width, 1],
    },
  );
  return tf.transpose(tf.reshape(spread, [batch, channels, height, width]), [0, 2, 3, 1]);
}

type PadInfo = tf.backend_util.Conv2DInfo['padInfo'];

/** Padding for a convolution, which reads a number wrongly unless window and strides are square. */
function writtenOut({ top, bottom, left, right }: PadInfo): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

/** For each window along one axis, how many of its entries lie inside the image. */
function entriesInside(
  windows: number,
  stride: number,
  size: number,
  before: number,
  length: number,
): number[] {
  return Array.from({ length: windows }, (_, i) => {
    const begin = i * stride - before;
    return Math.min(begin + size, length) - Math.max(begin, 0);
  });
}
