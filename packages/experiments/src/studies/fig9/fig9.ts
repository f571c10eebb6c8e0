import type { Study } from '../study.js';

/** P2 Figure 9: how many steps of constrained Langevin dynamics a density needs when every chain starts anew. */
export const fig9: Study = {
  name: 'fig9',
  title: 'Number of constrained Langevin steps',
  source: 'P2 Figure 9; spec 3.7, D40',
  summary:
    'The von Mises experiment without a replay buffer, its density trained with chains of 1 to 40 steps: short chains over-peak the mode.',
  seeds: 1,
  run: async (context) => (await import('./run.js')).runFig9(context),
};
