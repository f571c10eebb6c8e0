import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { useBackend } from '../backend/use-backend.js';
import { normal, permutation, randint, uniform } from './draw.js';
import { integerValues, normalValues, permutationValues, uniformValues } from './generate.js';
import { key } from './key.js';

const k = key(2024);

async function valuesOf(tensor: tf.Tensor): Promise<number[]> {
  const values = await tensor.data();
  tensor.dispose();
  return [...values];
}

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('gives the bits of the host generator', async () => {
    expect(await valuesOf(uniform(k, [3, 5], { min: -2, max: 7 }))).toEqual([
      ...uniformValues(k.words, 15, -2, 7),
    ]);
    expect(await valuesOf(normal(k, [3, 5]))).toEqual([...normalValues(k.words, 15)]);
    expect(await valuesOf(randint(k, [15], -4, 4))).toEqual([...integerValues(k.words, 15, -4, 4)]);
    expect(await valuesOf(permutation(k, 15))).toEqual([...permutationValues(k.words, 15)]);
  });

  it('takes scalars and empty shapes', () => {
    for (const shape of [[], [0], [2, 0, 3], [1, 1, 1, 1, 2]]) {
      for (const tensor of [uniform(k, shape), normal(k, shape), randint(k, shape, 0, 3)]) {
        expect(tensor.shape).toEqual(shape);
        tensor.dispose();
      }
    }
    const none = permutation(k, 0);
    expect([none.shape, none.dtype]).toEqual([[0], 'int32']);
    none.dispose();
  });

  it('has float32 and int32 as dtypes', () => {
    const tensors = [uniform(k, [2]), normal(k, [2]), randint(k, [2], 0, 9), permutation(k, 2)];
    expect(tensors.map(({ dtype }) => dtype)).toEqual(['float32', 'float32', 'int32', 'int32']);
    tf.dispose(tensors);
  });

  it('depends on the shape through its size only', async () => {
    expect(await valuesOf(normal(k, [6]))).toEqual(await valuesOf(normal(k, [2, 3])));
  });

  it('lives in tidy and in gradients as any operation', () => {
    expectNoLeak(() => tf.tidy(() => tf.sum(tf.add(normal(k, [4]), uniform(k, [4])))));
    expectNoLeak(() =>
      tf.tidy(() => {
        const slope = tf.grad((x) => tf.sum(tf.mul(x, normal(k, [4]))))(tf.zeros([4]));
        expect([...slope.dataSync()]).toEqual([...normalValues(k.words, 4)]);
      }),
    );
  });

  it('is one kernel without inputs', async () => {
    const drawn: tf.Tensor[] = [];
    const { kernels } = await tf.profile(() => void drawn.push(normal(k, [8])));
    tf.dispose(drawn);
    expect(kernels.map(({ name, inputShapes }) => [name, inputShapes])).toEqual([['EbimRandomNormal', []]]);
    expect(kernels[0].outputShapes).toEqual([[8]]);
    expectNoLeak(() => normal(k, [8]));
  });

  it('refuses shapes that are none', () => {
    for (const shape of [[-1], [1.5], [NaN], 3, null, ['2']] as unknown as number[][])
      for (const draw of [uniform, normal])
        expect(() => draw(k, shape)).toThrow(
          expect.objectContaining({ name: 'ShapeError', code: 'bad-shape' }),
        );
    expect(() => permutation(k, -1)).toThrow(expect.objectContaining({ code: 'bad-shape' }));
  });

  it('refuses ranges that are none', () => {
    const bad = { name: 'ConfigError', code: 'bad-range' };
    for (const [min, max] of [
      [1, 1],
      [2, 1],
      [NaN, 1],
      [0, Infinity],
      [-1e39, 0],
      [1, 1 + 2 ** -40],
    ])
      expect(() => uniform(k, [2], { min, max })).toThrow(expect.objectContaining(bad));
    for (const [min, max] of [
      [3, 3],
      [0.5, 3],
      [0, 2 ** 31 + 1],
      [-(2 ** 31) - 1, 0],
    ])
      expect(() => randint(k, [2], min, max)).toThrow(expect.objectContaining(bad));
  });
});

describe('a backend that is registered later', () => {
  it('draws too', async () => {
    const factory = tf.findBackendFactory('cpu');
    tf.registerBackend('late', factory);
    await tf.setBackend('late');
    const late = await valuesOf(normal(k, [4]));
    await tf.setBackend('cpu');
    tf.removeBackend('late');
    expect(late).toEqual([...normalValues(k.words, 4)]);
  });
});

describe('property', () => {
  it('the same key gives the same tensor, another key another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 50 }), async (seed, size) => {
        const first = await valuesOf(normal(key(seed), [size]));
        expect(await valuesOf(normal(key(seed), [size]))).toEqual(first);
        expect(await valuesOf(normal(key(seed + 1), [size]))).not.toEqual(first);
      }),
      { numRuns: 20 },
    );
  });
});
