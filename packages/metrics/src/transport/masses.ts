import { ConfigError, DataError } from '@ebim/runtime';

/**
 * Total of all whole-number masses. Sums of such numbers below 2^53 are exact in float64, which makes every flow of
 * the simplex exact and ties decidable; a mass is moved by at most 1.5 units, that is 1.4e-15 of the total.
 */
export const wholeTotal = 2 ** 50;

/** A measure in whole numbers, without its empty places. */
export interface WholeMasses {
  /** Positive whole numbers with sum {@link wholeTotal}. */
  readonly masses: Float64Array;
  /** Where each of them stood. */
  readonly places: Int32Array;
}

/**
 * Sum of a measure, checked.
 *
 * @throws DataError when it is empty, has a negative or non-finite mass, or has no mass at all
 */
export function totalMass(masses: ArrayLike<number>, where: string): number {
  if (masses.length === 0) {
    throw new DataError({ code: 'empty-measure', where, expected: 'at least one mass', received: 'none' });
  }
  let total = 0;
  for (let i = 0; i < masses.length; i++) {
    const mass = masses[i];
    if (!(mass >= 0 && mass < Infinity)) {
      const code = mass < 0 ? 'negative-mass' : 'mass-not-finite';
      const received = `${mass} at index ${i}`;
      throw new DataError({ code, where, expected: 'masses >= 0', received, details: { index: i } });
    }
    total += mass;
  }
  if (!(total > 0 && total < Infinity)) {
    throw new DataError({
      code: 'empty-measure',
      where,
      expected: 'a positive finite total mass',
      received: String(total),
    });
  }
  return total;
}

/**
 * Checks that two totals agree.
 *
 * @throws DataError when they differ by more than `tolerance`, relative to the larger
 * @throws ConfigError when the tolerance is no number >= 0
 */
export function checkBalance(a: number, b: number, tolerance: number, where: string): void {
  if (!(tolerance >= 0)) {
    throw new ConfigError({
      code: 'invalid-option',
      where: `${where}: balanceTolerance`,
      expected: 'a number >= 0',
      received: String(tolerance),
    });
  }
  if (Math.abs(a - b) <= tolerance * Math.max(a, b)) return;
  throw new DataError({
    code: 'unbalanced-masses',
    where,
    expected: 'two measures of the same total mass',
    received: `totals ${a} and ${b}`,
    hint: 'Pass normalise: true to compare them as probability measures.',
    details: { totals: [a, b] },
  });
}

/** Rounds a measure to whole numbers that add up to {@link wholeTotal} exactly. */
export function toWholeMasses(masses: ArrayLike<number>, total: number): WholeMasses {
  const places: number[] = [];
  const whole: number[] = [];
  let sum = 0;
  for (let i = 0; i < masses.length; i++) {
    const rounded = Math.round((masses[i] / total) * wholeTotal);
    if (rounded === 0) continue;
    places.push(i);
    whole.push(rounded);
    sum += rounded;
  }
  // Each rounding is off by less than one unit, so one more pass of single units balances the sum; the loop
  // repeats only where few masses are large enough to give.
  let missing = wholeTotal - sum;
  while (missing !== 0) {
    const unit = Math.sign(missing);
    for (let k = 0; k < whole.length && missing !== 0; k++) {
      if (whole[k] + unit < 1) continue;
      whole[k] += unit;
      missing -= unit;
    }
  }
  return { masses: Float64Array.from(whole), places: Int32Array.from(places) };
}
