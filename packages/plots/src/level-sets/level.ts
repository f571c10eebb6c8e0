/** Where to cut a function, and whether it crosses zero there. */
export interface ZeroLevel {
  /** 0, or the level to use instead of it. */
  readonly level: number;
  /** False when the values do not change sign, so that `level` is a stand-in. */
  readonly crosses: boolean;
}

/** Options of {@link zeroLevel}. */
export interface ZeroLevelOptions {
  /** Stand-in for 0, as distance to it. Default 0.01, which the reference implementation always uses (D28). */
  readonly fallback?: number;
}

/**
 * The level at which a learned function is cut: 0 where it changes sign. A function that only touches zero
 * (a norm, a square) is cut slightly beside it; when even that level is out of reach, one hundredth of the
 * way through its sorted values, so that a picture shows where it is smallest in magnitude.
 *
 * @param values finite values of the function on a grid
 */
export function zeroLevel(values: ArrayLike<number>, options: ZeroLevelOptions = {}): ZeroLevel {
  const { fallback = 0.01 } = options;
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low < 0 && high >= 0) return { level: 0, crosses: true };
  const sign = low >= 0 ? 1 : -1;
  if (sign > 0 ? low < fallback && high >= fallback : high > -fallback && low < -fallback) {
    return { level: sign * fallback, crosses: false };
  }
  const magnitudes = Float64Array.from(values, Math.abs).sort();
  return {
    level: sign * (magnitudes[Math.max(1, Math.floor(magnitudes.length / 100))] ?? 0),
    crosses: false,
  };
}
