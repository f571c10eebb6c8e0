import type { Points } from '@ebim/datasets';
import {
  curveLength,
  curvePoints,
  curveVolumeElements,
  edgeCentres,
  levelCurveOf,
  levelSurfaceOf,
  makeGrid,
  meshArea,
  meshPoints,
  meshTopology,
  meshVolumeElements,
  triangleCentres,
  type LevelCurve,
  type LevelSurface,
} from '@ebim/plots';
import type { Constraint } from '@ebim/samplers';
import type { EbimConfig } from '../config/schema.js';
import { hostFunction } from './host-function.js';

/** What the connectivity of a learned manifold says. */
export interface Topology {
  readonly components: number;
  /** No border inside the box. */
  readonly closed: boolean;
  /** Closed curves; 0 for a surface. */
  readonly closedLoops: number;
  /** Vertices - edges + triangles of a surface: 2 for a sphere, 0 for a torus; 0 for closed curves. */
  readonly eulerCharacteristic: number;
}

interface Measured {
  readonly topology: Topology;
  /** Length of a curve or area of a surface. */
  readonly volume: number;
  /** False when F has no zero in the box and a level near zero was cut instead. */
  readonly crosses: boolean;
  /** Corners, `[vertices, n]`. */
  readonly vertices: Points;
  /** Middles of edges or triangles, `[elements, n]`. */
  readonly centres: Points;
  /** Length or area of each element. */
  readonly elements: Float64Array;
}

/** The learned zero set as a curve in the plane or a surface in space. */
export type LevelSet =
  | (Measured & { readonly kind: 'curve'; readonly curve: LevelCurve })
  | (Measured & { readonly kind: 'surface'; readonly mesh: LevelSurface });

/** Cuts the zero set of F out of the box; `null` for manifolds that are no curve in 2 or surface in 3 dimensions. */
export async function learnedLevelSet(config: EbimConfig, constraint: Constraint): Promise<LevelSet | null> {
  const { manifoldDimension } = config;
  const { meshBox, meshResolution } = config.evaluation;
  const n = meshBox.lower.length;
  if (n - manifoldDimension !== 1 || n > 3) return null;
  const box = meshBox.lower.map((low, d): [number, number] => [low, meshBox.upper[d]]);
  const grid = makeGrid(box, meshResolution);
  const f = hostFunction(constraint);
  return n === 2 ? curveOf(await levelCurveOf(f, grid)) : surfaceOf(await levelSurfaceOf(f, grid));
}

function curveOf(curve: LevelCurve & { readonly crosses: boolean }): LevelSet {
  const loops = curve.polylines.filter(({ closed }) => closed).length;
  return {
    kind: 'curve',
    curve,
    crosses: curve.crosses,
    topology: {
      components: curve.polylines.length,
      closed: loops === curve.polylines.length,
      closedLoops: loops,
      eulerCharacteristic: curve.polylines.length - loops,
    },
    volume: curveLength(curve),
    vertices: curvePoints(curve),
    centres: edgeCentres(curve),
    elements: curveVolumeElements(curve),
  };
}

function surfaceOf(mesh: LevelSurface & { readonly crosses: boolean }): LevelSet {
  const { components, closed, eulerCharacteristic } = meshTopology(mesh);
  return {
    kind: 'surface',
    mesh,
    crosses: mesh.crosses,
    topology: { components, closed, closedLoops: 0, eulerCharacteristic },
    volume: meshArea(mesh),
    vertices: meshPoints(mesh),
    centres: triangleCentres(mesh),
    elements: meshVolumeElements(mesh),
  };
}
