import { ConfigError } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { pointwise } from './pointwise.js';
import { torusField } from '../testing/fields.js';
import { meshPoints } from '../mesh/geometry.js';
import { meshTopology } from '../mesh/topology.js';
import { evaluateOnGrid, makeGrid } from './grid.js';
import { levelCurveOf, levelSurfaceOf } from './level-set-of.js';
import { marchingCubes } from './marching-cubes.js';
import { refineVertices } from './refine.js';

const worst = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((m, v) => Math.max(m, Math.abs(v)), 0);

describe('refineVertices', () => {
  const grid = makeGrid(
    [
      [-4.2, 4.2],
      [-4.2, 4.2],
      [-1.4, 1.4],
    ],
    [22, 21, 11],
  );

  it('moves vertices onto the true zero set without leaving their edges', async () => {
    const f = torusField();
    const values = await evaluateOnGrid(f, grid);
    const mesh = marchingCubes(values, grid);
    const before = worst(f(meshPoints(mesh)));
    const exact = {
      ...mesh,
      vertices: await refineVertices(f, mesh, values, grid, { steps: 8, chunkSize: 100 }),
    };
    expect(before).toBeGreaterThan(0.005);
    expect(worst(f(meshPoints(exact)))).toBeLessThan(1e-10);
    // An edge runs along one axis, so the other two coordinates stay and the third keeps between grid lines.
    for (let v = 0; v < mesh.vertices.length; v += 3) {
      const moved = [0, 1, 2].filter((a) => mesh.vertices[v + a] !== exact.vertices[v + a]);
      expect(moved.length).toBeLessThanOrEqual(1);
    }
    expect(meshTopology(exact).eulerCharacteristic).toBe(0);
  });

  it('keeps a bracket for functions that mislead straight lines', async () => {
    const steep = pointwise((x) => Math.expm1(20 * (x - 0.3)));
    const curveGrid = makeGrid(
      [
        [-1, 1],
        [0, 1],
      ],
      [3, 2],
    );
    const curve = await levelCurveOf(steep, curveGrid, { refine: 40 });
    expect(worst(curve.vertices.filter((_, n) => n % 2 === 0).map((x) => x - 0.3))).toBeLessThan(1e-9);
  });

  it('honours the level, does nothing in no steps and refuses half ones', async () => {
    const f = torusField();
    const surface = await levelSurfaceOf(f, grid, { level: 0.15, refine: 8 });
    expect(worst(f(meshPoints(surface)).map((value) => value - 0.15))).toBeLessThan(1e-9);
    expect(surface.crosses).toBe(true);
    const values = await evaluateOnGrid(f, grid);
    const mesh = marchingCubes(values, grid);
    expect(await refineVertices(f, mesh, values, grid, { steps: 0 })).not.toBe(mesh.vertices);
    await expect(refineVertices(f, mesh, values, grid, { steps: 1.5 })).rejects.toThrow(ConfigError);
  });

  it('keeps vertices finite when the function is not a number between grid points', async () => {
    const values = await evaluateOnGrid(torusField(), grid);
    const mesh = marchingCubes(values, grid);
    const vertices = await refineVertices(({ rows }) => new Float64Array(rows).fill(NaN), mesh, values, grid);
    expect(vertices.every(Number.isFinite)).toBe(true);
  });

  it('stands in for a zero that is touched but not crossed', async () => {
    const squared = pointwise((x, y) => (Math.hypot(x, y) - 1) ** 2);
    const curve = await levelCurveOf(
      squared,
      makeGrid(
        [
          [-1.5, 1.5],
          [-1.5, 1.5],
        ],
        120,
      ),
    );
    expect(curve).toMatchObject({ crosses: false, level: 0.01 });
    // An inner and an outer circle at distance 0.1.
    expect(curve.polylines.map((line) => line.closed)).toEqual([true, true]);
  });
});
