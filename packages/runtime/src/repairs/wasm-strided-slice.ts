import * as tf from '@tensorflow/tfjs';
import { installOnce } from './installed.js';
import { delegate } from './wasm-delegated-kernels.js';

/**
 * Makes `tf.stridedSlice` of integers and booleans right on wasm. As shipped it copies their bits into a
 * float tensor: the slice of `[1, 2, 3]` has the values 1.4e-45, 4.2e-45.
 */
export function repairWasmStridedSlice(): void {
  const stock = tf.getKernel('StridedSlice', 'wasm');
  const onCpu = tf.getKernel('StridedSlice', 'cpu');
  if (stock === undefined || onCpu === undefined) return;
  installOnce('wasm-strided-slice', () => {
    const delegated = delegate(onCpu);
    tf.unregisterKernel('StridedSlice', 'wasm');
    tf.registerKernel({
      ...stock,
      kernelFunc: (call) => {
        const { x } = call.inputs as { x: tf.TensorInfo };
        return x.dtype === 'float32' ? stock.kernelFunc(call) : delegated(call);
      },
    });
  });
}
