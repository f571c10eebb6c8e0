import * as tf from '@tensorflow/tfjs';
import { installOnce } from './installed.js';

/**
 * Lets `tf.cumsum` and `tf.cumprod` count axes from the end, as every other operation does. As shipped,
 * an axis of -2 gives a tensor of a broken shape on cpu, and on wasm destroys the heap.
 */
export function repairCumulativeAxes(): void {
  for (const backendName of ['cpu', 'wasm']) {
    for (const kernelName of ['Cumsum', 'Cumprod']) {
      const stock = tf.getKernel(kernelName, backendName);
      if (stock === undefined) continue;
      installOnce(`cumulative-axes:${kernelName}:${backendName}`, () => {
        tf.unregisterKernel(kernelName, backendName);
        tf.registerKernel({
          ...stock,
          kernelFunc: (call) => {
            const { x } = call.inputs as { x: tf.TensorInfo };
            const [axis] = tf.util.parseAxisParam(call.attrs?.axis as number, x.shape);
            return stock.kernelFunc({ ...call, attrs: { ...call.attrs, axis } });
          },
        });
      });
    }
  }
}
