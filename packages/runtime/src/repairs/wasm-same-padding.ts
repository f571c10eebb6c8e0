import * as tf from '@tensorflow/tfjs';
import { installOnce } from './installed.js';

interface ConvolutionAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: number | [number, number];
}

type Shape4D = [number, number, number, number];

const kernels = ['Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D'];

/**
 * Makes convolutions with 'same' padding right on wasm where the filter is smaller than the stride (a
 * 1 x 1 filter with stride 2, as residual networks have). As shipped the result is all zeros, without a
 * word: the library underneath refuses this combination, and nobody looks. The same padding written out
 * in numbers works.
 */
export function repairWasmSamePadding(): void {
  if (tf.getKernelsForBackend('wasm').length === 0) return;
  installOnce('wasm-same-padding', () => {
    for (const kernelName of kernels) {
      const stock = tf.getKernel(kernelName, 'wasm');
      if (stock === undefined) continue;
      tf.unregisterKernel(kernelName, 'wasm');
      tf.registerKernel({
        ...stock,
        kernelFunc: (call) => {
          const attrs = call.attrs as unknown as ConvolutionAttrs;
          if (attrs.pad !== 'same') return stock.kernelFunc(call);
          const { x, filter } = call.inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
          const pad = writtenOut(x.shape as Shape4D, filter.shape as Shape4D, attrs, kernelName);
          return stock.kernelFunc({ ...call, attrs: { ...call.attrs, pad } });
        },
      });
    }
  });
}

/** The padding that 'same' means, in numbers, where 'same' does not work. */
function writtenOut(
  shape: Shape4D,
  filterShape: Shape4D,
  { strides, dilations }: ConvolutionAttrs,
  kernelName: string,
): ConvolutionAttrs['pad'] {
  const [strideHeight, strideWidth] = typeof strides === 'number' ? [strides, strides] : strides;
  const [filterHeight, filterWidth] = filterShape;
  if (filterHeight >= strideHeight && filterWidth >= strideWidth) return 'same';
  const { padInfo } = tf.backend_util.computeConv2DInfo(
    shape,
    filterShape,
    strides,
    dilations ?? 1,
    'same',
    undefined,
    kernelName.includes('Depthwise'),
  );
  return [
    [0, 0],
    [padInfo.top, padInfo.bottom],
    [padInfo.left, padInfo.right],
    [0, 0],
  ];
}
