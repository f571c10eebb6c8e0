import { key, uniformArray } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { closure } from './closure.js';

/** Events of random momenta, every feature computed from its definition. */
function events(count: number): Float64Array {
  const u = uniformArray(key(0), count * 16);
  const data = new Float64Array(40 * count);
  for (let i = 0; i < count; i++) {
    const objects = [0, 1, 2, 3].map((k) => {
      const p = [0, 1, 2].map((d) => 300 * (u[16 * i + 4 * k + d] - 0.5));
      const mass = k < 2 ? 0 : 30 * u[16 * i + 4 * k + 3];
      return [Math.sqrt(p[0] ** 2 + p[1] ** 2 + p[2] ** 2 + mass ** 2), ...p];
    });
    const pt = (p: number[]) => Math.sqrt(p[1] ** 2 + p[2] ** 2);
    const eta = (p: number[]) => Math.atanh(p[3] / Math.sqrt(p[1] ** 2 + p[2] ** 2 + p[3] ** 2));
    const features = objects.flatMap((p) => [...p, pt(p), eta(p)]);
    for (const [p, q] of [objects.slice(0, 2), objects.slice(2)]) {
      const s = p.map((value, d) => value + q[d]);
      const mass = Math.sqrt(s[0] ** 2 - s[1] ** 2 - s[2] ** 2 - s[3] ** 2);
      features.push(...s, pt(s), mass, eta(s), eta(p) - eta(q));
    }
    data.set(features, 40 * i);
  }
  return data;
}

describe('closure', () => {
  const exact = events(50);

  it('is 0 for events that keep the identities', () => {
    const result = closure({ data: exact, rows: 50, columns: 40 });
    expect(result.closure).toBeLessThan(1e-14);
    expect(Object.keys(result.byIdentity)).toHaveLength(26);
  });

  it('sees a change of any feature, and is capped', () => {
    for (let j = 0; j < 40; j++) {
      const moved = exact.map((x, i) => (i % 40 === j ? x + 1 + Math.abs(x) : x));
      const changed = closure({ data: moved, rows: 50, columns: 40 }).closure;
      // All others but the sign of a difference of rapidities, to which the published test is blind.
      expect(changed).toBeGreaterThan(1e-5);
      const far = exact.map((x, i) => (i % 40 === j ? 1e12 : x));
      const { byIdentity } = closure({ data: far, rows: 50, columns: 40 });
      expect(Math.max(...Object.values(byIdentity))).toBe(10);
    }
    const turned = exact.map((x, i) => (i % 40 === 31 ? -x : x));
    expect(closure({ data: turned, rows: 50, columns: 40 }).closure).toBeLessThan(1e-14);
  });

  it('weighs with the published numbers', () => {
    // A change of 1 in the feature moves its one discrepancy by 1.
    const weightOf = (feature: number, name: string) =>
      closure({ data: exact.map((x, i) => (i % 40 === feature ? x + 1 : x)), rows: 50, columns: 40 })
        .byIdentity[name];
    expect(weightOf(4, 'pt_a1')).toBeCloseTo(0.00573312439725, 14);
    expect(weightOf(36, 'pt_jj')).toBeCloseTo(0.00528592875602, 14);
    expect(weightOf(23, 'eta_j2')).toBeCloseTo(0.354115600847, 12);
    expect(weightOf(6, 'massless_a2')).toBeCloseTo(0.00899004023056, 14);
    expect(weightOf(25, 'px_aa')).toBeCloseTo(0.0037623941359, 14);
    expect(weightOf(35, 'pz_jj')).toBeCloseTo(0.000785022740242, 14);
  });

  it('takes events without a direction as wrong, and refuses other tables', () => {
    const { byIdentity } = closure({ data: new Float64Array(40), rows: 1, columns: 40 });
    expect(byIdentity['eta_a1']).toBe(10);
    expect(byIdentity['pt_a1']).toBe(0);
    expect(() => closure({ data: new Float64Array(2), rows: 1, columns: 2 })).toThrow(/40 features/);
    expect(() => closure({ data: new Float64Array(0), rows: 0, columns: 40 })).toThrow(/1 rows/);
    expect(() => closure({ data: new Float64Array(40).fill(NaN), rows: 1, columns: 40 })).toThrow(/NaN/);
  });
});
