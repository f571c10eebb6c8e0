import { SURFACE_ROWS } from './rows.js';
import type { Study } from '../study.js';

/** Table 2 and Figure 4 of the M-flow paper. */
export const polynomialSurfaceStudy: Study = {
  name: 'polynomial-surface',
  title: 'Mixture model on a polynomial surface',
  source: 'M-flow paper, Table 2 and Figure 4; flow spec 4.3, 5.2',
  summary:
    'Eight flows and their trainings on a surface in space with one parameter: how near their samples are to the surface, how well they project, infer the parameter, and tell points off the surface.',
  seeds: 1,
  members: SURFACE_ROWS.map(({ name }) => name),
  run: async (context) => (await import('./run.js')).runPolynomialSurface(context),
};
