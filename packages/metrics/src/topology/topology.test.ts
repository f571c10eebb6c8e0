import { describe, expect, it } from 'vitest';
import {
  closedLoops,
  connectedComponents,
  eulerCharacteristic,
  meshTopology,
  polylineTopology,
} from './topology.js';

/** A torus of quads, each cut in two. */
function torusMesh(a: number, b: number, offset = 0): number[] {
  const at = (i: number, j: number) => offset + (i % a) * b + (j % b);
  return Array.from({ length: a * b }, (_, k) => [Math.floor(k / b), k % b]).flatMap(([i, j]) => [
    ...[at(i, j), at(i + 1, j), at(i, j + 1)],
    ...[at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)],
  ]);
}
const tetrahedron = [0, 1, 2, 0, 3, 1, 1, 3, 2, 0, 2, 3];
const mesh = (triangles: number[], vertices = Math.max(...triangles, -1) + 1) => ({
  vertices: new Float64Array(3 * vertices),
  triangles: Uint32Array.from(triangles),
});

describe('meshTopology', () => {
  it('knows sphere, torus, their union and an unused vertex', () => {
    expect(meshTopology(mesh(tetrahedron))).toEqual({
      eulerCharacteristic: 2,
      components: 1,
      boundaryEdges: 0,
      nonManifoldEdges: 0,
    });
    expect(eulerCharacteristic(mesh(torusMesh(5, 7)))).toBe(0);
    const both = mesh([...tetrahedron, ...torusMesh(4, 6, 10)]);
    expect(eulerCharacteristic(both)).toBe(2);
    expect(connectedComponents(both)).toBe(2);
    expect(meshTopology(mesh(tetrahedron, 50)).eulerCharacteristic).toBe(2);
  });

  it('sees boundaries and edges of three faces', () => {
    expect(meshTopology(mesh([0, 1, 2]))).toMatchObject({ eulerCharacteristic: 1, boundaryEdges: 3 });
    expect(meshTopology(mesh([0, 1, 2, 0, 1, 3, 1, 0, 4]))).toMatchObject({
      nonManifoldEdges: 1,
      components: 1,
    });
    expect(meshTopology(mesh([]))).toEqual({
      eulerCharacteristic: 0,
      components: 0,
      boundaryEdges: 0,
      nonManifoldEdges: 0,
    });
  });

  it('refuses broken meshes', () => {
    expect(() => meshTopology(mesh([0, 1]))).toThrow(/multiple of 3/);
    expect(() => meshTopology(mesh([0, 1, 1]))).toThrow(/twice/);
    expect(() => meshTopology({ vertices: new Float64Array(6), triangles: Uint32Array.of(0, 1, 2) })).toThrow(
      /below 2/,
    );
  });
});

describe('polylineTopology', () => {
  const lines = (edges: number[]) => ({ vertices: new Float64Array(200), edges: Uint32Array.from(edges) });

  it('tells loops from open lines and branches', () => {
    const loop = [0, 1, 1, 2, 2, 0];
    expect(polylineTopology(lines(loop))).toEqual({ components: 1, closedLoops: 1 });
    expect(polylineTopology(lines([...loop, 5, 6, 6, 7]))).toEqual({ components: 2, closedLoops: 1 });
    expect(polylineTopology(lines([...loop, 5, 6, 6, 7, 7, 5]))).toEqual({ components: 2, closedLoops: 2 });
    expect(closedLoops(lines([...loop, 2, 9]))).toBe(0);
    expect(closedLoops(lines([...loop, 2, 3, 3, 4, 4, 2]))).toBe(0); // a figure of eight is no loop
    expect(connectedComponents(lines([5, 6, 8, 9]))).toBe(2);
    expect(polylineTopology(lines([]))).toEqual({ components: 0, closedLoops: 0 });
  });

  it('refuses missing vertices and half segments', () => {
    expect(() => polylineTopology(lines([0, 1, 2]))).toThrow(/multiple of 2/);
    expect(() => polylineTopology(lines([0, 1000]))).toThrow(/1000/);
  });
});
