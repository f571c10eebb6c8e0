import { describe, expect, it } from 'vitest';
import { measure, quantile } from './measure.js';

describe('quantile', () => {
  it('interpolates between neighbours', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
    expect(quantile([7], 0.75)).toBe(7);
  });
});

describe('measure', () => {
  it('warms up unseen, then reports median and spread of the samples', async () => {
    // A clock that only work moves: 100 ms a call while cold, then 1, 2, 3, 4, 5, 1, ... ms.
    let clock = 0;
    let calls = 0;
    const work = (): Promise<void> => {
      clock += calls < 2 ? 100 : 1 + ((calls - 2) % 5);
      calls += 1;
      return Promise.resolve();
    };
    const result = await measure(work, { warmUp: 200, budget: 0, minimumSamples: 5, now: () => clock });
    expect(result).toEqual({ median: 3, iqr: 2, samples: 5 });
  });

  it('fills the budget with samples', async () => {
    let clock = 0;
    const work = (): Promise<void> => {
      clock += 10;
      return Promise.resolve();
    };
    expect((await measure(work, { warmUp: 0, budget: 500, now: () => clock })).samples).toBe(50);
  });
});
