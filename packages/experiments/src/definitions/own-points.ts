import type { Points } from '@ebim/datasets';
import type { EbimConfig } from '../config/schema.js';
import { densitySettings, evaluationSettings, manifoldSettings } from './profiles.js';

/** Optimiser steps that the two stages get, whatever the number of points. */
const STEPS = {
  full: { manifold: 20_000, density: 6000 },
  fast: { manifold: 6000, density: 2000 },
} as const;

/** Share of the points that choose among energies; of fewer than five points none is left out. */
const HELD_OUT = 0.1;

/** How far the box of the chains reaches beyond the data, as a share of its half width. */
const MARGIN = 0.3;

/** The same for the pictures: where there are no data, a manifold may bulge out of that box. */
const MESH_MARGIN = 0.6;

/**
 * Settings for points of which nothing is known but the dimension of their manifold: those of the `corrected`
 * profile, networks that grow with the number of coordinates, training whose length does not depend on the number
 * of points.
 *
 * @param points in the coordinates of the model, of about unit size
 */
export function ownPointsConfig(points: Points, manifoldDimension: number, fast: boolean): EbimConfig {
  const { rows, columns } = points;
  const batchSize = Math.min(rows <= 5000 ? 50 : 100, rows);
  const batches = Math.ceil(rows / batchSize);
  const steps = fast ? STEPS.fast : STEPS.full;
  const densityBatch = Math.min(200, rows);
  // Nodes can cover curves in the plane and surfaces in space; elsewhere chains must do.
  const covered = columns <= 3 && columns - manifoldDimension === 1;
  const epochs = {
    manifold: Math.ceil(steps.manifold / batches),
    density: Math.ceil(steps.density / Math.ceil(rows / densityBatch) / (covered ? 1 : 4)),
  };
  const bounds = boundsAbout(points, MARGIN);
  return {
    seed: 0,
    backend: 'auto',
    data: { count: null, split: null, circleOffset: null },
    bounds,
    manifoldDimension,
    checkpointEvery: Math.max(1, Math.round(epochs.manifold / 20)),
    manifold: manifoldSettings('corrected', {
      hidden: columns <= 3 ? [16, 16, 16] : columns <= 5 ? [32, 32, 32] : [64, 64, 64],
      epochs: epochs.manifold,
      batchSize,
      // Several constraints have to cross each other, which a weak regulariser does not bring about.
      rankWeight: columns - manifoldDimension > 1 ? 10 : 1,
      minSingularValue: 1,
      bufferCapacity: 5000,
    }),
    density: {
      ...densitySettings('corrected', {
        hidden: columns <= 5 ? [32, 32] : [64, 64],
        epochs: epochs.density,
        batchSize: densityBatch,
        sampler: { noiseScale: 0.1 },
        ...(covered
          ? // Waves let narrow peaks be learned; held-out points say when to stop.
            { frequencies: [1, 3], validationShare: HELD_OUT }
          : { negatives: 'adjustedChains', magnitudeWeight: 0.01 }),
      }),
      freshNoise: columns - manifoldDimension > 1 ? 'data' : 'box',
    },
    evaluation: evaluationSettings('corrected', {
      points: fast ? 3000 : 10_000,
      box: bounds,
      ticks: columns === 2 ? 100 : 30,
      distancePoints: Math.min(rows, fast ? 500 : 1000),
      meshBox: boundsAbout(points, MESH_MARGIN),
      meshResolution: columns === 2 ? 200 : fast ? 64 : 96,
      referencePoints: Math.min(rows, 1000),
    }),
  };
}

/** The box of the data and a margin, which is never thin beside the longest side. */
function boundsAbout({ data, rows, columns }: Points, share: number): { lower: number[]; upper: number[] } {
  const lower = new Array<number>(columns).fill(Infinity);
  const upper = new Array<number>(columns).fill(-Infinity);
  for (let i = 0; i < rows * columns; i++) {
    lower[i % columns] = Math.min(lower[i % columns], data[i]);
    upper[i % columns] = Math.max(upper[i % columns], data[i]);
  }
  const half = lower.map((low, d) => (upper[d] - low) / 2);
  const longest = Math.max(...half);
  const margin = half.map((width) => share * Math.max(width, longest / 2));
  return {
    lower: lower.map((low, d) => low - margin[d]),
    upper: upper.map((high, d) => high + margin[d]),
  };
}
