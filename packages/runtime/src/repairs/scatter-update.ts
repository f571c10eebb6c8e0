import * as tf from '@tensorflow/tfjs';
import { installOnce } from './installed.js';

const KERNEL = 'TensorScatterUpdate';

interface Host extends tf.KernelBackend {
  readSync(dataId: object): tf.TypedArray;
}

/** Lets `tf.tensorScatterUpdate` leave its argument as it is on cpu. As shipped it writes into the argument's data. */
export function repairScatterUpdate(): void {
  const stock = tf.getKernel(KERNEL, 'cpu');
  if (stock === undefined) return;
  installOnce('scatter-update', () => {
    tf.unregisterKernel(KERNEL, 'cpu');
    tf.registerKernel({
      ...stock,
      kernelFunc: (call) => {
        const host = call.backend as Host;
        const { tensor } = call.inputs as { tensor: tf.TensorInfo };
        const { shape, dtype } = tensor;
        const dataId = host.write(host.readSync(tensor.dataId).slice(), shape, dtype);
        try {
          return stock.kernelFunc({ ...call, inputs: { ...call.inputs, tensor: { dataId, shape, dtype } } });
        } finally {
          host.disposeData(dataId);
        }
      },
    });
  });
}
