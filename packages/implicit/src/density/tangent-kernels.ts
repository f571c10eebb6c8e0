/**
 * Gaussians on a manifold around given centres: a Gaussian in the tangent space of a centre, carried to the manifold
 * along the normals of the centre. All in float64 on the host.
 */
export interface TangentKernels {
  readonly ambientDimension: number;
  /** `[count, n]`, sorted by their coordinate `axis`. */
  readonly centres: Float64Array;
  /** Orthonormal normals of the manifold at each centre, `[count, k, n]`. */
  readonly normals: Float64Array;
  readonly codimension: number;
  readonly axis: number;
}

/** Orthonormal bases of the rows of Jacobians `[count, k, n]`, by Gram and Schmidt; NaN where rows are dependent. */
export function orthonormalRows(jacobians: ArrayLike<number>, k: number, n: number): Float64Array {
  const rows = Float64Array.from(jacobians);
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let d = 0; d < n; d++) sum += rows[a + d] * rows[b + d];
    return sum;
  };
  for (let start = 0; start < rows.length; start += k * n)
    for (let i = 0; i < k; i++) {
      const row = start + i * n;
      for (let j = 0; j < i; j++) {
        const other = start + j * n;
        const share = dot(row, other);
        for (let d = 0; d < n; d++) rows[row + d] -= share * rows[other + d];
      }
      const length = Math.sqrt(dot(row, row));
      for (let d = 0; d < n; d++) rows[row + d] /= length;
    }
  return rows;
}

/** Sorts centres along the axis in which they spread most, so that near ones are found fast. */
export function tangentKernels(
  points: ArrayLike<number>,
  normals: Float64Array,
  n: number,
  k: number,
): TangentKernels {
  const count = points.length / n;
  let axis = 0;
  let widest = -1;
  for (let d = 0; d < n; d++) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = 0; i < count; i++) {
      low = Math.min(low, points[i * n + d]);
      high = Math.max(high, points[i * n + d]);
    }
    if (high - low > widest) [axis, widest] = [d, high - low];
  }
  const order = Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => points[a * n + axis] - points[b * n + axis],
  );
  const centres = new Float64Array(count * n);
  const sorted = new Float64Array(count * n * k);
  order.forEach((from, to) => {
    for (let d = 0; d < n; d++) centres[to * n + d] = points[from * n + d];
    sorted.set(normals.subarray(from * k * n, (from + 1) * k * n), to * k * n);
  });
  return { ambientDimension: n, centres, normals: sorted, codimension: k, axis };
}

/** Standard deviations beyond which a kernel counts as zero: exp(-18) of its peak. */
const REACH = 6;

/**
 * The mean over the centres of the kernels' densities with respect to area. A point x at offset d of a centre
 * lies over the tangent vector u, the tangent part of d; its density is `N(u; scale^2)` times the factor by which the
 * projection to the tangent space shrinks area, `|det N(x) N(c)^T|` of orthonormal normals. A point farther along the
 * normals than along the tangent space is of another branch of the manifold, which the kernel does not reach.
 *
 * @param points `[count, n]`
 * @param normals at the points, `[count, k, n]`
 */
export function kernelDensity(
  kernels: TangentKernels,
  scale: number,
  points: ArrayLike<number>,
  normals: Float64Array,
): Float64Array {
  const { ambientDimension: n, codimension: k, centres, axis } = kernels;
  const centreCount = centres.length / n;
  const count = points.length / n;
  const density = new Float64Array(count);
  const offset = new Float64Array(n);
  const peak = (2 * Math.PI * scale * scale) ** ((k - n) / 2) / centreCount;
  const reach = REACH * scale * Math.SQRT2;
  for (let i = 0; i < count; i++) {
    const at = points[i * n + axis];
    for (let c = firstAbove(kernels, at - reach); c < centreCount; c++) {
      if (centres[c * n + axis] > at + reach) break;
      let square = 0;
      for (let d = 0; d < n; d++) {
        offset[d] = points[i * n + d] - centres[c * n + d];
        square += offset[d] * offset[d];
      }
      if (square > reach * reach) continue;
      const along = alongNormals(kernels, c, offset);
      if (isOtherBranch(square, along)) continue;
      const value = peak * Math.exp((along - square) / (2 * scale * scale));
      density[i] += value * cosine(kernels, c, normals, i);
    }
  }
  return density;
}

/** Whether an offset of square length `square`, `along` of it along the normals, is out of the reach of a kernel. */
export const isOtherBranch = (square: number, along: number): boolean => 2 * along > square;

/** The first centre whose coordinate is at least `value`. */
function firstAbove({ centres, axis, ambientDimension: n }: TangentKernels, value: number): number {
  let [low, high] = [0, centres.length / n];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (centres[middle * n + axis] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Square of the length of the normal part of an offset from centre c. */
export function alongNormals(
  {
    normals,
    codimension: k,
    ambientDimension: n,
  }: Pick<TangentKernels, 'normals' | 'codimension' | 'ambientDimension'>,
  c: number,
  offset: Float64Array,
): number {
  let sum = 0;
  for (let r = 0; r < k; r++) {
    let dot = 0;
    for (let d = 0; d < n; d++) dot += normals[(c * k + r) * n + d] * offset[d];
    sum += dot * dot;
  }
  return sum;
}

/** `|det N(x_i) N(c)^T|`. */
function cosine(kernels: TangentKernels, c: number, normals: Float64Array, i: number): number {
  const { codimension: k, ambientDimension: n } = kernels;
  if (k === 1) {
    let dot = 0;
    for (let d = 0; d < n; d++) dot += normals[i * n + d] * kernels.normals[c * n + d];
    return Math.abs(dot);
  }
  const product = new Float64Array(k * k);
  for (let r = 0; r < k; r++)
    for (let s = 0; s < k; s++)
      for (let d = 0; d < n; d++)
        product[r * k + s] += normals[(i * k + r) * n + d] * kernels.normals[(c * k + s) * n + d];
  return Math.abs(determinant(product, k));
}

/** By elimination with pivoting; destroys the matrix. */
function determinant(a: Float64Array, k: number): number {
  let result = 1;
  for (let i = 0; i < k; i++) {
    let pivot = i;
    for (let r = i + 1; r < k; r++) if (Math.abs(a[r * k + i]) > Math.abs(a[pivot * k + i])) pivot = r;
    if (a[pivot * k + i] === 0) return 0;
    if (pivot !== i) {
      for (let d = 0; d < k; d++) [a[i * k + d], a[pivot * k + d]] = [a[pivot * k + d], a[i * k + d]];
      result = -result;
    }
    result *= a[i * k + i];
    for (let r = i + 1; r < k; r++) {
      const factor = a[r * k + i] / a[i * k + i];
      for (let d = i; d < k; d++) a[r * k + d] -= factor * a[i * k + d];
    }
  }
  return result;
}
