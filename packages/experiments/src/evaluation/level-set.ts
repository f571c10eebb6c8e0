import type { Points } from '@ebim/datasets';
import {
  curveLength,
  curvePieces,
  curvePoints,
  curveVolumeElements,
  edgeCentres,
  levelCurveOf,
  levelSurfaceOf,
  makeGrid,
  meshArea,
  meshPieces,
  meshPoints,
  meshTopology,
  meshVolumeElements,
  triangleCentres,
  type LevelCurve,
  type LevelSurface,
} from '@ebim/plots';
import type { Constraint } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
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

/** A connected piece of a learned manifold. */
export interface LevelSetPiece {
  /** Length of a curve or area of a surface. */
  readonly volume: number;
  readonly closed: boolean;
  readonly eulerCharacteristic: number;
  /** Handles of a closed surface: 0 for a sphere, 1 for a torus; `null` for curves and what is open. */
  readonly genus: number | null;
}

interface Measured {
  readonly topology: Topology;
  /** Largest first. */
  readonly pieces: readonly LevelSetPiece[];
  /** The piece of each element. */
  readonly pieceOf: Int32Array;
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

/**
 * Cuts the zero set of F out of the box; `null` for manifolds that are no curve in 2 or surface in 3 dimensions.
 *
 * @param resolution grid lines an axis; default `evaluation.meshResolution`
 */
export async function learnedLevelSet(
  config: EbimConfig,
  constraint: Constraint,
  resolution: number = config.evaluation.meshResolution,
): Promise<LevelSet | null> {
  const { manifoldDimension } = config;
  const { meshBox, meshLevel } = config.evaluation;
  const n = meshBox.lower.length;
  if (n - manifoldDimension !== 1 || n > 3) return null;
  const box = meshBox.lower.map((low, d): [number, number] => [low, meshBox.upper[d]]);
  const grid = makeGrid(box, resolution);
  const f = hostFunction(meshLevel === 0 ? constraint : (x) => tf.sub(constraint(x), meshLevel));
  return n === 2 ? curveOf(await levelCurveOf(f, grid)) : surfaceOf(await levelSurfaceOf(f, grid));
}

function curveOf(curve: LevelCurve & { readonly crosses: boolean }): LevelSet {
  const loops = curve.polylines.filter(({ closed }) => closed).length;
  const { pieces, pieceOf } = curvePieces(curve);
  return {
    kind: 'curve',
    curve,
    crosses: curve.crosses,
    pieces: pieces.map(({ length, closed }) => ({
      volume: length,
      closed,
      eulerCharacteristic: closed ? 0 : 1,
      genus: null,
    })),
    pieceOf,
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
  const { pieces, pieceOf } = meshPieces(mesh);
  return {
    kind: 'surface',
    mesh,
    pieces: pieces.map(({ area, closed: whole, eulerCharacteristic: chi, genus }) => ({
      volume: area,
      closed: whole,
      eulerCharacteristic: chi,
      genus,
    })),
    pieceOf,
    crosses: mesh.crosses,
    topology: { components, closed, closedLoops: 0, eulerCharacteristic },
    volume: meshArea(mesh),
    vertices: meshPoints(mesh),
    centres: triangleCentres(mesh),
    elements: meshVolumeElements(mesh),
  };
}

/** Whether a level set is the zero set of F, and not a level near zero or nothing. */
export const isManifold = ({ crosses, elements }: LevelSet): boolean => crosses && elements.length > 0;
