import * as tf from '@tensorflow/tfjs';
import { choleskyValues, triangularValues } from './host-factors.js';

/** Kernel of the Cholesky factors of `A: [batch, k, k]`; two results, `[batch, k, k]` and bool `[batch]`. */
export const CHOLESKY = 'EbimCholesky';
/** Kernel that solves `L X = B`, `[batch, k, k]` and `[batch, k, m]`; attribute `transpose`. */
export const TRIANGULAR_SOLVE = 'EbimTriangularSolve';

/**
 * Makes factors and substitutions of small matrices known to a backend as kernels. They are computed on the host: only
 * for backends whose tensors are there.
 */
export function installFactorKernels(backendName: string): void {
  if (tf.getKernel(CHOLESKY, backendName)) return;
  tf.registerKernel({ kernelName: CHOLESKY, backendName, kernelFunc: cholesky });
  tf.registerKernel({ kernelName: TRIANGULAR_SOLVE, backendName, kernelFunc: triangularSolve });
}

interface Host extends tf.KernelBackend {
  readSync(dataId: object): Float32Array;
}

const cholesky: tf.KernelFunc = ({ inputs, backend }) => {
  const host = backend as Host;
  const { A } = inputs as { A: tf.TensorInfo };
  const [batch, k] = A.shape;
  const { factor, positiveDefinite } = choleskyValues(host.readSync(A.dataId), batch, k);
  return [
    { dataId: host.write(factor, A.shape, 'float32'), shape: A.shape, dtype: 'float32' },
    { dataId: host.write(positiveDefinite, [batch], 'bool'), shape: [batch], dtype: 'bool' },
  ];
};

const triangularSolve: tf.KernelFunc = ({ inputs, backend, attrs }) => {
  const host = backend as Host;
  const { L, B } = inputs as Record<'L' | 'B', tf.TensorInfo>;
  const [batch, k, m] = B.shape;
  const transpose = (attrs as { transpose?: boolean }).transpose === true;
  const X = triangularValues(host.readSync(L.dataId), host.readSync(B.dataId), batch, k, m, transpose);
  return { dataId: host.write(X, B.shape, 'float32'), shape: B.shape, dtype: 'float32' };
};
