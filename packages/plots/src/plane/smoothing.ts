/**
 * Centred running mean that ignores what is not a number and narrows at the ends, so that no value is
 * shifted in time.
 *
 * @param window values per mean, made odd
 */
export function runningMean(values: ArrayLike<number>, window: number): Float64Array {
  const reach = Math.floor(Math.max(window, 1) / 2);
  return Float64Array.from({ length: values.length }, (_, i) => {
    const half = Math.min(reach, i, values.length - 1 - i);
    let sum = 0;
    let count = 0;
    for (let j = i - half; j <= i + half; j++) {
      if (!Number.isFinite(values[j])) continue;
      sum += values[j];
      count++;
    }
    return count > 0 ? sum / count : NaN;
  });
}
