import * as tf from '@tensorflow/tfjs';
import { installOnce } from './installed.js';

interface ProductAttrs {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

interface Disposer {
  disposeData(dataId: object): boolean;
}

/** Below this many multiplications the stock kernel is as fast as a transposition. */
const worthwhile = 1024;

/**
 * Makes `tf.matMul` with a transposed operand, which is every product of a backward pass, nearly as fast
 * on wasm as a plain one. The stock kernel uses the fast library (XNNPACK) for plain products only; here
 * the operand is transposed first. On cpu a transposed product costs what a plain one costs, so nothing
 * is done there. Measured numbers: docs/decisions/0002.
 */
export function repairWasmTransposedProducts(): void {
  const stock = tf.getKernel('BatchMatMul', 'wasm');
  if (stock === undefined) return;
  installOnce('wasm-transposed-products', () => {
    tf.unregisterKernel('BatchMatMul', 'wasm');
    tf.registerKernel({
      ...stock,
      kernelFunc: (call) => {
        const { transposeA, transposeB } = call.attrs as ProductAttrs;
        if (!transposeA && !transposeB) return stock.kernelFunc(call);
        const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
        const columns = transposeB === true ? b.shape[b.shape.length - 2] : b.shape[b.shape.length - 1];
        if (tf.util.sizeFromShape(a.shape) * columns < worthwhile) return stock.kernelFunc(call);

        const temporary: tf.TensorInfo[] = [];
        const transposed = (x: tf.TensorInfo): tf.TensorInfo => {
          const out = transpose(x, call.backend);
          temporary.push(out);
          return out;
        };
        const product = stock.kernelFunc({
          inputs: { a: transposeA ? transposed(a) : a, b: transposeB ? transposed(b) : b },
          attrs: { transposeA: false, transposeB: false },
          backend: call.backend,
        });
        for (const t of temporary) (call.backend as Disposer).disposeData(t.dataId);
        return product;
      },
    });
  });
}

function transpose(x: tf.TensorInfo, backend: object): tf.TensorInfo {
  const rank = x.shape.length;
  const perm = x.shape.map((_, d) => (d < rank - 2 ? d : 2 * rank - 3 - d));
  const kernel = tf.getKernel('Transpose', 'wasm');
  return kernel.kernelFunc({ inputs: { x }, attrs: { perm }, backend }) as tf.TensorInfo;
}
