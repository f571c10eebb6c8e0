import type { Study } from '../study.js';

/** The demonstration of the M-flow paper that likelihood alone cannot find a manifold. */
export const instability: Study = {
  name: 'instability',
  title: 'Why likelihood cannot find a manifold',
  source: 'M-flow paper, instability of simultaneous training; flow spec 3.1',
  summary:
    'Points on a line, and a line with a normal density along it as model: the likelihood is best for lines that are wrong, the reconstruction error for the right one, and both together are fooled.',
  seeds: 1,
  run: async (context) => (await import('./run.js')).runInstability(context),
};
