/** Energy and momentum (e, px, py, pz) in GeV. */
export type FourMomentum = readonly [e: number, px: number, py: number, pz: number];

/** Transverse momentum, GeV. */
export const transverse = ([, px, py]: FourMomentum): number => Math.hypot(px, py);

/** Pseudorapidity; the same as `-ln tan(angle / 2)`, without its cancellation along the beam. */
export const pseudorapidity = (p: FourMomentum): number => Math.asinh(p[3] / transverse(p));

/** From transverse momentum, pseudorapidity, azimuth and mass. */
export function fourMomentum(pt: number, eta: number, phi: number, mass = 0): FourMomentum {
  const [px, py, pz] = [pt * Math.cos(phi), pt * Math.sin(phi), pt * Math.sinh(eta)];
  return [Math.hypot(px, py, pz, mass), px, py, pz];
}

/**
 * Writes the 40 features of two photons and two jets: each pair is ordered by falling transverse momentum, and all that
 * follows from the four momenta is computed from them.
 */
export function writeFeatures(
  photons: readonly [FourMomentum, FourMomentum],
  jets: readonly [FourMomentum, FourMomentum],
  out: Float64Array,
): void {
  const pairs = [ordered(photons), ordered(jets)];
  pairs.flat().forEach((p, k) => out.set([...p, transverse(p), pseudorapidity(p)], 6 * k));
  pairs.forEach(([p, q], k) => {
    const sum: FourMomentum = [p[0] + q[0], p[1] + q[1], p[2] + q[2], p[3] + q[3]];
    const squared = sum[0] ** 2 - sum[1] ** 2 - sum[2] ** 2 - sum[3] ** 2;
    const mass = Math.sqrt(Math.max(0, squared));
    const difference = pseudorapidity(p) - pseudorapidity(q);
    out.set([...sum, transverse(sum), mass, pseudorapidity(sum), difference], 24 + 8 * k);
  });
}

const ordered = ([p, q]: readonly [FourMomentum, FourMomentum]): [FourMomentum, FourMomentum] =>
  transverse(p) >= transverse(q) ? [p, q] : [q, p];
