import type { Study } from '../study.js';

/** P2 Figure 2: what becomes of a manifold-defining function without negatives and without a rank regulariser. */
export const fig2: Study = {
  name: 'fig2',
  title: 'Degenerate manifold-defining functions',
  source: 'P2 Figure 2; spec 3.2',
  summary:
    'The points of Figure 1 and the loss mean |F| alone: a plain network becomes zero everywhere, the left inverse of an injective flow nearly so, although its Jacobian has full rank.',
  seeds: 1,
  run: async (context) => (await import('./run.js')).runFig2(context),
};
