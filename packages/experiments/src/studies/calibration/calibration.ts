import type { Study } from '../study.js';

/** Whether exp(-energy) is the density at temperature 1 (spec D27), by each way of training, on von Mises data. */
export const calibration: Study = {
  name: 'calibration',
  title: 'Calibration: energies as -log p at temperature 1',
  source: 'spec D27, section 7 (14)',
  summary:
    'Von Mises data with kappa = 2 on the circle: the kappa of the learned density and its distance to the exact curve, by chains as published, adjusted chains and quadrature.',
  seeds: 3,
  run: async (context) => (await import('./run.js')).runCalibration(context),
};
