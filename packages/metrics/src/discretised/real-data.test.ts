import { key, normalArray, uniformArray } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import type { Points } from '../points.js';
import { publishedProtocol3d } from './published-protocol.js';
import { wassersteinDiscretised } from './wasserstein-discretised.js';

const folder = process.env.EBIM_DATA_DIR;

async function readPairs(path: string): Promise<number[][]> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(`${folder}/${path}`, 'utf8');
  const rows = text.split(/\r?\n/).map((line) => line.split(',').map(Number));
  return rows.filter((row) => row.length === 2 && row.every(Number.isFinite));
}

const toPoints = (rows: number[][]): Points => ({
  data: Float64Array.from(rows.flat()),
  rows: rows.length,
  columns: 3,
});
const ones = (count: number) => new Float64Array(count).fill(1);

describe.skipIf(folder === undefined)('anchors on real data', () => {
  it('floods: the uniform density on the sphere', async () => {
    const degrees = await readPairs('earth/flood.csv');
    expect(degrees.length).toBe(4875);
    const data = degrees.map(([latitude, longitude]) => {
      const [a, b] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
      return [Math.cos(a) * Math.cos(b), Math.cos(a) * Math.sin(b), Math.sin(a)];
    });
    const sphere = normalArray(key(4), 30_000);
    for (let k = 0; k < sphere.length; k += 3) {
      const length = Math.hypot(sphere[k], sphere[k + 1], sphere[k + 2]);
      for (let d = 0; d < 3; d++) sphere[k + d] /= length;
    }
    const model = { points: { data: sphere, rows: 10_000, columns: 3 }, density: ones(10_000) };
    const protocol = publishedProtocol3d({ lower: [-1.3, -1.3, -1.3], upper: [1.3, 1.3, 1.3] });
    const result = wassersteinDiscretised(model, { kind: 'points', points: toPoints(data) }, protocol);
    expect(result.status).toBe('optimal');
    expect(Math.sqrt(result.largestCost)).toBeCloseTo(3.174, 3);
    expect(Math.abs(result.modelCells / 1957 - 1)).toBeLessThan(0.05);
    expect(Math.abs(result.value / 0.039 - 1)).toBeLessThan(0.04);
  });

  it('glycine: the uniform density on the torus', async () => {
    const torus = (phi: number, psi: number) => {
      const ring = 3 + Math.cos(psi);
      return [ring * Math.cos(phi), ring * Math.sin(phi), Math.sin(psi)];
    };
    const data = (await readPairs('protein/9mers_glycine.csv')).map(([phi, psi]) => torus(phi, psi));
    expect(data.length).toBe(1000);
    const u = uniformArray(key(5), 60_000);
    const uniform: number[][] = [];
    for (let k = 0; k < u.length && uniform.length < 10_000; k += 3) {
      const [tube, axis] = [2 * Math.PI * u[k], 2 * Math.PI * u[k + 1]];
      if (u[k + 2] < (3 + Math.cos(tube)) / 4) uniform.push(torus(axis, tube));
    }
    const model = { points: toPoints(uniform), density: ones(uniform.length) };
    const reference = { kind: 'points', points: toPoints(data) } as const;
    const protocol = publishedProtocol3d({ lower: [-4.1, -4.1, -2.7], upper: [4.1, 4.1, 2.7] });
    const squared = wassersteinDiscretised(model, reference, protocol);
    expect(Math.abs(squared.value / 0.0329 - 1)).toBeLessThan(0.05);
    expect(Math.sqrt(squared.largestCost)).toBeCloseTo(9.964, 3);
    const euclidean = wassersteinDiscretised(model, reference, { ...protocol, metric: 'euclidean' });
    expect(Math.abs(euclidean.value / 0.161 - 1)).toBeLessThan(0.03);
  });
});
