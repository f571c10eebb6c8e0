import type { EbimConfig } from '../config/schema.js';
import type { ExperimentDefinition, Profile } from './experiment.js';
import { loadRealData } from './load-real-data.js';
import { densitySettings, evaluationSettings, manifoldSettings } from './profiles.js';

function config(profile: Profile, fast: boolean): EbimConfig {
  const paper = profile === 'paper';
  const box = { lower: [-4.1, -4.1, -2.7], upper: [4.1, 4.1, 2.7] };
  return {
    seed: 0,
    backend: 'auto',
    data: { count: null, split: null, circleOffset: null },
    bounds: box,
    manifoldDimension: 2,
    checkpointEvery: 10,
    manifold: manifoldSettings(profile, {
      hidden: [8, 8],
      // The text says 500 epochs in 9.5 s, which is the time of 100 (spec D34). The loss of the stored run, 0.0046, is
      // what 500 epochs give here (0.0044 to 0.0055 in four seeds); after 100 it is 0.005 to 0.04, in PyTorch too.
      epochs: fast ? 200 : 500,
      minSingularValue: 0.3,
      rankWeight: 1,
      negativeWeight: 0,
      // With the published settings 7 of 12 seeds became a torus, with these 12 of 12.
      ...(profile === 'corrected' ? { hidden: [16, 16], epochs: fast ? 500 : 1500, rankWeight: 10 } : {}),
    }),
    density: densitySettings(profile, {
      // Text and stored run differ; the stored run has the published score (spec D35).
      hidden: paper ? [32, 32] : [32, 32, 32],
      // So few points in so narrow peaks are soon overfitted: some are held out to say when to stop.
      ...(profile === 'corrected'
        ? { epochs: fast ? 100 : 300, magnitudeWeight: 0.01, validationShare: 0.1 }
        : { batchSize: paper ? 100 : 50, magnitudeWeight: paper ? 1 : 0.3, epochs: 10 }),
      sampler: {
        noiseScale: 0.1,
        stepSize: null,
        gradClamp: 0.03,
        ...(fast
          ? {
              constraintSolver: 'newton' as const,
              tangentProjection: 'cholesky' as const,
              onFailure: 'keepPrevious' as const,
            }
          : {}),
      },
    }),
    evaluation: evaluationSettings(profile, {
      points: 10_000,
      temperature: profile === 'reference' ? 3 : 1,
      box,
      // The text has 30 cells an axis, the code 30 grid lines (spec D5).
      ticks: paper ? 31 : 30,
      distancePoints: 1000,
      // No data lie near phi = 0, and the outermost point of the torus there is 0.1 from the box: the learned surface
      // bulges out of it before it closes.
      meshBox: { lower: box.lower.map((x) => 1.25 * x), upper: box.upper.map((x) => 1.25 * x) },
      meshResolution: 96,
      referencePoints: 1000,
    }),
  };
}

/** P2 Fig 6: backbone angles of glycine on the torus that the model has to find. */
export const glycine: ExperimentDefinition = {
  name: 'glycine',
  title: 'Glycine dihedral angles on a torus',
  source: 'P2 Figure 6, Table 1 row 3; spec 3.6',
  summary:
    '1000 pairs of backbone angles as points on a torus in space; learns the torus and the density on it.',
  config,
  load: (settings, _key, options) => loadRealData('glycine', settings, options),
  topology: { components: 1, eulerCharacteristic: 0 },
  published: {
    wasserstein: [
      { label: 'Table 1 (mean of 3 runs)', value: 0.026 },
      { label: 'stored notebook run', value: 0.0261 },
    ],
    distance: { min: 9.176e-5, median: 2.8e-2, mean: 2.86e-2, max: 0.16 },
    manifold: { loss: 0.0046, rank: 4e-4 },
    anchors: [
      { label: 'angular kernel (kappa 10) on the true torus', value: 0.0033 },
      { label: 'uniform density on the true torus', value: 0.0329 },
    ],
  },
  views: [[30, 290]],
};
