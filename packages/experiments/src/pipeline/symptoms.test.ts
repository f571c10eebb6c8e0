import { toTensor } from '@ebim/datasets';
import { key, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import type { EpochStats } from '@ebim/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyOverrides } from '../config/overrides.js';
import { floods } from '../definitions/floods.js';
import { glycine } from '../definitions/glycine.js';
import { vonMises } from '../definitions/von-mises.js';
import { densitySymptoms, manifoldSymptoms, symptomsOf } from './symptoms.js';
import { trainManifold } from './train-manifold.js';

type Stats = Record<string, number>;

const history = (epochs: number, stats: Stats | ((epoch: number) => Stats)): EpochStats[] =>
  Array.from({ length: epochs }, (_, epoch) => ({
    epoch,
    stats: typeof stats === 'function' ? stats(epoch) : stats,
    seconds: 1,
  }));

const config = vonMises.config('reference', false);
/** Ends of stored healthy runs. */
const healthyManifold = { positive: 0.0114, negative: 0.13, rank: 0.0002, 'sampler/finite': 1 };
const healthyDensity = {
  positive: -0.71,
  negative: 0.77,
  'sampler/finite': 1,
  'sampler/accepted': 1,
  'sampler/converged': 0.19,
  'sampler/constraintViolation': 0.0088,
};

const codes = (settings: string[], stats: Stats | ((epoch: number) => Stats), epochs = 300): string[] =>
  manifoldSymptoms(applyOverrides(config, settings))(history(epochs, stats)).map(({ code }) => code);

const densityCodes = (stats: Stats, epochs = 20): string[] =>
  densitySymptoms(config)(history(epochs, { ...healthyDensity, ...stats })).map(({ code }) => code);

describe('manifoldSymptoms', () => {
  it('says nothing of a healthy run, nor of the first quarter of any', () => {
    expect(codes([], healthyManifold)).toEqual([]);
    const sick = { ...healthyManifold, rank: 1, negative: 0, 'sampler/finite': 0 };
    expect(codes([], sick, 74)).toEqual([]);
    expect(codes([], sick, 75)).toHaveLength(3);
    expect(codes([], (epoch) => (epoch === 200 ? sick : healthyManifold))).toEqual([]);
  });

  it('says nothing of the ends of the stored runs of floods and of glycine, which has no negatives', () => {
    const floodsEnd = { positive: 0.003, negative: 0.112, rank: 0, 'sampler/finite': 1 };
    expect(manifoldSymptoms(floods.config('reference', false))(history(300, floodsEnd))).toEqual([]);
    // No chains, no statistics of them.
    const glycineEnd = { positive: 0.0035, negative: 0, rank: 1e-4 };
    expect(manifoldSymptoms(glycine.config('reference', false))(history(500, glycineEnd))).toEqual([]);
  });

  it.each([
    ['flat-manifold', { rank: 0.3 }, [], 'manifold.rankWeight'],
    ['collapsing-manifold', { positive: 0.1, negative: 0.15 }, [], 'manifold.negativeWeight'],
    ['collapsing-manifold', { positive: 0, negative: -1e-9 }, [], 'manifold.rankWeight'],
    ['exploding-manifold', { negative: 3.2 }, [], 'manifold.sampler.steps'],
    [
      'exploding-manifold',
      { negative: 3.2 },
      ['manifold.magnitudeWeight=0'],
      'Set manifold.magnitudeWeight to 1',
    ],
    ['lost-chains', { 'sampler/finite': 0.99 }, [], 'manifold.sampler.gradClamp'],
  ] as const)('tells %s of %j with the setting to change', (code, stats, settings, knob) => {
    const watch = manifoldSymptoms(applyOverrides(config, settings));
    const told = watch(history(300, { ...healthyManifold, ...stats }));
    expect(told.map((symptom) => symptom.code)).toEqual([code]);
    expect(told[0].message).toContain(knob);
  });
});

describe('densitySymptoms', () => {
  it('says nothing of healthy runs, those of inexact L-BFGS included', () => {
    expect(densityCodes({})).toEqual([]);
    expect(densityCodes({ positive: -2.7, negative: 3.4 }, 100)).toEqual([]);
  });

  it.each([
    ['chains-off-manifold', { 'sampler/constraintViolation': 8 }, 'density.sampler.onFailure=keepPrevious'],
    ['chains-stuck', { 'sampler/accepted': 0.22, 'sampler/converged': 0.22 }, 'density.sampler.noiseScale'],
    ['exploding-energy', { positive: -300, negative: 200 }, 'density.magnitudeWeight'],
    ['lost-chains', { 'sampler/finite': 0.9 }, 'density.sampler.gradClamp'],
  ] as const)('tells %s of %j with the setting to change', (code, stats, knob) => {
    expect(densityCodes(stats)).toEqual([code]);
    const [symptom] = densitySymptoms(config)(history(20, { ...healthyDensity, ...stats }));
    expect(symptom.message).toContain(knob);
  });

  it('takes F in units of its slope', () => {
    const steep = applyOverrides(config, ['manifold.minSingularValue=100']);
    expect(
      densitySymptoms(steep)(history(20, { ...healthyDensity, 'sampler/constraintViolation': 8 })),
    ).toEqual([]);
  });
});

describe('chains off the manifold', () => {
  it('are told with the share of solves that fail, however small, since few far chains make the mean', () => {
    const few: Stats = { ...healthyDensity, 'sampler/constraintViolation': 8, 'sampler/converged': 0.998 };
    const [{ message }] = densitySymptoms(config)(history(20, few));
    expect(message).toContain('0.2 % of the constraint solves do not meet it');
    expect(message).not.toContain('100 %');
  });
});

describe('symptomsOf', () => {
  it('is what would have been told on the way, each code once', () => {
    const watch = densitySymptoms(config);
    const bad = (epoch: number): Stats => ({ ...healthyDensity, 'sampler/accepted': epoch < 10 ? 0.1 : 1 });
    expect(symptomsOf(watch, history(20, bad))).toHaveLength(1);
    expect(watch(history(20, bad))).toEqual([]);
    expect(symptomsOf(watch, [])).toEqual([]);
  });
});

describe('a training run', () => {
  installLeakGuard();
  beforeAll(async () => {
    await useBackend('wasm');
  });

  it.each([
    ['flat-manifold', ['manifold.rankWeight=0', 'manifold.negativeWeight=0', 'manifold.epochs=60']],
    [
      'exploding-manifold',
      [
        'manifold.negativeWeight=20',
        'manifold.magnitudeWeight=0',
        'manifold.rankWeight=0',
        'manifold.epochs=30',
      ],
    ],
  ] as const)('warns of %s while it trains', async (code, settings) => {
    const run = applyOverrides(config, [...settings, 'data.count=100', 'manifold.bufferCapacity=200']);
    const data = await vonMises.load(run, key(1), {});
    const points = toTensor(data.points);
    const told: string[] = [];
    const result = await trainManifold(run, points, key(2), {
      onEvent: (event) => void (event.type === 'warning' && told.push(event.code)),
    });
    treeDispose([result.state, points]);
    expect(told).toContain(code);
    expect(told.filter((each) => each === code)).toHaveLength(1);
  });
});
