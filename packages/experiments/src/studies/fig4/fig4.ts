import type { Study } from '../study.js';

/** P2 Figure 4: a manifold of two pieces. */
export const fig4: Study = {
  name: 'fig4',
  title: 'Two circles: exact density, ambient EBM, pushforward model, EBIM',
  source: 'P2 Figure 4; spec 3.4',
  summary:
    'Four models of points on two circles: the ambient one has no manifold, the pushforward one cannot be disconnected, EBIM learns both circles.',
  seeds: 1,
  run: async (context) => (await import('./run.js')).runFig4(context),
};
