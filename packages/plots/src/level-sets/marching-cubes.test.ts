import { DataError } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meshArea, triangleNormals } from '../mesh/geometry.js';
import { meshTopology } from '../mesh/topology.js';
import { pointwise } from './pointwise.js';
import { sphereField, torusField } from '../testing/fields.js';
import { CELL_EDGES, CUBE_TRIANGLES } from './cube-table.js';
import { evaluateOnGrid, gridPoints, gridSize, makeGrid, type Grid } from './grid.js';
import { marchingCubes, type Mesh } from './marching-cubes.js';

const cube = (half: number, count: number | readonly number[]): Grid =>
  makeGrid(
    [
      [-half, half],
      [-half, half],
      [-half, half],
    ],
    count,
  );

/** Volume by the divergence theorem: positive when normals point outward. */
function volume(mesh: Mesh): number {
  const normals = triangleNormals(mesh);
  let sum = 0;
  for (let n = 0; n < normals.length; n++) {
    sum += (normals[n] * mesh.vertices[3 * mesh.triangles[n - (n % 3)] + (n % 3)]) / 6;
  }
  return sum;
}

/** Whether the triangles around each vertex form one fan: no two sheets touch in a point. */
function everyVertexHasOneFan(mesh: Mesh): boolean {
  const next = new Map<number, Map<number, number>>();
  for (let t = 0; t < mesh.triangles.length; t += 3) {
    for (let n = 0; n < 3; n++) {
      const [v, a, b] = [0, 1, 2].map((k) => mesh.triangles[t + ((n + k) % 3)]) as [number, number, number];
      if (!next.has(v)) next.set(v, new Map());
      next.get(v)!.set(a, b);
    }
  }
  return [...next.values()].every((fan) => {
    const first = fan.keys().next().value!;
    let at = first;
    let length = 0;
    do {
      const following = fan.get(at);
      if (following === undefined) return false;
      at = following;
      length++;
    } while (at !== first && length <= fan.size);
    return length === fan.size;
  });
}

describe('cube table', () => {
  it('uses each cut edge of each case, and no other', () => {
    CUBE_TRIANGLES.forEach((edges, code) => {
      const cut = CELL_EDGES.flatMap(({ corner, axis }, edge) => {
        const below = (c: number): number => (code >> c) & 1;
        return below(corner) !== below(corner | (4 >> axis)) ? [edge] : [];
      });
      expect([...new Set(edges)].sort((a, b) => a - b)).toEqual(cut);
    });
  });
});

describe('marchingCubes', () => {
  it('finds a sphere: closed, Euler characteristic 2, normals outward, area and volume right', async () => {
    const grid = cube(1.4, [40, 43, 37]);
    const mesh = marchingCubes(await evaluateOnGrid(sphereField(), grid), grid);
    const topology = meshTopology(mesh);
    expect(topology).toMatchObject({ closed: true, components: 1, eulerCharacteristic: 2, faultyEdges: 0 });
    expect(Math.abs(meshArea(mesh) / (4 * Math.PI) - 1)).toBeLessThan(0.005);
    expect(Math.abs(volume(mesh) / ((4 / 3) * Math.PI) - 1)).toBeLessThan(0.006);
  });

  it('finds a torus: Euler characteristic 0', async () => {
    const grid = makeGrid(
      [
        [-4.3, 4.3],
        [-4.3, 4.3],
        [-1.3, 1.3],
      ],
      [60, 60, 24],
    );
    const mesh = marchingCubes(await evaluateOnGrid(torusField(), grid), grid);
    expect(meshTopology(mesh)).toMatchObject({ closed: true, components: 1, eulerCharacteristic: 0 });
    expect(Math.abs(volume(mesh) / (2 * Math.PI ** 2 * 3) - 1)).toBeLessThan(0.02);
  });

  it('finds two spheres as two pieces, also as the zero set of a product that they share', async () => {
    const grid = makeGrid(
      [
        [-2.6, 2.6],
        [-1.3, 1.3],
        [-1.3, 1.3],
      ],
      [53, 27, 27],
    );
    const [left, right] = [sphereField(1, [-1.3, 0, 0]), sphereField(1, [1.3, 0, 0])];
    const [a, b] = [await evaluateOnGrid(left, grid), await evaluateOnGrid(right, grid)];
    const union = meshTopology(
      marchingCubes(
        a.map((value, i) => Math.min(value, b[i])),
        grid,
      ),
    );
    expect(union).toMatchObject({ closed: true, components: 2, eulerCharacteristic: 4 });
    const product = meshTopology(
      marchingCubes(
        a.map((value, i) => value * b[i]),
        grid,
      ),
    );
    expect(product).toMatchObject({ closed: true, components: 2, eulerCharacteristic: 4 });
  });

  it('is exact for a linear function and points to the larger values', async () => {
    const grid = cube(1, [4, 5, 6]);
    for (const axis of [0, 1, 2]) {
      // -1/3 and 0 are grid planes of the first and second axis.
      for (const offset of [0.1, 0, -1 / 3]) {
        const f = pointwise((...x) => x[axis] - offset);
        const mesh = marchingCubes(await evaluateOnGrid(f, grid), grid);
        expect(
          Math.max(...mesh.vertices.filter((_, n) => n % 3 === axis).map((x) => Math.abs(x - offset))),
        ).toBeLessThan(1e-15);
        expect(meshArea(mesh)).toBeCloseTo(4, 12);
        expect(
          triangleNormals(mesh)
            .filter((_, n) => n % 3 === axis)
            .every((c) => c > 0),
        ).toBe(true);
        expect(meshTopology(mesh)).toMatchObject({ faultyEdges: 0, eulerCharacteristic: 1 });
      }
    }
  });

  it('cuts at other levels', async () => {
    const grid = cube(1.4, 30);
    const values = await evaluateOnGrid(sphereField(), grid);
    const area = meshArea(marchingCubes(values, grid, { level: -0.3 }));
    expect(Math.abs(area / (4 * Math.PI * 0.49) - 1)).toBeLessThan(0.02);
    expect(marchingCubes(values, grid, { level: 9 }).triangles).toHaveLength(0);
  });

  it('is a closed manifold inside the box for any values, zeros on grid points included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 3, max: 6 }), { minLength: 3, maxLength: 3 }),
        fc.infiniteStream(fc.constantFrom(-5, -1, -0.2, 0, 0, 0.3, 1, 4)),
        (resolution, stream) => {
          const grid = cube(1, resolution);
          const { data } = gridPoints(grid);
          // Above the level on the border, anything inside.
          const values = Float64Array.from({ length: gridSize(grid) }, (_, p) =>
            [0, 1, 2].some((axis) => Math.abs(data[3 * p + axis]) === 1)
              ? 1
              : (stream.next().value as number),
          );
          const mesh = marchingCubes(values, grid);
          expect(meshTopology(mesh)).toMatchObject({ boundaryEdges: 0, faultyEdges: 0 });
          expect(everyVertexHasOneFan(mesh)).toBe(true);
          expect(mesh.vertices.every((x) => Math.abs(x) <= 1)).toBe(true);
          expect(volume(mesh)).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has edges with one triangle only on the border of the box', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })), (stream) => {
        const grid = cube(1, [4, 5, 4]);
        const values = Float64Array.from({ length: gridSize(grid) }, () => stream.next().value as number);
        const mesh = marchingCubes(values, grid);
        expect(meshTopology(mesh).faultyEdges).toBe(0);
        const seen = new Map<string, number>();
        for (let n = 0; n < mesh.triangles.length; n++) {
          const other = n % 3 === 2 ? n - 2 : n + 1;
          const pair = [mesh.triangles[n], mesh.triangles[other]].sort((a, b) => a - b).join();
          seen.set(pair, (seen.get(pair) ?? 0) + 1);
        }
        for (const [pair, count] of seen) {
          if (count === 2) continue;
          const ends = pair.split(',').map((v) => mesh.vertices.subarray(3 * Number(v), 3 * Number(v) + 3));
          const onWall = [0, 1, 2].some((axis) =>
            [-1, 1].some((side) => ends.every((p) => Math.abs(p[axis] - side) < 1e-12)),
          );
          expect(onWall).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives smooth random functions closed surfaces with an even Euler characteristic', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 12, maxLength: 12 }),
        async (c) => {
          const grid = cube(2, 20);
          const f = pointwise((x, y, z) => {
            const waves = [0, 1, 2, 3].map((k) =>
              Math.sin(c[3 * k] * x + c[3 * k + 1] * y + c[3 * k + 2] * z + k),
            );
            // The last term lifts the border above zero.
            return waves.reduce((sum, wave) => sum + wave, 0) + 8 * Math.max(x ** 2, y ** 2, z ** 2) - 14;
          });
          const topology = meshTopology(marchingCubes(await evaluateOnGrid(f, grid), grid));
          expect(topology.closed).toBe(true);
          expect(topology.eulerCharacteristic % 2).toBe(0);
          expect(topology.components).toBeGreaterThan(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('refuses values that do not fit or are not finite', () => {
    expect(() => marchingCubes(new Float64Array(7), cube(1, 2))).toThrow(DataError);
    expect(() => marchingCubes(new Float64Array(8).fill(Infinity), cube(1, 2))).toThrow(DataError);
  });
});
