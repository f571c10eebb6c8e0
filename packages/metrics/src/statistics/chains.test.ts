import { describe, expect, it } from 'vitest';
import { effectiveSampleSize, rHat } from './chains.js';
import golden from './golden-chains.json';
import { rankNormalise } from './rank-normalise.js';

interface Case {
  readonly count: number;
  readonly length: number;
  readonly rho: number;
  readonly shift: number;
  readonly seed: number;
  readonly round?: number;
}

function makeChains({ count, length, rho, shift, seed, round = 0 }: Case): number[][] {
  let state = seed;
  return Array.from({ length: count }, (_, c) => {
    let x = 0;
    return Array.from({ length }, () => {
      state = (16807 * state) % 2147483647;
      x = rho * x + state / 2147483647 - 0.5;
      const value = x + shift * c;
      return round ? Math.floor(value * round) / round : value;
    });
  });
}

describe('chain diagnostics', () => {
  it.each(golden.cases)('agree with ArviZ: $count chains, rho $rho, shift $shift', (test) => {
    const chains = makeChains(test);
    if (test.rHat !== null) expect(rHat(chains)).toBeCloseTo(test.rHat, 8);
    expect(effectiveSampleSize(chains) / test.bulk).toBeCloseTo(1, 7);
    expect(effectiveSampleSize(chains, { kind: 'mean' }) / test.mean).toBeCloseTo(1, 7);
  });

  it('rHat sees chains of different width, which the mean does not show', () => {
    const chains = makeChains({ count: 4, length: 500, rho: 0, shift: 0, seed: 9 });
    const wide = chains.map((chain, c) => (c === 0 ? chain.map((x) => 5 * x) : chain));
    expect(rHat(chains)).toBeLessThan(1.01);
    expect(rHat(wide)).toBeGreaterThan(1.1);
  });

  it('is not moved by a monotone change of the values', () => {
    const chains = makeChains({ count: 3, length: 100, rho: 0.6, shift: 0, seed: 10 });
    const changed = chains.map((chain) => chain.map((x) => Math.exp(3 * x)));
    expect(effectiveSampleSize(changed)).toBeCloseTo(effectiveSampleSize(chains), 9);
  });

  it('gives NaN, not a verdict, for chains that never move', () => {
    const still = [new Float64Array(10).fill(2), new Float64Array(10).fill(2)];
    expect(rHat(still)).toBeNaN();
    expect(effectiveSampleSize(still)).toBeNaN();
  });

  it.each([
    [[]],
    [[[1, 2, 3]]],
    [
      [
        [1, 2, 3, 4],
        [1, 2, 3, 4, 5],
      ],
    ],
    [[[1, 2, NaN, 4]]],
    [[[1, 2, Infinity, 4]]],
  ])('refuses %j', (chains: number[][]) => {
    expect(() => rHat(chains)).toThrow(/rHat/);
    expect(() => effectiveSampleSize(chains)).toThrow(/effectiveSampleSize/);
  });

  it('gives tied values their average rank', () => {
    const [a, b] = rankNormalise([Float64Array.of(1, 2), Float64Array.of(2, 3)]);
    expect(a[1]).toBe(b[0]);
    expect(a[1]).toBeCloseTo(0, 12);
    expect(a[0]).toBeCloseTo(-b[1], 12);
  });
});
