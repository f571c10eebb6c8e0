export { type Points } from './points.js';
export {
  evaluateOnGrid,
  gridAxis,
  gridPoints,
  gridSize,
  makeGrid,
  type BatchFunction,
  type EvaluateOnGridOptions,
  type Grid,
} from './level-sets/grid.js';
export { zeroLevel, type ZeroLevel, type ZeroLevelOptions } from './level-sets/level.js';
export {
  marchingSquares,
  type Curve,
  type LevelCurve,
  type LevelSetOptions,
} from './level-sets/marching-squares.js';
export { type Polyline } from './level-sets/polylines.js';
export { marchingCubes, type LevelSurface, type Mesh } from './level-sets/marching-cubes.js';
export { refineVertices, type RefineOptions } from './level-sets/refine.js';
export {
  levelCurveOf,
  levelSurfaceOf,
  type CutFunction,
  type LevelSetOfOptions,
} from './level-sets/level-set-of.js';
export * from './mesh/geometry.js';
export { graphSurface, latticeMesh, parametricSurface } from './mesh/parametric.js';
export { meshTopology, type MeshTopology } from './mesh/topology.js';
