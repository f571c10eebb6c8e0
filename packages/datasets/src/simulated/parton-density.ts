/** One hidden variable: its density without the amplitude, p_0, and how it is drawn. */
export interface PartonVariable {
  readonly name: string;
  readonly logDensity: (value: number) => number;
  /** Uniform numbers of a draw. */
  readonly uniforms: number;
  /** `hard`: from the density times the excess momentum, which only differs for momenta. */
  readonly draw: (uniforms: Float64Array, hard: boolean) => number;
}

/** Least transverse momentum of a quark, and the scale of what it has above that, GeV. */
const THRESHOLD = 20;
const SCALE = 55;

/** Strength of the operators. */
const STRENGTH = 0.25;

/** Square of the part of the amplitude that does not interfere, beside the part that does. */
const NOT_INTERFERING = 0.5;

/**
 * Mean of `|M|^2 - 1` under p_0 for `|theta| = 1`: the azimuthal mean of both parts, times the mean of q^2, which is that
 * of two excess momenta in units of their scale, 2 each.
 */
const MEAN_GROWTH = STRENGTH * STRENGTH * 4 * (0.5 + NOT_INTERFERING);

/** Excess over the threshold: Gamma(2), times itself Gamma(3): the sum of as many exponential variables. */
const momentum = (name: string): PartonVariable => ({
  name,
  uniforms: 3,
  logDensity: (pt) => {
    const excess = (pt - THRESHOLD) / SCALE;
    return excess > 0 ? Math.log(excess) - excess - Math.log(SCALE) : -Infinity;
  },
  draw: ([a, b, c], hard) => THRESHOLD - SCALE * Math.log((1 - a) * (1 - b) * (hard ? 1 - c : 1)),
});

/** Sum of two uniform variables, scaled to [low, high]. */
const triangular = (name: string, low: number, high: number): PartonVariable => {
  const half = (high - low) / 2;
  return {
    name,
    uniforms: 2,
    logDensity: (value) => Math.log(Math.max(0, 1 - Math.abs(value - low - half) / half) / half),
    draw: ([a, b]) => low + half * (a + b),
  };
};

const flat = (name: string, low: number, high: number): PartonVariable => ({
  name,
  uniforms: 1,
  logDensity: (value) => (value >= low && value <= high ? -Math.log(high - low) : -Infinity),
  draw: ([u]) => low + u * (high - low),
});

/**
 * The hidden variables, independent under p_0: transverse momenta of the forward and the backward quark, azimuth of the
 * forward one and how far it is ahead of the backward one, mean and difference of their pseudorapidities, rapidity of the
 * Higgs boson relative to that mean, and direction of a photon where the Higgs boson rests.
 */
export const PARTONS: readonly PartonVariable[] = [
  momentum('pt_forward (GeV)'),
  momentum('pt_backward (GeV)'),
  flat('phi_forward', -Math.PI, Math.PI),
  flat('delta_phi', -Math.PI, Math.PI),
  triangular('eta_mean', -1.5, 1.5),
  triangular('delta_eta', 0.8, 6),
  triangular('y_higgs', -1.5, 1.5),
  flat('cos_decay', -1, 1),
  flat('phi_decay', -Math.PI, Math.PI),
];

/** The squared amplitude of one event at theta, and what follows from it. */
export interface Amplitude {
  /** `p(z | theta) = p_0(z) squared / total` */
  readonly squared: number;
  readonly total: number;
  /** Gradient of `log p(z | theta)` in theta. */
  readonly score: readonly [number, number];
  /** At least `squared`: `2 + 2.5 s^2 q^2 |theta|^2`. */
  readonly bound: number;
}

/** Mean of `s^2 q^2 |theta|^2` under p_0, by which the total exceeds 1. */
export const meanGrowth = (theta: ArrayLike<number>): number =>
  MEAN_GROWTH * (theta[0] * theta[0] + theta[1] * theta[1]);

/**
 * `|M|^2 = (1 + s q (theta_0 cos delta_phi + theta_1 sin delta_phi))^2 + s^2 q^2 |theta|^2 / 2`, where q^2 is the product
 * of the momenta above threshold: both operators grow with momentum; the CP-even one interferes as the cosine and the
 * CP-odd one as the sine of the signed azimuthal difference; the rest stands for helicities that do not interfere and
 * keeps the density away from 0, so that scores are bounded. The azimuthal mean is `1 + s^2 q^2 |theta|^2`, hence the
 * total is exact.
 */
export function amplitude(z: ArrayLike<number>, theta: ArrayLike<number>): Amplitude {
  const squaredGrowth = (Math.max(0, z[0] - THRESHOLD) * Math.max(0, z[1] - THRESHOLD)) / (SCALE * SCALE);
  const a = STRENGTH * Math.sqrt(squaredGrowth);
  const [cosine, sine] = [Math.cos(z[3]), Math.sin(z[3])];
  const size = theta[0] * theta[0] + theta[1] * theta[1];
  const interfering = 1 + a * (theta[0] * cosine + theta[1] * sine);
  const squared = interfering * interfering + NOT_INTERFERING * a * a * size;
  const total = 1 + meanGrowth(theta);
  const score = (t: number, angular: number): number =>
    (2 * interfering * a * angular + 2 * NOT_INTERFERING * a * a * t) / squared -
    (2 * MEAN_GROWTH * t) / total;
  return {
    squared,
    total,
    score: [score(theta[0], cosine), score(theta[1], sine)],
    bound: 2 + (2 + NOT_INTERFERING) * a * a * size,
  };
}
