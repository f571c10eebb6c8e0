import type * as tf from '@tensorflow/tfjs';
import { assertDerivatives, jacobian } from '@ebim/autodiff';
import { key, type TensorTree } from '@ebim/runtime';
import type { Transform } from '../transform/transform.js';

/** What a test may ask of the suite beside the transform. */
export interface ContractOptions {
  readonly checkDerivatives?: undefined;
  readonly sample?: (batch: number) => tf.Tensor;
  readonly perturbation?: number;
  readonly tolerance?: number;
  readonly logDetTolerance?: number;
}

/** Options of `describeTransform` (`@ebim/testing`) with the derivatives of this repository. */
export const contract = <P extends TensorTree>(transform: Transform<P>, options: ContractOptions = {}) => ({
  transform,
  key,
  jacobian,
  checkDerivatives: <T extends TensorTree>(f: (at: T) => tf.Tensor, at: T): Promise<void> =>
    assertDerivatives(f, at, { order: 2, directions: 1, tolerance: 0.02 }),
  ...options,
});
