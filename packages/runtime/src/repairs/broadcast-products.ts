import * as tf from '@tensorflow/tfjs';
import { installOnce } from './installed.js';

interface Disposer {
  disposeData(dataId: object): boolean;
}

/** The backends whose kernels count through the matrices as if only leading axes were broadcast. */
const backends = ['cpu', 'wasm', 'webgl', 'webgpu'];
const kernels = ['BatchMatMul', '_FusedMatMul'];

/**
 * Makes `tf.matMul` right where the operands broadcast different batch axes, or not the leading ones
 * (`[2, 1, m, k]` by `[1, 3, k, n]`, `[2, 3, m, k]` by `[2, 1, k, n]`). As shipped the matrices are
 * paired by their flat numbers, so that the result is wrong, without a word: the first example pairs
 * 3 of the 6 combinations. Here the operand is repeated along these axes first.
 */
export function repairBroadcastProducts(): void {
  for (const backendName of backends) {
    const present = kernels.filter((name) => tf.getKernel(name, backendName) !== undefined);
    if (present.length === 0) continue;
    installOnce(`broadcast-products-${backendName}`, () => {
      for (const name of present) {
        const stock = tf.getKernel(name, backendName);
        tf.unregisterKernel(name, backendName);
        tf.registerKernel({ ...stock, kernelFunc: repeatingFirst(stock) });
      }
    });
  }
}

function repeatingFirst(stock: tf.KernelConfig): tf.KernelFunc {
  return (call) => {
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const [batchA, batchB] = [batchOf(a), batchOf(b)];
    // Nearly every product: nothing to broadcast, or one matrix for all.
    if (tf.util.arraysEqual(batchA, batchB) || batchA.length * batchB.length === 0)
      return stock.kernelFunc(call);
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
    const temporary: tf.TensorInfo[] = [];
    const full = (x: tf.TensorInfo): tf.TensorInfo => {
      if (isEndOf(batch, batchOf(x))) return x;
      const repeated = repeat(x, batch, stock.backendName, call.backend);
      temporary.push(repeated);
      return repeated;
    };
    const product = stock.kernelFunc({ ...call, inputs: { ...call.inputs, a: full(a), b: full(b) } });
    for (const t of temporary) (call.backend as Disposer).disposeData(t.dataId);
    return product;
  };
}

function batchOf(x: tf.TensorInfo): number[] {
  return x.shape.slice(0, -2);
}

/** Whether `own`, leading ones aside, is the end of `batch`: then flat numbers modulo its size are right. */
function isEndOf(batch: readonly number[], own: readonly number[]): boolean {
  const first = own.findIndex((n) => n !== 1);
  if (first === -1) return true;
  const end = own.slice(first);
  return tf.util.arraysEqual(batch.slice(batch.length - end.length), end);
}

/** `x` repeated to the batch axes `batch`. */
function repeat(
  x: tf.TensorInfo,
  batch: readonly number[],
  backendName: string,
  backend: object,
): tf.TensorInfo {
  const ones = Array<number>(batch.length + 2 - x.shape.length).fill(1);
  const shape = [...ones, ...x.shape];
  const reps = shape.map((n, d) => (d < batch.length && n === 1 ? batch[d] : 1));
  const run = (name: string, input: tf.TensorInfo, attrs: tf.NamedAttrMap): tf.TensorInfo =>
    tf.getKernel(name, backendName).kernelFunc({ inputs: { x: input }, attrs, backend }) as tf.TensorInfo;
  const padded = run('Reshape', x, { shape });
  const repeated = run('Tile', padded, { reps });
  (backend as Disposer).disposeData(padded.dataId);
  return repeated;
}
