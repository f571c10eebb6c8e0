import * as tf from '@tensorflow/tfjs';
import { installOnce } from './installed.js';

/** The part of backends that hands values over. */
interface HostBackend {
  readSync(dataId: object): tf.TypedArray;
  write(values: tf.TypedArray, shape: number[], dtype: tf.DataType): object;
  disposeData(dataId: object): boolean;
}

/** The kernels of these families hold strings or complex pairs, which cannot be handed over by value. */
const notByValue = /Complex|FFT|Real$|Imag|Ragged|Regex|String|Draw|FromPixels/;

/** Wrong on wasm where a window has no positive entry: the search starts at the smallest positive float. */
const wrong = ['MaxPoolGrad', 'MaxPoolWithArgmax'];

/**
 * Runs on the cpu backend the kernels that wasm lacks (UnsortedSegmentSum, without which `tf.gather`
 * has no gradient; Einsum; the depthwise backward passes; Conv2DBackpropFilter until its own repair
 * replaces it) or gets wrong (MaxPoolGrad, MaxPoolWithArgmax).
 */
export function repairWasmMissingKernels(): void {
  if (tf.getKernelsForBackend('wasm').length === 0) return;
  installOnce('wasm-delegated-kernels', () => {
    for (const name of wrong) {
      if (tf.getKernel(name, 'wasm') !== undefined) tf.unregisterKernel(name, 'wasm');
    }
    const present = new Set(tf.getKernelsForBackend('wasm').map((kernel) => kernel.kernelName));
    for (const kernel of tf.getKernelsForBackend('cpu')) {
      const { kernelName } = kernel;
      if (present.has(kernelName) || notByValue.test(kernelName)) continue;
      tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: delegate(kernel) });
    }
  });
}

/** A kernel of another backend that computes on the cpu backend. Inputs and outputs are copied, copies are freed. */
export function delegate(kernel: tf.KernelConfig): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const own = backend as HostBackend;
    const cpu = tf.findBackend('cpu') as unknown as HostBackend;
    const copies: tf.TensorInfo[] = [];
    const toCpu = (t: tf.TensorInfo | undefined): tf.TensorInfo | undefined => {
      if (t === undefined || t === null) return t;
      const dataId = cpu.write(own.readSync(t.dataId), t.shape, t.dtype);
      const copy = { dataId, shape: t.shape, dtype: t.dtype };
      copies.push(copy);
      return copy;
    };
    const given: unknown = inputs;
    const cpuInputs = (
      Array.isArray(given)
        ? given.map(toCpu)
        : Object.fromEntries(Object.entries(inputs).map(([name, t]) => [name, toCpu(t)]))
    ) as tf.NamedTensorInfoMap;
    const result = kernel.kernelFunc({ inputs: cpuInputs, attrs, backend: cpu });
    const outputs = Array.isArray(result) ? result : [result];
    const back = outputs.map(({ shape, dtype, dataId }) => ({
      dataId: own.write(inArrayOf(dtype, cpu.readSync(dataId)), shape, dtype),
      shape,
      dtype,
    }));
    for (const t of [...outputs, ...copies]) cpu.disposeData(t.dataId);
    return Array.isArray(result) ? back : back[0];
  };
}

/** Some cpu kernels return integers in a float array; other backends keep values by the type of the array. */
function inArrayOf(dtype: tf.DataType, values: tf.TypedArray): tf.TypedArray {
  switch (dtype) {
    case 'int32':
      return Int32Array.from(values);
    case 'bool':
      return Uint8Array.from(values);
    default:
      return Float32Array.from(values);
  }
}
