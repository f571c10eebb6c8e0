import * as tf from '@tensorflow/tfjs';
import { installOnce } from './installed.js';
import { delegate } from './wasm-delegated-kernels.js';

/** The kernels that bring axes to the end by the library's transposition, which divides by the sizes. */
const transposing = ['Transpose', 'Sum', 'Mean', 'Max', 'Min', 'Prod', 'All', 'Any', 'ArgMax', 'ArgMin'];

/**
 * Makes `tf.transpose` and reductions of tensors without elements, such as a batch of no rows, work on
 * wasm. As shipped they end in "divide by zero". They run on the cpu backend, which knows the answers.
 */
export function repairWasmEmptyTensors(): void {
  if (tf.getKernelsForBackend('wasm').length === 0) return;
  installOnce('wasm-empty-tensors', () => {
    for (const kernelName of transposing) {
      const stock = tf.getKernel(kernelName, 'wasm');
      const onCpu = tf.getKernel(kernelName, 'cpu');
      if (stock === undefined || onCpu === undefined) continue;
      const delegated = delegate(onCpu);
      tf.unregisterKernel(kernelName, 'wasm');
      tf.registerKernel({
        ...stock,
        kernelFunc: (call) => {
          const { x } = call.inputs as { x: tf.TensorInfo };
          return x.shape.includes(0) ? delegated(call) : stock.kernelFunc(call);
        },
      });
    }
  });
}
