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
export { pointwise } from './level-sets/pointwise.js';
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
export { graphSurface, latticeLines, latticeMesh, parametricSurface } from './mesh/parametric.js';
export {
  curvePieces,
  meshPieces,
  meshTopology,
  type CurvePiece,
  type CurvePieces,
  type MeshPiece,
  type MeshPieces,
  type MeshTopology,
} from './mesh/topology.js';
export {
  gnBu,
  gnBuSurface,
  interpolateColours,
  parseHex,
  toHex,
  truncateColourMap,
  viridis,
  type ColourMap,
  type Rgb,
} from './colour/colour-map.js';
export { densityColouring, type Colouring } from './colour/colouring.js';
export { encodePng, type Raster } from './image/png.js';
export { toPng, type ToPngOptions } from './image/to-png.js';
export { type View } from './scene/camera.js';
export { sceneFigure } from './scene/scene-figure.js';
export {
  type Box3,
  type SceneObject,
  type SceneOptions,
  type ScenePoints,
  type SceneSurface,
} from './scene/scene-types.js';
export { figureGrid, type FigureGridOptions } from './figure/figure-grid.js';
export { imageGrid, type ImageGridOptions, type ImageSet } from './figure/image-grid.js';
export { type Tour } from './figure/tour.js';
export { lineFigure, type LineOptions, type LineSeries } from './plane/line-figure.js';
export { planeFigure } from './plane/plane-figure.js';
export {
  type AxesOptions,
  type PlaneCurve,
  type PlaneHeatMap,
  type PlaneLayer,
  type PlaneOptions,
  type PlanePoints,
  type PlaneText,
} from './plane/plane-types.js';
export { runningMean } from './plane/smoothing.js';
export { interactiveScene, type InteractiveSceneOptions } from './interactive/interactive-scene.js';
