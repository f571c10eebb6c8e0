import type { Study } from '../study.js';

/** P2 Figure 5: floods on the globe. */
export const fig5: Study = {
  name: 'fig5',
  title: 'Floods on a sphere that nobody told the models about',
  source: 'P2 Figure 5; spec 3.5',
  summary: 'The pushforward model tears the sphere, EBIM closes it; both colour it by their density.',
  seeds: 1,
  run: async (context) =>
    (await import('../space-densities.js')).runSpaceDensities(context, {
      experiment: 'floods',
      figure: 'fig5',
      views: [
        [20, 280],
        [20, 40],
      ],
      bounds: [
        [-1.1, 1.1],
        [-1.1, 1.1],
        [-1.03, 1.03],
      ],
    }),
};
