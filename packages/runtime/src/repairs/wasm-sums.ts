import * as tf from '@tensorflow/tfjs';
import { installOnce } from './installed.js';

interface ReductionAttrs {
  readonly axis?: number | number[];
  readonly keepDims?: boolean;
}

/** The part of the wasm backend that these kernels write through. */
interface WasmHeap {
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
  typedArrayFromHeap(t: tf.TensorInfo): Float32Array;
  disposeData(dataId: object): boolean;
}

/** Up to this many terms the stock kernels lose less than 2e-5 of the sum of magnitudes. */
const harmless = 256;

/** The number of terms that the stock kernel adds up at a time, where there are more: at most this. */
const largestStage = 128;

/**
 * Makes long sums and means of floats accurate on wasm. The stock kernels add in single precision, one
 * term after the other: a million times 0.1 comes out as 100958. Here the stock kernel adds stages of
 * at most 128 terms, and the sums of the stages are added in double precision.
 */
export function repairWasmSums(): void {
  const sum = tf.getKernel('Sum', 'wasm');
  const mean = tf.getKernel('Mean', 'wasm');
  if (sum === undefined || mean === undefined) return;
  installOnce('wasm-sums', () => {
    for (const stock of [sum, mean]) {
      tf.unregisterKernel(stock.kernelName, 'wasm');
      tf.registerKernel({
        ...stock,
        kernelFunc: (call) => {
          const { x } = call.inputs as { x: tf.TensorInfo };
          const { axis, keepDims } = call.attrs as ReductionAttrs;
          const axes = tf.util.parseAxisParam(axis ?? x.shape.map((_, d) => d), x.shape);
          const count = axes.reduce((product, d) => product * x.shape[d], 1);
          if (x.dtype !== 'float32' || count <= harmless) return stock.kernelFunc(call);

          const wasm = call.backend as WasmHeap;
          const rows = moveToEnd(x, axes, wasm);
          const scale = stock === mean ? 1 / count : 1;
          const shape = x.shape.flatMap((n, d) => (axes.includes(d) ? (keepDims === true ? [1] : []) : [n]));
          const out = sumRows(rows, count, scale, shape, sum, wasm);
          if (rows !== x) wasm.disposeData(rows.dataId);
          return out;
        },
      });
    }
  });
}

/** Sums the rows of `x`, read as `[rows, count]`, into a tensor of shape `shape`. */
function sumRows(
  x: tf.TensorInfo,
  count: number,
  scale: number,
  shape: number[],
  stock: tf.KernelConfig,
  wasm: WasmHeap,
): tf.TensorInfo {
  const stage = largestDivisor(count);
  const stages = tf.util.sizeFromShape(x.shape) / stage;
  // The same data under another shape: nothing is copied, nothing new is owned.
  const staged = { ...x, shape: [stages, stage] };
  const partial =
    stage === 1
      ? x
      : (stock.kernelFunc({
          inputs: { x: staged },
          attrs: { axis: [1], keepDims: false },
          backend: wasm,
        }) as tf.TensorInfo);
  const out = wasm.makeOutput(shape, 'float32');
  // Only now: making the output may have moved the heap.
  const terms = wasm.typedArrayFromHeap(partial);
  const sums = wasm.typedArrayFromHeap(out);
  const perRow = count / stage;
  for (let row = 0, i = 0; row < sums.length; row++) {
    let sum = 0;
    for (const end = i + perRow; i < end; i++) sum += terms[i];
    sums[row] = sum * scale;
  }
  if (partial !== x) wasm.disposeData(partial.dataId);
  return out;
}

/** The largest divisor of `count` that a stage may have; 1 where there is none but that. */
function largestDivisor(count: number): number {
  let divisor = largestStage;
  while (count % divisor !== 0) divisor--;
  return divisor;
}

/** `x` with the reduced axes last, or `x` itself where they are. */
function moveToEnd(x: tf.TensorInfo, axes: readonly number[], backend: object): tf.TensorInfo {
  const kept = x.shape.map((_, d) => d).filter((d) => !axes.includes(d));
  const perm = [...kept, ...axes];
  // Axes of length 1 do not change where anything lies.
  const wide = perm.filter((d) => x.shape[d] !== 1);
  if (wide.every((d, i) => i === 0 || d > wide[i - 1])) return x;
  const kernel = tf.getKernel('Transpose', 'wasm');
  return kernel.kernelFunc({ inputs: { x }, attrs: { perm }, backend }) as tf.TensorInfo;
}
