import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { datasets } from '../real/datasets.js';
import { simulateDataset, simulators } from './registry.js';

describe('simulateDataset', () => {
  it('has names of its own', () => {
    const names = [...simulators, ...datasets].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(simulators.map((info) => [info.name, info] as const))(
    '%s: parts of the sizes asked for',
    (name, info) => {
      const { train, test, outOfDistribution } = simulateDataset(name, key(0), { train: 30, test: 20 });
      for (const [points, rows] of [
        [train.points, 30],
        [test.points, 20],
        [outOfDistribution, 20],
      ] as const) {
        expect([points.rows, points.columns]).toEqual([rows, info.ambientDimension]);
        expect(points.data.every(Number.isFinite)).toBe(true);
      }
      expect(train.context?.columns ?? 0).toBe(info.contextDimension);
      expect(test.context?.rows ?? 20).toBe(20);
      expect(train.jointScore?.columns ?? 0).toBe(info.density === 'joint score' ? 2 : 0);
      const again = simulateDataset(name, key(0), { train: 30, test: 20, run: 1 });
      expect(again.train.points.data).not.toEqual(train.points.data);
      expect(again.test.points.data).toEqual(test.points.data);
      expect(again.outOfDistribution.data).toEqual(outOfDistribution.data);
    },
  );

  it('tests where it is told to', () => {
    const { test } = simulateDataset('polynomial-surface', key(0), { train: 2, test: 2, testContext: [0.5] });
    expect(Array.from(test.context!.data)).toEqual([0.5, 0.5]);
  });

  it('refuses names and sizes', () => {
    expect(() => simulateDataset('circle', key(0))).toThrow(/circle-gaussian/);
    expect(() => simulateDataset('circle-gaussian', key(0), { train: -1 })).toThrow(/train/);
    expect(() =>
      simulateDataset('polynomial-surface', key(0), { train: 1, test: 1, testContext: [1, 2] }),
    ).toThrow(/1 columns/);
  });
});
