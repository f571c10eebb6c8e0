import * as tf from '@tensorflow/tfjs';
import { key, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard, describeTransform } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { chain } from '../compose/chain.js';
import { actNorm } from '../linear/act-norm.js';
import { luLinear } from '../linear/lu-linear.js';
import { contract } from '../test-support/contract.js';
import { multiScale } from './multi-scale.js';
import { convolution1x1, overPixels } from './over-pixels.js';
import { squeeze } from './squeeze.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const level = (shape: readonly [number, number, number]) => {
  const half = [shape[0] / 2, shape[1] / 2, 4 * shape[2]] as const;
  return chain([squeeze({ shape }), actNorm({ shape: half }), convolution1x1({ shape: half })]);
};

describeTransform('squeeze', contract(squeeze({ shape: [4, 2, 3] }), { checkDerivatives: undefined }));
describeTransform('1x1 convolution', contract(convolution1x1({ shape: [2, 3, 3] })));
describeTransform('multi-scale', contract(multiScale([level([4, 4, 1]), level([2, 2, 2])])));

describe('image transforms', () => {
  installLeakGuard();

  it('squeeze pixel (dy, dx) of channel c to channel 4 c + 2 dy + dx', async () => {
    const transform = squeeze({ shape: [2, 4, 2] });
    const name = (y: number, x: number, c: number): number => 100 * y + 10 * x + c;
    const image = tf.tensor4d(
      [0, 1].flatMap((y) => [0, 1, 2, 3].flatMap((x) => [name(y, x, 0), name(y, x, 1)])),
      [1, 2, 4, 2],
    );
    const { y, logDetJacobian } = transform.forward({}, image);
    expect(y.shape).toEqual([1, 1, 2, 8]);
    const values = await y.data();
    for (let block = 0; block < 2; block++)
      for (let c = 0; c < 2; c++)
        for (let dy = 0; dy < 2; dy++)
          for (let dx = 0; dx < 2; dx++)
            expect(values[8 * block + 4 * c + 2 * dy + dx]).toBe(name(dy, 2 * block + dx, c));
    tf.dispose([image, y, logDetJacobian]);
  });

  it('emit half of the channels of every level, flattened channel by channel', async () => {
    const transform = multiScale([squeeze({ shape: [4, 4, 1] }), squeeze({ shape: [2, 2, 2] })]);
    const params = transform.init(key(0));
    const image = tf.tidy(() => tf.reshape(tf.range(0, 16), [1, 4, 4, 1]));
    const { y, logDetJacobian } = transform.forward(params, image);
    // Channels 0 and 1 are the even rows; channels 2 and 3, the odd rows, are squeezed again.
    expect([...(await y.data())]).toEqual([0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15]);
    tf.dispose([image, y, logDetJacobian]);
    treeDispose(params);
  });

  it('name what is not trained', () => {
    expect(multiScale([level([4, 4, 1]), level([2, 2, 2])]).untrained).toEqual([
      '0/2/0/order',
      '0/2/0/back',
      '1/2/0/order',
      '1/2/0/back',
    ]);
  });

  it.each([
    ['odd images', () => squeeze({ shape: [3, 2, 1] }), 'odd-image'],
    ['another number of channels', () => overPixels(luLinear({ size: 2 }), [2, 2, 3]), 'sizes-do-not-fit'],
    ['no levels', () => multiScale([]), 'empty-chain'],
    [
      'levels that do not fit',
      () => multiScale([squeeze({ shape: [4, 4, 1] }), squeeze({ shape: [2, 2, 4] })]),
      'sizes-do-not-fit',
    ],
    ['levels of vectors', () => multiScale([luLinear({ size: 4 })]), 'sizes-do-not-fit'],
  ])('refuse %s', (_, make, code) => {
    expect(make).toThrow(expect.objectContaining({ code }));
  });
});
