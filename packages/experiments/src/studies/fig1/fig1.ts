import type { Study } from '../study.js';

/** P2 Figure 1: the motivating example. */
export const fig1: Study = {
  name: 'fig1',
  title: 'Motivating example: a density on a circle',
  source: 'P2 Figure 1; spec 3.1',
  summary:
    'Von Mises points on a circle: F, E, and the densities that EBIM and a pushforward model learn, beside the exact one.',
  seeds: 1,
  run: async (context) => (await import('./run.js')).runFig1(context),
};
