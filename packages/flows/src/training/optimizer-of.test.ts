import * as tf from '@tensorflow/tfjs';
import { treeDispose, treeTidy, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { optimizerOf } from './optimizer-of.js';
import type { Optimization } from './stage.js';

beforeAll(async () => {
  await useBackend('cpu');
});

/** Two epochs of three steps, and a last step after them. */
const COUNTS = { epochs: 2, steps: 3 };
/** A large one, which Adam forgets and AMSGrad does not. */
const GRADIENTS = [3, 0.01, -0.02, 0.01, 0.02, -0.5];

/** A single weight of 2 after each step, by the optimiser. */
async function path(optimization: Optimization): Promise<number[]> {
  const optimizer = optimizerOf(optimization, COUNTS);
  let params = { w: tf.tensor1d([2]) };
  let state = optimizer.init(params);
  const values: number[] = [];
  for (const gradient of GRADIENTS) {
    const next = treeTidy(() => optimizer.update({ w: tf.tensor1d([gradient]) }, state, params));
    treeDispose([params, state]);
    ({ params, state } = next);
    values.push((await params.w.data())[0]);
  }
  treeDispose([params, state]);
  return values;
}

/** The same by the formulas of spec 3.6 in float64. */
function byHand(
  rates: readonly number[],
  method: 'adamW' | 'adam' | 'amsGrad',
  weightDecay: number,
): number[] {
  let [w, m, v, largest] = [2, 0, 0, 0];
  return GRADIENTS.map((given, i) => {
    const rate = rates[i];
    const gradient = method === 'adamW' ? given : given + weightDecay * w;
    if (method === 'adamW') w *= 1 - rate * weightDecay;
    m = 0.9 * m + 0.1 * gradient;
    v = 0.999 * v + 0.001 * gradient * gradient;
    largest = Math.max(largest, v);
    const second = (method === 'amsGrad' ? largest : v) / (1 - 0.999 ** (i + 1));
    w -= (rate * (m / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(second) + 1e-8);
    return w;
  });
}

describe('the optimiser of a phase', () => {
  installLeakGuard();
  const close = (actual: readonly number[], expected: readonly number[]): void =>
    expected.forEach((value, i) => expect(actual[i], `step ${i}`).toBeCloseTo(value, 5));

  it('is AdamW with rates that fall along half a cosine from epoch to epoch', async () => {
    // ½ 0.1 (1 + cos(pi t / 2)) for t = 0, 1.
    const rates = [0.1, 0.1, 0.1, 0.05, 0.05, 0.05];
    const values = await path({ learningRate: 0.1, weightDecay: 0.3 });
    close(values, byHand(rates, 'adamW', 0.3));
    // The first step by hand: decay to 2 (1 - 0.03), then 0.1 along the sign of the gradient.
    expect(values[0]).toBeCloseTo(1.94 - 0.1, 5);
  });

  it('adds the decay to the gradient in Adam and AMSGrad, and the latter remembers the largest square', async () => {
    const rates = GRADIENTS.map(() => 0.1);
    for (const method of ['adam', 'amsGrad'] as const)
      close(
        await path({ method, learningRate: 0.1, schedule: 'constant', weightDecay: 0.3 }),
        byHand(rates, method, 0.3),
      );
    expect(byHand(rates, 'adam', 0)[5]).not.toBeCloseTo(byHand(rates, 'amsGrad', 0)[5], 4);
  });

  it('lets rates fall by equal factors to the last epoch', async () => {
    const rates = [1e-2, 1e-2, 1e-2, 1e-3, 1e-3, 1e-3];
    close(await path({ learningRate: 1e-2, schedule: 'exponential' }), byHand(rates, 'adamW', 0));
    const other = [0.1, 0.1, 0.1, 0.02, 0.02, 0.02];
    const options = { learningRate: 0.1, schedule: 'exponential', finalLearningRate: 0.02 } as const;
    close(await path(options), byHand(other, 'adamW', 0));
  });

  it('refuses what it does not know', () => {
    const refused = (code: string): unknown => expect.objectContaining({ code }) as unknown;
    expect(() => optimizerOf({ method: 'sgd' as 'adam' }, COUNTS)).toThrow(refused('bad-option'));
    expect(() => optimizerOf({ schedule: 'step' as 'cosine' }, COUNTS)).toThrow(refused('bad-option'));
    expect(() => optimizerOf({ learningRate: 0 }, COUNTS)).toThrow(refused('bad-option'));
    expect(() => optimizerOf({ clipNorm: -1 }, COUNTS)).toThrow(refused('bad-option'));
  });
});
