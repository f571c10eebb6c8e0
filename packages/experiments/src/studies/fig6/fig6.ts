import type { Study } from '../study.js';

/** P2 Figure 6: backbone angles of glycine. */
export const fig6: Study = {
  name: 'fig6',
  title: 'Glycine angles on a torus that nobody told the models about',
  source: 'P2 Figure 6; spec 3.6',
  summary: 'The pushforward model crumples a sheet around the data, EBIM learns a torus.',
  seeds: 1,
  run: async (context) =>
    (await import('../space-densities.js')).runSpaceDensities(context, {
      experiment: 'glycine',
      figure: 'fig6',
      views: [[30, 290]],
      // A quarter more than the papers' box: the learned torus bulges out of theirs where there are no data.
      bounds: [
        [-5.125, 5.125],
        [-5.125, 5.125],
        [-3.375, 3.375],
      ],
    }),
};
