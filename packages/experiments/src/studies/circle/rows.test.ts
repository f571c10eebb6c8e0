import { FLOW_PRESETS, type FlowArchitecture } from '@ebim/flows';
import { key, treeDispose, treeMap, useBackend } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Profile } from '../../definitions/experiment.js';
import { affineDensityBound, circleModel, circleStages } from './models.js';
import { CIRCLE_ROWS, PUBLISHED_TRUTH, type CircleRow, type PublishedRow } from './rows.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const { architecture, training } = FLOW_PRESETS.circle.paper;
const small: FlowArchitecture = { ...architecture, hidden: 8, blocks: 1 };
const rowOf = (name: string): CircleRow => {
  const row = CIRCLE_ROWS.find((one) => one.name === name);
  if (row === undefined) throw new Error(name);
  return row;
};

describe('the rows of the circle', () => {
  it('have the published numbers', () => {
    const text = ({ earlier, final }: PublishedRow): string =>
      [earlier, final].map((one) => (one === null ? '–' : `${one.logDensity} ${one.distance}`)).join(' | ');
    // Flow spec 5.6.
    expect(text(PUBLISHED_TRUTH)).toBe('2.1 0.008 | 2 0.0081');
    expect(Object.fromEntries(CIRCLE_ROWS.map(({ name, published }) => [name, text(published)]))).toEqual({
      af: '-86 0.585 | -86 0.58',
      fom: '2.4 0 | 0.5 0',
      pie: '1.4 0.0146 | -42.5 0.167',
      pae: '– | -8.8 0.029',
      mflow: '-5.7 0.04 | -94.4 0.921',
      'mflow-ot': '0.7 0.0082 | 0.6 0.0089',
      'mflow-ae': '-19.2 0.144 | -32.8 0.22',
      'af-spline': '– | –',
    });
    expect(rowOf('pie').publishedFull).toBeDefined();
    expect(text(rowOf('pie').publishedFull ?? PUBLISHED_TRUTH)).toBe('-25.2 0.149 | -75.5 0.306');
  });

  it.each<[string, Profile, [epochs: number, decay: number, updates: string[]][]]>([
    ['mflow', 'reference', [[120, 0, ['outer', 'inner']]]],
    ['mflow', 'paper', [[12, 0, ['outer', 'inner']]]],
    ['mflow', 'corrected', [[120, 0, ['outer', 'inner']]]],
    ['mflow-ae', 'reference', [[120, 0.01, ['outer']]]],
    ['mflow-ot', 'reference', [[120, 0.01, ['all']]]],
    ['af', 'paper', [[12, 0.01, ['all']]]],
    ['fom', 'reference', [[120, 0.01, ['all']]]],
    [
      'pae',
      'reference',
      [
        [60, 0.01, ['encoder+decoder']],
        [60, 0.01, ['inner']],
      ],
    ],
  ])('train %s as published under %s', (name, profile, expected) => {
    const row = rowOf(name);
    const stages = circleStages(row, circleModel(row, small, profile), training, profile);
    expect(
      stages.map(({ epochs, phases }) => [
        epochs,
        phases[0].weightDecay,
        phases.map(({ updates }) => updates?.join('+') ?? 'all'),
      ]),
    ).toEqual(expected);
    // One that keeps no epoch by name keeps the best of a single phase.
    expect(stages.map(({ keep }) => keep)).toEqual(
      stages.map(() => (profile === 'corrected' ? undefined : 'last')),
    );
  });

  it('weigh the losses as published', async () => {
    const weights = async (name: string): Promise<number[]> => {
      const row = rowOf(name);
      const model = circleModel(row, small, 'corrected');
      const params = model.init(key(1));
      const rows = {
        x: tf.tensor2d([
          [0.6, 0.8],
          [0, 1],
        ]),
      };
      const ratios: number[] = [];
      for (const { loss } of circleStages(row, model, training, 'reference').flatMap(
        ({ phases }) => phases,
      )) {
        const { loss: value, stats } = loss.evaluate(params, rows, key(0), []);
        const plain = stats.reconstruction ?? stats.negativeLogLikelihood;
        ratios.push((await value.data())[0] / (await plain.data())[0]);
      }
      treeDispose([params, rows]);
      return ratios.map((ratio) => Math.round(1e4 * ratio) / 1e4);
    };
    expect(await weights('mflow')).toEqual([100, 0.1]);
    expect(await weights('mflow-ae')).toEqual([100]);
    expect(await weights('pae')).toEqual([1, 1]);
    expect(await weights('af')).toEqual([1]);
    expect(await weights('pie')).toEqual([1]);
  });

  it('have permutations but for the corrected profile', () => {
    const untrained = (profile: Profile) => circleModel(rowOf('af'), small, profile).untrained.length;
    expect(untrained('reference')).toBe(2 * 11);
    expect(untrained('corrected')).toBe(0);
  });

  it('cut the prescribed circle where there are no points', () => {
    const model = circleModel(rowOf('fom'), small, 'reference');
    const params = model.init(key(0));
    const latents = tf.tidy(() =>
      Array.from(
        model
          .coordinates(
            params,
            tf.tensor2d([
              [0, 1],
              [-1e-4, -1],
              [1e-4, -1],
            ]),
          )
          .dataSync(),
      ).filter((_, i) => i % 2 === 0),
    );
    treeDispose(params);
    expect(latents[0]).toBeCloseTo(0, 5);
    expect(latents[1]).toBeCloseTo(1, 3);
    expect(latents[2]).toBeCloseTo(-1, 3);
  });
});

describe('ambient flows of affine couplings', () => {
  it('reach the bound of their density where all scales are largest, and never more', () => {
    const { ambient } = architecture.layers;
    const bound = affineDensityBound(ambient);
    expect(bound).toBeCloseTo(-1.8279, 4);
    const model = circleModel(rowOf('af'), small, 'corrected');
    const params = model.init(key(3));
    // Every conditioner gives shift 0 and a scale that is as large as it gets: all weights 0, the last biases (0, 50).
    const largest = treeMap(
      (leaf) => (leaf.shape.join() === '2' ? tf.tensor1d([0, 50]) : tf.zeros(leaf.shape)),
      params,
    );
    const densest = tf.tidy(() =>
      [params, largest].map((at) => model.logDensity(at, tf.zeros([1, 2])).dataSync()[0]),
    );
    treeDispose([params, largest]);
    expect(densest[0]).toBeLessThan(bound);
    expect(densest[1]).toBeCloseTo(bound, 5);
  });
});
