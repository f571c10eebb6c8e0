import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Lifetime } from './lifetimes.js';
import { WORDS_END } from '../parallel/words.js';
import { bytesFor, planMemory } from './memory.js';

const lifetime = fc.record({
  size: fc.nat({ max: 300 }),
  from: fc.nat({ max: 60 }),
  length: fc.nat({ max: 30 }),
  fixed: fc.boolean(),
});

const listOf = (raw: readonly { size: number; from: number; length: number; fixed: boolean }[]): Lifetime[] =>
  raw
    .map(({ size, from, length, fixed }, value) => ({ value, size, from, to: from + length, fixed }))
    .sort((a, b) => a.from - b.from);

it('never lets values that are needed at the same time share memory', () => {
  fc.assert(
    fc.property(fc.array(lifetime, { maxLength: 60 }), (raw) => {
      const lives = listOf(raw);
      const { addresses, bytes } = planMemory(lives);
      const places = lives.map((life) => ({ life, start: addresses.get(life.value) as number }));
      for (const { life, start } of places) {
        expect(start % 16).toBe(0);
        expect(start).toBeGreaterThanOrEqual(WORDS_END);
        expect(start + bytesFor(life.size)).toBeLessThanOrEqual(bytes);
      }
      for (const a of places)
        for (const b of places) {
          if (a === b) continue;
          const together =
            (a.life.from <= b.life.to && b.life.from <= a.life.to) || a.life.fixed || b.life.fixed;
          const apart =
            a.start + bytesFor(a.life.size) <= b.start || b.start + bytesFor(b.life.size) <= a.start;
          expect(apart || !together, JSON.stringify([a, b])).toBe(true);
        }
    }),
    { numRuns: 300 },
  );
});

it('uses memory again', () => {
  const chain = Array.from({ length: 100 }, (_, value) => ({
    value,
    size: 1000,
    from: value,
    to: value + 1,
    fixed: false,
  }));
  expect(planMemory(chain).bytes).toBe(WORDS_END + 2 * bytesFor(1000));
});

it('leaves room for vectors that reach past the end', () => {
  for (const size of [0, 1, 3, 4, 7, 8, 9]) {
    expect(bytesFor(size)).toBeGreaterThanOrEqual(4 * size + 16);
    expect(bytesFor(size) % 16).toBe(0);
  }
});
