/** Compiles one training step and prints how many milliseconds that took: for suites/compile-time.ts. */
import { enableFusedMultiply, explain } from '@ebim/compiler';
import { key, useBackend } from '@ebim/runtime';
import { batchSize, manifoldTrainerOfFig1, pointsOnCircle } from './suites/fig1.js';
import { flowTrainerOfTable2 } from './suites/flows.js';
import { densityTrainerOfFig1 } from './suites/steps.js';

const compilations = {
  mdf: () => {
    const { trainer } = manifoldTrainerOfFig1();
    return explain(trainer.step, key(2), trainer.init(key(1)), pointsOnCircle(batchSize));
  },
  cebm: () => {
    const { trainer, starts } = densityTrainerOfFig1(undefined, 0);
    return explain(trainer.step, key(2), trainer.init(key(1)), starts);
  },
  outer: () => ofFlow('outer'),
  inner: () => ofFlow('inner'),
} as const;

function ofFlow(part: 'outer' | 'inner') {
  const { trainer, state, batch } = flowTrainerOfTable2(part);
  return explain(trainer.step, key(3), state, batch);
}

/** Which steps there are. */
export type CompiledStep = keyof typeof compilations;

await enableFusedMultiply();
await useBackend('cpu');
const { trace, optimize, build } = compilations[process.argv[2] as CompiledStep]().milliseconds;
console.log(trace + optimize + build);
