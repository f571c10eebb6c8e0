import { PARTICLE_ROWS } from './rows.js';
import type { Study } from '../study.js';

/** Table 3 of the M-flow paper, on events of our own simulator. */
export const particlePhysicsStudy: Study = {
  name: 'particle-physics',
  title: 'Particle events with 40 features',
  source: 'M-flow paper, Table 3; flow spec 4.5, 5.3',
  summary:
    'Six flows, trained by likelihood and with joint scores, and a ratio estimator, on events of our own parton-level simulator: how well generated events keep the laws of kinematics, how well events are reconstructed, and how well two parameters are inferred.',
  seeds: 1,
  members: PARTICLE_ROWS.map(({ name }) => name),
  run: async (context) => (await import('./run.js')).runParticlePhysics(context),
};
