import type { Study } from '../study.js';

/** P2 Figure 11: the least singular value that the rank regulariser asks for. */
export const fig11: Study = {
  name: 'fig11',
  title: 'Least singular value of the rank regulariser',
  source: 'P2 Figure 11; spec 3.7',
  summary:
    'The glycine experiment with eta from 0.3 to 5: where it is larger, the loss stays higher and the manifold goes wrong.',
  seeds: 1,
  run: async (context) => (await import('./run.js')).runFig11(context),
};
