import type { Study } from '../study.js';

/** P2 Figure 3: a learned sphere is copied, moved, united and intersected, without further training. */
export const fig3: Study = {
  name: 'fig3',
  title: 'Manifold arithmetic on a learned sphere',
  source: 'P2 Figure 3, Table 3; spec 3.3',
  summary:
    'Learns a sphere and a density on it, moves two copies apart by half a radius each, and takes their union and their intersection, a circle.',
  seeds: 1,
  run: async (context) => (await import('./run.js')).runFig3(context),
};
