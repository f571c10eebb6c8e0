import { sphere } from '@ebim/implicit';
import { key, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { arithmeticOf, TRUE_RADIUS } from './arithmetic.js';

/** I0(1) */
const BESSEL = 1.2660658777520084;

beforeAll(async () => void (await useBackend('wasm')));

describe('arithmeticOf', () => {
  installLeakGuard();

  it('gives the exact numbers of a sphere that needs no learning', async () => {
    // Both energies together are the third coordinate over the radius, so exp(-E) is a von Mises density.
    const energy = (x: tf.Tensor): tf.Tensor =>
      tf.mul(tf.reshape(tf.slice(x, [0, 2], [-1, 1]), [-1]), -0.5 / TRUE_RADIUS);
    const part = await arithmeticOf({ constraint: sphere().constraint, energy }, 2.6, key(1), {
      count: 1000,
      samples: 12_000,
    });
    expect(part.circle.radius).toBeCloseTo(TRUE_RADIUS, 4);
    expect(part.circle.radiusSpread).toBeLessThan(1e-4);
    expect(part.circle.offPlane).toBeLessThan(1e-4);
    const length = 2 * Math.PI * TRUE_RADIUS;
    expect(Math.abs(part.length.value - length)).toBeLessThan(4 * part.length.standardError);
    expect(part.length.standardError).toBeLessThan(0.05 * length);
    expect(Math.abs(part.logZ.circle - Math.log(length * BESSEL))).toBeLessThan(4 * part.logZ.circleError);
    expect(part.logZ.sphere).toBe(2.6);
    expect(part.rank.intersection).toBeCloseTo(Math.sqrt(0.5), 3);
    expect(part.rank.unionOnCircle).toBeLessThan(1e-4);
    expect(part.rank.union).toBeGreaterThan(0.3);
    expect(Math.abs(part.samples.left - 0.5)).toBeLessThan(0.07);
    expect(part.samples.radius).toBeCloseTo(1, 4);
    expect(part.points).toHaveLength(3000);
    // At the top and at the bottom of the circle.
    const at = (z: number) => Math.exp(z / TRUE_RADIUS) / (length * BESSEL);
    part.density.forEach((p, i) => expect(Math.abs(p / at(part.points[3 * i + 2]) - 1)).toBeLessThan(0.12));
  });
});
