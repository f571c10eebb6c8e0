import type { Study } from '../study.js';
import { LORENZ_SIZES } from './sizes.js';

/** Figure 5 of the M-flow paper. */
export const lorenzStudy: Study = {
  name: 'lorenz',
  title: 'Lorenz attractor',
  source: 'M-flow paper, Figure 5; flow spec 4.4',
  summary:
    'An M-flow of dimension 2 learns the Lorenz attractor, whose two wings have to fit into one chart, in trainings of several lengths: --only chooses some, --fast the shortest of them.',
  seeds: 1,
  members: LORENZ_SIZES.map(({ name }) => name),
  run: async (context) => (await import('./run.js')).runLorenz(context),
};
