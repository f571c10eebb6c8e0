import type { DivergenceForm } from '@ebim/pushforward';
import { ConfigError } from '@ebim/runtime';
import { nearest } from '../config/nearest.js';
import type { Profile } from './experiment.js';

/** How an autoencoder is trained (spec 1.12). */
export interface AutoencoderSettings {
  /** Of encoder and decoder alike. */
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly learningRate: number;
  /** Of encoder and decoder, each by itself. */
  readonly clipNorm: number | null;
  /** `null`: deterministic. */
  readonly variational: { readonly divergenceWeight: number; readonly divergence: DivergenceForm } | null;
}

/** How the energy on the codes is trained (spec 1.4, 1.6, 1.12). */
export interface LatentDensitySettings {
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly learningRate: number;
  readonly clipNorm: number | null;
  readonly magnitudeWeight: number;
  readonly bufferCapacity: number;
  readonly bufferFraction: number;
  /** Half the side of the box from which the buffer is filled; `null`: the box of the codes (spec D23). */
  readonly bufferHalfSide: number | null;
  readonly sampler: {
    readonly steps: number;
    readonly noiseScale: number;
    /** `null`: noiseScale squared. */
    readonly stepSize: number | null;
    readonly gradClamp: number | null;
  };
}

/** How a pushforward model is measured (spec 1.5, 1.14, 1.15). */
export interface PushforwardEvaluationSettings {
  /** Codes along each side of the latent box whose decoded points are scored. */
  readonly latticeResolution: number;
  /**
   * Where the density of the published score is taken: at the lattice's own codes, or at those that the encoder gives
   * to the decoded points (spec D6).
   */
  readonly densityAt: 'code' | 'reencoded';
  /** `lbfgs`: all points as one problem, as the reference; `gaussNewton`: each point, to float64 precision. */
  readonly distance: 'lbfgs' | 'gaussNewton';
  /** Samples of the partition function; the exact rule is used besides for one and two latent dimensions. */
  readonly partitionSamples: number;
}

/** Every number that decides a run of a pushforward model. */
export interface PushforwardSettings {
  /** m. */
  readonly latentDimension: number;
  readonly autoencoder: AutoencoderSettings;
  readonly density: LatentDensitySettings;
  readonly evaluation: PushforwardEvaluationSettings;
}

/** The experiments with a pushforward model: Figures 1, 4, 5 and 6. */
export const PUSHFORWARD_EXPERIMENTS = ['von-mises', 'mixture', 'floods', 'glycine'] as const;

/** Name of an experiment with a pushforward model. */
export type PushforwardExperiment = (typeof PUSHFORWARD_EXPERIMENTS)[number];

/** What differs between the experiments, as the reference code has it, and where the text has another number. */
interface Recipe {
  readonly latentDimension: number;
  /** Units of every hidden layer of all three networks. */
  readonly hidden: readonly number[];
  readonly autoencoder: { readonly epochs: number; readonly batchSize: number };
  readonly density: { readonly epochs: number; readonly batchSize: number; readonly bufferCapacity: number };
  readonly sampler: { readonly steps: number; readonly noiseScale: number };
  readonly evaluation: { readonly latticeResolution: number; readonly densityAt: 'code' | 'reencoded' };
  /** Where chains at temperature 1 need other sizes than published. */
  readonly corrected?: { readonly densityEpochs: number; readonly noiseScale: number };
  readonly text?: { readonly autoencoderEpochs?: number; readonly densityBatchSize?: number };
}

/**
 * Without a clamp, steps of the published noise jump over peaks of the density: a seed of glycine scored 0.089 with
 * them, 0.030 with these, and 0.4 nats a point more.
 */
const CORRECTED_SURFACE = { densityEpochs: 100, noiseScale: 0.2 };

const RECIPES: Readonly<Record<PushforwardExperiment, Recipe>> = {
  'von-mises': {
    latentDimension: 1,
    hidden: [32, 32, 32],
    autoencoder: { epochs: 300, batchSize: 50 },
    density: { epochs: 200, batchSize: 50, bufferCapacity: 10_000 },
    sampler: { steps: 20, noiseScale: 0.5 },
    evaluation: { latticeResolution: 3000, densityAt: 'code' },
  },
  mixture: {
    latentDimension: 1,
    hidden: [32, 32, 32],
    autoencoder: { epochs: 1000, batchSize: 100 },
    density: { epochs: 300, batchSize: 100, bufferCapacity: 1000 },
    sampler: { steps: 20, noiseScale: 1 },
    evaluation: { latticeResolution: 10_000, densityAt: 'code' },
    // Distances of the stored run, with 1000, equal those of Table 3 (spec D32).
    text: { autoencoderEpochs: 300 },
  },
  floods: {
    latentDimension: 2,
    hidden: [32, 32, 32, 32],
    autoencoder: { epochs: 500, batchSize: 100 },
    density: { epochs: 50, batchSize: 50, bufferCapacity: 1000 },
    sampler: { steps: 60, noiseScale: 0.5 },
    evaluation: { latticeResolution: 100, densityAt: 'reencoded' },
    corrected: CORRECTED_SURFACE,
  },
  glycine: {
    latentDimension: 2,
    hidden: [32, 32, 32],
    autoencoder: { epochs: 500, batchSize: 50 },
    density: { epochs: 50, batchSize: 50, bufferCapacity: 1000 },
    sampler: { steps: 60, noiseScale: 0.5 },
    evaluation: { latticeResolution: 100, densityAt: 'reencoded' },
    corrected: CORRECTED_SURFACE,
    // Spec D36.
    text: { densityBatchSize: 100 },
  },
};

/**
 * Settings of a pushforward model (spec 3.1, 3.4 to 3.6).
 *
 * `paper`: the text. `reference`: what the authors' code does, where it says something else: epochs and batches of D32
 * and D36, buffers of D15 filled from [-10, 10] (D23), densities in space at g(f(z)) (D6). `corrected`: the sizes of the
 * reference with a buffer filled from the box of the codes, data dealt anew each epoch (D18), chains at temperature 1
 * (stepSize = noiseScale^2, no clamp, D27; on surfaces smaller steps and more epochs), densities at z (D6), and
 * distances point by point in float64.
 *
 * @throws ConfigError `unknown-experiment`
 */
export function pushforwardSettings(name: string, profile: Profile): PushforwardSettings {
  const recipe = recipeOf(name);
  const paper = profile === 'paper';
  const reference = profile === 'reference';
  const corrected = profile === 'corrected';
  const { latentDimension, hidden, autoencoder, density, sampler, evaluation, text = {} } = recipe;
  const own = corrected ? recipe.corrected : undefined;
  return {
    latentDimension,
    autoencoder: {
      hidden,
      epochs: (paper ? text.autoencoderEpochs : undefined) ?? autoencoder.epochs,
      batchSize: autoencoder.batchSize,
      shuffle: corrected,
      learningRate: 0.001,
      clipNorm: 1,
      variational: null,
    },
    density: {
      hidden,
      epochs: own?.densityEpochs ?? density.epochs,
      batchSize: (paper ? text.densityBatchSize : undefined) ?? density.batchSize,
      shuffle: corrected,
      learningRate: 0.01,
      clipNorm: 1,
      magnitudeWeight: 0.1,
      bufferCapacity: paper ? 1000 : density.bufferCapacity,
      bufferFraction: 0.95,
      bufferHalfSide: reference ? 10 : null,
      sampler: {
        ...sampler,
        noiseScale: own?.noiseScale ?? sampler.noiseScale,
        stepSize: corrected ? null : 10,
        gradClamp: corrected ? null : 0.03,
      },
    },
    evaluation: {
      latticeResolution: evaluation.latticeResolution,
      densityAt: reference ? evaluation.densityAt : 'code',
      distance: corrected ? 'gaussNewton' : 'lbfgs',
      partitionSamples: 5000,
    },
  };
}

/**
 * The same with a variational autoencoder (P2 Fig 10): under `corrected` with the exact divergence and a weight that
 * pulls codes to zero as hard as the reference form with `weight` does, `2 weight / m` (spec D14).
 */
export function variationalSettings(name: string, profile: Profile, weight: number): PushforwardSettings {
  const settings = pushforwardSettings(name, profile);
  const exact = profile === 'corrected';
  const variational = {
    divergenceWeight: exact ? (2 * weight) / settings.latentDimension : weight,
    divergence: exact ? ('exact' as const) : ('reference' as const),
  };
  return { ...settings, autoencoder: { ...settings.autoencoder, variational } };
}

function recipeOf(name: string): Recipe {
  const found = PUSHFORWARD_EXPERIMENTS.find((known) => known === name);
  if (found !== undefined) return RECIPES[found];
  const guess = nearest(name, PUSHFORWARD_EXPERIMENTS);
  throw new ConfigError({
    code: 'unknown-experiment',
    where: 'pushforwardSettings(name)',
    expected: `one of ${PUSHFORWARD_EXPERIMENTS.join(', ')}`,
    received: `"${name}"`,
    ...(guess === null ? {} : { hint: `Did you mean "${guess}"?` }),
    details: { name },
  });
}
