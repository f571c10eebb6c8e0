import * as tf from '@tensorflow/tfjs';
import { defineGradient, runKernel } from './gradients.js';
import { installOnce } from './installed.js';

interface ConvolutionAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface DepthwiseAttrs extends ConvolutionAttrs {
  readonly dilations: number | [number, number];
}

/**
 * Gives the backward passes of `tf.conv2d` and `tf.depthwiseConv2d` gradients of their own, without
 * which second derivatives of a convolutional network with respect to its filters throw. Each backward
 * pass is linear in both of its inputs, so its derivatives are the other two passes.
 */
export function repairConvolutions(): void {
  installOnce('convolutions', () => {
    defineGradient<ConvolutionAttrs>(
      'Conv2DBackpropFilter',
      { inputs: ['x', 'dy'] },
      (upstream, [x, dy], { strides, pad, dataFormat, dimRoundingMode }) => ({
        x: () =>
          runKernel(
            'Conv2DBackpropInput',
            { dy, filter: upstream },
            { strides, pad, dataFormat, dimRoundingMode, inputShape: x.shape },
          ),
        dy: () =>
          tf.conv2d(x as tf.Tensor4D, upstream as tf.Tensor4D, strides, pad, dataFormat, 1, dimRoundingMode),
      }),
    );
    const input = 'DepthwiseConv2dNativeBackpropInput';
    const filterOf = 'DepthwiseConv2dNativeBackpropFilter';
    defineGradient<DepthwiseAttrs>(input, { inputs: ['dy', 'filter'] }, (upstream, [dy, filter], attrs) => ({
      dy: () => depthwise(upstream, filter, attrs),
      filter: () => runKernel(filterOf, { x: upstream, dy }, { ...common(attrs), filterShape: filter.shape }),
    }));
    defineGradient<DepthwiseAttrs>(filterOf, { inputs: ['x', 'dy'] }, (upstream, [x, dy], attrs) => ({
      x: () => runKernel(input, { dy, filter: upstream }, { ...common(attrs), inputShape: x.shape }),
      dy: () => depthwise(x, upstream, attrs),
    }));
  });
}

function depthwise(x: tf.Tensor, filter: tf.Tensor, attrs: DepthwiseAttrs): tf.Tensor {
  const { strides, pad, dilations, dimRoundingMode } = attrs;
  return tf.depthwiseConv2d(
    x as tf.Tensor4D,
    filter as tf.Tensor4D,
    strides,
    pad,
    'NHWC',
    dilations,
    dimRoundingMode,
  );
}

function common({ strides, pad, dilations, dimRoundingMode }: DepthwiseAttrs): DepthwiseAttrs {
  return { strides, pad, dilations, ...(dimRoundingMode === undefined ? {} : { dimRoundingMode }) };
}
