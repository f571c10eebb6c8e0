import { describe, expect, it } from 'vitest';
import { zeroLevel } from './level.js';

describe('zeroLevel', () => {
  it('is zero where the values change sign', () => {
    expect(zeroLevel([-1, 2])).toEqual({ level: 0, crosses: true });
    expect(zeroLevel([-1, 0])).toEqual({ level: 0, crosses: true });
  });

  it('falls back to a small level on the side of the values', () => {
    expect(zeroLevel([0.001, 0.5, 2])).toEqual({ level: 0.01, crosses: false });
    expect(zeroLevel([0, 0.5, 2])).toEqual({ level: 0.01, crosses: false });
    expect(zeroLevel([-0.001, -3])).toEqual({ level: -0.01, crosses: false });
    expect(zeroLevel([0.001, 1], { fallback: 0.2 })).toEqual({ level: 0.2, crosses: false });
  });

  it('goes to the smallest magnitudes when even that is out of reach', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => 5 + i);
    const { level, crosses } = zeroLevel(values);
    expect(level).toBe(15);
    expect(crosses).toBe(false);
    expect(zeroLevel(values.map((v) => -v)).level).toBe(-15);
    // All within the fallback: it must still separate something.
    expect(zeroLevel([0.001, 0.002, 0.003]).level).toBe(0.002);
  });
});
