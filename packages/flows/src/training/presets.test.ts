import * as tf from '@tensorflow/tfjs';
import { parameterCount } from '@ebim/nn';
import { key, treeDispose, useBackend, type TensorTree } from '@ebim/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { changesLastWidely, connections } from '../compose/connected-orders.js';
import type { PermutationParams } from '../linear/permutation.js';
import type { FlowModel } from '../models/model.js';
import { parameterReport } from '../models/parameter-report.js';
import { flowModel, presetSchedule, type FlowModelName, type ScheduleName } from './preset-models.js';
import { FLOW_PRESETS, SCANDAL_SCORE_WEIGHT, type FlowArchitecture, type FlowPreset } from './presets.js';

beforeAll(async () => {
  await useBackend('cpu');
});

describe('presets', () => {
  const { paper } = FLOW_PRESETS.polynomialSurface;

  // Parameter counts of the published models (spec 2.10).
  it.each<[keyof typeof FLOW_PRESETS, FlowModelName, number, Record<string, number>]>([
    ['polynomialSurface', 'ambientFlow', 455_435, {}],
    ['polynomialSurface', 'mFlow', 446_777, { outer: 226_632, inner: 220_145 }],
    ['polynomialSurface', 'pie', 446_777, { outer: 226_632, inner: 220_145 }],
    ['polynomialSurface', 'conditionalPie', 449_277, { outer: 229_132, inner: 220_145 }],
    ['polynomialSurface', 'mFlowWithEncoder', 548_379, { outer: 226_632, inner: 220_145, encoder: 101_602 }],
    [
      'polynomialSurface',
      'probabilisticAutoencoder',
      423_350,
      { inner: 220_145, encoder: 101_602, decoder: 101_603 },
    ],
    ['lorenz', 'mFlow', 424_582, { outer: 214_512, inner: 210_070 }],
    ['particlePhysics', 'ambientFlow', 3_836_940, {}],
    ['particlePhysics', 'mFlow', 3_149_960, { outer: 2_177_240, inner: 972_720 }],
    ['particlePhysics', 'pie', 3_149_960, { outer: 2_177_240, inner: 972_720 }],
    ['particlePhysics', 'conditionalPie', 3_165_960, { outer: 2_193_240, inner: 972_720 }],
    [
      'particlePhysics',
      'mFlowWithEncoder',
      3_256_474,
      { outer: 2_177_240, inner: 972_720, encoder: 106_514 },
    ],
    [
      'particlePhysics',
      'probabilisticAutoencoder',
      1_185_774,
      { inner: 972_720, encoder: 106_514, decoder: 106_540 },
    ],
  ])('build on %s the %s of %d parameters', (preset, name, count, parts) => {
    const model = flowModel(name, FLOW_PRESETS[preset].paper.architecture);
    const params = model.init(key(0));
    const report = parameterReport(model, params);
    expect(report.total).toBe(count);
    if (name === 'ambientFlow') expect(Object.values(report.byPart).reduce((a, b) => a + b, 0)).toBe(count);
    else expect(report.byPart).toEqual(parts);
    treeDispose(params);
  });

  describe('take permutations', () => {
    const ordersOf = (architecture: FlowArchitecture, seed: number, name: FlowModelName = 'mFlow') => {
      const small = { ...architecture, layers: { ...architecture.layers, inner: 0 }, hidden: 4, blocks: 1 };
      const params = flowModel(name, small).init(key(seed)) as { readonly outer: readonly TensorTree[] };
      const orders = params.outer
        .filter((_, at) => at % 2 === 0)
        .map((part) => (part as unknown as PermutationParams).order.dataSync());
      treeDispose(params);
      return orders;
    };
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);

    it('that connect all features, or as published', () => {
      const { architecture } = FLOW_PRESETS.circle.fast;
      const all = (options: Pick<FlowArchitecture, 'connected'>) =>
        seeds.every((seed) => connections(ordersOf({ ...architecture, ...options }, seed), 5) === 4);
      expect(all({})).toBe(true);
      expect(all({ connected: true })).toBe(true);
      expect(all({ connected: false })).toBe(false);
    });

    it.each<FlowModelName>(['mFlow', 'pie', 'conditionalPie', 'mFlowWithEncoder'])(
      'that suit a surface where %s is told to',
      (name) => {
        const few = seeds.slice(0, 10);
        const { architecture } = paper;
        const all = (options: Pick<FlowArchitecture, 'hypersurface'>) =>
          few.every((seed) => changesLastWidely(ordersOf({ ...architecture, ...options }, seed, name), 5));
        expect(all({ hypersurface: true })).toBe(true);
        expect(all({})).toBe(false);
      },
    );
  });

  it('divide the epochs as published', () => {
    const epochs = (name: Parameters<typeof presetSchedule>[0]): [string, number, string[]][] =>
      presetSchedule(name, flowModel('mFlow', paper.architecture), paper.training).map((stage) => [
        stage.name,
        stage.epochs,
        stage.phases.map((phase) => `${phase.name} ${phase.batchSize} ${phase.updates?.join('+') ?? 'all'}`),
      ]);
    const density = 'density 100 inner';
    expect(epochs('likelihood')).toEqual([['likelihood', 50, ['likelihood 100 all']]]);
    expect(epochs('reconstruction')).toEqual([['manifold', 50, ['manifold 100 outer']]]);
    expect(epochs('sequential')).toEqual([
      ['manifold', 25, ['manifold 100 outer']],
      ['density', 25, [density]],
    ]);
    expect(epochs('alternating')).toEqual([['alternating', 25, ['manifold 100 outer', density]]]);
    expect(epochs('simultaneous')).toEqual([
      ['before', 16, ['before 100 all']],
      ['simultaneous', 18, ['simultaneous 100 all']],
      ['density', 16, [density]],
    ]);
    expect(epochs('transport')).toEqual([['transport', 50, ['transport 1000 all']]]);
    expect(epochs('alternatingTransport')).toEqual([['alternating', 25, ['transport 1000 all', density]]]);
  });

  // Spec 3.7, for what no parameter count shows.
  it.each<[keyof typeof FLOW_PRESETS, number[]]>([
    ['circle', [0.1, 10_000, 0.25, 120, 100, 1000, 1e-3, 0.01, 1, 100, 0.1, 1]],
    ['polynomialSurface', [0.01, 100_000, 0.25, 50, 100, 1000, 1e-3, 1e-4, 1, 1000, 1, 1]],
    ['lorenz', [0.01, 1_000_000, 0.1, 100, 100, 1000, 3e-4, 1e-4, 5, 1000, 1, 1]],
    ['particlePhysics', [0.1, 1_000_000, 0.25, 50, 100, 1000, 3e-4, 1e-5, 10, 10_000, 1, 1]],
  ])('train on %s as published', (name, published) => {
    const { architecture, training: t }: FlowPreset = FLOW_PRESETS[name].paper;
    const { reconstruction, density, likelihood } = t.weights;
    expect([
      ...[architecture.epsilon, t.points, t.validation, t.epochs, t.batchSize, t.transportBatchSize],
      ...[t.learningRate, t.weightDecay, t.clipNorm, reconstruction, density, likelihood],
    ]).toEqual(published);
  });

  it('give losses their weights and units, and scores to SCANDAL alone', async () => {
    const { training } = FLOW_PRESETS.particlePhysics.paper;
    // Projections are off by 1 and coordinates are 3 everywhere; densities are e^(-14 ln 2) times e^(2 theta).
    const standIn = {
      ...{ name: 'mFlow', dataSize: 2, latentSize: 14, contextSize: 1, untrained: [] },
      project: (_: TensorTree, x: tf.Tensor) => tf.add(x, 1),
      coordinates: (_: TensorTree, x: tf.Tensor) => tf.fill(x.shape, 3),
      logDensity: (_: TensorTree, __: tf.Tensor, { context }: { context: tf.Tensor }) =>
        tf.sub(tf.mul(2, tf.reshape(context, [4])), 14 * Math.LN2),
    } as unknown as FlowModel<TensorTree>;
    const lossesOf = async (schedule: ScheduleName, options = training): Promise<number[]> => {
      const phases = presetSchedule(schedule, standIn, options).flatMap((stage) => stage.phases);
      const values = phases.map(({ loss }) =>
        tf.tidy(
          () =>
            loss.evaluate(
              {},
              { x: tf.zeros([4, 2]), context: tf.zeros([4, 1]), scores: tf.ones([4, 1]) },
              key(0),
              [],
            ).loss,
        ),
      );
      const numbers = await Promise.all(values.map(async (value) => (await value.data())[0]));
      tf.dispose(values);
      return numbers.map((value) => Math.round(1e3 * value) / 1e3);
    };
    expect(await lossesOf('likelihood')).toEqual([1]);
    expect(await lossesOf('reconstruction')).toEqual([10_000.09]);
    expect(await lossesOf('sequential')).toEqual([10_000.09, 1]);
    expect(await lossesOf('alternating')).toEqual([10_000.09, 1]);
    expect(await lossesOf('simultaneous')).toEqual([10_000, 10_000.1, 1]);
    const scandal = { ...training, scoreWeight: SCANDAL_SCORE_WEIGHT };
    expect(await lossesOf('sequential', scandal)).toEqual([10_000.09, 1 + 2]);
    expect(await lossesOf('likelihood', scandal)).toEqual([1 + 2]);
    expect(await lossesOf('likelihood', { ...training, units: 'nats' })).toEqual([
      Math.round(14e3 * Math.LN2) / 1e3,
    ]);
  });

  it('refuse what a model cannot be trained by, and names that they do not know', () => {
    const { architecture, training } = paper;
    expect(() => presetSchedule('sequential', flowModel('ambientFlow', architecture), training)).toThrow(
      expect.objectContaining({ code: 'no-manifold-to-learn' }),
    );
    expect(() => flowModel('gan' as FlowModelName, architecture)).toThrow('one of ambientFlow');
    expect(() => presetSchedule('both' as 'likelihood', flowModel('mFlow', architecture), training)).toThrow(
      'one of likelihood',
    );
  });

  it('put one scalar map on the circle', () => {
    const { architecture } = FLOW_PRESETS.circle.fast;
    const model = flowModel('mFlow', architecture);
    expect([model.dataSize, model.latentSize, model.contextSize]).toEqual([2, 1, 0]);
    const params = model.init(key(0));
    expect(parameterCount((params as unknown as { inner: typeof params }).inner)).toBe(2);
    treeDispose(params);
  });
});
