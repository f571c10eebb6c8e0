import type { Study } from '../study.js';
import { CIRCLE_ROWS } from './rows.js';

/** The circle of the M-flow paper's reference notebook. */
export const circle: Study = {
  name: 'circle',
  title: 'Gaussian on a circle',
  source: 'M-flow reference notebook; flow spec 5.6',
  summary:
    'A Gaussian on a circle in the plane with noise of width 0.01 off it, learned by ambient, prescribed and learned manifolds: where samples lie, how well points are projected and told from others, and the learned densities.',
  seeds: 1,
  members: CIRCLE_ROWS.map(({ name }) => name),
  run: async (context) => (await import('./run.js')).runCircle(context),
};
