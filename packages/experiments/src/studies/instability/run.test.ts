import { lineMoments, NORMAL_MOMENTS } from '@ebim/flows';
import { describe, expect, it } from 'vitest';
import { atTruth, bestOfAngle, fooledUpTo, leastOnGrid, valueOf } from './objectives.js';
import { linePoints, POINTS, runInstability } from './run.js';

/** Mean log density of the projections of points (0, x) on a line, and mean distance to them, point by point. */
function byPoints(
  alpha: number,
  sigma: number,
  points: Float64Array,
): { likelihood: number; distance: number } {
  const [cosine, sine] = [Math.cos(alpha), Math.sin(alpha)];
  let [likelihood, distance] = [0, 0];
  for (const x of points) {
    const u = x * sine;
    likelihood -= Math.log(2 * Math.PI) / 2 + Math.log(sigma) + (u / sigma) ** 2 / 2;
    distance += Math.hypot(u * cosine, x - u * sine);
  }
  return { likelihood: likelihood / points.length, distance: distance / points.length };
}

describe('the instability study', () => {
  it.each([0.001, 0.2, 1, Math.PI / 2, 2.5, 3.1])('has the closed forms at alpha = %f', (alpha) => {
    const { sigma, logLikelihood, reconstructionError, combined } = bestOfAngle(alpha, NORMAL_MOMENTS);
    const best = -Math.log(2 * Math.PI) / 2 - 0.5 - Math.log(Math.abs(Math.sin(alpha)));
    const distance = Math.abs(Math.cos(alpha)) * Math.sqrt(2 / Math.PI);
    expect(Math.abs(sigma - Math.abs(Math.sin(alpha)))).toBeLessThan(1e-6);
    expect(Math.abs(logLikelihood - best)).toBeLessThan(1e-6);
    expect(Math.abs(reconstructionError - distance)).toBeLessThan(1e-6);
    expect(Math.abs(combined - (distance - 0.3 * best))).toBeLessThan(1e-6);
  });

  it.each([0.01, 0.7, 1.6, 3])('averages over the sampled points at alpha = %f', (alpha) => {
    const points = linePoints(0);
    expect(points).toHaveLength(POINTS);
    const found = bestOfAngle(alpha, lineMoments([...points]));
    const { likelihood, distance } = byPoints(alpha, found.sigma, points);
    expect(Math.abs(found.logLikelihood - likelihood)).toBeLessThan(1e-6);
    expect(Math.abs(found.reconstructionError - distance)).toBeLessThan(1e-6);
    for (const factor of [0.98, 1.02])
      expect(byPoints(alpha, factor * found.sigma, points).likelihood).toBeLessThan(found.logLikelihood);
  });

  it('finds the truth by reconstruction alone', () => {
    for (const objective of ['negativeLogLikelihood', 'combined'] as const) {
      const least = leastOnGrid(objective, NORMAL_MOMENTS);
      expect([least.alpha, least.sigma]).toEqual([0, 1e-9]);
      expect(valueOf(objective, least)).toBeLessThan(valueOf(objective, atTruth(NORMAL_MOMENTS)) - 5);
    }
    const { alpha } = leastOnGrid('reconstructionError', NORMAL_MOMENTS);
    expect(Math.abs(alpha - Math.PI / 2)).toBeLessThan(Math.PI / 99);
  });

  it('knows from which angle on the combined loss prefers the truth', () => {
    const angle = fooledUpTo(NORMAL_MOMENTS);
    const truth = bestOfAngle(Math.PI / 2, NORMAL_MOMENTS).combined;
    expect(bestOfAngle(angle - 1e-3, NORMAL_MOMENTS).combined).toBeLessThan(truth);
    expect(bestOfAngle(angle + 1e-3, NORMAL_MOMENTS).combined).toBeGreaterThan(truth);
    expect(Math.abs(Math.sqrt(2 / Math.PI) * Math.cos(angle) + 0.3 * Math.log(Math.sin(angle)))).toBeLessThan(
      1e-6,
    );
  });

  it('writes whole tables and one figure of four panels', async () => {
    const { tables, figures, numbers } = await runInstability({ seeds: [0, 1] });
    for (const { columns, rows } of tables) for (const row of rows) expect(row).toHaveLength(columns.length);
    expect(tables[0].rows[4].slice(0, 2)).toEqual(['0.5 π', '1.00']);
    expect(tables[0].rows[4][3]).toBe('-1.42');
    expect(figures.map(({ name }) => name)).toEqual(['instability']);
    expect(figures[0].svg.match(/<image /g)).toHaveLength(4);
    expect(numbers).toMatchObject({ sampled: [{ seed: 0 }, { seed: 1 }] });
  });
});
