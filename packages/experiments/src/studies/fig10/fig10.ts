import type { Study } from '../study.js';

/** P2 Figure 10: a variational autoencoder in place of the deterministic one. */
export const fig10: Study = {
  name: 'fig10',
  title: 'Weight of the divergence of a variational autoencoder',
  source: 'P2 Figure 10; spec 3.7, D14',
  summary:
    'The pushforward model on two circles with a variational autoencoder: only weights near zero give a manifold as good as that of an autoencoder.',
  seeds: 1,
  run: async (context) => (await import('./run.js')).runFig10(context),
};
