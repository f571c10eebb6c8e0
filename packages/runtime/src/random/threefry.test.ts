import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { threefry2x32, threefryWords } from './threefry.js';

const word = fc.integer({ min: 0, max: 0xffffffff });

// Known answers for 20 rounds, file kat_vectors of Random123 1.14 (D. E. Shaw Research).
const KNOWN = [
  { key: [0, 0], counter: [0, 0], words: [0x6b200159, 0x99ba4efe] },
  {
    key: [0xffffffff, 0xffffffff],
    counter: [0xffffffff, 0xffffffff],
    words: [0x1cb996fc, 0xbb002be7],
  },
  {
    key: [0x13198a2e, 0x03707344],
    counter: [0x243f6a88, 0x85a308d3],
    words: [0xc4923a9c, 0x483df7a0],
  },
];

describe('threefry2x32', () => {
  it.each(KNOWN)('gives the published answer for counter $counter', ({ key, counter, words }) => {
    const out = new Uint32Array(4);
    threefry2x32(key[0], key[1], counter[0], counter[1], out, 1);
    expect([...out]).toEqual([0, ...words, 0]);
  });
});

describe('threefryWords', () => {
  it.each(KNOWN)('gives the published answer for counter $counter', ({ key, counter, words }) => {
    const out = new Uint32Array(2);
    threefryWords(key[0], key[1], counter[0], counter[1], out);
    expect([...out]).toEqual(words);
  });

  it('is threefry2x32 block by block, also for an odd count and over the end of the counter', () => {
    fc.assert(
      fc.property(word, word, word, word, fc.integer({ min: 0, max: 9 }), (k0, k1, x0, first, count) => {
        const out = new Uint32Array(count);
        threefryWords(k0, k1, x0, first, out);
        const expected = new Uint32Array(count + 1);
        for (let i = 0; 2 * i < count; i++) threefry2x32(k0, k1, x0, first + i, expected, 2 * i);
        expect([...out]).toEqual([...expected.subarray(0, count)]);
      }),
    );
  });
});
