export {
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
