import { assertDerivatives, jacobian } from '@ebim/autodiff';
import { key, type TensorTree } from '@ebim/runtime';
import { describeTransform, type DescribeTransformOptions } from '@ebim/testing';
import type { Key } from '@ebim/runtime';
import type { Transform } from '../transform/transform.js';

/** The contract suite with the derivatives of this repository. `smooth: false` leaves out those of second order. */
export function contract<P extends TensorTree>(
  name: string,
  transform: Transform<P>,
  options: Partial<DescribeTransformOptions<Key, P>> & { readonly smooth?: boolean } = {},
): void {
  const { smooth = true, ...rest } = options;
  describeTransform<Key, P>(name, {
    transform,
    key,
    jacobian,
    checkDerivatives: (f, x) =>
      assertDerivatives(f, x, { order: smooth ? 2 : 1, directions: 1, tolerance: 0.02 }),
    ...rest,
  });
}
