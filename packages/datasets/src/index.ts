export {
  firstRows,
  fromRows,
  mapRows,
  pointsOf,
  row,
  takeRows,
  toRows,
  toTensor,
  type Points,
} from './points/points.js';
export { degreesFromSphere, sphereFromDegrees } from './embeddings/sphere.js';
export {
  anglesFromFlatTorus,
  anglesFromTorus,
  flatTorusFromAngles,
  torusFromAngles,
  type TorusOptions,
} from './embeddings/torus.js';
export { type ManifoldDistribution, type ToleranceOptions } from './synthetic/distribution.js';
export { besselI0, besselI0Scaled } from './synthetic/bessel.js';
export { sampleVonMises, vonMisesLogDensity } from './synthetic/von-mises.js';
export {
  circleMixture,
  uniformCircle,
  vonMisesCircle,
  vonMisesMixture,
  type MixtureCenters,
  type VonMisesCircleOptions,
  type VonMisesComponent,
  type VonMisesMixtureOptions,
} from './synthetic/von-mises-circle.js';
export { projectedNormalMixture, type ProjectedNormalMixtureOptions } from './synthetic/projected-normal.js';
export {
  uniformSphere,
  uniformTorus,
  type UniformSphereOptions,
  type UniformTorusOptions,
} from './synthetic/uniform.js';
export {
  sineVonMises,
  sineVonMisesTorus,
  type AngleDistribution,
  type SineVonMisesOptions,
  type SineVonMisesTorusOptions,
} from './synthetic/sine-von-mises.js';
export { AMINO_ACIDS, type AminoAcid } from './real/amino-acids.js';
export { datasets } from './real/datasets.js';
export { type DatasetInfo } from './real/info.js';
export { dihedrals, floods, glycine, loadDataset, type Dataset } from './real/load-dataset.js';
export { type DatasetEvent, type ObtainOptions } from './real/obtain.js';
export { cacheFolder } from './real/folders.js';
export { checkPoints, type CheckPointsOptions } from './readers/check-points.js';
export { formatNpy, parseNpy, type NpyOptions } from './readers/npy.js';
export { parseDelimited, type DelimitedOptions, type TextTable } from './readers/delimited.js';
export { parsePoints, type TextPointsOptions } from './readers/text-points.js';
export { readPoints, type ReadPointsOptions } from './readers/read-points.js';
export { formatCsv, writeCsv, writeNpy, type CsvOptions } from './readers/write.js';
export {
  standardNormalPrior,
  uniformPrior,
  type Context,
  type ContextPrior,
  type Simulator,
  type SimulatorWithDensity,
} from './simulated/simulator.js';
export {
  conditionalSphereGaussian,
  sphereGaussian,
  type SphereGaussianOptions,
} from './simulated/sphere-gaussian.js';
export {
  drawPolynomialSurface,
  polynomialSurface,
  type PolynomialSurface,
  type PolynomialSurfaceOptions,
} from './simulated/polynomial-surface.js';
export { PUBLISHED_SURFACE, type PolynomialSurfaceConstants } from './simulated/polynomial-constants.js';
export { lorenzAttractor, type LorenzAttractor, type LorenzOptions } from './simulated/lorenz.js';
export {
  particleFeatures,
  restoreParticles,
  standardiseParticles,
  type ParticleFeature,
} from './simulated/particle-features.js';
export {
  PARTON_VARIABLES,
  weakBosonFusion,
  type ParticleEvents,
  type WeakBosonFusion,
} from './simulated/weak-boson-fusion.js';
export {
  readParticleFiles,
  type ParticleFiles,
  type ParticleSplit,
  type ReadParticleFilesOptions,
} from './simulated/particle-files.js';
export {
  simulateDataset,
  simulators,
  type SimulateDatasetOptions,
  type SimulatedDataset,
  type SimulatedPoints,
  type SimulatorInfo,
} from './simulated/registry.js';
