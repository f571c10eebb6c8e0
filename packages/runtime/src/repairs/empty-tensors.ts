import * as tf from '@tensorflow/tfjs';
import { gatherShapes, type GatherAttrs } from './batched-gather.js';
import { installOnce } from './installed.js';

interface EmptyMaker {
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: tf.TypedArray): tf.TensorInfo;
  disposeData(dataId: object): boolean;
}

const numeric: ReadonlySet<tf.DataType> = new Set(['float32', 'int32', 'bool']);

/**
 * Makes operations on tensors without elements, such as a batch of no rows, work on cpu: what `tf.concat`,
 * `tf.stack` and `tf.gatherND` return can then be sliced (as shipped they hold a plain array, and the slice throws),
 * and `tf.gather` from a batch of no rows has a shape.
 */
export function repairEmptyTensors(): void {
  const gather = tf.getKernel('GatherV2', 'cpu');
  if (gather === undefined) return;
  installOnce('empty-tensors', () => {
    for (const kernelName of ['Concat', 'Pack', 'GatherNd']) {
      const stock = tf.getKernel(kernelName, 'cpu');
      if (stock !== undefined) replace(stock, (call) => holdingTypedArray(stock, call));
    }
    replace(gather, (call) => {
      const { x, indices } = call.inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
      const { axis, batchDims } = call.attrs as unknown as GatherAttrs;
      const { outputShape } = gatherShapes(x, indices, axis, batchDims);
      if (!outputShape.includes(0) || !numeric.has(x.dtype)) return gather.kernelFunc(call);
      return empty(call.backend as EmptyMaker, outputShape, x.dtype);
    });
  });
}

function replace(stock: tf.KernelConfig, kernelFunc: tf.KernelFunc): void {
  tf.unregisterKernel(stock.kernelName, stock.backendName);
  tf.registerKernel({ ...stock, kernelFunc });
}

function holdingTypedArray(
  stock: tf.KernelConfig,
  call: Parameters<tf.KernelFunc>[0],
): tf.TensorInfo | tf.TensorInfo[] {
  const out = stock.kernelFunc(call) as tf.TensorInfo;
  if (!out.shape.includes(0) || !numeric.has(out.dtype)) return out;
  const cpu = call.backend as EmptyMaker;
  cpu.disposeData(out.dataId);
  return empty(cpu, out.shape, out.dtype);
}

function empty(cpu: EmptyMaker, shape: number[], dtype: tf.DataType): tf.TensorInfo {
  const none = tf.util.getTypedArrayFromDType(dtype as 'float32' | 'int32' | 'bool', 0);
  return cpu.makeTensorInfo(shape, dtype, none);
}
