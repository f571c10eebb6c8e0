import type { Study } from '../study.js';

/** Reconstruction errors of M-flows of every dimension, as the M-flow paper scanned them for images. */
export const dimensionScan: Study = {
  name: 'dimension-scan',
  title: 'Scan of the manifold dimension',
  source: 'M-flow paper, reconstruction against n; flow spec 4.7, 8.1',
  summary:
    'M-flows of rising dimension n learn data whose dimension is known: where their reconstruction error stops to fall, beside what the distances between points say.',
  seeds: 1,
  members: ['polynomial-surface', 'sphere', 'particles'],
  run: async (context) => (await import('./run.js')).runDimensionScan(context),
};
