import * as tf from '@tensorflow/tfjs';
import { jacobian } from '@ebim/autodiff';
import { parameterCount } from '@ebim/nn';
import { key, normal, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard, describeTransform } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../test-support/contract.js';
import { luInverse, luLinear } from './lu-linear.js';
import { permutation } from './permutation.js';

beforeAll(async () => {
  await useBackend('cpu');
});

describeTransform('permutation', contract(permutation({ size: 5 }), { checkDerivatives: undefined }));
describeTransform('permutation of one', contract(permutation({ size: 1 }), { checkDerivatives: undefined }));
describeTransform('LU linear', contract(luLinear({ size: 3 })));
describeTransform('LU linear of one', contract(luLinear({ size: 1 })));
describeTransform(
  'LU linear, larger than a block',
  contract(luLinear({ size: 40 }), {
    perturbation: 0.1,
    logDetTolerance: 1e-3,
    checkDerivatives: undefined,
  }),
);

describe('permutation', () => {
  installLeakGuard();

  it('has ones at (i, order(i)), also where the order is no involution', async () => {
    const transform = permutation({ size: 3 });
    const params = { order: tf.tensor1d([1, 2, 0], 'int32'), back: tf.tensor1d([2, 0, 1], 'int32') };
    const x = tf.tensor2d([[10, 20, 30]]);
    const { y, logDetJacobian } = transform.forward(params, x);
    expect([...(await y.data())]).toEqual([20, 30, 10]);
    const J = jacobian((at) => tf.tidy(() => transform.forward(params, at).y))(x);
    expect([...(await J.data())]).toEqual([0, 1, 0, 0, 0, 1, 1, 0, 0]);
    tf.dispose([x, y, logDetJacobian, J]);
    treeDispose(params);
  });

  it('draws every order', async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const params = permutation({ size: 3 }).init(key(seed));
      orders.add([...(await params.order.data())].join());
      treeDispose(params);
    }
    expect(orders.size).toBe(6);
  });
});

describe('LU linear', () => {
  installLeakGuard();

  it('starts as the identity, with d² + d parameters', async () => {
    const transform = luLinear({ size: 4 });
    const params = transform.init(key(0));
    expect(parameterCount(params)).toBe(20);
    const x = normal(key(1), [3, 4]);
    const { y, logDetJacobian } = transform.forward(params, x);
    const expected = await x.data();
    (await y.data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
    (await logDetJacobian.data()).forEach((value) => expect(value).toBeCloseTo(0, 5));
    tf.dispose([x, y, logDetJacobian]);
    treeDispose(params);
  });

  it('computes the formula: L U x + b', async () => {
    const raw = (value: number): number => Math.log(Math.expm1(value - 1e-3));
    const params = {
      lower: tf.tensor1d([0.5]),
      upper: tf.tensor1d([-2]),
      diagonal: tf.tensor1d([raw(3), raw(0.25)]),
      bias: tf.tensor1d([1, -1]),
    };
    // L = [1 0; 0.5 1], U = [3 -2; 0 0.25], L U = [3 -2; 1.5 -0.75]
    const x = tf.tensor2d([[2, 1]]);
    const { y, logDetJacobian } = luLinear({ size: 2 }).forward(params, x);
    const values = await y.data();
    expect(values[0]).toBeCloseTo(5, 4);
    expect(values[1]).toBeCloseTo(1.25, 4);
    expect((await logDetJacobian.data())[0]).toBeCloseTo(Math.log(0.75), 5);
    tf.dispose([x, y, logDetJacobian]);
    treeDispose(params);
  });

  it.each([2, 31, 32, 33, 65])('inverts matrices of size %i', async (size) => {
    const count = (size * (size - 1)) / 2;
    const gap = tf.tidy(() => {
      const params = {
        lower: tf.mul(normal(key(1), [count]), 0.1),
        upper: tf.mul(normal(key(2), [count]), 0.1),
        diagonal: normal(key(3), [size]),
        bias: tf.zeros([size]),
      };
      const transform = luLinear({ size });
      const matrix = transform.forward(params, tf.eye(size)).y;
      return tf.max(tf.abs(tf.sub(tf.matMul(tf.transpose(matrix), luInverse(params, size)), tf.eye(size))));
    });
    expect((await gap.data())[0]).toBeLessThan(2e-4);
    gap.dispose();
  });
});
