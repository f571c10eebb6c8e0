import { DataError, ShapeError } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { makeGrid } from '../level-sets/grid.js';
import { levelCurveOf, levelSurfaceOf } from '../level-sets/level-set-of.js';
import type { Mesh } from '../level-sets/marching-cubes.js';
import { pointwise } from '../level-sets/pointwise.js';
import { sphereField } from '../testing/fields.js';
import {
  curveVolumeElements,
  edgeCentres,
  meshArea,
  meshVolumeElements,
  triangleCentres,
  vertexNormals,
} from './geometry.js';
import { graphSurface, latticeLines, latticeMesh, parametricSurface } from './parametric.js';
import { curvePieces, meshPieces, meshTopology } from './topology.js';

const tetrahedron: Mesh = {
  vertices: Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1),
  triangles: Uint32Array.of(0, 2, 1, 0, 1, 3, 1, 2, 3, 0, 3, 2),
};

describe('meshTopology', () => {
  it('counts a tetrahedron', () => {
    expect(meshTopology(tetrahedron)).toEqual({
      vertices: 4,
      edges: 6,
      triangles: 4,
      boundaryEdges: 0,
      faultyEdges: 0,
      closed: true,
      components: 1,
      eulerCharacteristic: 2,
    });
  });

  it('sees holes, flipped triangles, three sheets on one edge and unused vertices', () => {
    const open = { ...tetrahedron, triangles: tetrahedron.triangles.slice(0, 9) };
    expect(meshTopology(open)).toMatchObject({ boundaryEdges: 3, closed: false, eulerCharacteristic: 1 });
    const flipped = { ...tetrahedron, triangles: Uint32Array.of(0, 1, 2, ...tetrahedron.triangles.slice(3)) };
    expect(meshTopology(flipped)).toMatchObject({ faultyEdges: 3, closed: false });
    const fan = {
      vertices: new Float64Array(18),
      triangles: Uint32Array.of(0, 1, 2, 1, 0, 3, 0, 1, 4),
    };
    expect(meshTopology(fan)).toMatchObject({ faultyEdges: 1, vertices: 5, components: 1 });
    expect(meshTopology({ vertices: new Float64Array(0), triangles: new Uint32Array(0) })).toMatchObject({
      components: 0,
      eulerCharacteristic: 0,
    });
  });
});

/** A torus of quads, each cut in two, whose vertices are numbered from `first`. */
function torusTriangles(a: number, b: number, first: number): number[] {
  const at = (i: number, j: number) => first + (i % a) * b + (j % b);
  return Array.from({ length: a * b }, (_, k) => [Math.floor(k / b), k % b]).flatMap(([i, j]) => [
    ...[at(i, j), at(i + 1, j), at(i, j + 1)],
    ...[at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)],
  ]);
}

describe('meshPieces', () => {
  it('tells sphere, torus and an open piece apart, largest first', () => {
    const triangles = [...tetrahedron.triangles, ...torusTriangles(4, 6, 4), 28, 29, 30];
    const vertices = new Float64Array(3 * 31);
    vertices.set(tetrahedron.vertices);
    // Only the last triangle is larger than the tetrahedron; the torus has no size at all.
    vertices.set([0, 0, 0, 9, 0, 0, 0, 9, 0], 3 * 28);
    const mesh = { vertices, triangles: Uint32Array.from(triangles) };
    const { pieces, pieceOf } = meshPieces(mesh);
    expect(
      pieces.map(({ genus, closed, eulerCharacteristic }) => [genus, closed, eulerCharacteristic]),
    ).toEqual([
      [null, false, 1],
      [0, true, 2],
      [1, true, 0],
    ]);
    expect(pieces.map(({ area }) => area)).toEqual([40.5, 1.5 + Math.sqrt(3) / 2, 0]);
    expect([...pieceOf]).toEqual([1, 1, 1, 1, ...new Array<number>(48).fill(2), 0]);
    expect(meshTopology(mesh)).toMatchObject({ components: 3, eulerCharacteristic: 3, boundaryEdges: 3 });
  });

  it('finds genus 2 of two rings that meet', async () => {
    const ring = (x: number, y: number, z: number) => Math.hypot(Math.hypot(x, y) - 2, z) - 0.7;
    const f = pointwise((x, y, z) => Math.min(ring(x - 2, y, z), ring(x + 2, y, z)));
    const box = [
      [-5, 5],
      [-3, 3],
      [-1, 1],
    ] as const;
    const { pieces } = meshPieces(await levelSurfaceOf(f, makeGrid(box, [60, 40, 16])));
    // They meet at the origin: a figure of eight.
    expect(pieces).toHaveLength(1);
    expect(pieces[0]).toMatchObject({ closed: true, genus: 2 });
  });

  it('refuses broken meshes', () => {
    const vertices = new Float64Array(9);
    expect(() => meshTopology({ vertices, triangles: Uint32Array.of(0, 1) })).toThrow(ShapeError);
    expect(() => meshPieces({ vertices, triangles: Uint32Array.of(0, 1, 3) })).toThrow(DataError);
  });
});

describe('curvePieces', () => {
  it('measures two circles and an open line', async () => {
    const f = pointwise((x, y) => Math.min(Math.hypot(x + 1, y) - 0.5, Math.hypot(x - 1, y) - 0.8, y + 1.5));
    const curve = await levelCurveOf(
      f,
      makeGrid(
        [
          [-2, 2],
          [-2, 2],
        ],
        101,
      ),
    );
    const { pieces, pieceOf } = curvePieces(curve);
    expect(pieces.map(({ closed }) => closed)).toEqual([true, false, true]);
    const lengths = [2 * Math.PI * 0.8, 4, Math.PI];
    pieces.forEach(({ length }, p) => {
      expect(length).toBeCloseTo(lengths[p], 2);
    });
    edgeCentres(curve).data.forEach((value, i) => {
      if (i % 2 === 1) expect(pieceOf[(i - 1) / 2] === 1).toBe(value < -1);
    });
  });
});

describe('geometry', () => {
  it('measures triangles', () => {
    expect([...meshVolumeElements(tetrahedron)]).toEqual([0.5, 0.5, Math.sqrt(3) / 2, 0.5]);
    expect([...triangleCentres(tetrahedron).data.slice(0, 3)]).toEqual([1 / 3, 1 / 3, 0]);
  });

  it('gives outward unit normals on a sphere, and zero where no triangle is', async () => {
    const grid = makeGrid(
      [
        [-1.3, 1.3],
        [-1.3, 1.3],
        [-1.3, 1.3],
      ],
      24,
    );
    const mesh = await levelSurfaceOf(sphereField(), grid);
    const normals = vertexNormals(mesh);
    for (let v = 0; v < normals.length; v += 3) {
      const cosine = [0, 1, 2].reduce((sum, a) => sum + normals[v + a] * mesh.vertices[v + a], 0);
      expect(cosine).toBeGreaterThan(0.98);
    }
    const stray = {
      vertices: Float64Array.of(...tetrahedron.vertices, 9, 9, 9),
      triangles: tetrahedron.triangles,
    };
    expect([...vertexNormals(stray).slice(12)]).toEqual([0, 0, 0]);
  });

  it('integrates densities: partition functions on the circle and on the sphere', async () => {
    const curve = await levelCurveOf(
      pointwise((x, y) => Math.hypot(x, y) - 1),
      makeGrid(
        [
          [-1.2, 1.2],
          [-1.2, 1.2],
        ],
        150,
      ),
    );
    const onCurve = edgeCentres(curve);
    const circle = curveVolumeElements(curve).reduce(
      (sum, length, e) => sum + length * Math.exp(2 * onCurve.data[2 * e]),
      0,
    );
    // 2 pi I0(2), the normaliser of the von Mises density.
    expect(circle / (2 * Math.PI * 2.2795853023360673)).toBeCloseTo(1, 3);
    const mesh = await levelSurfaceOf(
      sphereField(),
      makeGrid(
        [
          [-1.2, 1.2],
          [-1.2, 1.2],
          [-1.2, 1.2],
        ],
        48,
      ),
    );
    const onMesh = triangleCentres(mesh);
    const sphere = meshVolumeElements(mesh).reduce(
      (sum, area, t) => sum + area * Math.exp(3 * onMesh.data[3 * t + 2]),
      0,
    );
    expect(Math.abs(sphere / ((4 * Math.PI * Math.sinh(3)) / 3) - 1)).toBeLessThan(0.003);
  });
});

describe('lattice meshes', () => {
  it('joins a lattice to triangles', async () => {
    const sphere = await parametricSurface(
      ({ data, rows }) => ({
        data: Float64Array.from({ length: 3 * rows }, (_, n) => {
          const [t, a] = [data[2 * Math.floor(n / 3)], data[2 * Math.floor(n / 3) + 1]];
          return [Math.sin(t) * Math.cos(a), Math.sin(t) * Math.sin(a), Math.cos(t)][n % 3];
        }),
        rows,
        columns: 3,
      }),
      [
        [0, Math.PI],
        [0, 2 * Math.PI],
      ],
      [60, 120],
    );
    expect(sphere.triangles).toHaveLength(59 * 119 * 6);
    expect(Math.abs(meshArea(sphere) / (4 * Math.PI) - 1)).toBeLessThan(0.002);
    expect(meshTopology(sphere)).toMatchObject({ faultyEdges: 0, components: 1 });
  });

  it('makes graphs whose normals point up', async () => {
    const mesh = await graphSurface(
      pointwise((x, y) => x * y),
      makeGrid(
        [
          [-1, 1],
          [0, 3],
        ],
        [4, 5],
      ),
    );
    expect([...mesh.vertices.slice(-3)]).toEqual([1, 3, 3]);
    expect(
      vertexNormals(mesh)
        .filter((_, n) => n % 3 === 2)
        .every((z) => z > 0),
    ).toBe(true);
  });

  it('lists net lines and refuses points that are no lattice', () => {
    expect([...latticeLines([2, 3], 2)]).toEqual([0, 1, 0, 3, 1, 2, 2, 5]);
    expect(() => latticeMesh({ data: new Float64Array(12), rows: 4, columns: 3 }, [2, 3])).toThrow(DataError);
    expect(() => latticeMesh({ data: new Float64Array(12), rows: 6, columns: 2 }, [2, 3])).toThrow(DataError);
  });
});
