/** The derivative at 0 of a function of one variable, estimated from noisy values. */
export interface LineDerivative {
  readonly value: number;
  /** How far the true derivative may be from it. */
  readonly uncertainty: number;
}

/** Values g(-h), g(h) of a function at a step h. */
export interface SymmetricSample {
  readonly step: number;
  readonly below: number;
  readonly above: number;
}

/**
 * Estimates g'(0) by central differences of order 4. The step is the one at which the estimates for neighbouring
 * steps agree best: larger ones suffer from higher derivatives, smaller ones from rounding. Nothing in the choice
 * knows the derivative that is to be checked.
 *
 * @param samples at steps that halve: h, h/2, h/4, …; at least 4
 * @param noise error of a single value of g
 */
export function lineDerivative(samples: readonly SymmetricSample[], noise: number): LineDerivative {
  const slopes = samples.map(({ step, below, above }) => (above - below) / (2 * step));
  const estimates = slopes.slice(1).map((fine, i) => ({
    value: (4 * fine - slopes[i]) / 3,
    rounding: (2 * noise) / samples[i + 1].step,
  }));
  let best: LineDerivative = { value: NaN, uncertainty: Infinity };
  for (let i = 1; i + 1 < estimates.length; i++) {
    const { value, rounding } = estimates[i];
    // Both neighbours count, so that a chance agreement of two estimates does not win.
    const spread = Math.max(
      Math.abs(value - estimates[i - 1].value),
      Math.abs(value - estimates[i + 1].value),
    );
    const uncertainty = Math.max(spread, rounding);
    if (uncertainty < best.uncertainty) best = { value, uncertainty };
  }
  return best;
}

/**
 * The error of single values of g: what is left, at the smallest steps, of second differences after the part that
 * falls with the square of the step.
 */
export function estimateNoise(samples: readonly SymmetricSample[], center: number): number {
  const bends = samples.map(({ below, above }) => (below + above - 2 * center) / 2);
  const rests = bends.slice(1).map((bend, i) => Math.abs(bend - bends[i] / 4));
  return Math.max(...rests.slice(-3), Math.abs(center) * 2 ** -24);
}

/**
 * The slope, in log-log axes, of the remainders |g(h) - g(0) - h g'(0)| over the smallest steps at which they
 * stand out of the noise: 2 or more for the right g'(0), 1 for a wrong one. NaN if fewer than three stand out.
 */
export function remainderSlope(
  samples: readonly SymmetricSample[],
  center: number,
  derivative: number,
  noise: number,
): number {
  const remainders = samples.map(({ step, above }) => ({
    x: Math.log(step),
    size: Math.abs(above - center - step * derivative),
  }));
  const end = remainders.findIndex(({ size }) => !(size > 16 * noise));
  const visible = (end < 0 ? remainders : remainders.slice(0, end)).slice(-4);
  if (visible.length < 3) return NaN;
  const points = visible.map(({ x, size }) => ({ x, y: Math.log(size) }));
  const mean = (f: (p: { x: number; y: number }) => number): number =>
    points.reduce((sum, p) => sum + f(p), 0) / points.length;
  const [mx, my] = [mean((p) => p.x), mean((p) => p.y)];
  return mean((p) => (p.x - mx) * (p.y - my)) / mean((p) => (p.x - mx) ** 2);
}
