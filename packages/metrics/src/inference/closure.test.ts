import { key, normalArray, uniformArray } from '@ebim/runtime';
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

/** Mean and standard deviation of the published features. */
const STANDARDISATION = [
  [399.37213, 299.35312],
  [-0.43740344, 211.85915],
  [0.6336686, 212.03178],
  [-0.6348415, 399.08353],
  [249.49158, 166.1214],
  [-0.003057861, 1.0561188],
  [131.7912, 111.997505],
  [-0.05828116, 64.16174],
  [0.24816507, 64.08385],
  [-0.7630951, 147.26929],
  [76.36908, 48.90089],
  [-0.005826209, 1.1154486],
  [757.37, 634.2648],
  [-0.10769359, 222.84987],
  [-0.6086537, 223.1163],
  [-6.178487, 935.7079],
  [264.52158, 171.67308],
  [-0.008442603, 1.7555672],
  [574.55524, 597.842],
  [0.07781012, 90.13577],
  [-0.09404507, 90.237915],
  [2.8334167, 819.1639],
  [104.1036, 73.68713],
  [0.0012078341, 2.3172193],
  [531.1633, 337.30893],
  [-0.49568462, 250.67441],
  [0.8818339, 250.83035],
  [-1.3979366, 501.64795],
  [304.6138, 181.56274],
  [127.9752, 46.119442],
  [-0.004153981, 1.164671],
  [0.0027683484, 0.84049183],
  [1331.9247, 868.1088],
  [-0.029883433, 237.49751],
  [-0.7026987, 237.65948],
  [-3.3450694, 1025.469],
  [285.39395, 177.30736],
  [884.056, 762.6249],
  [-0.008315955, 1.8738469],
  [-0.009650437, 3.466002],
] as const;

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

  it('is 1 for normal noise in the standardised features', () => {
    const rows = 20_000;
    const data = normalArray(key(2), 40 * rows).map((z, i) => {
      const [mean, deviation] = STANDARDISATION[i % 40];
      return mean + deviation * z;
    });
    const { closure: value, byIdentity } = closure({ data, rows, columns: 40 });
    expect(value).toBeGreaterThan(0.98);
    expect(value).toBeLessThan(1.02);
    Object.values(byIdentity).forEach((each) => expect(Math.abs(each - 1)).toBeLessThan(0.05));
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
