import { energyModel } from '@ebim/ebm';
import { mlp } from '@ebim/nn';
import { ConfigError, key, normal, ShapeError, treeDispose, useBackend } from '@ebim/runtime';
import type { Constraint } from '@ebim/samplers';
import { expectNoLeak, installLeakGuard } from '@ebim/testing';
import { adam, batches, fit } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { circle, sphere } from '../analytic/sphere.js';
import { torus } from '../analytic/torus.js';
import { constrainedEbm } from './constrained-ebm.js';
import { importanceNodes, type ImportanceNodesOptions } from './importance-nodes.js';
import { meshNodes, uniformNodes, type IntegrationNodes } from './integration-nodes.js';
import { manifoldKernelDensity } from './manifold-kernel-density.js';
import { quadratureEbm } from './quadrature-ebm.js';

const onSphere = (count: number): tf.Tensor =>
  tf.tidy(() => {
    const x = normal(key(4), [count, 3]);
    return tf.div(x, tf.norm(x, 2, 1, true));
  });

const onCircle = (angles: readonly number[]): tf.Tensor =>
  tf.tensor2d(angles.map((t) => [Math.cos(t), Math.sin(t)]));

/** Equal angles around the circle. */
const grid = Array.from({ length: 512 }, (_, i) => (2 * Math.PI * (i + 0.5)) / 512);

/** Points of a torus, a grid in angles thinned to be uniform in area. */
const onTorus = (count: number): tf.Tensor => {
  const rows: number[][] = [];
  for (let i = 0; rows.length < count; i++) {
    const [phi, psi, u] = [0.8191725134, 0.6710436067, 0.5497004779].map((step) => (i * step) % 1);
    if (u * 4 > 3 + Math.cos(2 * Math.PI * psi)) continue;
    const ring = 3 + Math.cos(2 * Math.PI * psi);
    rows.push([
      ring * Math.cos(2 * Math.PI * phi),
      ring * Math.sin(2 * Math.PI * phi),
      Math.sin(2 * Math.PI * psi),
    ]);
  }
  return tf.tensor2d(rows);
};

async function integral(nodes: IntegrationNodes, f: (x: tf.Tensor) => tf.Tensor): Promise<number> {
  const value = tf.tidy(() => tf.sum(tf.mul(tf.exp(nodes.logWeights), f(nodes.points))));
  const [result] = await value.data();
  value.dispose();
  return result;
}

/** exp(k (<c, x> - 1)) */
const peak = (c: readonly number[], k: number) => (x: tf.Tensor) =>
  tf.exp(tf.mul(k, tf.sub(tf.sum(tf.mul(x, tf.tensor1d([...c])), 1), 1)));

describe('integration nodes', () => {
  beforeAll(() => useBackend('wasm'));
  installLeakGuard();

  it('uniform nodes and mesh nodes integrate', async () => {
    const [points, elements] = [onCircle(grid), grid.map(() => (2 * Math.PI) / 512)];
    elements[3] = 0;
    const [uniform, mesh] = [uniformNodes(points, 2 * Math.PI), meshNodes(points, elements)];
    expect(mesh.points.shape).toEqual([511, 2]);
    expect(await integral(uniform, peak([1, 0], 3))).toBeCloseTo((2 * Math.PI * 4.880793) / Math.exp(3), 4);
    expect(await integral(mesh, (x) => tf.ones([x.shape[0]]))).toBeCloseTo((2 * Math.PI * 511) / 512, 4);
    expect(() => meshNodes(points, [1])).toThrow(ShapeError);
    expect(() => uniformNodes(points, 0)).toThrow(ConfigError);
    treeDispose([points, uniform, mesh]);
  });

  const cases: [string, Constraint, () => tf.Tensor, number, number[], number[], number, number][] = [
    // Integral of exp(k (z - 1)) over the sphere is 2 pi (1 - exp(-2 k)) / k.
    [
      'a narrow peak on the sphere',
      sphere().constraint,
      () => onSphere(3000),
      4 * Math.PI,
      [0, 0, 1],
      [0.02, 0.2],
      2000,
      Math.PI / 1000,
    ],
    // The centre is beside the peak: what counts is that weights are those of the density that nodes come from.
    [
      'a peak beside the centre',
      sphere().constraint,
      () => onSphere(3000),
      4 * Math.PI,
      [0.6, 0, 0.8],
      [0.5],
      5,
      (2 * Math.PI * (1 - Math.exp(-10))) / 5,
    ],
    [
      'the circle',
      circle().constraint,
      () => onCircle(grid),
      2 * Math.PI,
      [0, 1],
      [0.05, 0.4],
      0,
      2 * Math.PI,
    ],
    [
      'the area of the torus',
      torus().constraint,
      () => onTorus(3000),
      12 * Math.PI ** 2,
      [2, 0, 0],
      [0.1, 0.6],
      0,
      12 * Math.PI ** 2,
    ],
  ];
  it.each(cases)('importance nodes: %s', async (_, constraint, points, volume, centre, scales, k, exact) => {
    const [uniform, centres] = [points(), tf.tensor2d([centre])];
    const nodes = await importanceNodes(constraint, {
      uniform,
      volume,
      centres,
      scales,
      count: 20_000,
      key: key(2),
    });
    const n = uniform.shape[1] as number;
    const mode = n === 2 ? [1, 0] : [0, 0, 1];
    expect(Math.abs((await integral(nodes, peak(mode, k))) / exact - 1)).toBeLessThan(0.035);
    const heaviest = Math.max(...(await nodes.logWeights.data()));
    expect(heaviest).toBeLessThanOrEqual(Math.log((2 * volume) / 20_000) + 1e-4);
    treeDispose([nodes, uniform, centres]);
  });

  it('a kernel density on the torus integrates to one, and follows its kernels', async () => {
    const { constraint, volume } = torus();
    const [points, centres] = [
      onTorus(3000),
      tf.tensor2d([
        [4, 0, 0],
        [0, 2, 0],
        [0, 3, 1],
      ]),
    ];
    const density = await manifoldKernelDensity(constraint, { centres, scale: 0.15 });
    const nodes = await importanceNodes(constraint, {
      uniform: points,
      volume,
      centres,
      scales: [0.15, 0.4],
      count: 20_000,
      key: key(6),
    });
    const [values, logWeights] = [await density(nodes.points), await nodes.logWeights.data()];
    const mass = values.reduce((sum, value, i) => sum + value * Math.exp(logWeights[i]), 0);
    expect(Math.abs(mass - 1)).toBeLessThan(0.03);
    expect((await density(centres))[0]).toBeCloseTo(1 / (3 * 2 * Math.PI * 0.15 ** 2), 2);
    treeDispose([points, centres, nodes]);
  });

  it('refuses what makes no nodes', async () => {
    const [uniform, centres] = [onCircle(grid), onCircle([0])];
    const make = (wrong: Partial<ImportanceNodesOptions>) =>
      importanceNodes(circle().constraint, {
        uniform,
        centres,
        volume: 1,
        scales: [0.1],
        count: 10,
        key: key(0),
        ...wrong,
      });
    for (const wrong of [{ count: 0 }, { localShare: 1 }, { scales: [] }, { scales: [-1] }, { volume: NaN }])
      await expect(make(wrong)).rejects.toThrow(ConfigError);
    const three = tf.zeros([1, 3]);
    await expect(make({ centres: three })).rejects.toThrow(ShapeError);
    treeDispose([uniform, centres, three]);
  });
});

describe('calibration at temperature one', () => {
  beforeAll(() => useBackend('wasm'));
  installLeakGuard();

  /** Exact quantiles of the von Mises law with kappa = 2, and its density, which has 2 pi I0(2) = 14.3230 below. */
  const exactDensity = (t: number) => Math.exp(2 * Math.cos(t)) / 14.323046;
  const quantiles = (): number[] => {
    const angles: number[] = [];
    let sum = 0;
    for (let i = 0; i < 20_000; i++) {
      const t = -Math.PI + (2 * Math.PI * (i + 0.5)) / 20_000;
      sum += (exactDensity(t) * 2 * Math.PI) / 20_000;
      while (angles.length < 600 && sum > (angles.length + 0.5) / 600) angles.push(t);
    }
    return angles;
  };

  /** Largest difference of densities along the circle, and kappa of the same E[cos t]. */
  async function compare(energies: tf.Tensor): Promise<{ difference: number; kappa: number }> {
    const values = [...(await energies.data())].map((energy) => Math.exp(-energy));
    const total = (values.reduce((sum, value) => sum + value, 0) * 2 * Math.PI) / 512;
    const density = values.map((value) => value / total);
    const difference = Math.max(...density.map((p, i) => Math.abs(p - exactDensity(grid[i]))));
    const mean = density.reduce((sum, p, i) => sum + (p * Math.cos(grid[i]) * 2 * Math.PI) / 512, 0);
    // Newton on A(kappa) = mean with A' = 1 - A^2 - A / kappa, from Best and Fisher's start.
    const ratio = (kappa: number) => {
      const w = grid.map((t) => Math.exp(kappa * (Math.cos(t) - 1)));
      return w.reduce((sum, v, i) => sum + v * Math.cos(grid[i]), 0) / w.reduce((sum, v) => sum + v, 0);
    };
    let kappa = 2;
    for (let i = 0; i < 20; i++) {
      const a = ratio(kappa);
      kappa -= (a - mean) / (1 - a * a - a / kappa);
    }
    return { difference, kappa };
  }

  const model = energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [16] }));

  it('maximum likelihood over nodes finds the density', async () => {
    const [points, cover] = [onCircle(quantiles()), onCircle(grid)];
    const nodes = uniformNodes(cover, 2 * Math.PI);
    const trainer = quadratureEbm({
      model,
      optimizer: adam({ learningRate: 0.02 }),
      nodes,
      nodesPerStep: 256,
    });
    const data = batches(points, { batchSize: 200, shuffle: true });
    const { state, history } = await fit({ ...trainer, data, epochs: 150, key: key(1), compile: true });
    const energies = model.energy(state.params, cover);
    const { difference, kappa } = await compare(energies);
    expect(Math.abs(kappa - 2)).toBeLessThan(0.15);
    expect(difference).toBeLessThan(0.06);
    // The entropy of the law: log(2 pi I0) - kappa A(kappa) = 2.6619 - 2 * 0.69777.
    expect(Math.abs((history.at(-1)?.stats.loss ?? NaN) - 1.2663)).toBeLessThan(0.06);
    const again = trainer.init(key(0));
    expectNoLeak(() => trainer.step(key(3), again, points));
    treeDispose([state, again, points, cover, nodes, energies]);
  });

  it('so do adjusted chains, with steps for which unadjusted ones are far off', async () => {
    const [points, cover] = [onCircle(quantiles()), onCircle(grid)];
    const kappas: number[] = [];
    for (const metropolisAdjusted of [true, false]) {
      const trainer = constrainedEbm({
        constraint: circle().constraint,
        model,
        optimizer: adam({ learningRate: 0.01 }),
        starts: cover,
        sampler: { steps: 8, noiseScale: 0.7, metropolisAdjusted },
        magnitudeWeight: 0,
        bufferCapacity: 600,
      });
      const data = batches(points, { batchSize: 200, shuffle: true });
      const { state } = await fit({ ...trainer, data, epochs: 150, key: key(1), compile: true });
      const energies = model.energy(state.params, cover);
      kappas.push((await compare(energies)).kappa);
      treeDispose([state, energies]);
    }
    expect(Math.abs(kappas[0] - 2)).toBeLessThan(0.3);
    expect(Math.abs(kappas[1] - 2)).toBeGreaterThan(0.3);
    treeDispose([points, cover]);
  });

  it('refuses options that accept-reject gives no meaning', () => {
    const cover = onCircle(grid);
    for (const wrong of [{ gradClamp: 0.1 }, { stepSize: 1 }])
      expect(() =>
        constrainedEbm({
          constraint: circle().constraint,
          model,
          optimizer: adam(),
          starts: cover,
          sampler: { metropolisAdjusted: true, ...wrong },
        }),
      ).toThrow(ConfigError);
    cover.dispose();
  });
});
