import * as tf from '@tensorflow/tfjs';
import { defineGradient } from './gradients.js';
import { installOnce } from './installed.js';

interface ResizeAttrs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** For each output row (or column), the inputs that it is made of, as pairs of index and weight. */
type Sampler = (output: number) => readonly (readonly [index: number, weight: number])[];

/**
 * Replaces the gradients of `tf.image.resizeNearestNeighbor` and `tf.image.resizeBilinear`. As shipped,
 * nearest is wrong on cpu for a batch of more than one image, both are wrong for `halfPixelCenters`
 * (which their backward kernels ignore), and neither can be differentiated again.
 *
 * Resizing multiplies rows and columns by two small matrices of weights, so the gradient multiplies by
 * their transposes: two matrix products, which have derivatives of every order.
 */
export function repairResize(): void {
  installOnce('resize', () => {
    defineResize('ResizeNearestNeighbor', nearest);
    defineResize('ResizeBilinear', bilinear);
  });
}

type MakeSampler = (inputs: number, outputs: number, attrs: ResizeAttrs) => Sampler;

function defineResize(kernelName: string, makeSampler: MakeSampler): void {
  defineGradient<ResizeAttrs>(kernelName, { inputs: ['images'] }, (dy, [images], attrs) => ({
    images: () => {
      const [batch, height, width, channels] = images.shape;
      const [, tall, wide] = dy.shape;
      const rows = transposedWeights(height, tall, makeSampler(height, tall, attrs));
      const columns = transposedWeights(width, wide, makeSampler(width, wide, attrs));
      const shrunkRows = tf.matMul(rows, tf.reshape(dy, [batch, tall, wide * channels]));
      const shrunk = tf.matMul(columns, tf.reshape(shrunkRows, [batch * height, wide, channels]));
      return tf.reshape(shrunk, images.shape);
    },
  }));
}

/** `[1, inputs, outputs]`: the weight of each input in each output. */
function transposedWeights(inputs: number, outputs: number, sampler: Sampler): tf.Tensor3D {
  const weights = new Float32Array(inputs * outputs);
  for (let output = 0; output < outputs; output++) {
    for (const [index, weight] of sampler(output)) weights[index * outputs + output] += weight;
  }
  return tf.tensor3d(weights, [1, inputs, outputs]);
}

function stepOf(inputs: number, outputs: number, alignCorners: boolean): number {
  return alignCorners && outputs > 1 ? (inputs - 1) / (outputs - 1) : inputs / outputs;
}

function nearest(inputs: number, outputs: number, { alignCorners, halfPixelCenters }: ResizeAttrs): Sampler {
  const step = stepOf(inputs, outputs, alignCorners);
  return (output) => {
    const position = step * (halfPixelCenters ? output + 0.5 : output);
    const index = alignCorners ? Math.round(position) : Math.floor(position);
    return [[Math.max(0, Math.min(inputs - 1, index)), 1]];
  };
}

function bilinear(inputs: number, outputs: number, { alignCorners, halfPixelCenters }: ResizeAttrs): Sampler {
  const step = stepOf(inputs, outputs, alignCorners);
  return (output) => {
    const position = halfPixelCenters ? step * (output + 0.5) - 0.5 : step * output;
    const below = Math.max(0, Math.floor(position));
    const above = Math.min(inputs - 1, Math.max(0, Math.ceil(position)));
    const fraction = position - below;
    return [
      [below, 1 - fraction],
      [above, fraction],
    ];
  };
}
