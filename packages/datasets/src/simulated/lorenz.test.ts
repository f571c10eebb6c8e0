import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { row } from '../points/points.js';
import { lorenzAttractor, rungeKutta } from './lorenz.js';

const after = (time: number, steps: number): Float64Array => {
  const state = Float64Array.of(1, 2, 20);
  for (let i = 0; i < steps; i++) rungeKutta(state, time / steps);
  return state;
};

describe('lorenzAttractor', () => {
  it('integrates with order 4 and rests where it must', () => {
    const exact = after(0.5, 4000);
    const error = (steps: number) => Math.hypot(...after(0.5, steps).map((x, d) => x - exact[d]));
    const order = Math.log2(error(50) / error(100));
    expect(order).toBeGreaterThan(3.7);
    expect(order).toBeLessThan(4.5);
    const c = Math.sqrt((8 / 3) * 27);
    for (const start of [
      [c, c, 27],
      [-c, -c, 27],
      [0, 0, 0],
    ]) {
      const state = Float64Array.from(start);
      rungeKutta(state, 0.01);
      state.forEach((x, d) => expect(x).toBeCloseTo(start[d], 12));
    }
    // On the axis x = y = 0 the third coordinate decays with rate 8 / 3.
    const onAxis = Float64Array.of(0, 0, 3);
    for (let i = 0; i < 100; i++) rungeKutta(onAxis, 0.01);
    expect(onAxis[2]).toBeCloseTo(3 * Math.exp(-8 / 3), 6);
  });

  it('has the published mean and standard deviation, and both lobes', () => {
    const lorenz = lorenzAttractor({ trajectories: 40, duration: 250 });
    const points = lorenz.sample(key(0), 20_000);
    for (let d = 0; d < 3; d++) {
      const values = points.data.filter((_, i) => i % 3 === d);
      const mean = values.reduce((s, x) => s + x, 0) / 20_000;
      const square = values.reduce((s, x) => s + (x - mean) ** 2, 0) / 20_000;
      expect(Math.abs(mean)).toBeLessThan(0.15);
      expect(Math.sqrt(square)).toBeGreaterThan(0.95);
      expect(Math.sqrt(square)).toBeLessThan(1.05);
    }
    const right = points.data.filter((x, i) => i % 3 === 0 && x > 0).length / 20_000;
    expect(Math.abs(right - 0.5)).toBeLessThan(0.1);
  });

  it('gives the points of trajectories at the times asked for, whatever else is asked', () => {
    const options = { trajectories: 3, duration: 20, warmUp: 2 };
    const coarse = lorenzAttractor(options).trajectories(10, 0.1);
    const fine = lorenzAttractor(options).trajectories(19, 0.05);
    expect(coarse).toHaveLength(3);
    for (let i = 0; i < 10; i++)
      row(coarse[1], i).forEach((x, d) => expect(x).toBeCloseTo(row(fine[1], 2 * i)[d], 6));
    const raw = lorenzAttractor({ ...options, normalise: false }).trajectories(1, 1);
    expect(coarse[0].data[2]).toBeCloseTo((raw[0].data[2] - 23.71924285) / 8.31979251, 12);
    expect(coarse[0].data[0]).not.toBe(coarse[1].data[0]);
  });

  it('is the same for the same keys, and noisy where it is to be', () => {
    const lorenz = lorenzAttractor({ trajectories: 2, duration: 60 });
    expect(lorenz.sample(key(1), 20).data).toEqual(lorenz.sample(key(1), 20).data);
    expect(lorenz.sample(key(1), 20).data).not.toEqual(lorenz.sample(key(2), 20).data);
    expect(lorenz.sampleOutOfDistribution(key(1), 20).rows).toBe(20);
    expect(lorenz.sample(key(1), 0).rows).toBe(0);
  });

  it.each([{ trajectories: 0 }, { step: 0.2 }, { step: 0 }, { duration: 10 }, { warmUp: -1 }])(
    'refuses %j',
    (bad) => {
      expect(() => lorenzAttractor(bad)).toThrow(/lorenz-attractor/);
    },
  );
});
