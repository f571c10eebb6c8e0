import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { fromRows, pointsOf, row, takeRows, type Points } from '../points/points.js';
import { expectCounts, histogram } from '../synthetic/chi-square-fixture.js';
import { particleFeatures, restoreParticles, standardiseParticles } from './particle-features.js';
import { PARTONS } from './parton-density.js';
import { PARTON_VARIABLES, weakBosonFusion } from './weak-boson-fusion.js';

const simulator = weakBosonFusion();
const at = Object.fromEntries(particleFeatures.map(({ name }, i) => [name, i]));

/** Relative violations of the 26 identities, written from their definitions. */
function violations(x: Float64Array): number[] {
  const f = (name: string) => x[at[name]];
  const relative = (a: number, b: number) => Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b));
  const result: number[] = [];
  for (const o of ['a1', 'a2', 'j1', 'j2', 'aa', 'jj']) {
    const [px, py, pz] = [f(`px_${o}`), f(`py_${o}`), f(`pz_${o}`)];
    const cosine = pz / Math.hypot(px, py, pz);
    result.push(relative(f(`pt_${o}`), Math.sqrt(px * px + py * py)));
    result.push(relative(f(`eta_${o}`), -0.5 * Math.log((1 - cosine) / (1 + cosine))));
    if (o.startsWith('a') && o !== 'aa') result.push(relative(f(`e_${o}`), Math.hypot(px, py, pz)));
    if (o === 'aa' || o === 'jj') result.push(relative(f(`e_${o}`), Math.hypot(px, py, pz, f(`m_${o}`))));
  }
  for (const o of ['a', 'j']) {
    for (const c of ['e', 'px', 'py', 'pz'])
      result.push(relative(f(`${c}_${o}${o}`), f(`${c}_${o}1`) + f(`${c}_${o}2`)));
    result.push(relative(f(`deltaeta_${o}${o}`), f(`eta_${o}1`) - f(`eta_${o}2`)));
  }
  return result;
}

const columnOf = ({ data, columns }: Points, j: number) => data.filter((_, i) => i % columns === j);
const mean = (values: Float64Array) => values.reduce((s, v) => s + v, 0) / values.length;

describe('weakBosonFusion', () => {
  it('keeps the 26 identities to 1e-10, orders objects, and has jets with mass', () => {
    const { features } = simulator.simulate(key(0), 2000, [-1, -1]);
    let worst = 0;
    for (let i = 0; i < features.rows; i++) {
      const x = row(features, i);
      const all = violations(x);
      expect(all).toHaveLength(26);
      worst = Math.max(worst, ...all);
      expect(x[at['pt_a1']]).toBeGreaterThanOrEqual(x[at['pt_a2']]);
      expect(x[at['pt_j1']]).toBeGreaterThanOrEqual(x[at['pt_j2']]);
      const j = Math.hypot(x[at['px_j1']], x[at['py_j1']], x[at['pz_j1']]);
      expect(x[at['e_j1']]).toBeGreaterThan(j);
    }
    expect(worst).toBeLessThan(1e-10);
    const back = restoreParticles(standardiseParticles(features));
    expect(Math.max(...back.data.map((x, i) => Math.abs(x - features.data[i])))).toBeLessThan(1e-8);
  });

  it('is of the size of the published set, with the Higgs boson at its mass', () => {
    const theta = simulator.prior!.sample(key(1), 5000);
    const points = simulator.sample(key(2), 5000, theta);
    for (let j = 0; j < 40; j++) {
      const values = columnOf(points, j);
      const centre = mean(values);
      const spread = Math.sqrt(mean(values.map((x) => (x - centre) ** 2)));
      expect(Math.abs(centre)).toBeLessThan(1);
      expect(spread).toBeGreaterThan(0.15);
      expect(spread).toBeLessThan(2);
    }
    const masses = columnOf(restoreParticles(points), at['m_aa']).sort();
    expect(Math.abs(masses[2500] - 125)).toBeLessThan(2);
  });

  it('has joint scores that are the gradient of the log density', () => {
    const { partons, jointScore, context } = simulator.simulate(key(3), 300, [0.7, -0.4]);
    const h = 1e-5;
    [0, 1].forEach((j) => {
      const moved = (sign: number) =>
        pointsOf(
          context.data.map((t, i) => t + (i % 2 === j ? sign * h : 0)),
          2,
        );
      const [up, down] = [
        simulator.partonLogDensity(partons, moved(1)),
        simulator.partonLogDensity(partons, moved(-1)),
      ];
      for (let i = 0; i < 300; i++)
        expect((up[i] - down[i]) / (2 * h)).toBeCloseTo(jointScore.data[2 * i + j], 6);
    });
    expect(simulator.jointScore(partons, [0.7, -0.4]).data).toEqual(jointScore.data);
  });

  it('has a normalised p(z | theta): its mean ratio to another theta is 1, as the mean score is 0', () => {
    const count = 40_000;
    const { partons } = simulator.simulate(key(4), count, [0.5, 0]);
    const base = simulator.partonLogDensity(partons, [0.5, 0]);
    for (const theta of [
      [0, 0],
      [0.6, 0.5],
      [-0.5, 0.2],
    ]) {
      const ratios = simulator.partonLogDensity(partons, theta).map((value, i) => Math.exp(value - base[i]));
      const average = mean(ratios);
      const error = Math.sqrt(mean(ratios.map((r) => (r - average) ** 2)) / count);
      expect(Math.abs(average - 1)).toBeLessThan(4 * error);
      expect(error).toBeLessThan(0.02);
    }
    const scores = simulator.jointScore(partons, [0.5, 0]);
    for (const j of [0, 1]) {
      const values = columnOf(scores, j);
      const spread = Math.sqrt(mean(values.map((t) => t * t)));
      expect(Math.abs(mean(values))).toBeLessThan((4 * spread) / Math.sqrt(count));
      expect(spread).toBeGreaterThan(0.2);
    }
    // An absolute check: p_0 integrates to one in each variable, whose amplitude is 1 at theta = 0.
    const ends = [
      [20, 1500],
      [20, 1500],
      [-Math.PI, Math.PI],
      [-Math.PI, Math.PI],
      [-1.5, 1.5],
      [0.8, 6],
      [-1.5, 1.5],
      [-1, 1],
      [-Math.PI, Math.PI],
    ];
    PARTONS.forEach(({ logDensity }, j) => {
      const [low, high] = ends[j];
      let sum = 0;
      for (let i = 0; i < 20_000; i++) sum += Math.exp(logDensity(low + ((i + 0.5) / 20_000) * (high - low)));
      expect((sum * (high - low)) / 20_000).toBeCloseTo(1, 4);
    });
  });

  it('draws azimuths and momenta of p(z | theta)', () => {
    const count = 20_000;
    const theta = [1, 0.5];
    const partons = simulator.simulate(key(5), count, theta).partons;
    // By hand: mean of |M|^2 over momenta at a given azimuth, with E q = (E sqrt g)^2 and g of Gamma(2), E q^2 = 4.
    const meanRoot = 1.3293403881791372;
    const c = 0.25;
    const size = theta[0] ** 2 + theta[1] ** 2;
    const density = (phi: number) => {
      const angular = theta[0] * Math.cos(phi) + theta[1] * Math.sin(phi);
      const squared = 1 + 2 * c * meanRoot ** 2 * angular + c * c * 4 * (angular ** 2 + size / 2);
      return squared / (2 * Math.PI * (1 + 4 * c * c * size));
    };
    const bins = 24;
    const width = (2 * Math.PI) / bins;
    const shares = Array.from({ length: bins }, (_, b) =>
      Array.from({ length: 50 }, (__, i) => density(-Math.PI + (b + (i + 0.5) / 50) * width)).reduce(
        (s, p) => s + (p * width) / 50,
        0,
      ),
    );
    expectCounts(histogram(columnOf(partons, 3), -Math.PI, Math.PI, bins), shares);
    // Mean momentum: (1 * 2 + 4 c^2 |theta|^2 * 3) / (1 + 4 c^2 |theta|^2) in units of 55 GeV above 20 GeV.
    const growth = 4 * c * c * size;
    expect((mean(columnOf(partons, 0)) - 20) / 55).toBeCloseTo((2 + 3 * growth) / (1 + growth), 1);
  });

  it('is the same for the same key; other points keep the marginals and break the identities', () => {
    const [a, b] = [1, 1].map((seed) => simulator.sample(key(seed), 30, [0, 0]));
    expect(a.data).toEqual(b.data);
    const other = restoreParticles(simulator.sampleOutOfDistribution(key(1), 500, [0, 0]));
    expect(Math.max(...violations(row(other, 3)))).toBeGreaterThan(0.05);
    expect(simulator.sample(key(0), 0, [0, 0]).rows).toBe(0);
    expect(PARTON_VARIABLES).toHaveLength(9);
  });

  it('refuses contexts and shapes that do not fit', () => {
    expect(() => simulator.sample(key(0), 3)).toThrow(/theta of size 2/);
    expect(() => simulator.sample(key(0), 3, [1, 2, 3])).toThrow(/2 columns/);
    expect(() => simulator.partonLogDensity(fromRows([[1, 2]]), [0, 0])).toThrow(/9 columns/);
    expect(() => standardiseParticles(takeRows(fromRows([[1]]), [0]))).toThrow(/40 columns/);
  });
});
