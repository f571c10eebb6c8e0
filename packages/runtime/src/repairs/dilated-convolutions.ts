import * as tf from '@tensorflow/tfjs';
import { runKernel, stockGradient } from './gradients.js';
import { installOnce } from './installed.js';

type Shape4D = [number, number, number, number];

interface ConvolutionAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The backward passes of a forward kernel, and whether they are told the data format. */
interface Passes {
  readonly input: string;
  readonly filter: string;
  readonly withFormat: boolean;
}

const passesOf: Record<string, Passes> = {
  Conv2D: { input: 'Conv2DBackpropInput', filter: 'Conv2DBackpropFilter', withFormat: true },
  DepthwiseConv2dNative: {
    input: 'DepthwiseConv2dNativeBackpropInput',
    filter: 'DepthwiseConv2dNativeBackpropFilter',
    withFormat: false,
  },
};

/**
 * Gives `tf.conv2d` and `tf.depthwiseConv2d` with dilations their gradients, of every order. As shipped
 * they have none. A dilated convolution is a plain one whose filter has zeros between its entries: its
 * gradient by the input is that of the plain one, its gradient by the filter leaves out the zeros' places.
 */
export function repairDilatedConvolutions(): void {
  installOnce('dilated-convolutions', () => {
    for (const [kernelName, passes] of Object.entries(passesOf)) {
      const stock = stockGradient(kernelName);
      if (stock === undefined) continue;
      tf.registerGradient({
        ...stock,
        gradFunc: (dy, saved, attrs) => {
          const options = attrs as unknown as ConvolutionAttrs;
          const dilations = pairOf(options.dilations ?? 1);
          if (dilations[0] === 1 && dilations[1] === 1) return stock.gradFunc(dy, saved, attrs);
          return gradients(passes, dy as tf.Tensor, saved, options, dilations);
        },
      });
    }
  });
}

function gradients(
  passes: Passes,
  dy: tf.Tensor,
  [x, filter]: tf.Tensor[],
  { strides, pad, dataFormat, dimRoundingMode }: ConvolutionAttrs,
  dilations: readonly [number, number],
): Record<string, () => tf.Tensor> {
  const attrs = {
    strides,
    pad,
    ...(dimRoundingMode === undefined ? {} : { dimRoundingMode }),
    ...(passes.withFormat ? { dataFormat } : { dilations: [1, 1] }),
  };
  const filterShape = filter.shape.map((n, d) => (d < 2 ? (n - 1) * dilations[d] + 1 : n)) as Shape4D;
  return {
    x: () =>
      runKernel(passes.input, { dy, filter: spread(filter, dilations) }, { ...attrs, inputShape: x.shape }),
    filter: () => {
      const all = runKernel(passes.filter, { x, dy }, { ...attrs, filterShape });
      return tf.stridedSlice(all, [0, 0, 0, 0], filterShape, [...dilations, 1, 1]);
    },
  };
}

/** The filter `[height, width, in, out]` with zeros between its rows and columns. */
function spread(filter: tf.Tensor, [down, across]: readonly [number, number]): tf.Tensor {
  const [height, width, inputs, outputs] = filter.shape;
  const rows = spreadAxis(tf.reshape(filter, [1, height, width * inputs * outputs]), down);
  const tall = rows.shape[1];
  const columns = spreadAxis(tf.reshape(rows, [tall, width, inputs * outputs]), across);
  return tf.reshape(columns, [tall, columns.shape[1], inputs, outputs]);
}

/** `[a, n, b]` to `[a, (n - 1) step + 1, b]`, with zeros between. */
function spreadAxis(x: tf.Tensor, step: number): tf.Tensor3D {
  const [a, n, b] = x.shape;
  const padded = tf.pad(tf.reshape(x, [a, n, 1, b]), [
    [0, 0],
    [0, 0],
    [0, step - 1],
    [0, 0],
  ]);
  return tf.slice(tf.reshape<tf.Rank.R3>(padded, [a, n * step, b]), [0, 0, 0], [a, (n - 1) * step + 1, b]);
}

function pairOf(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}
