import { foldIn, uniformArray, type Key } from '@ebim/runtime';
import { besselI0Scaled } from './bessel.js';
import { requireCount, requireOption } from './distribution.js';

const where = 'vonMises({ concentration })';

/** Checks a concentration. @throws ConfigError `bad-option` unless a finite number >= 0 */
const requireConcentration = (concentration: number): void =>
  requireOption(concentration >= 0 && concentration < Infinity, where, 'a finite number >= 0', concentration);

/**
 * Log density of the von Mises distribution per radian:
 * `kappa cos(theta - mean) - log(2 pi I0(kappa))`.
 *
 * @throws ConfigError `bad-option`
 */
export function vonMisesLogDensity(theta: number, mean: number, concentration: number): number {
  requireConcentration(concentration);
  // kappa (cos - 1) and the scaled Bessel function keep a large kappa from overflowing.
  const half = Math.sin((theta - mean) / 2);
  return -2 * concentration * half * half - Math.log(2 * Math.PI * besselI0Scaled(concentration));
}

/**
 * Angles from the von Mises distribution, by the rejection of Best and Fisher (1979), "Efficient simulation of the von
 * Mises distribution", whose acceptance is at least 0.65 at every concentration.
 *
 * @param mean of each angle: one number, or `count` of them
 * @param concentration kappa >= 0: one number, or `count` of them
 * @returns `[count]` radians in [-pi, pi]
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 * import { sampleVonMises } from '@ebim/datasets';
 * const angles = sampleVonMises(key(0), 1000, 0, 2);
 * console.log(angles.reduce((sum, t) => sum + Math.cos(t), 0) / 1000); // about I1(2)/I0(2) = 0.698
 * ```
 */
export function sampleVonMises(
  key: Key,
  count: number,
  mean: number | Float64Array = 0,
  concentration: number | Float64Array = 1,
): Float64Array {
  requireCount('sampleVonMises(key, count)', count);
  const kappaOf = (i: number): number =>
    typeof concentration === 'number' ? concentration : concentration[i];
  const meanOf = (i: number): number => (typeof mean === 'number' ? mean : mean[i]);
  const angles = new Float64Array(count);
  const excess = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    requireConcentration(kappaOf(i));
    requireOption(Number.isFinite(meanOf(i)), 'vonMises({ mean })', 'a finite number of radians', meanOf(i));
    excess[i] = proposalExcess(kappaOf(i));
  }
  let pending = Uint32Array.from({ length: count }, (_, i) => i);
  for (let round = 0; pending.length > 0; round++) {
    const draws = uniformArray(foldIn(key, round), 3 * pending.length);
    pending = pending.filter((i, at) => {
      const offset = propose(kappaOf(i), excess[i], draws, 3 * at);
      if (Number.isNaN(offset)) return true;
      angles[i] = wrap(meanOf(i) + offset);
      return false;
    });
  }
  return angles;
}

/** `r - 1`, where `r = (1 + rho^2) / (2 rho)` is the parameter of Best and Fisher's wrapped Cauchy envelope. */
function proposalExcess(kappa: number): number {
  // For a small kappa the formula for rho cancels completely; r = 1/kappa + kappa to second order.
  if (kappa < 1e-5) return 1 / kappa + kappa - 1;
  const tau = 1 + Math.sqrt(1 + 4 * kappa * kappa);
  const rho = (tau - Math.sqrt(2 * tau)) / (2 * kappa);
  return (1 - rho) ** 2 / (2 * rho);
}

/** One proposal: the accepted angle, or NaN. `excess` = r - 1. */
function propose(kappa: number, excess: number, draws: Float64Array, at: number): number {
  const [u1, u2, u3] = [draws[at], draws[at + 1], draws[at + 2]];
  // Below the resolution of float64 the density is flat (and 1/kappa would overflow).
  if (kappa < 1e-16) return Math.PI * (2 * u1 - 1);
  const z = Math.cos(Math.PI * u1);
  // 1 - f rather than f = (1 + r z) / (r + z): acos(f) would lose half of the digits of small angles.
  const oneMinusF = (excess * (1 - z)) / (1 + excess + z);
  const c = kappa * (excess + oneMinusF);
  const accepted = c * (2 - c) - u2 > 0 || Math.log(c / u2) + 1 - c >= 0;
  if (!accepted) return NaN;
  const angle = 2 * Math.asin(Math.min(1, Math.sqrt(oneMinusF / 2)));
  return u3 < 0.5 ? -angle : angle;
}

/** To [-pi, pi]. */
const wrap = (angle: number): number =>
  Math.abs(angle) <= Math.PI ? angle : angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
