import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { binIntegrals, expectCounts, histogram } from './chi-square-fixture.js';
import { sampleVonMises, vonMisesLogDensity } from './von-mises.js';

const density = (mean: number, kappa: number) => (theta: number) =>
  Math.exp(vonMisesLogDensity(theta, mean, kappa));

describe('von Mises angles', () => {
  it.each([
    [0, 0],
    [0.3, 1e-12],
    [0, 1e-6],
    [0, 0.1],
    [1, 2],
    [-3, 5],
    [2, 50],
  ])('follow the density: mean %d, concentration %d', (mean, kappa) => {
    const angles = sampleVonMises(key(7), 20_000, mean, kappa);
    // Bins around the mode only, where a histogram has counts; the rest is one bin.
    const half = kappa > 10 ? 0.5 : Math.PI;
    const offsets = angles.map((a) => Math.atan2(Math.sin(a - mean), Math.cos(a - mean)));
    const inside = offsets.filter((offset) => Math.abs(offset) <= half);
    const probabilities = binIntegrals(density(0, kappa), -half, half, 24);
    const rest = 1 - probabilities.reduce((a, b) => a + b, 0);
    const counts = histogram(inside, -half, half, 24);
    if (rest > 1e-6) expectCounts([...counts, angles.length - inside.length], [...probabilities, rest]);
    else expectCounts(counts, probabilities);
    expect(Math.max(...angles.map(Math.abs))).toBeLessThanOrEqual(Math.PI);
  });

  it('keeps the scale of very concentrated angles, 1 / sqrt(kappa)', () => {
    for (const kappa of [1e4, 1e8, 1e14]) {
      const angles = sampleVonMises(key(1), 20_000, 0, kappa);
      const scaled = angles.map((angle) => angle * Math.sqrt(kappa));
      const variance = scaled.reduce((sum, value) => sum + value * value, 0) / scaled.length;
      expect(Math.abs(variance - 1)).toBeLessThan(0.04);
      expect(new Set(angles).size).toBeGreaterThan(19_990);
    }
  });

  it('takes a mean and a concentration for each angle', () => {
    const angles = sampleVonMises(key(3), 2, Float64Array.of(1, -2), Float64Array.of(1e12, 1e12));
    expect(angles[0]).toBeCloseTo(1, 4);
    expect(angles[1]).toBeCloseTo(-2, 4);
  });

  it('repeats for the same key and changes with another', () => {
    expect(sampleVonMises(key(5), 100, 0, 2)).toEqual(sampleVonMises(key(5), 100, 0, 2));
    expect(sampleVonMises(key(5), 100, 0, 2)).not.toEqual(sampleVonMises(key(6), 100, 0, 2));
  });

  it('integrates to 1, also where I0 overflows', () => {
    const total = binIntegrals(density(0.4, 2), -Math.PI, Math.PI, 20).reduce((a, b) => a + b, 0);
    expect(total).toBeCloseTo(1, 10);
    const narrow = binIntegrals(density(0, 1e6), -0.01, 0.01, 20).reduce((a, b) => a + b, 0);
    expect(narrow).toBeCloseTo(1, 8);
  });

  it('rejects bad parameters by name', () => {
    expect(() => sampleVonMises(key(0), 10, 0, -1)).toThrow(/concentration.*finite number >= 0.*-1/);
    expect(() => sampleVonMises(key(0), 10, NaN, 1)).toThrow(/mean/);
    expect(() => sampleVonMises(key(0), 1.5, 0, 1)).toThrow(/whole number/);
    expect(() => vonMisesLogDensity(0, 0, Infinity)).toThrow(/concentration/);
    expect(sampleVonMises(key(0), 0, 0, 1)).toHaveLength(0);
  });
});
