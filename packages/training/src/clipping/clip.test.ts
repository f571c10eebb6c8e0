import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { treeDispose, treeLeaves, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard } from '@ebim/testing';
import { clipByGlobalNorm, clipByValue } from './clip.js';

beforeAll(async () => void (await useBackend('cpu')));
installLeakGuard();

const values = (tree: Parameters<typeof treeLeaves>[0]) =>
  treeLeaves(tree).flatMap((leaf) => [...leaf.dataSync()]);

it('scales all leaves by one factor, by the rule of PyTorch', () => {
  const tree = { a: tf.tensor1d([3, 0]), b: [tf.tensor2d([[-4]])] };
  const { tree: clipped, norm } = clipByGlobalNorm(tree, 1);
  expect(norm.dataSync()[0]).toBeCloseTo(5, 6);
  const factor = 1 / (5 + 1e-6);
  values(clipped).forEach((x, i) => expect(x).toBeCloseTo([3, 0, -4][i] * factor, 6));
  treeDispose([tree, clipped, norm]);
});

it('leaves a short gradient as it is, bit for bit', () => {
  const tree = [tf.tensor1d([0.3, -0.4])];
  const { tree: clipped, norm } = clipByGlobalNorm(tree, 0.6);
  expect(values(clipped)).toEqual(values(tree));
  treeDispose([tree, clipped, norm]);
});

it('takes zero gradients and trees without leaves', () => {
  const zero = [tf.zeros([3])];
  const clipped = clipByGlobalNorm(zero, 1);
  expect(values(clipped.tree)).toEqual([0, 0, 0]);
  const none = clipByGlobalNorm([], 1);
  expect(none.norm.dataSync()[0]).toBe(0);
  treeDispose([zero, clipped.tree, clipped.norm, none.norm]);
});

it('uses the 1e-6 of PyTorch, which matters for tiny limits', () => {
  const tree = [tf.scalar(1e-6)];
  const { tree: clipped, norm } = clipByGlobalNorm(tree, 1e-6);
  expect(values(clipped)[0] / 5e-7).toBeCloseTo(1, 5);
  treeDispose([tree, clipped, norm]);
});

it('never exceeds the limit and keeps the direction', () => {
  const entries = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(entries, fc.double({ min: 0.01, max: 100, noNaN: true }), (xs, limit) => {
      const tree = [tf.tensor1d(xs)];
      const { tree: clipped, norm } = clipByGlobalNorm(tree, limit);
      const [before, after] = [values(tree), values(clipped)];
      expect(Math.hypot(...after)).toBeLessThanOrEqual(limit * (1 + 1e-6));
      const factor = Math.min(1, limit / (Math.hypot(...before) + 1e-6));
      after.forEach((x, i) => expect(Math.abs(x - before[i] * factor)).toBeLessThanOrEqual(1e-5 * limit));
      treeDispose([tree, clipped, norm]);
    }),
  );
});

it('clipByValue limits every entry', () => {
  const tree = { a: tf.tensor1d([-3, -0.5, 0, 2]) };
  const clipped = clipByValue(tree, 1);
  expect(values(clipped)).toEqual([-1, -0.5, 0, 1]);
  treeDispose([tree, clipped]);
});

it('owns nothing and leaks nothing', () => {
  const tree = { a: tf.tensor1d([3, 4]) };
  expectNoLeak(() => clipByGlobalNorm(tree, 1));
  expectNoLeak(() => clipByValue(tree, 1));
  treeDispose(tree);
});

it.each([0, -1, NaN, Infinity])('refuses the limit %d', (limit) => {
  const refusal = expect.objectContaining({ code: 'bad-option' }) as unknown as Error;
  expect(() => clipByGlobalNorm([], limit)).toThrow(refusal);
  expect(() => clipByValue([], limit)).toThrow(refusal);
});
