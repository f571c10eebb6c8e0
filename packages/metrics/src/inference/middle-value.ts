/** Median, the mean of the two middle values of an even number. Changes the order of the values; linear time. */
export function middleValue(values: Float64Array): number {
  const half = Math.floor(values.length / 2);
  const upper = select(values, half);
  if (values.length % 2 === 1) return upper;
  let lower = -Infinity;
  for (let i = 0; i < half; i++) lower = Math.max(lower, values[i]);
  return (lower + upper) / 2;
}

/** The value of the given rank; what is smaller comes before it. */
function select(values: Float64Array, rank: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      [values[i], values[j]] = [values[j], values[i]];
      i++;
      j--;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank];
}
