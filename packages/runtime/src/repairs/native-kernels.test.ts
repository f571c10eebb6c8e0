import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installRepairs } from './install-repairs.js';

/*
 * The native backend is seldom there. Here one that computes as cpu does stands in for it, and is told what the native
 * one would be told. `EBIM_TEST_BACKENDS=tensorflow` runs the tests of all repairs on the native one.
 */
const told: Record<string, tf.NamedAttrMap> = {};

interface StandIn extends tf.KernelBackend {
  readonly data: { has(dataId: object): boolean; get(dataId: object): unknown };
  tensorMap: StandIn['data'];
}

function standIn(): tf.KernelBackend {
  const backend = tf.findBackendFactory('cpu')() as StandIn;
  const readSync = backend.readSync.bind(backend);
  backend.tensorMap = backend.data;
  backend.readSync = (dataId) => {
    if (!backend.data.has(dataId)) throw new Error('Tensor was not registered!');
    return readSync(dataId);
  };
  return backend;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    const { kernelName, kernelFunc } = kernel;
    if (kernelName === 'MaxPoolWithArgmax') continue;
    tf.registerKernel({
      ...kernel,
      backendName: 'tensorflow',
      kernelFunc: (call) => {
        told[kernelName] = call.attrs as tf.NamedAttrMap;
        const { condition, e } = call.inputs as Record<string, tf.TensorInfo>;
        if (kernelName === 'Select' && `${condition.shape}` !== `${e.shape}`)
          throw new Error('not of one shape');
        return kernelFunc(call);
      },
    });
  }
  // As where the native library is missing: kernels without a backend.
  installRepairs();
  tf.registerBackend('tensorflow', standIn);
  installRepairs();
  installRepairs();
  await tf.setBackend('tensorflow');
});
afterAll(async () => {
  await tf.setBackend('cpu');
  tf.removeBackend('tensorflow');
});

it('gathers along an axis counted from the end', () => {
  tf.tidy(() => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    expect([...tf.gather(x, tf.tensor1d([2, 0], 'int32'), -1).dataSync()]).toEqual([3, 1, 6, 4]);
    expect(told.GatherV2.axis).toBe(1);
    expect([...tf.gather(x, tf.tensor1d([1], 'int32'), 0).dataSync()]).toEqual([4, 5, 6]);
    expect(told.GatherV2.axis).toBe(0);
  });
});

it('reads what was made on another backend', async () => {
  await tf.setBackend('cpu');
  const indices = tf.tensor1d([1, 1], 'int32');
  await tf.setBackend('tensorflow');
  const { dataId } = indices;
  const values = (tf.backend() as StandIn).readSync(dataId);
  expect([...(values as Int32Array)]).toEqual([1, 1]);
  indices.dispose();
});

it('chooses between no rows and a row that is broadcast', () => {
  tf.tidy(() => {
    const y = tf.where(tf.zeros([0, 2], 'bool'), tf.zeros([0, 2]), tf.ones([1, 2]));
    expect([y.shape, y.dtype, y.dataSync().length]).toEqual([[0, 2], 'float32', 0]);
    const z = tf.where(tf.tensor2d([1, 0], [2, 1], 'bool'), tf.zeros([2, 2]), tf.ones([1, 2]));
    expect([...z.dataSync()]).toEqual([0, 0, 1, 1]);
  });
});

it('takes equations with spaces', () => {
  tf.tidy(() => {
    const [a, b] = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])];
    expect([...tf.einsum(' ij, jk -> ik', a, b).dataSync()]).toEqual([19, 22, 43, 50]);
    expect(told.Einsum.equation).toBe('ij,jk->ik');
  });
});

it('has places of maxima, and second derivatives of maxPool', () => {
  tf.tidy(() => {
    const x = tf.tensor4d([1, 5, 2, 4], [1, 2, 2, 1]);
    const { result, indexes } = tf.maxPoolWithArgmax(x, 2, 2, 'valid', true);
    expect([result.shape, result.dtype, ...result.dataSync()]).toEqual([[1, 1, 1, 1], 'float32', 5]);
    expect([indexes.dtype, ...indexes.dataSync()]).toEqual(['int32', 1]);
    const cubes = (y: tf.Tensor) => tf.mul<tf.Tensor4D>(y, tf.square(y));
    const first = tf.grad((y: tf.Tensor) => tf.maxPool(cubes(y), 2, 2, 'valid'));
    const second = tf.grad((y: tf.Tensor) => first(y))(x);
    expect([...second.dataSync()]).toEqual([0, 30, 0, 0]);
  });
});
