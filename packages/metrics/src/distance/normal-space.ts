/** Orthonormal basis of the row space of a Jacobian J [k, n] (the normal space), with J^T = Q R. */
export interface NormalSpace {
  /** k orthonormal vectors of length n, row after row. */
  readonly basis: Float64Array;
  /** Upper triangular [k, k], row-major. */
  readonly triangle: Float64Array;
  readonly codimension: number;
  readonly dimension: number;
  /** Smallest over largest diagonal entry: 0 where J loses rank. */
  readonly conditioning: number;
}

/** Product of `a` with the part of `b` that starts at `offset`. */
export const dot = (a: ArrayLike<number>, b: ArrayLike<number>, offset = 0): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[offset + i];
  return sum;
};

/** Euclidean length. */
export const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/** Gram-Schmidt with one repetition, which is orthogonal to rounding. */
export function normalSpace(jacobian: Float64Array, dimension: number): NormalSpace {
  const codimension = jacobian.length / dimension;
  const basis = Float64Array.from(jacobian);
  const triangle = new Float64Array(codimension * codimension);
  let smallest = Infinity;
  let largest = 0;
  for (let i = 0; i < codimension; i++) {
    const row = basis.subarray(i * dimension, (i + 1) * dimension);
    for (let pass = 0; pass < 2; pass++) {
      for (let l = 0; l < i; l++) {
        const along = dot(row, basis, l * dimension);
        triangle[l * codimension + i] += along;
        for (let d = 0; d < dimension; d++) row[d] -= along * basis[l * dimension + d];
      }
    }
    const length = norm(row);
    triangle[i * codimension + i] = length;
    if (length > 0) for (let d = 0; d < dimension; d++) row[d] /= length;
    smallest = Math.min(smallest, length);
    largest = Math.max(largest, length);
  }
  return { basis, triangle, codimension, dimension, conditioning: largest > 0 ? smallest / largest : 0 };
}

/** Smallest step d with J d = -value: one Newton step to the manifold. */
export function stepToManifold(space: NormalSpace, value: Float64Array): Float64Array {
  const { basis, triangle, codimension, dimension } = space;
  const weights = new Float64Array(codimension);
  for (let i = 0; i < codimension; i++) {
    let rest = -value[i];
    for (let l = 0; l < i; l++) rest -= triangle[l * codimension + i] * weights[l];
    weights[i] = rest / triangle[i * codimension + i];
  }
  const step = new Float64Array(dimension);
  for (let i = 0; i < codimension; i++) {
    for (let d = 0; d < dimension; d++) step[d] += weights[i] * basis[i * dimension + d];
  }
  return step;
}

/** Least-squares multipliers: the y that minimises |g + J^T y|. */
export function multipliers(space: NormalSpace, g: Float64Array): Float64Array {
  const { basis, triangle, codimension, dimension } = space;
  const y = new Float64Array(codimension);
  for (let i = codimension - 1; i >= 0; i--) {
    let rest = -dot(g, basis, i * dimension);
    for (let l = i + 1; l < codimension; l++) rest -= triangle[i * codimension + l] * y[l];
    y[i] = rest / triangle[i * codimension + i];
  }
  return y;
}

/** Orthogonal projection of `vector` onto the tangent space. */
export function tangentPart(space: NormalSpace, vector: Float64Array): Float64Array {
  const { basis, codimension, dimension } = space;
  const result = Float64Array.from(vector);
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < codimension; i++) {
      const along = dot(result, basis, i * dimension);
      for (let d = 0; d < dimension; d++) result[d] -= along * basis[i * dimension + d];
    }
  }
  return result;
}
