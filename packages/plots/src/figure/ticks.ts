/**
 * Round numbers that divide a range: multiples of 1, 2 or 5 times a power of ten.
 *
 * @param count about how many
 */
export function niceTicks(low: number, high: number, count = 5): number[] {
  if (!(high > low) || !Number.isFinite(high - low)) return [low];
  const raw = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  // The factor that is nearest in proportion: 1.41 lies between 1 and 2, and so on.
  const factor = [10, 5, 2].find((_, n) => raw / power >= [7.07, 3.16, 1.41][n]) ?? 1;
  const step = factor * power;
  const slack = step * 1e-9;
  const ticks: number[] = [];
  for (let n = Math.ceil((low - slack) / step); n * step <= high + slack; n++) {
    // Twelve digits keep 0.3 from becoming 0.30000000000000004; adding 0 turns -0 into 0.
    ticks.push(Number((n * step).toPrecision(12)) + 0);
  }
  return ticks;
}

/** Labels for ticks with as many decimals as they need and a true minus sign. */
export function formatTicks(ticks: readonly number[]): string[] {
  const largest = Math.max(...ticks.map(Math.abs), 0);
  if (largest !== 0 && (largest >= 1e5 || largest < 1e-3)) {
    return ticks.map((tick) => (tick === 0 ? '0' : minus(trimExponent(tick))));
  }
  const decimals = Math.max(...ticks.map((tick) => decimalsOf(tick)), 0);
  return ticks.map((tick) => minus(tick.toFixed(decimals)));
}

function decimalsOf(value: number): number {
  for (let d = 0; d < 6; d++) if (Math.abs(Number(value.toFixed(d)) - value) < 1e-9) return d;
  return 6;
}

function trimExponent(value: number): string {
  return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
}

function minus(text: string): string {
  return text.replace('-', '−');
}
