import type { DensityConfig, EvaluationConfig, ManifoldConfig } from '../config/schema.js';
import type { Profile } from './experiment.js';

/** What every low-dimensional run of the papers shares (spec 3, "common low-dim facts"). */
const MANIFOLD: ManifoldConfig = {
  hidden: [8, 8, 8],
  epochs: 300,
  batchSize: 50,
  shuffle: false,
  learningRate: 0.01,
  bufferCapacity: 10_000,
  bufferFraction: 0.95,
  loss: 'v2',
  minSingularValue: 1,
  maxSingularValue: null,
  rankWeight: 10,
  negativeWeight: 0.3,
  magnitudeWeight: 1,
  positiveNorm: 'l2',
  negativeNorm: 'l2',
  energyNorm: 'l2',
  sampler: { steps: 20, noiseScale: 0.1, stepSize: 10, gradClamp: 0.03 },
};

const DENSITY: DensityConfig = {
  hidden: [32, 32],
  epochs: 20,
  batchSize: 50,
  shuffle: false,
  learningRate: 0.01,
  bufferCapacity: 1000,
  bufferFraction: 0.95,
  clipNorm: 1,
  magnitudeWeight: 0.1,
  sampler: {
    steps: 10,
    noiseScale: 0.1,
    stepSize: null,
    gradClamp: 0.03,
    tangentProjection: 'reference',
    constraintSolver: 'lbfgs',
    onFailure: 'accept',
    outOfBounds: 'clamp',
  },
  freshNoise: 'manifoldBuffer',
  negatives: 'chains',
  nodes: { count: 40_000, perStep: 512, scales: [0.003, 0.015, 0.06] },
  schedule: 'constant',
  averageDecay: null,
  validationShare: 0,
  frequencies: [],
};

/**
 * Manifold settings of a profile: `corrected` deals the data anew each epoch (spec D18); the chains of the negatives
 * only have to find zeros of F off the data, so their published sizes stay.
 */
export function manifoldSettings(profile: Profile, settings: Partial<ManifoldConfig>): ManifoldConfig {
  return { ...MANIFOLD, shuffle: profile === 'corrected', ...settings };
}

/** Settings of the density, with those of the sampler nested. */
export type DensitySettings = Partial<Omit<DensityConfig, 'sampler'>> & {
  readonly sampler?: Partial<DensityConfig['sampler']>;
};

/**
 * Density settings of a profile. `paper` starts chains from projected noise of the box (spec D10). `corrected` fits E
 * by maximum likelihood over nodes on the learned manifold instead of chains, so that E is -log p up to a constant at
 * temperature 1 (spec D27), with a learning rate that falls to zero and averaged parameters; its sizes were chosen by the
 * likelihood of held-out points on seeds from 100. Where chains are asked for after all, they solve the constraint by
 * Newton's method to tolerance, keep their place where that fails, project exactly, take no step out of the box and
 * have stepSize = noiseScale^2 and no clamp (spec D10, D11, D16, D17, D18).
 */
export function densitySettings(profile: Profile, settings: DensitySettings): DensityConfig {
  const { sampler = {}, ...rest } = settings;
  const published: DensityConfig = {
    ...DENSITY,
    ...rest,
    sampler: { ...DENSITY.sampler, ...sampler },
    freshNoise: profile === 'reference' ? 'manifoldBuffer' : 'box',
  };
  if (profile !== 'corrected') return published;
  return {
    ...published,
    negatives: 'nodes',
    schedule: 'cosine',
    averageDecay: 0.99,
    batchSize: 200,
    magnitudeWeight: 0,
    shuffle: true,
    ...settings,
    sampler: {
      ...published.sampler,
      stepSize: null,
      gradClamp: null,
      tangentProjection: 'cholesky',
      constraintSolver: 'newton',
      onFailure: 'keepPrevious',
      outOfBounds: 'reject',
    },
  };
}

/** What every evaluation shares unless an experiment says otherwise. */
type SharedEvaluation = 'distance' | 'temperature' | 'reference' | 'meshLevel' | 'partition' | 'farDistance';

/**
 * Evaluation settings of a profile: the distance to the manifold is the published one but in `corrected` (spec 1.14),
 * and `paper` compares in the cells that its text describes (spec D3).
 */
export function evaluationSettings(
  profile: Profile,
  settings: Omit<EvaluationConfig, SharedEvaluation> & Partial<EvaluationConfig>,
): EvaluationConfig {
  return {
    temperature: 1,
    distance: profile === 'corrected' ? 'lagrangian' : 'penalty',
    reference: profile === 'paper' ? 'cells' : 'points',
    meshLevel: 0,
    partition: 'manifold',
    farDistance: 0.02,
    ...settings,
  };
}
