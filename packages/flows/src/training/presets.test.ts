import { parameterCount } from '@ebim/nn';
import { key, treeDispose, useBackend } from '@ebim/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainedParameters } from '../transform/trained-parameters.js';
import { FLOW_PRESETS, flowModel, presetSchedule, type FlowModelName } from './presets.js';

beforeAll(async () => {
  await useBackend('cpu');
});

describe('presets', () => {
  const { paper } = FLOW_PRESETS.polynomialSurface;

  // Parameter counts of the published models (spec 2.10).
  it.each<[FlowModelName, number]>([
    ['ambientFlow', 455_435],
    ['mFlow', 446_777],
    ['pie', 446_777],
    ['conditionalPie', 449_277],
    ['mFlowWithEncoder', 548_379],
    ['probabilisticAutoencoder', 423_350],
  ])('build %s of the polynomial surface with %d parameters', (name, count) => {
    const model = flowModel(name, paper.architecture);
    const params = model.init(key(0));
    expect(parameterCount(trainedParameters(model, params))).toBe(count);
    treeDispose(params);
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
