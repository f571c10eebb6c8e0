import type { Study } from '../study.js';

/** Densities on the sphere: the four earth data sets of the literature. */
export const earth: Study = {
  name: 'earth',
  title: 'Densities on the sphere: volcanoes, earthquakes, floods, fires',
  source: 'Mathieu & Nickel 2020; published values from riemannian-score-sde',
  summary:
    'Test likelihood of energies on the known sphere and on the surface learned from the training points; random 80/10/10 splits.',
  seeds: 5,
  run: async (context) => (await import('./earth-run.js')).runEarth(context),
};
