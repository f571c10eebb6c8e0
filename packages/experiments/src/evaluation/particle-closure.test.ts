import { particleFeatures, pointsOf, restoreParticles, weakBosonFusion } from '@ebim/datasets';
import { closure } from '@ebim/metrics';
import { key, normalArray } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';

describe('closure of simulated particle events', () => {
  const simulator = weakBosonFusion();

  it('is 0 for events, also after standardising, and 1 for standard normal noise', () => {
    for (const theta of [
      [0, 0],
      [0.5, 0],
      [-1, -1],
    ]) {
      expect(closure(simulator.simulate(key(0), 300, theta).features).closure).toBeLessThan(1e-13);
      expect(closure(restoreParticles(simulator.sample(key(0), 300, theta))).closure).toBeLessThan(1e-13);
    }
    const noise = pointsOf(normalArray(key(1), 40 * 20_000), particleFeatures.length);
    expect(closure(restoreParticles(noise)).closure).toBeCloseTo(1, 2);
  });

  it('is below 1 for features of different events', () => {
    const mixed = closure(restoreParticles(simulator.sampleOutOfDistribution(key(2), 2000, [0, 0]))).closure;
    expect(mixed).toBeGreaterThan(0.4);
    expect(mixed).toBeLessThan(1);
  });
});
