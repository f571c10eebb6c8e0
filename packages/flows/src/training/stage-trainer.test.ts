import * as tf from '@tensorflow/tfjs';
import { compile } from '@ebim/compiler';
import { residualNet } from '@ebim/nn';
import {
  computesOnHost,
  key,
  normal,
  treeDispose,
  treeEntries,
  uniform,
  useBackend,
  type TensorTree,
} from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS } from '@ebim/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { vectorFlow } from '../compose/vector-flow.js';
import { ambientFlow } from '../models/ambient-flow.js';
import { mFlowWithEncoder, probabilisticAutoencoder } from '../models/autoencoders.js';
import { mFlow } from '../models/manifold-flow.js';
import { likelihoodLoss, reconstructionLoss, sumOfLosses } from './flow-losses.js';
import type { TrainingLoss } from './loss.js';
import { transportLoss } from './sinkhorn.js';
import { stageTrainer, type StageState } from './stage-trainer.js';

/** Programs do not depend on the backend; others than those of the host are compared with cpu. */
const backend = TEST_BACKENDS[0];
beforeEach(async () => {
  await useBackend('cpu');
});

const small = { layers: 1, bins: 3, hidden: 5, blocks: 1 } as const;
const outer = vectorFlow({ size: 3, ...small });
const inner = vectorFlow({ size: 2, contextSize: 1, ...small });
const encoder = residualNet({ inputSize: 3, outputSize: 2, hidden: 5, blocks: 1 });
const decoder = residualNet({ inputSize: 2, outputSize: 3, hidden: 5, blocks: 1 });
const model = mFlow({ outer, inner });
const withEncoder = mFlowWithEncoder({ outer, inner, encoder });
const autoencoder = probabilisticAutoencoder({ inner, encoder, decoder });
const ambient = ambientFlow(vectorFlow({ size: 3, contextSize: 1, ...small }));

const layout = [
  { name: 'x', size: 3 },
  { name: 'context', size: 1 },
  { name: 'scores', size: 1 },
];
const optimization = { learningRate: 0.01, weightDecay: 0.01, clipNorm: 1 };

const trainerOf = (loss: TrainingLoss<never>, updates?: readonly string[]) =>
  stageTrainer<never>({
    stage: { name: 's', epochs: 2, phases: [{ name: 'p', loss, updates, batchSize: 6, ...optimization }] },
    layout,
    untrained: ['outer', 'inner']
      .flatMap((part) => (part === 'outer' ? outer : inner).untrained.map((path) => `${part}/${path}`))
      .concat(ambient.untrained),
    rows: 12,
  }) as unknown as {
    init: (params: TensorTree) => StageState<TensorTree>;
    step: ReturnType<typeof stageTrainer<TensorTree>>['step'];
  };

const batchOf = (): tf.Tensor =>
  tf.tidy(() => tf.concat([normal(key(1), [6, 3]), uniform(key(2), [6, 2])], 1));
const as = (loss: unknown): TrainingLoss<never> => loss as TrainingLoss<never>;

/** name, what is trained, loss, model */
const phases: [string, readonly string[] | undefined, TrainingLoss<never>, { init: typeof model.init }][] = [
  [
    'M',
    ['outer'],
    as(reconstructionLoss(model, { weight: 10, coordinateWeight: 0.1, kind: 'smoothL1' })),
    model,
  ],
  ['D', ['inner'], as(likelihoodLoss(model, { mode: 'fixedManifold' })), model],
  ['D with scores', ['inner'], as(likelihoodLoss(model, { mode: 'fixedManifold', scoreWeight: 2 })), model],
  ['simultaneous', undefined, as(sumOfLosses([reconstructionLoss(model), likelihoodLoss(model)])), model],
  ['transport', undefined, as(transportLoss(model, { weight: 10, contextWeight: 1, iterations: 4 })), model],
  ['M of the Me-flow', ['outer', 'encoder'], as(reconstructionLoss(withEncoder)), withEncoder],
  ['M of the PAE', ['encoder', 'decoder'], as(reconstructionLoss(autoencoder)), autoencoder as never],
  ['likelihood', undefined, as(likelihoodLoss(ambient, { units: 'bitsPerDimension' })), ambient as never],
];

describe.each(phases)('a step of %s', (_, updates, loss, { init }) => {
  installLeakGuard();

  it('compiles, equals the eager one, and moves the parameters of the phase alone', async () => {
    const trainer = trainerOf(loss, updates);
    const params = init(key(0)) as TensorTree;
    const state = trainer.init(params);
    const batch = batchOf();
    const compiled = compile(trainer.step);
    const eager = trainer.step(key(3), state, batch);
    await useBackend(backend);
    const fast = compiled(key(3), state, batch);
    const { misses, passThroughs, refusals } = compiled.statistics;
    expect([misses, passThroughs, refusals]).toEqual(computesOnHost() ? [1, 0, []] : [0, 1, []]);
    const [before, slow, quick] = [params, eager.state, fast.state].map(treeEntries);
    for (const [i, [path, leaf]] of slow.entries()) {
      const [a, b] = [await leaf.data(), await quick[i][1].data()];
      a.forEach((value, j) =>
        expect(Math.abs(value - b[j]), path).toBeLessThan(2e-4 * (1 + Math.abs(value))),
      );
    }
    for (const [path, leaf] of before) {
      const after = slow.find(([other]) => other === `params/${path}`)?.[1] as tf.Tensor;
      const [a, b] = [await leaf.data(), await after.data()];
      const trained = (updates ?? ['']).some((part) => path.startsWith(part)) && leaf.dtype === 'float32';
      expect(
        a.every((value, j) => value === b[j]),
        path,
      ).toBe(!trained);
    }
    for (const [name, stat] of Object.entries(eager.stats)) {
      const [[a], [b]] = [await stat.data(), await fast.stats[name].data()];
      expect(Math.abs(a - b), name).toBeLessThan(1e-3 * (1 + Math.abs(a)));
    }
    treeDispose([params, eager.state, fast.state, { ...eager.stats }, { ...fast.stats }]);
    expectNoLeak(() => trainer.step(key(4), state, batch));
    treeDispose([state, batch]);
    compiled.dispose();
  });
});
