import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elbow, type ErrorAt } from './elbow.js';

const errors = (...pairs: readonly (readonly [number, number])[]): ErrorAt[] =>
  pairs.map(([dimension, error]) => ({ dimension, error }));

describe('elbow', () => {
  it('is where errors stop to fall', () => {
    expect(elbow(errors([0, 1], [1, 0.6], [2, 0.3], [3, 0.02], [4, 0.016], [5, 0.01]))).toBe(3);
    expect(elbow(errors([0, 3], [1, 0.7], [2, 0.003]))).toBe(2);
    expect(elbow(errors([0, 3], [1, 0.003], [2, 0.002]))).toBe(1);
  });

  it('counts the fall per dimension where some were left out', () => {
    // From 10 to 14 more than from 14 to 15, but less per dimension.
    expect(elbow(errors([0, 1], [10, 0.5], [14, 0.2], [15, 0.1], [16, 0.1]))).toBe(15);
  });

  it('does not depend on the units of the errors', () => {
    const falling = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(falling, (values) => {
        const at = (unit: number) => elbow(values.map((value, i) => ({ dimension: i, error: unit * value })));
        expect(at(8)).toBe(at(1));
      }),
      { seed: 1 },
    );
  });

  it('chooses nothing from nothing, or from errors that are none', () => {
    expect(elbow([])).toBeNull();
    expect(elbow(errors([0, 1]))).toBeNull();
    for (const bad of [0, NaN, Infinity, -1]) expect(elbow(errors([0, 1], [1, bad]))).toBeNull();
  });
});
