import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalArray, uniformArray } from './arrays.js';
import { attemptOf, FOLD, NORMAL_53, PERMUTATION, SPLIT } from './counters.js';
import { foldIn, foldSequence, key, keyAt, split, splitSequence, type Key } from './key.js';
import { correlationScore } from './test-statistics.js';

const seed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const text = ({ words }: Key) => words.join();

describe('key', () => {
  it('holds all 53 bits of a seed', () => {
    expect(key(0).words).toEqual([0, 0]);
    expect(key(2 ** 32 + 5).words).toEqual([1, 5]);
    expect(key(Number.MAX_SAFE_INTEGER).words).toEqual([0x1fffff, 0xffffffff]);
  });

  it.each([-1, 0.5, NaN, Infinity, 2 ** 53])('refuses %d', (bad) => {
    expect(() => key(bad)).toThrow(expect.objectContaining({ code: 'bad-seed' }));
  });
});

describe('split and foldIn', () => {
  it('pins the stream', () => {
    expect(split(key(42), 3).map(({ words }) => words)).toMatchInlineSnapshot(`
      [
        [
          3595805697,
          4231941304,
        ],
        [
          1946893949,
          4215510455,
        ],
        [
          3982670514,
          1084136863,
        ],
      ]
    `);
    expect(foldIn(key(42), 0).words).toMatchInlineSnapshot(`
      [
        2772844546,
        4148497310,
      ]
    `);
    expect(foldIn(key(42), Number.MAX_SAFE_INTEGER).words).toMatchInlineSnapshot(`
      [
        3226502624,
        726472810,
      ]
    `);
  });

  it('gives distinct keys', () => {
    fc.assert(
      fc.property(seed, (s) => {
        const keys = [
          ...split(key(s), 100),
          ...Array.from({ length: 100 }, (_, i) => foldIn(key(s), i)),
          key(s),
        ];
        expect(new Set(keys.map(text)).size).toBe(201);
      }),
      { numRuns: 20 },
    );
  });

  it('does not confuse numbers that differ in the upper word only', () => {
    expect(foldIn(key(1), 2 ** 32)).not.toEqual(foldIn(key(1), 0));
    expect(foldIn(key(1), 2 ** 40 + 3)).not.toEqual(foldIn(key(1), 3));
  });

  it('folds whole numbers in a row in, one by one or as a sequence', () => {
    fc.assert(
      fc.property(seed, fc.nat(), fc.integer({ min: 0, max: 20 }), (s, from, count) => {
        const keys = foldSequence(key(s), from, count);
        expect(keys.length).toBe(count);
        expect(Array.from({ length: count }, (_, i) => keyAt(keys, i))).toEqual(
          Array.from({ length: count }, (_, i) => foldIn(key(s), from + i)),
        );
      }),
    );
  });

  it('gives child i whatever the number of children, one by one or as a sequence', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 20 }), (s, count) => {
        const keys = splitSequence(key(s), count);
        expect(keys.length).toBe(count);
        const children = Array.from({ length: count }, (_, i) => keyAt(keys, i));
        expect(children).toEqual(split(key(s), count));
        expect(children).toEqual(split(key(s), count + 3).slice(0, count));
      }),
    );
  });

  it('uses counters that no draw uses', () => {
    const highestDraw = attemptOf(Math.max(PERMUTATION, NORMAL_53), 1000);
    expect(highestDraw).toBeLessThan(SPLIT);
    expect(SPLIT).toBeLessThan(FOLD);
    // The top of a folded number must not reach into the bits that tell the uses apart.
    expect((FOLD | Math.floor(Number.MAX_SAFE_INTEGER / 2 ** 32)) >>> 0).toBe(0x801fffff);
  });

  it('gives independent streams: parent, children, grandchildren, folds, neighbours', () => {
    const root = key(7);
    const [a, b] = split(root);
    const streams = [root, a, b, ...split(a), foldIn(root, 0), foldIn(root, 1), foldIn(a, 0), key(8)];
    const draws = streams.flatMap((k) => [uniformArray(k, 4000), normalArray(k, 4000)]);
    for (let i = 0; i < draws.length; i++)
      for (let j = i + 1; j < draws.length; j++)
        // 153 pairs: 4.5 standard deviations are exceeded with probability 0.001.
        expect(Math.abs(correlationScore(draws[i], draws[j]))).toBeLessThan(4.5);
  });

  it.each([-1, 1.5, NaN, Infinity])('refuses to split into %d', (count) => {
    expect(() => split(key(0), count)).toThrow(expect.objectContaining({ code: 'bad-count' }));
  });

  it.each([-1, 2, 0.5])('refuses to look up key %d of two', (i) => {
    expect(() => keyAt(splitSequence(key(0), 2), i)).toThrow(expect.objectContaining({ code: 'bad-index' }));
  });

  it('does not change the parent', () => {
    const parent = key(3);
    split(parent, 4);
    foldIn(parent, 9);
    expect(parent).toEqual(key(3));
  });
});
