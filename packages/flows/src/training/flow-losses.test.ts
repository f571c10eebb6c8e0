import * as tf from '@tensorflow/tfjs';
import { assertDerivatives } from '@ebim/autodiff';
import { key, normal, treeDispose, treeTidy, uniform, useBackend, type TensorTree } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { vectorFlow } from '../compose/vector-flow.js';
import { ambientFlow } from '../models/ambient-flow.js';
import { mFlow, pie } from '../models/manifold-flow.js';
import type { FlowModel } from '../models/model.js';
import { replaceParameters, trainedParameters } from '../transform/trained-parameters.js';
import { likelihoodLoss, reconstructionLoss } from './flow-losses.js';
import { lossAt } from './loss.js';
import { stageTrainer } from './stage-trainer.js';

beforeAll(async () => {
  await useBackend('cpu');
});

type P = { readonly at: tf.Tensor };

/** A stand-in whose numbers are known: log densities as given times `at`, projections moved by `at`. */
const standIn = (logs: readonly number[]): FlowModel<P> =>
  ({
    name: 'mFlow',
    dataSize: 2,
    latentSize: 1,
    contextSize: 0,
    untrained: [],
    project: ({ at }: P, x: tf.Tensor) => tf.add(x, at),
    logDensity: ({ at }: P) => tf.mul(tf.tensor1d([...logs]), at),
    coordinates: ({ at }: P, x: tf.Tensor) => tf.mul(x, at),
  }) as unknown as FlowModel<P>;

const valuesOf = async (terms: ReturnType<typeof lossAt>): Promise<Record<string, number>> => {
  const entries = Object.entries({ loss: terms.loss, ...terms.stats });
  return Object.fromEntries(
    await Promise.all(entries.map(async ([name, t]) => [name, (await t.data())[0]] as const)),
  );
};

describe('losses', () => {
  installLeakGuard();

  it('of reconstruction are mean squares over rows and entries, or Huber', async () => {
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    for (const [by, kind, mean] of [
      [0.5, 'square', 0.25],
      [3, 'square', 9],
      [0.5, 'smoothL1', 0.125],
      [-3, 'smoothL1', 2.5],
    ] as const) {
      const at = { at: tf.scalar(by) };
      const loss = reconstructionLoss(standIn([]), { weight: 10, kind, coordinateWeight: 2 });
      const terms = treeTidy(() => ({ ...lossAt(loss, at, { x }, key(0)) }) as never) as ReturnType<
        typeof lossAt
      >;
      expect(await valuesOf(terms)).toEqual({
        loss: expect.closeTo(10 * mean + 2 * 7.5 * by * by, 4) as number,
        reconstruction: expect.closeTo(mean, 6) as number,
        coordinates: expect.closeTo(7.5 * by * by, 4) as number,
      });
      treeDispose([at, terms.loss, { ...terms.stats }]);
    }
    x.dispose();
  });

  it('of likelihood count nats or bits per dimension, and bear some failures', async () => {
    const [x, at] = [tf.zeros([4, 2]), { at: tf.scalar(1) }];
    const lossOf = async (logs: number[], options = {}) => {
      const terms = treeTidy(
        () => ({ ...lossAt(likelihoodLoss(standIn(logs), options), at, { x }, key(0)) }) as never,
      ) as ReturnType<typeof lossAt>;
      const values = await valuesOf(terms);
      treeDispose([terms.loss, { ...terms.stats }]);
      return values;
    };
    expect(await lossOf([1, 2, 3, 6])).toEqual({ loss: -3, negativeLogLikelihood: -3, failures: 0 });
    expect((await lossOf([1, 2, 3, 6], { units: 'bitsPerDimension', weight: 2 })).loss).toBeCloseTo(
      -6 / Math.LN2,
      5,
    );
    // Of PIE and of ambient densities all dimensions count.
    const pieLoss = likelihoodLoss({ ...standIn([1, 2, 3, 6]), name: 'pie' }, { units: 'bitsPerDimension' });
    const ambientLoss = likelihoodLoss(standIn([1, 2, 3, 6]), { units: 'bitsPerDimension', mode: 'ambient' });
    for (const loss of [pieLoss, ambientLoss]) {
      const value = tf.tidy(() => lossAt(loss, at, { x }, key(0)).loss);
      expect((await value.data())[0]).toBeCloseTo(-3 / (2 * Math.LN2), 5);
      value.dispose();
    }
    expect(await lossOf([1, NaN, 3, -Infinity])).toEqual({
      loss: -1,
      negativeLogLikelihood: -1,
      failures: 2,
    });
    expect((await lossOf([1, NaN, 3, NaN], { toleratedFailures: 1 })).loss).toBeNaN();
    treeDispose([x, at]);
  });

  it('of scores compare the slope of the log density by the context', async () => {
    const small = { layers: 1, bins: 3, hidden: 5, blocks: 1 } as const;
    const model = mFlow({
      outer: vectorFlow({ size: 3, ...small }),
      inner: vectorFlow({ size: 2, contextSize: 1, ...small }),
    });
    const params = model.init(key(0));
    const [x, context] = [normal(key(1), [5, 3]), uniform(key(2), [5, 1])];
    const scores = tf.zeros([5, 1]);
    const loss = likelihoodLoss(model, { mode: 'fixedManifold', scoreWeight: 3 });
    const [terms, slopes] = treeTidy(() => {
      const log = (by: number) =>
        model.logDensity(params, x, { mode: 'fixedManifold', context: tf.add(context, by) });
      return [
        { ...lossAt(loss, params, { x, context, scores }, key(0)) } as never,
        tf.div<tf.Tensor>(tf.sub(log(0.01), log(-0.01)), 0.02),
      ];
    }) as [ReturnType<typeof lossAt>, tf.Tensor];
    const values = await valuesOf(terms);
    const square = [...(await slopes.data())].reduce((sum, s) => sum + s * s, 0) / 5;
    expect(square).toBeGreaterThan(1e-4);
    expect(Math.abs(values.score - square)).toBeLessThan(0.02 * square + 1e-5);
    expect(values.loss).toBeCloseTo(values.negativeLogLikelihood + 3 * values.score, 5);
    expect(() => loss.evaluate(params, { x, context }, key(0), [])).toThrow(
      expect.objectContaining({ code: 'bad-scores' }),
    );
    treeDispose([params, x, context, scores, terms.loss, { ...terms.stats }, slopes]);
  });
});

describe('the loss of SCANDAL', () => {
  installLeakGuard();
  // Smooth, so that differences can be trusted.
  const small = { layers: 1, bins: 3, bound: 4, hidden: 4, blocks: 1, activation: 'tanh' } as const;
  const outer = vectorFlow({ size: 3, ...small });
  const inner = vectorFlow({ size: 2, contextSize: 2, ...small });
  const models: [string, FlowModel<TensorTree>, 'exact' | 'fixedManifold'][] = [
    ['M-flow', mFlow({ outer, inner }), 'fixedManifold'],
    ['PIE', pie({ outer, inner, epsilon: 0.5 }), 'exact'],
    ['ambient flow', ambientFlow(vectorFlow({ size: 3, contextSize: 2, ...small })), 'exact'],
  ];

  it.each(models)('has the right gradient in the parameters: %s', async (_, model, mode) => {
    const params = model.init(key(0));
    const rows = {
      x: normal(key(1), [4, 3]),
      context: uniform(key(2), [4, 2]),
      scores: normal(key(3), [4, 2]),
    };
    const trained = trainedParameters(model, params);
    // The weight makes the score the greater part of the loss: its gradient has derivatives by theta and parameters.
    const loss = likelihoodLoss(model, { mode, scoreWeight: 50 });
    await assertDerivatives(
      (at: typeof trained) =>
        tf.tidy(() => loss.evaluate(replaceParameters(params, at), rows, key(0), []).loss),
      trained,
      { directions: 3 },
    );
    treeDispose([params, rows]);
  });
});

describe('a gradient that is not finite', () => {
  installLeakGuard();

  it('moves nothing, and is counted', async () => {
    const trainer = stageTrainer<P>({
      stage: {
        name: 's',
        epochs: 1,
        phases: [
          {
            name: 'p',
            batchSize: 2,
            // Finite, with an infinite slope at 0.
            loss: { statistics: [], evaluate: ({ at }) => ({ loss: tf.sum(tf.sqrt(at)), stats: {} }) },
          },
        ],
      },
      layout: [{ name: 'x', size: 1 }],
      rows: 2,
    });
    const [params, batch] = [{ at: tf.tensor1d([0, 4]) as tf.Tensor }, tf.zeros([2, 1])];
    const state = trainer.init(params);
    const next = trainer.step(key(0), state, batch);
    expect([...(await next.state.params.at.data())]).toEqual([0, 4]);
    expect((await next.stats.skipped.data())[0]).toBe(1);
    treeDispose([params, batch, state, next.state, { ...next.stats }]);
  });
});
