import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { treeDispose, treeLeaves, treeTidy, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { adam, adamW } from './adam.js';
import { cosineSchedule } from './cosine-schedule.js';
import type { Optimizer } from './optimizer.js';
import { sgd } from './sgd.js';

/**
 * 25 updates of p = (1, -2, 0.5) with gradient sin(3 t + i) + p_i / 10 at update t (from 1), in a tree of two leaves.
 */
async function after25(optimizer: Optimizer): Promise<number[]> {
  let params = { a: tf.tensor1d([1, -2]), b: [tf.scalar(0.5)] };
  let state = optimizer.init(params);
  for (let t = 1; t <= 25; t++) {
    const next = treeTidy(() => {
      const wave = (i: number) => Math.sin(3 * t + i);
      const gradients = {
        a: tf.add<tf.Tensor1D>(tf.tensor1d([wave(0), wave(1)]), tf.mul(params.a, 0.1)),
        b: [tf.add<tf.Scalar>(wave(2), tf.mul(params.b[0], 0.1))],
      };
      return optimizer.update(gradients, state, params);
    });
    treeDispose([params, state]);
    ({ params, state } = next);
  }
  const values = [...(await params.a.data()), ...(await params.b[0].data())];
  treeDispose([params, state]);
  return values;
}

/*
 * Expected values: the loops of torch/optim/adam.py (_single_tensor_adam, with and without decoupled decay) and
 * torch/optim/sgd.py (_single_tensor_sgd) transcribed to Python floats (float64), same gradients.
 */
const GOLDEN: [name: string, optimizer: () => Optimizer, expected: number[]][] = [
  ['adam', () => adam({ learningRate: 0.01 }), [0.9521722091061563, -1.9038903919022552, 0.5020470022237206]],
  [
    'adam, every option',
    () => adam({ learningRate: 0.05, beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1 }),
    [0.671032710676997, -1.3960774413885415, 0.38511714469715436],
  ],
  [
    'adamW',
    () => adamW({ learningRate: 0.01, weightDecay: 0.5 }),
    [0.8391395943746638, -1.6772744342304493, 0.4428054925657858],
  ],
  ['sgd', () => sgd({ learningRate: 0.1 }), [0.797818689116278, -1.549767369878046, 0.375262279121221]],
  [
    'sgd, momentum and weight decay',
    () => sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.01 }),
    [0.2886745953644602, -0.48764909501085246, 0.24784492394254815],
  ],
  [
    'sgd, nesterov',
    () => sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
    [0.29281377280074483, -0.4922970314064983, 0.2124448445529378],
  ],
];

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it.each(GOLDEN)('%s follows the formulas of PyTorch', async (_, optimizer, expected) => {
    const values = await after25(optimizer());
    values.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(2e-6));
  });

  it('adam moves by the learning rate at its first update, whatever the size of the gradient', async () => {
    for (const size of [1e-3, 1, 1e3]) {
      const next = treeTidy(() => {
        const params = [tf.scalar(0)];
        const optimizer = adam({ learningRate: 0.125 });
        return optimizer.update([tf.scalar(size)], optimizer.init(params), params).params;
      });
      // float32 resolves 1 - beta2 to 6e-8 only because the correction is computed by expm1.
      expect(Math.abs((await next[0].data())[0] / -0.125 - 1)).toBeLessThan(size === 1e-3 ? 1.2e-5 : 1e-6);
      treeDispose(next);
    }
  });

  it('a schedule counts updates from 0', async () => {
    const seen: number[] = [];
    const optimizer = sgd({
      learningRate: (step) => (seen.push(step.dataSync()[0]), tf.scalar(2)),
    });
    const values = await after25(optimizer);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(values).toEqual(await after25(sgd({ learningRate: 2 })));
  });

  it('changes and disposes nothing that it is given', () => {
    const params = { w: tf.tensor1d([1, 2]) };
    const gradients = { w: tf.tensor1d([3, 4]) };
    const optimizers: Optimizer[] = [
      adam({ weightDecay: 1 }),
      adamW(),
      sgd(),
      sgd({ momentum: 0.5, nesterov: true }),
    ];
    for (const optimizer of optimizers) {
      const state = optimizer.init(params);
      const before = treeLeaves(state).map((leaf) => [...leaf.dataSync()]);
      expectNoLeak(() => optimizer.update(gradients, state, params));
      expect(treeLeaves(state).map((leaf) => [...leaf.dataSync()])).toEqual(before);
      treeDispose(state);
    }
    expect([...params.w.dataSync(), ...gradients.w.dataSync()]).toEqual([1, 2, 3, 4]);
    treeDispose([params, gradients]);
  });

  it('cosineSchedule falls along half a cosine and stays at its end', () => {
    const schedule = cosineSchedule({ initial: 0.5, final: 0.1, steps: 10 });
    const at = (step: number) => tf.tidy(() => schedule(tf.scalar(step)).dataSync()[0]);
    for (let t = 0; t <= 10; t++)
      expect(at(t)).toBeCloseTo(0.1 + 0.2 * (1 + Math.cos((Math.PI * t) / 10)), 6);
    expect(at(11)).toBeCloseTo(0.1, 6);
    expect(at(1e6)).toBeCloseTo(0.1, 6);
  });

  it('cosineSchedule rises linearly first when asked to', () => {
    const schedule = cosineSchedule({ initial: 1, steps: 10, warmup: 4 });
    const at = (step: number) => tf.tidy(() => schedule(tf.scalar(step)).dataSync()[0]);
    [0.2, 0.4, 0.6, 0.8, 1].forEach((rate, t) => expect(at(t)).toBeCloseTo(rate, 6));
    expect(at(9)).toBeCloseTo(0.5, 6);
    expect(at(14)).toBeCloseTo(0, 6);
  });
});

describe('options', () => {
  const wrong: [string, () => unknown][] = [
    ['learningRate 0', () => adam({ learningRate: 0 })],
    ['learningRate NaN', () => sgd({ learningRate: NaN })],
    ['beta1 1', () => adam({ beta1: 1 })],
    ['beta2 -0.1', () => adamW({ beta2: -0.1 })],
    ['epsilon 0', () => adam({ epsilon: 0 })],
    ['weightDecay -1', () => adamW({ weightDecay: -1 })],
    ['momentum -1', () => sgd({ momentum: -1 })],
    ['nesterov without momentum', () => sgd({ nesterov: true })],
    ['steps 0', () => cosineSchedule({ initial: 1, steps: 0 })],
    ['steps 1.5', () => cosineSchedule({ initial: 1, steps: 1.5 })],
    ['warmup -1', () => cosineSchedule({ initial: 1, steps: 1, warmup: -1 })],
    ['final Infinity', () => cosineSchedule({ initial: 1, steps: 1, final: Infinity })],
    ['a text', () => adam({ learningRate: '1' as unknown as number })],
  ];
  it.each(wrong)('refuses %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ name: 'ConfigError', code: 'bad-option' }));
  });

  it('refuses gradients of another structure', () => {
    const params = { w: tf.scalar(1) };
    const optimizer = adam();
    const state = optimizer.init(params);
    const gradients = { v: tf.scalar(1) } as unknown as typeof params;
    expect(() => optimizer.update(gradients, state, params)).toThrow(
      expect.objectContaining({ code: 'tree-mismatch' }),
    );
    treeDispose([params, state, gradients]);
  });
});
