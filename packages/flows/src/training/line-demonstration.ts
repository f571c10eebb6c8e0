import { ConfigError } from '@ebim/runtime';

/** What data on the line x₀ = 0 contribute: their second moment E x₁² and mean size E |x₁|. */
export interface LineMoments {
  readonly square: number;
  readonly size: number;
}

/** Those of x₁ ~ N(0, 1). */
export const NORMAL_MOMENTS: LineMoments = { square: 1, size: Math.sqrt(2 / Math.PI) };

/** The moments of points `x₁` of a sample. */
export function lineMoments(points: readonly number[]): LineMoments {
  if (points.length === 0 || !points.every(Number.isFinite))
    throw new ConfigError({
      code: 'bad-option',
      where: 'lineMoments(points)',
      expected: 'finite numbers, at least one',
      received: points.length === 0 ? 'none' : 'NaN or infinity',
    });
  const mean = (of: (x: number) => number): number =>
    points.reduce((sum, x) => sum + of(x), 0) / points.length;
  return { square: mean((x) => x * x), size: mean(Math.abs) };
}

/** The losses of one line and one width; see {@link lineLosses}. */
export interface LineLosses {
  /** Mean log likelihood of the projections on the line. */
  readonly logLikelihood: number;
  /** Mean distance of points from the line. */
  readonly reconstructionError: number;
  /** `reconstructionError - weight logLikelihood`. */
  readonly combined: number;
  /** `logLikelihood` minus that of the best width for this line. */
  readonly relativeLogLikelihood: number;
}

/**
 * Why likelihood alone cannot find a manifold (spec 3.1), in closed form. Data are (0, x₁); the model is the line through
 * the origin at an angle alpha, with the density N(u; 0, sigma²) of u = x₁ sin alpha along it. For each angle the
 * likelihood `-½ ln 2π - ln sigma - sin² alpha E x₁² / (2 sigma²)` is best at sigma = |sin alpha| √(E x₁²), where it grows
 * without bound as the line turns away from the data (alpha to 0 or pi), while the reconstruction error `|cos alpha|
 * E |x₁|` is least at the truth, alpha = pi/2.
 *
 * @param alpha radians
 * @param sigma width along the line, positive
 * @throws ConfigError `bad-option`
 *
 * @example
 * ```ts
 * lineLosses(Math.PI / 2, 1).logLikelihood; // -1.42, the truth
 * lineLosses(0.01, 0.01).logLikelihood; // 3.19, a line that is wrong
 * ```
 */
export function lineLosses(
  alpha: number,
  sigma: number,
  {
    moments = NORMAL_MOMENTS,
    weight = 0.3,
  }: { readonly moments?: LineMoments; readonly weight?: number } = {},
): LineLosses {
  if (!(sigma > 0) || !Number.isFinite(alpha))
    throw new ConfigError({
      code: 'bad-option',
      where: 'lineLosses(alpha, sigma)',
      expected: 'an angle and a positive width',
      received: `${alpha}, ${sigma}`,
    });
  // At alpha = pi the sine of floating point is 1e-16, not 0; widths are far larger.
  const spread = Math.sin(alpha) ** 2 * moments.square;
  const logLikelihood = -0.5 * Math.log(2 * Math.PI) - Math.log(sigma) - spread / (2 * sigma * sigma);
  const best = -0.5 * Math.log(2 * Math.PI) - 0.5 * Math.log(spread) - 0.5;
  const reconstructionError = Math.abs(Math.cos(alpha)) * moments.size;
  return {
    logLikelihood,
    reconstructionError,
    combined: reconstructionError - weight * logLikelihood,
    relativeLogLikelihood: logLikelihood - best,
  };
}

/** The four panels of the figure: rows are widths, columns angles. */
export interface LineDemonstration {
  readonly angles: readonly number[];
  readonly widths: readonly number[];
  readonly panels: Readonly<Record<keyof LineLosses, readonly (readonly number[])[]>>;
}

/** {@link lineLosses} on the grid of the figure: angles from 0 to pi, widths from 1e-9 to 1.5. */
export function lineDemonstration({
  moments = NORMAL_MOMENTS,
  weight = 0.3,
  size = 100,
}: {
  readonly moments?: LineMoments;
  readonly weight?: number;
  readonly size?: number;
} = {}): LineDemonstration {
  if (!Number.isInteger(size) || size < 2)
    throw new ConfigError({
      code: 'bad-size',
      where: 'lineDemonstration({ size })',
      expected: 'a whole number of at least 2',
      received: String(size),
    });
  const grid = (from: number, to: number): number[] =>
    Array.from({ length: size }, (_, i) => from + (to - from) * (i / (size - 1)));
  const [angles, widths] = [grid(0, Math.PI), grid(1e-9, 1.5)];
  const all = widths.map((sigma) => angles.map((alpha) => lineLosses(alpha, sigma, { moments, weight })));
  const panel = (name: keyof LineLosses): number[][] => all.map((row) => row.map((losses) => losses[name]));
  return {
    angles,
    widths,
    panels: {
      logLikelihood: panel('logLikelihood'),
      reconstructionError: panel('reconstructionError'),
      combined: panel('combined'),
      relativeLogLikelihood: panel('relativeLogLikelihood'),
    },
  };
}
