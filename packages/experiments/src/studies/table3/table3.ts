import type { Study } from '../study.js';

/** P2 Table 3: how far the training points are from the learned manifolds. */
export const table3: Study = {
  name: 'table3',
  title: 'Distances of the training points to the learned manifolds',
  source: 'P2 Table 3; spec 1.14, 5.3',
  summary: 'Trains EBIM and the pushforward model on every data set, and measures distances as published.',
  seeds: 3,
  run: async (context) => (await import('./run.js')).runTable3(context),
};
