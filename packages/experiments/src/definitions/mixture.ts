import { fromRows, vonMisesMixture, type ManifoldDistribution } from '@ebim/datasets';
import type { EbimConfig } from '../config/schema.js';
import type { ExperimentDefinition, GroundTruth, Profile } from './experiment.js';
import { densitySettings, evaluationSettings, manifoldSettings } from './profiles.js';

/** Where the authors' code has the centres (spec D7). */
const OFFSET = 1.8;

const twoCircles = (offset: number): ManifoldDistribution =>
  vonMisesMixture({
    centers: [
      [-offset, 0],
      [offset, 0],
    ],
    concentration: 2,
  });

/** 250 points at equal angles on each circle with the exact density (spec 1.15). */
function groundTruth(offset: number): GroundTruth {
  const angles = Array.from({ length: 250 }, (_, i) => -Math.PI + (2 * Math.PI * i) / 249);
  const points = fromRows(
    [-offset, offset].flatMap((center) => angles.map((a) => [center + Math.cos(a), Math.sin(a)])),
  );
  return { points, density: twoCircles(offset).logDensity(points).map(Math.exp) };
}

function config(profile: Profile, fast: boolean): EbimConfig {
  const paper = profile === 'paper';
  const corrected = profile === 'corrected';
  const box = { lower: [-3.3, -3.3], upper: [3.3, 3.3] };
  const density = densitySettings(profile, {
    // Three hidden layers in the text, two in the stored run (spec D30).
    hidden: paper ? [32, 32, 32] : [32, 32],
    ...(corrected ? { epochs: fast ? 60 : 100 } : { epochs: 10, batchSize: 100, magnitudeWeight: 0.3 }),
    bufferCapacity: paper ? 1000 : 10_000,
    sampler: {
      noiseScale: corrected ? 0.2 : 0.5,
      stepSize: 1,
      gradClamp: 0.1,
      ...(fast
        ? {
            constraintSolver: 'newton' as const,
            tangentProjection: 'cholesky' as const,
            onFailure: 'keepPrevious' as const,
          }
        : {}),
    },
  });
  return {
    seed: 0,
    backend: 'auto',
    // The text says 2, all stored outputs of the authors were made with 1.8 (spec D7).
    data: { count: 1000, split: null, circleOffset: paper ? 2 : OFFSET },
    bounds: box,
    manifoldDimension: 1,
    checkpointEvery: 10,
    manifold: manifoldSettings(profile, {
      // With the published network and 5000 steps a circle stays open, where there are few data, in two of three
      // seeds; a wider network and 20000 steps closed both in four of four.
      ...(corrected ? { hidden: [16, 16, 16] } : {}),
      epochs: fast ? 250 : corrected ? 1000 : 500,
      batchSize: corrected || fast ? 50 : 100,
      rankWeight: 1,
    }),
    density: {
      ...density,
      // Chains, where they are asked for, do not move between the circles: where they start decides how much of the
      // mass each gets. The box gave the left circle 59 % of it in one of three seeds.
      freshNoise: corrected ? 'data' : density.freshNoise,
    },
    evaluation: evaluationSettings(profile, {
      points: 4000,
      // Of the points that the pictures show (spec D21).
      partition: profile === 'reference' ? 'covering' : 'manifold',
      box,
      // The text has 100 cells an axis, the code 100 grid lines (spec D5).
      ticks: paper ? 101 : 100,
      distancePoints: 1000,
      meshBox: box,
      meshResolution: 300,
      referencePoints: 500,
    }),
  };
}

/** P2 Fig 4: two circles, of which the model knows neither the number nor the places. */
export const mixture: ExperimentDefinition = {
  name: 'mixture',
  title: 'Two von Mises densities on two circles',
  source: 'P2 Figure 4, Table 1 row 1; spec 3.4',
  summary: '1000 points on two unit circles; learns both circles, then the density along them.',
  config,
  load: (settings, key) => {
    const offset = settings.data.circleOffset ?? OFFSET;
    return Promise.resolve({
      points: twoCircles(offset).sample(key, settings.data.count ?? 1000),
      groundTruth: groundTruth(offset),
    });
  },
  topology: { components: 2, eulerCharacteristic: null },
  published: {
    wasserstein: [
      { label: 'Table 1 (mean of 3 runs)', value: 0.002 },
      { label: 'stored notebook run', value: 0.00167 },
    ],
    distance: { min: 0.006e-5, median: 0.73e-2, mean: 0.98e-2, max: 0.045 },
    manifold: { positive: 0.0043, negative: 0.106, rank: 1e-4 },
    anchors: [
      { label: 'exact density on the true circles', value: 0.0005 },
      { label: 'uniform density on the true circles', value: 0.0107 },
    ],
  },
  views: [],
};
