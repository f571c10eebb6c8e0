/**
 * Inverse of the standard normal distribution function, by the rational approximation of Acklam: relative error
 * below 1.2e-9, far below the noise of ranks.
 */
export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  ];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const horner = (coefficients: readonly number[], x: number) =>
    coefficients.reduce((sum, value) => sum * x + value, 0);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return horner(c, q) / (horner(d, q) * q + 1);
  }
  if (p > 1 - 0.02425) return -normalQuantile(1 - p);
  const q = p - 0.5;
  const r = q * q;
  return (horner(a, r) * q) / (horner(b, r) * r + 1);
}

/**
 * Normal scores of pooled ranks (Blom: (rank - 3/8) / (S + 1/4)), ties by their average rank: makes diagnostics of
 * chains independent of moments that may not exist.
 */
export function rankNormalise(chains: readonly Float64Array[]): Float64Array[] {
  const pooled = chains.flatMap((chain, c) => Array.from(chain, (value, i) => ({ value, c, i })));
  pooled.sort((x, y) => x.value - y.value);
  const result = chains.map((chain) => new Float64Array(chain.length));
  for (let start = 0; start < pooled.length;) {
    let end = start;
    while (end < pooled.length && pooled[end].value === pooled[start].value) end++;
    const rank = (start + 1 + end) / 2;
    const score = normalQuantile((rank - 0.375) / (pooled.length + 0.25));
    for (; start < end; start++) result[pooled[start].c][pooled[start].i] = score;
  }
  return result;
}
