import * as tf from '@tensorflow/tfjs';
import { installOnce } from './installed.js';
import { delegate } from './wasm-delegated-kernels.js';

type Call = Parameters<tf.KernelFunc>[0];

/** The part of the native backend that holds values; `get` fetches those that another backend still has. */
interface NativeBackend {
  readonly tensorMap?: { get(dataId: object): unknown };
  readSync(dataId: object): tf.TypedArray;
  write(values: tf.TypedArray, shape: number[], dtype: tf.DataType): object;
}

/**
 * Mends the native backend (tfjs-node). As shipped it throws for
 * - `tf.gather` along a negative axis, and by indices that were made on another backend;
 * - spaces in an equation of `tf.einsum`, which it counts as labels;
 * - `tf.where` of a batch of no rows and a tensor that is broadcast along it;
 * - second derivatives of `tf.maxPool`, as MaxPoolWithArgmax is missing: the cpu backend computes it.
 */
export function repairNativeKernels(): void {
  const [gather, einsum, select] = ['GatherV2', 'Einsum', 'Select'].map((name) =>
    tf.getKernel(name, 'tensorflow'),
  );
  const maxima = tf.getKernel('MaxPoolWithArgmax', 'cpu');
  if (gather === undefined || einsum === undefined || select === undefined || maxima === undefined) return;
  // The package may be there without its library: then it has kernels, and no backend.
  const native = tf.findBackend('tensorflow') as unknown as NativeBackend | null;
  if (native === null) return;
  installOnce('native-kernels', () => {
    fetchBeforeReading(native);
    replace(gather, (call) => {
      const { x } = call.inputs as { x: tf.TensorInfo };
      const [axis] = tf.util.parseAxisParam(call.attrs?.axis as number, x.shape);
      return gather.kernelFunc({ ...call, attrs: { ...call.attrs, axis } });
    });
    replace(einsum, (call) => {
      const equation = (call.attrs?.equation as string).replace(/\s/g, '');
      return einsum.kernelFunc({ ...call, attrs: { ...call.attrs, equation } });
    });
    replace(select, (call) => {
      const given = Object.values(call.inputs) as tf.TensorInfo[];
      const shape = given.map((input) => input.shape).find((sizes) => sizes.includes(0));
      return shape === undefined ? select.kernelFunc(call) : nothing(call, shape);
    });
    if (tf.getKernel('MaxPoolWithArgmax', 'tensorflow') === undefined)
      tf.registerKernel({ ...maxima, backendName: 'tensorflow', kernelFunc: delegate(maxima) });
  });
}

function replace(stock: tf.KernelConfig, kernelFunc: tf.KernelFunc): void {
  tf.unregisterKernel(stock.kernelName, stock.backendName);
  tf.registerKernel({ ...stock, kernelFunc });
}

/** The result of `tf.where` that has no elements. */
function nothing({ inputs, backend }: Call, shape: number[]): tf.TensorInfo {
  const { dtype } = (inputs as { t: tf.TensorInfo }).t;
  const none = tf.util.getTypedArrayFromDType(dtype as 'float32' | 'int32' | 'bool', 0);
  return { dataId: (backend as NativeBackend).write(none, shape, dtype), shape, dtype };
}

function fetchBeforeReading(backend: NativeBackend): void {
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    backend.tensorMap?.get(dataId);
    return readSync(dataId);
  };
}
