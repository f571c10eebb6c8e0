import { describe, expect, it } from 'vitest';
import { lineDemonstration, lineLosses, lineMoments, NORMAL_MOMENTS } from './line-demonstration.js';

/** A mean over x₁ ~ N(0, 1), by a fine rule of trapezoids; twice as fine at 0, where |x₁| has a corner. */
const mean = (of: (x: number) => number): number => {
  const step = 1e-3;
  let sum = 0;
  for (let i = -10_000; i <= 10_000; i++)
    sum += (of(i * step) * Math.exp(-((i * step) ** 2) / 2) * step) / Math.sqrt(2 * Math.PI);
  return sum;
};

describe('the instability demonstration', () => {
  it.each([
    [Math.PI / 2, 1],
    [0.3, 0.2],
    [2.9, 1.4],
    [0.01, 0.05],
  ])('has the expectations of the model at alpha = %f, sigma = %f', (alpha, sigma) => {
    const [cosine, sine] = [Math.cos(alpha), Math.sin(alpha)];
    const logDensity = (u: number): number =>
      -((u / sigma) ** 2) / 2 - Math.log(sigma) - Math.log(2 * Math.PI) / 2;
    const distance = (x: number): number => Math.hypot(x * sine * cosine, x - x * sine * sine);
    const losses = lineLosses(alpha, sigma);
    expect(Math.abs(losses.logLikelihood - mean((x) => logDensity(x * sine)))).toBeLessThan(1e-6);
    expect(Math.abs(losses.reconstructionError - mean(distance))).toBeLessThan(1e-6);
    expect(losses.combined).toBeCloseTo(losses.reconstructionError - 0.3 * losses.logLikelihood, 12);
    // Of all widths |sin alpha| is the best for this angle.
    const best = lineLosses(alpha, Math.abs(sine));
    expect(best.relativeLogLikelihood).toBeCloseTo(0, 12);
    expect(best.logLikelihood).toBeCloseTo(-Math.log(2 * Math.PI) / 2 - 0.5 - Math.log(Math.abs(sine)), 12);
    expect(losses.relativeLogLikelihood).toBeCloseTo(losses.logLikelihood - best.logLikelihood, 12);
    expect(losses.relativeLogLikelihood).toBeLessThanOrEqual(1e-12);
  });

  it('prefers wrong lines by likelihood, the true one by reconstruction, and is fooled by both together', () => {
    const truth = lineLosses(Math.PI / 2, 1);
    const wrong = lineLosses(1e-4, 1e-4);
    expect(wrong.logLikelihood).toBeGreaterThan(truth.logLikelihood + 9);
    expect(truth.reconstructionError).toBeLessThan(1e-15);
    expect(wrong.combined).toBeLessThan(truth.combined);
  });

  it('uses the moments of a sample', () => {
    expect(lineMoments([1, -2, 2])).toEqual({ square: 3, size: 5 / 3 });
    const losses = lineLosses(0.7, 0.5, { moments: { square: 3, size: 5 / 3 } });
    const each = [1, -2, 2].map((x) => lineLosses(0.7, 0.5, { moments: lineMoments([x]) }).logLikelihood);
    expect(losses.logLikelihood).toBeCloseTo((each[0] + each[1] + each[2]) / 3, 12);
    expect(NORMAL_MOMENTS.size).toBeCloseTo(mean(Math.abs), 6);
    expect(() => lineMoments([])).toThrow('at least one');
    expect(() => lineLosses(1, 0)).toThrow('positive width');
  });

  it('fills the grid of the figure', () => {
    const { angles, widths, panels } = lineDemonstration();
    expect([angles[0], angles[99], widths[0], widths[99]]).toEqual([0, Math.PI, 1e-9, 1.5]);
    expect(Object.values(panels).map((rows) => [rows.length, rows[7].length])).toEqual(
      Array.from({ length: 4 }, () => [100, 100]),
    );
    expect(panels.logLikelihood[7][31]).toBe(lineLosses(angles[31], widths[7]).logLikelihood);
    expect(panels.logLikelihood[0][0]).toBeGreaterThan(15);
  });
});
