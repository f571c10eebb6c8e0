import * as tf from '@tensorflow/tfjs';
import { key, normal, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard, describeTransform } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { chain } from '../compose/chain.js';
import { inverted } from '../compose/inverted.js';
import { contract } from '../test-support/contract.js';
import { actNorm } from './act-norm.js';
import { luLinear } from './lu-linear.js';
import { conditionalAffine, scalarAffine } from './scalar-affine.js';

beforeAll(async () => {
  await useBackend('cpu');
});

describeTransform('scalar affine', contract(scalarAffine()));
describeTransform('scalar affine of three features', contract(scalarAffine({ size: 3 })));
describeTransform(
  'conditional affine',
  contract(conditionalAffine({ size: 2, contextSize: 3, hidden: 5, blocks: 1, activation: 'tanh' })),
);
describeTransform('actnorm of vectors', contract(actNorm({ shape: [4] })));
describeTransform('actnorm of images', contract(actNorm({ shape: [2, 3, 2] })));

describe('scalar affine', () => {
  installLeakGuard();

  it('can be inverted with a scale of 0', async () => {
    const transform = scalarAffine();
    const params = { scale: tf.zeros([1]), shift: tf.ones([1]) };
    const y = tf.tensor2d([[1 + 1e-6]]);
    const { x, logDetJacobian } = transform.inverse(params, y);
    expect((await x.data()).every(Number.isFinite)).toBe(true);
    expect((await logDetJacobian.data())[0]).toBeCloseTo(-Math.log(1e-6), 3);
    tf.dispose([x, y, logDetJacobian]);
    treeDispose(params);
  });
});

describe('actnorm', () => {
  installLeakGuard();

  const statistics = async (y: tf.Tensor): Promise<{ mean: number[]; variance: number[] }> => {
    const axes = y.shape.slice(0, -1).map((_, i) => i);
    const { mean, variance } = tf.tidy(() => tf.moments(y, axes));
    const result = { mean: [...(await mean.data())], variance: [...(await variance.data())] };
    tf.dispose([mean, variance]);
    return result;
  };

  it.each([[[3]], [[2, 4, 3]]])(
    'normalises every channel of the first batch %j, and no later one',
    async (shape) => {
      const layer = actNorm({ shape });
      const fresh = layer.init(key(0));
      const batch = tf.tidy(() => tf.add(tf.mul(normal(key(1), [50, ...shape]), [3, 0.1, 20]), [5, -1, 100]));
      const params = layer.initialiseFrom(fresh, batch);
      const { y, logDetJacobian } = layer.forward(params, batch);
      const { mean, variance } = await statistics(y);
      mean.forEach((value) => expect(value).toBeCloseTo(0, 3));
      variance.forEach((value) => expect(value).toBeCloseTo(1, 3));
      const later = tf.tidy(() => layer.forward(params, tf.mul(batch, 2)).y);
      expect((await statistics(later)).variance[0]).toBeCloseTo(4, 2);
      tf.dispose([batch, y, logDetJacobian, later]);
      treeDispose([fresh, params]);
    },
  );

  it('survives a channel that does not vary', async () => {
    const layer = actNorm({ shape: [2] });
    const fresh = layer.init(key(0));
    const batch = tf.tensor2d([
      [1, 7],
      [2, 7],
    ]);
    const params = layer.initialiseFrom(fresh, batch);
    const { y, logDetJacobian } = layer.forward(params, batch);
    expect((await y.data()).every(Number.isFinite)).toBe(true);
    tf.dispose([batch, y, logDetJacobian]);
    treeDispose([fresh, params]);
  });

  it('is initialised inside of chains and inverses, from what reaches it', async () => {
    const flow = chain([actNorm({ shape: [2] }), luLinear({ size: 2 }), actNorm({ shape: [2] })]);
    const back = inverted(flow);
    const fresh = flow.init(key(0));
    const batch = tf.tidy(() => tf.add(tf.mul(normal(key(1), [60, 2]), [3, 0.1]), [5, -1]));
    const params = flow.initialiseFrom(fresh, batch);
    const { y, logDetJacobian } = flow.forward(params, batch);
    (await statistics(y)).variance.forEach((value) => expect(value).toBeCloseTo(1, 3));
    // The inverse sees data on its own side: these are latents of fresh parameters, hence the batch itself.
    const other = back.initialiseFrom(fresh, batch);
    expect(await (other[0] as { shift: tf.Tensor }).shift.data()).toEqual(
      await (params[0] as { shift: tf.Tensor }).shift.data(),
    );
    tf.dispose([batch, y, logDetJacobian]);
    treeDispose([fresh, params, other]);
  });
});
