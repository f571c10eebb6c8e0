import type { Mesh } from '../level-sets/marching-cubes.js';
import type { Curve } from '../level-sets/marching-squares.js';
import type { Points } from '../points.js';

/** Cross product of two sides of each triangle, `[triangles, 3]` flat: the normal, twice the area long. */
export function triangleNormals(mesh: Mesh): Float64Array {
  const { vertices, triangles } = mesh;
  const normals = new Float64Array(triangles.length);
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]];
    const ux = vertices[b] - vertices[a];
    const uy = vertices[b + 1] - vertices[a + 1];
    const uz = vertices[b + 2] - vertices[a + 2];
    const vx = vertices[c] - vertices[a];
    const vy = vertices[c + 1] - vertices[a + 1];
    const vz = vertices[c + 2] - vertices[a + 2];
    normals[t] = uy * vz - uz * vy;
    normals[t + 1] = uz * vx - ux * vz;
    normals[t + 2] = ux * vy - uy * vx;
  }
  return normals;
}

/** Unit normals at the vertices, `[vertices, 3]` flat, averaged over the triangles by area; 0 where there is none. */
export function vertexNormals(mesh: Mesh): Float64Array {
  const faces = triangleNormals(mesh);
  const normals = new Float64Array(mesh.vertices.length);
  mesh.triangles.forEach((vertex, n) => {
    const t = n - (n % 3);
    for (let a = 0; a < 3; a++) normals[3 * vertex + a] += faces[t + a];
  });
  for (let v = 0; v < normals.length; v += 3) {
    const length = Math.hypot(normals[v], normals[v + 1], normals[v + 2]) || 1;
    for (let a = 0; a < 3; a++) normals[v + a] /= length;
  }
  return normals;
}

/**
 * Area of each triangle, `[triangles]`. With a density at the triangle centres this integrates over the
 * surface: `Z = sum_t exp(-E(centre_t)) * area_t`.
 */
export function meshVolumeElements(mesh: Mesh): Float64Array {
  const normals = triangleNormals(mesh);
  return Float64Array.from(
    { length: normals.length / 3 },
    (_, t) => Math.hypot(normals[3 * t], normals[3 * t + 1], normals[3 * t + 2]) / 2,
  );
}

/** Length of each edge of a curve, `[edges]`. */
export function curveVolumeElements(curve: Curve): Float64Array {
  const { vertices, edges } = curve;
  return Float64Array.from({ length: edges.length / 2 }, (_, e) => {
    const [a, b] = [2 * edges[2 * e], 2 * edges[2 * e + 1]];
    return Math.hypot(vertices[b] - vertices[a], vertices[b + 1] - vertices[a + 1]);
  });
}

/** Area of a mesh. */
export function meshArea(mesh: Mesh): number {
  return meshVolumeElements(mesh).reduce((sum, area) => sum + area, 0);
}

/** Length of a curve. */
export function curveLength(curve: Curve): number {
  return curveVolumeElements(curve).reduce((sum, length) => sum + length, 0);
}

/** Centres of the triangles, `[triangles, 3]`. */
export function triangleCentres(mesh: Mesh): Points {
  return centres(mesh.vertices, mesh.triangles, 3, 3);
}

/** Midpoints of the edges of a curve, `[edges, 2]`. */
export function edgeCentres(curve: Curve): Points {
  return centres(curve.vertices, curve.edges, 2, 2);
}

function centres(vertices: Float64Array, cells: Uint32Array, corners: number, columns: number): Points {
  const rows = cells.length / corners;
  const data = new Float64Array(rows * columns);
  cells.forEach((vertex, n) => {
    const row = Math.floor(n / corners);
    for (let c = 0; c < columns; c++) data[row * columns + c] += vertices[vertex * columns + c] / corners;
  });
  return { data, rows, columns };
}

/** Vertices of a mesh as points, `[vertices, 3]`, sharing memory. */
export function meshPoints(mesh: Mesh): Points {
  return { data: mesh.vertices, rows: mesh.vertices.length / 3, columns: 3 };
}

/** Vertices of a curve as points, `[vertices, 2]`, sharing memory. */
export function curvePoints(curve: Curve): Points {
  return { data: curve.vertices, rows: curve.vertices.length / 2, columns: 2 };
}
