import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';

const image = (batch: number): tf.Tensor4D => scattered([batch, 3, 4, 2]) as tf.Tensor4D;

type Mode = [alignCorners: boolean, halfPixelCenters: boolean];
const modes: Mode[] = [
  [false, false],
  [true, false],
  [false, true],
];
const nearest =
  (size: [number, number], [align, half]: Mode): Fn =>
  (x) =>
    tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size, align, half);
const bilinear =
  (size: [number, number], [align, half]: Mode): Fn =>
  (x) =>
    tf.image.resizeBilinear(x as tf.Tensor4D, size, align, half);

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('nearest is wrong for a batch of two, right for one', () => {
    const f = nearest([5, 6], [false, false]);
    expect(derivativeError(f, image(1), 1)).toBeLessThan(5e-3);
    expect(derivativeError(f, image(2), 1)).toBeGreaterThan(0.05);
  });

  it('bilinear ignores halfPixelCenters', () => {
    const square = scattered([1, 3, 3, 2]);
    expect(derivativeError(bilinear([5, 5], [false, false]), square, 1)).toBeLessThan(5e-3);
    expect(derivativeError(bilinear([5, 5], [false, true]), square, 1)).toBeGreaterThan(0.02);
  });

  it('neither has a second derivative', () => {
    const square = scattered([1, 3, 3, 2]);
    expect(() => derivativeError(bilinear([5, 5], [false, false]), square, 2)).toThrow(/Grad/);
    expect(() => derivativeError(nearest([5, 5], [false, false]), square, 2)).toThrow(/Grad/);
  });

  it('bilinear throws on cpu for an image that is not square', () => {
    expect(() => derivativeError(bilinear([5, 7], [false, false]), image(1), 1)).toThrow(/shape/);
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  const sizes: [number, number][] = [
    [6, 8],
    [5, 7],
    [2, 3],
    [1, 4],
  ];
  it.each(modes)('align %s, half-pixel centres %s: up, down and in part', (align, half) => {
    for (const size of sizes) {
      for (const resize of [nearest, bilinear]) {
        expectDerivatives(resize(size, [align, half]), image(2), 3);
      }
    }
  });
});
