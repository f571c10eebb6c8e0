import { MONOMIALS } from './polynomial-constants.js';

/** Height, gradient and second derivatives at one z. */
export interface Height {
  readonly value: number;
  readonly gradient: readonly [number, number];
  /** (00, 01, 11) */
  readonly hessian: readonly [number, number, number];
}

const DAMPING = 0.1;

/**
 * `f(z) = exp(-0.1 |z|^2) sum a_ij z0^i z1^j` with its derivatives. The paper prints `|z|` in the exponent; the code
 * behind its results squares it.
 */
export function heightOf(coefficients: readonly number[], z0: number, z1: number): Height {
  let [p, p0, p1, p00, p01, p11] = [0, 0, 0, 0, 0, 0];
  const x = powers(z0);
  const y = powers(z1);
  for (let k = 0; k < MONOMIALS.length; k++) {
    const a = coefficients[k];
    const [i, j] = MONOMIALS[k];
    p += a * x[i] * y[j];
    if (i > 0) p0 += a * i * x[i - 1] * y[j];
    if (j > 0) p1 += a * j * x[i] * y[j - 1];
    if (i > 1) p00 += a * i * (i - 1) * x[i - 2] * y[j];
    if (i > 0 && j > 0) p01 += a * i * j * x[i - 1] * y[j - 1];
    if (j > 1) p11 += a * j * (j - 1) * x[i] * y[j - 2];
  }
  const e = Math.exp(-DAMPING * (z0 * z0 + z1 * z1));
  const [d0, d1] = [-2 * DAMPING * z0, -2 * DAMPING * z1];
  return {
    value: e * p,
    gradient: [e * (p0 + d0 * p), e * (p1 + d1 * p)],
    hessian: [
      e * (p00 + 2 * d0 * p0 + (d0 * d0 - 2 * DAMPING) * p),
      e * (p01 + d0 * p1 + d1 * p0 + d0 * d1 * p),
      e * (p11 + 2 * d1 * p1 + (d1 * d1 - 2 * DAMPING) * p),
    ],
  };
}

const powers = (z: number): readonly number[] => [1, z, z * z, z ** 3, z ** 4, z ** 5];
