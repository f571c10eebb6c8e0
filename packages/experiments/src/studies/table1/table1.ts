import type { Study } from '../study.js';

/** P2 Table 1: how well EBIM and the pushforward model recover a density. */
export const table1: Study = {
  name: 'table1',
  title: 'Wasserstein scores of EBIM and of the pushforward model',
  source: 'P2 Table 1; spec 1.15, 5.1, 5.4',
  summary:
    'Trains both models on two circles, floods and glycine with several seeds, and scores them under the published protocol and by honest measures.',
  seeds: 3,
  run: async (context) => (await import('./run.js')).runTable1(context),
};
