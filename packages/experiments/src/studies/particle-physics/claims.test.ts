import { describe, expect, it } from 'vitest';
import { brokenClaims, claimsTable, structureClaims } from './claims.js';
import type { ParticleMetrics } from './measure.js';
import { PARTICLE_ROWS, type ParticleRow } from './rows.js';
import { PICKS, values, type MeasuredRow } from './tables.js';

/** A run that measured what was published, but for a change. */
const asPublished = (row: ParticleRow, change: Partial<ParticleMetrics> = {}): MeasuredRow => {
  const { closure, reconstruction, logPosterior } = row.published;
  const same = (value: readonly number[] | null) => (value === null ? null : [value[0], value[0], value[0]]);
  const [closures, errors, posteriors] = [same(closure), same(reconstruction), same(logPosterior)];
  const metrics: ParticleMetrics = {
    closure: closures === null ? null : { byTheta: closures, wholeSpace: null, failures: 0 },
    reconstruction: errors === null ? null : { byTheta: errors, atFirstTheta: errors },
    inference:
      posteriors === null
        ? null
        : {
            first: posteriors,
            all: posteriors.map((value) => [value]),
            rHat: [],
            effectiveSamples: [],
            acceptanceRate: [],
            draws: [],
          },
    ...change,
  };
  return { row, metrics: [metrics], seconds: [1] };
};

describe('claims about Table 3', () => {
  it('hold of the published numbers, all of them', () => {
    const claims = structureClaims(PARTICLE_ROWS.map((row) => asPublished(row)));
    expect(claims).toHaveLength(5 + 1 + 4 + 6 + 5 + 5);
    for (const { ours, published, holds } of claims) {
      expect(ours).toBeCloseTo(published, 12);
      expect(holds).toBe(true);
    }
    expect(brokenClaims(claims)).toEqual([]);
    expect(claimsTable(claims).rows.every(([, , , holds]) => holds === 'yes')).toBe(true);
  });

  it('tell what is not as published, and are silent about rows that are not there', () => {
    const rows = PARTICLE_ROWS.filter(({ name }) => ['af', 'af-scandal', 'mflow', 'pie'].includes(name));
    const bad = { byTheta: [0.5, 0.5, 0.5], wholeSpace: null, failures: 0 };
    const claims = structureClaims(
      rows.map((row) => asPublished(row, row.name === 'af' ? { closure: bad } : {})),
    );
    expect(claims).toHaveLength(5);
    expect(brokenClaims(claims)).toHaveLength(3);
    expect(brokenClaims(claims)[0]).toContain('AF has the best; here 0.00440, published 1.16');
    expect(structureClaims([])).toEqual([]);
  });

  it('are of means without the best and the worst of more than three runs', () => {
    const [row] = PARTICLE_ROWS;
    const run = (value: number) =>
      asPublished(row, { closure: { byTheta: [value], wholeSpace: null, failures: 0 } }).metrics[0];
    const metrics = [5.8, 0.1, 0.3, 0.2, null].map((value) => (value === null ? null : run(value)));
    expect(values({ row, metrics, seconds: [] }, PICKS.closure)).toEqual([0.2, 0.3]);
  });
});
