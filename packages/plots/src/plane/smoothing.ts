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

/**
 * Thins a long line to the lowest and highest point of each stretch, so that spikes stay and the figure is
 * small. A stretch without any number stays a gap.
 *
 * @param points `[x, y]`, at increasing x
 * @param most points to keep, about
 */
export function keepExtremes(points: readonly [number, number][], most = 2000): [number, number][] {
  if (points.length <= most) return [...points];
  const stretch = Math.ceil((2 * points.length) / most);
  const kept: [number, number][] = [];
  for (let start = 0; start < points.length; start += stretch) {
    let [low, high] = [-1, -1];
    for (let n = start; n < Math.min(start + stretch, points.length); n++) {
      if (!Number.isFinite(points[n][1])) continue;
      if (low < 0 || points[n][1] < points[low][1]) low = n;
      if (high < 0 || points[n][1] > points[high][1]) high = n;
    }
    if (low < 0) kept.push([points[start][0], NaN]);
    else if (low === high) kept.push(points[low]);
    else kept.push(points[Math.min(low, high)], points[Math.max(low, high)]);
  }
  return kept;
}
