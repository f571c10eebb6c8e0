import { assertDerivatives } from '@ebim/autodiff';
import { energyModel } from '@ebim/ebm';
import { mlp } from '@ebim/nn';
import { key, normal, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { linearModel, tinyAutoencoder } from '../test-models.js';
import { densityLattice } from './density-lattice.js';
import { latentCells, latentLattice } from './latent-lattice.js';
import { latentLogPartition } from './latent-log-partition.js';
import { ambientEnergy, pushforwardLogDensity, pushforwardLogDensityAt } from './log-density.js';
import { logVolumeElement } from './log-volume.js';
import { pushforward, type Pushforward } from './pushforward.js';

const read = async (tensor: tf.Tensor): Promise<number[]> => {
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
};

/** A random network as decoder, its weights large enough to bend. */
function randomModel(n: number, m: number) {
  const codec = tinyAutoencoder(n, m, [8, 8]);
  const energies = energyModel(mlp({ inputSize: m, outputSize: 1, hidden: [8] }));
  const [fresh, energyParams] = [codec.init(key(4)), energies.init(key(5))];
  const decoder = {
    layers: fresh.decoder.layers.map(({ kernel, bias }) => ({
      kernel: tf.mul(2, kernel),
      bias: bias.clone(),
    })),
  };
  const params = { encoder: fresh.encoder, decoder };
  treeDispose(fresh.decoder);
  const model = pushforward(codec, params, energies, energyParams);
  return { model, owned: [params, energyParams] };
}

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  describe('logVolumeElement', () => {
    it('is the speed of a curve', async () => {
      const { model, owned } = randomModel(2, 1);
      const [h, at] = [1e-2, [-1.3, 0.2, 0.9]];
      const shifted = (by: number) => {
        const z = tf.tensor2d(at.map((t) => [t + by]));
        const x = model.decode(z);
        z.dispose();
        return read(x);
      };
      const [before, after] = [await shifted(-h), await shifted(h)];
      const z = tf.tensor2d(at.map((t) => [t]));
      const logs = await read(logVolumeElement(model.decode)(z));
      logs.forEach((value, i) => {
        const speed =
          Math.hypot(after[2 * i] - before[2 * i], after[2 * i + 1] - before[2 * i + 1]) / (2 * h);
        expect(value).toBeCloseTo(Math.log(speed), 2);
      });
      treeDispose([z, ...owned]);
    });

    it('has right derivatives, by which energies in ambient space have gradients', async () => {
      const { model, owned } = randomModel(3, 2);
      const at = normal(key(1), [3, 2]);
      await assertDerivatives((z: tf.Tensor) => tf.sum(logVolumeElement(model.decode)(z)), at, { order: 1 });
      treeDispose([at, ...owned]);
    });

    it('is minus infinity where a decoder folds, and only there', async () => {
      const fold = (z: tf.Tensor) => tf.concat([tf.square(z), tf.square(z)], 1);
      const z = tf.tensor2d([[0], [0.5]]);
      const [folded, open] = await read(logVolumeElement(fold)(z));
      expect(folded).toBe(-Infinity);
      expect(open).toBeCloseTo(0.5 * Math.log(2), 6);
      z.dispose();
    });
  });

  describe('densities', () => {
    it('a linear autoencoder of a Gaussian gives the exact Gaussian on its plane', async () => {
      const model = linearModel();
      const logZ = Math.log(2 * Math.PI);
      const z = tf.tensor2d([
        [0, 0],
        [1, -0.5],
        [-2, 0.3],
      ]);
      const x = model.decode(z);
      // Cov = A A^T on the plane: log density = -|z|^2 / 2 - log 2 pi - log det(A^T A) / 2, det = 5 * 6.
      const expected = [0, 1.25, 4.09].map((squared) => -0.5 * squared - logZ - 0.5 * Math.log(30));
      const atCodes = await read(pushforwardLogDensity(model, logZ)(z));
      const atPoints = await read(pushforwardLogDensityAt(model, logZ)(x));
      const energies = await read(ambientEnergy(model)(x));
      expected.forEach((value, i) => {
        expect(atCodes[i]).toBeCloseTo(value, 5);
        expect(atPoints[i]).toBeCloseTo(value, 5);
        expect(-energies[i] - logZ).toBeCloseTo(value, 5);
      });
      treeDispose([z, x]);
    });

    it('at a point is that of the code that the encoder gives it', async () => {
      const model: Pushforward = { ...linearModel(), encode: (x) => tf.zeros([x.shape[0], 2]) };
      const x = tf.ones([2, 3]);
      const [a, b] = await read(pushforwardLogDensityAt(model, 0)(x));
      expect(a).toBeCloseTo(-0.5 * Math.log(30), 5);
      expect(b).toBe(a);
      x.dispose();
    });

    it('integrates to one along a curve, measured in ambient space', async () => {
      const { model, owned } = randomModel(2, 1);
      const box = { lower: [-2], upper: [3] };
      const { logZ } = await latentLogPartition(model.energy, box, { method: 'midpoint', resolution: 2000 });
      const lattice = await densityLattice(model, { box, resolution: 4001, logZ });
      // Chords between decoded points, not the stretch that the density was divided by.
      const { data } = lattice.points;
      let integral = 0;
      for (let i = 0; i + 1 < 4001; i++) {
        const chord = Math.hypot(data[2 * i + 2] - data[2 * i], data[2 * i + 3] - data[2 * i + 1]);
        integral += 0.5 * chord * (Math.exp(lattice.logDensity[i]) + Math.exp(lattice.logDensity[i + 1]));
      }
      expect(integral).toBeCloseTo(1, 2);
      treeDispose(owned);
    });

    it('integrates to one over a surface, measured by triangles in ambient space', async () => {
      const { model, owned } = randomModel(3, 2);
      const box = { lower: [-1, -2], upper: [1.5, 1] };
      const { logZ } = await latentLogPartition(model.energy, box, { method: 'midpoint', resolution: 150 });
      const side = 121;
      const { points, logDensity } = await densityLattice(model, { box, resolution: side, logZ });
      const corner = (row: number) => points.data.subarray(3 * row, 3 * row + 3);
      const area = (a: number, b: number, c: number) => {
        const [u, v] = [b, c].map((other) => corner(other).map((x, d) => x - corner(a)[d]));
        const cross = [0, 1, 2].map((d) => {
          const [e, f] = [(d + 1) % 3, (d + 2) % 3];
          return u[e] * v[f] - u[f] * v[e];
        });
        return 0.5 * Math.hypot(...cross);
      };
      let integral = 0;
      for (let i = 0; i + 1 < side; i++)
        for (let j = 0; j + 1 < side; j++) {
          const [a, b, c, d] = [i * side + j, i * side + j + 1, (i + 1) * side + j, (i + 1) * side + j + 1];
          for (const triangle of [
            [a, b, c],
            [b, d, c],
          ]) {
            const mean = triangle.reduce((sum, row) => sum + Math.exp(logDensity[row]) / 3, 0);
            integral += mean * area(triangle[0], triangle[1], triangle[2]);
          }
        }
      expect(integral).toBeCloseTo(1, 2);
      treeDispose(owned);
    });
  });

  describe('densityLattice', () => {
    it('holds for every code its point, its density, and the density of its re-encoded point', async () => {
      const { model, owned } = randomModel(3, 2);
      const box = { lower: [-1, 0], upper: [1, 2] };
      const lattice = await densityLattice(model, { box, resolution: 4, logZ: 0.3 });
      const z = tf.tensor2d(Float32Array.from(lattice.codes.data), [16, 2]);
      const x = model.decode(z);
      const expected = {
        points: await x.data(),
        logDensity: await read(pushforwardLogDensity(model, 0.3)(z)),
        logDensityReencoded: await read(pushforwardLogDensityAt(model, 0.3)(x)),
      };
      expect(Array.from(lattice.points.data)).toEqual(Array.from(expected.points));
      expect(Array.from(lattice.logDensity)).not.toEqual(Array.from(lattice.logDensityReencoded));
      expected.logDensity.forEach((value, i) => {
        expect(lattice.logDensity[i]).toBeCloseTo(value, 5);
        expect(lattice.logDensityReencoded[i]).toBeCloseTo(expected.logDensityReencoded[i], 5);
      });
      treeDispose([z, x, ...owned]);
    });

    it('a lattice has both ends, cells have their middles, the last coordinate runs fastest', () => {
      const box = { lower: [0, 10], upper: [1, 30] };
      expect(Array.from(latentLattice(box, 2).data)).toEqual([0, 10, 0, 30, 1, 10, 1, 30]);
      const cells = latentCells(box, 2);
      expect(Array.from(cells.data)).toEqual([0.25, 15, 0.25, 25, 0.75, 15, 0.75, 25]);
      expect(cells.cellVolume).toBe(5);
      expect(() => latentLattice(box, 1)).toThrow('at least 2');
      expect(() => latentLattice({ lower: [0, 0, 0], upper: [1, 1, 1] }, 1000)).toThrow(
        '1000 in 3 dimensions',
      );
    });
  });

  describe('latentLogPartition', () => {
    it('finds the Gaussian integral both ways, and says how well', async () => {
      const { energy } = linearModel();
      const box = { lower: [-6, -5], upper: [6, 7] };
      const exact = Math.log(2 * Math.PI);
      const midpoint = await latentLogPartition(energy, box, { method: 'midpoint', resolution: 200 });
      expect(midpoint.logZ).toBeCloseTo(exact, 5);
      const drawn = await latentLogPartition(energy, box, {
        method: 'monteCarlo',
        key: key(1),
        samples: 20_000,
      });
      expect(Math.abs(drawn.logZ - exact)).toBeLessThan(4 * drawn.standardError);
      expect(drawn.standardError).toBeLessThan(0.05);
    });
  });
});
