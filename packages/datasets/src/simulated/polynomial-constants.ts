/** What defines a polynomial surface. */
export interface PolynomialSurfaceConstants {
  /** Coefficients of z0^i z1^j by total degree 0 … 5, inside a degree by falling i, `[21]`. */
  readonly coefficients: readonly number[];
  /** Rotation of (z0, z1, height) into space, row-major `[9]`. */
  readonly rotation: readonly number[];
}

/** Exponents (i, j) of z0^i z1^j in the order of the coefficients. */
export const MONOMIALS: readonly (readonly [i: number, j: number])[] = Array.from(
  { length: 6 },
  (_, degree) => Array.from({ length: degree + 1 }, (__, j) => [degree - j, j] as const),
).flat();

/**
 * The surface of the M-flow paper: the numbers of `experiments/data/samples/power/manifold.npz` in
 * johannbrehmer/manifold-flow at commit b201b3837b7ce92588e89292c86ca9e988e31c10 (MIT licence, Copyright (c) 2020 Johann
 * Brehmer and Kyle Cranmer), in full double precision.
 */
export const PUBLISHED_SURFACE: PolynomialSurfaceConstants = {
  coefficients: [
    -1.2168586603514988, 1.5222185058080313, -1.2137184774523713, 0.056508287792492326, -0.023891580117654843,
    -0.04667900863500347, -0.05568486624474405, -0.007674946358297077, -0.05717928991876596,
    -0.05169484232009674, 0.01371356976614217, 0.0001957832101733702, -0.007085684741511887,
    -0.0066261159038441386, 0.0033305025718645487, -0.008323193992394515, -0.010951862645717694,
    0.004081067860220057, -0.004647779681845426, -0.008806008204852736, 0.012115704379651746,
  ],
  rotation: [
    0.9738872159123575, -0.22686056735015556, -0.008830269760482467, 0.2270319382053587, 0.9730738938817304,
    0.03979567916953876, -0.0004355653746274851, -0.04076125645036201, 0.9991688196973484,
  ],
};
