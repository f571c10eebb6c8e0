import * as tf from '@tensorflow/tfjs';
import {
  key,
  normal,
  treeClone,
  treeDispose,
  treeLeaves,
  uniform,
  useBackend,
  type TensorTree,
} from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import type { CheckpointStore } from '@ebim/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { vectorFlow } from '../compose/vector-flow.js';
import { mFlow } from '../models/manifold-flow.js';
import { prescribedManifoldFlow } from '../models/prescribed-manifold-flow.js';
import { hypersphericalChart } from '../charts/hyperspherical.js';
import { scalarAffine } from '../linear/scalar-affine.js';
import { alternatingSchedule, likelihoodSchedule, sequentialSchedule } from './schedules.js';
import { stageBatches } from './stage-batches.js';
import type { Stage } from './stage.js';
import { trainStages, type TrainStagesOptions } from './train-stages.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const small = { layers: 2, bins: 3, bound: 4, hidden: 8, blocks: 1 } as const;
const model = mFlow({
  outer: vectorFlow({ size: 2, ...small }),
  inner: scalarAffine(),
});
type Params = ReturnType<typeof model.init>;

/** Points of a parabola. */
const parabola = (count: number): tf.Tensor =>
  tf.tidy(() => {
    const t = normal(key(5), [count, 1]);
    return tf.concat([t, tf.mul(0.3, tf.square(t))], 1);
  });

const options = { batchSize: 20, learningRate: 0.01, clipNorm: 5, reconstruction: { weight: 100 } };

/** Stores in memory, by name. */
function memoryStores() {
  const kept = new Map<string, { tensors: TensorTree; meta: Awaited<ReturnType<CheckpointStore['load']>> }>();
  const stores = (name: string): CheckpointStore => ({
    save: async (tensors, meta) => {
      const old = kept.get(name);
      if (old) treeDispose(old.tensors);
      kept.set(name, { tensors: treeClone(tensors), meta: meta as never });
      return Promise.resolve();
    },
    load: async () => {
      const found = kept.get(name);
      return Promise.resolve(
        found ? ({ tensors: treeClone(found.tensors), meta: found.meta as never } as never) : null,
      );
    },
  });
  return {
    stores,
    names: () => [...kept.keys()],
    forget: (name: string): void => {
      treeDispose(kept.get(name)?.tensors ?? []);
      kept.delete(name);
    },
    clear: () => kept.forEach(({ tensors }) => treeDispose(tensors)),
  };
}

const bits = async (tree: TensorTree): Promise<number[]> =>
  (await Promise.all(treeLeaves(tree).map((leaf) => leaf.data()))).flatMap((values) => [...values]);

const train = async (stages: Stage<Params>[], more: Partial<TrainStagesOptions<Params>> = {}) => {
  const x = parabola(80);
  const result = await trainStages(model, { x }, stages, { key: key(0), compile: true, ...more });
  x.dispose();
  return result;
};

describe('trainStages', () => {
  installLeakGuard();

  it('learns a curve and the density on it, and hands the best epochs on', async () => {
    const { params, lastParams, stages, status } = await train(
      sequentialSchedule(model, { epochs: 30, ...options }),
    );
    expect(status).toBe('completed');
    expect(stages.map(({ name, history }) => [name, history.length])).toEqual([
      ['manifold', 15],
      ['density', 15],
    ]);
    const [manifold, density] = stages;
    expect(manifold.history[14].stats.reconstruction).toBeLessThan(
      manifold.history[0].stats.reconstruction / 5,
    );
    for (const { validation, keptEpoch, keptLoss } of stages) {
      const losses = validation.map(({ loss }) => loss);
      expect(losses).toHaveLength(15);
      expect(losses[keptEpoch]).toBe(Math.min(...losses));
      expect(keptLoss).toBe(losses[keptEpoch]);
    }
    expect(density.validation[14].loss).toBeLessThan(density.validation[0].loss);
    // Both stages moved their own part, and what is handed on is a copy.
    expect(treeLeaves(params).some((leaf) => treeLeaves(lastParams).includes(leaf))).toBe(false);
    treeDispose([params, lastParams]);
  });

  it('goes on from checkpoints to the bits of a run that did not stop', async () => {
    const schedule = (): Stage<Params>[] =>
      sequentialSchedule(model, { epochs: 4, ...options, batchSize: 30 });
    const whole = await train(schedule(), { compile: false });
    for (const [stage, epoch] of [
      ['manifold', 0],
      ['density', 0],
    ] as const) {
      const { stores, names, clear } = memoryStores();
      const controller = new AbortController();
      const first = await train(schedule(), {
        stores,
        compile: false,
        signal: controller.signal,
        onEvent: (event, name) => {
          if (event.type === 'epoch' && event.epoch === epoch && name === stage) controller.abort();
        },
      });
      expect(first.status).toBe('stopped');
      const second = await train(schedule(), { stores, compile: false });
      expect(second.status).toBe('completed');
      expect(names().sort()).toEqual(['density', 'density-best', 'manifold', 'manifold-best']);
      expect(await bits(second.params)).toEqual(await bits(whole.params));
      expect(await bits(second.lastParams)).toEqual(await bits(whole.lastParams));
      // Of finished stages, too, of whose epochs nothing is computed again.
      const kept = ({ stages }: typeof whole) =>
        stages.map(({ keptEpoch, keptLoss }) => [keptEpoch, keptLoss]);
      expect(kept(second)).toEqual(kept(whole));
      treeDispose([first.params, first.lastParams, second.params, second.lastParams]);
      clear();
    }
    treeDispose([whole.params, whole.lastParams]);
  });

  it('refuses checkpoints of another architecture, also where only a best epoch is known', async () => {
    const { stores, clear, forget } = memoryStores();
    const schedule = { epochs: 2, ...options };
    const first = await train(sequentialSchedule(model, schedule), { stores, compile: false });
    const wider = mFlow({ outer: vectorFlow({ size: 2, ...small, hidden: 9 }), inner: scalarAffine() });
    const x = parabola(80);
    const resume = () =>
      trainStages(wider, { x }, sequentialSchedule(wider, schedule), { key: key(0), stores, compile: false });
    const refused = { name: 'CheckpointError', code: 'other-structure' };
    await expect(resume()).rejects.toMatchObject(refused);
    forget('manifold-best');
    await expect(resume()).rejects.toMatchObject(refused);
    forget('manifold');
    const third = await train(sequentialSchedule(model, schedule), { stores, compile: false });
    expect(await bits(third.params)).toEqual(await bits(first.params));
    clear();
    treeDispose([x, first.params, first.lastParams, third.params, third.lastParams]);
  });

  it('warns of points outside of the box of the splines, with their share', async () => {
    const x = tf.tensor2d([0, 1, 2, 3, 4.5, 0, 0, 0], [4, 2]);
    const told: unknown[] = [];
    const run = async (bound?: number): Promise<void> => {
      const { params, lastParams } = await trainStages(
        model,
        { x },
        sequentialSchedule(model, { epochs: 2, ...options }),
        {
          ...{ key: key(0), validation: 0, compile: false, bound },
          onEvent: (event, stage) => void (event.type === 'warning' && told.push([stage, event])),
        },
      );
      treeDispose([params, lastParams]);
    };
    await run();
    await run(4.5);
    expect(told).toEqual([]);
    await run(4);
    expect(told).toEqual([
      [
        'manifold',
        expect.objectContaining({
          code: 'outside-box',
          message: expect.stringMatching(/^25 % of the points .* \[-4, 4\], the largest 4\.50/) as string,
        }),
      ],
    ]);
    await expect(run(0)).rejects.toMatchObject({ code: 'bad-option' });
    x.dispose();
  });

  it('takes turns, with means of its phases', async () => {
    const schedule = alternatingSchedule(model, { epochs: 4, turns: 3, ...options });
    const { params, lastParams, stages } = await train(schedule);
    const eager = await train(schedule, { compile: false });
    const [{ history, keptEpoch, keptLoss, validation }] = stages;
    expect([history.length, keptEpoch, keptLoss, validation]).toEqual([2, 1, null, []]);
    expect(Object.keys(history[0].stats).sort()).toEqual(
      ['loss', 'gradientNorm', 'skipped', 'reconstruction']
        .map((name) => `manifold/${name}`)
        .concat(
          ['loss', 'gradientNorm', 'skipped', 'negativeLogLikelihood', 'failures'].map(
            (name) => `density/${name}`,
          ),
        )
        .sort(),
    );
    const { stats } = history[1];
    expect(stats['manifold/loss']).toBeCloseTo(100 * stats['manifold/reconstruction'], 3);
    expect(stats['density/loss']).toBeCloseTo(stats['density/negativeLogLikelihood'], 5);
    for (const [name, value] of Object.entries(eager.stages[0].history[1].stats))
      expect(Math.abs(value - stats[name]), name).toBeLessThan(1e-3 * (1 + Math.abs(value)));
    treeDispose([params, lastParams, eager.params, eager.lastParams]);
  });

  it('ends when too many densities fail, with the last good parameters', async () => {
    const circle = prescribedManifoldFlow({
      chart: hypersphericalChart({ manifold: 1, ambient: 2 }),
      inner: scalarAffine(),
    });
    const x = tf.tidy(() => tf.mul(1e30, uniform(key(1), [40, 2])));
    const wrong = {
      ...circle,
      logDensity: (_: unknown, at: tf.Tensor) => tf.fill<tf.Rank.R1>([at.shape[0]], NaN),
    };
    const { status, params, lastParams } = await trainStages(
      circle,
      { x },
      likelihoodSchedule(wrong as typeof circle, { epochs: 2, batchSize: 10 }),
      { key: key(0), validation: 0 },
    );
    expect(status).toBe('diverged');
    expect((await bits(params)).every(Number.isFinite)).toBe(true);
    treeDispose([x, params, lastParams]);
  });

  it('refuses what cannot be trained on', async () => {
    const x = tf.tensor2d([
      [0, 1],
      [NaN, 2],
    ]);
    const stages = sequentialSchedule(model, { epochs: 2, ...options });
    const run = (rows: Record<string, tf.Tensor>, more = {}) =>
      trainStages(model, rows, stages, { key: key(0), ...more });
    await expect(run({ x })).rejects.toMatchObject({ code: 'non-finite-rows' });
    const [fine, narrow, flat] = [tf.zeros([4, 2]), tf.zeros([4, 3]), tf.zeros([4])];
    await expect(run({ x: fine, context: x })).rejects.toMatchObject({ code: 'non-finite-rows' });
    await expect(run({ x: fine, context: flat })).rejects.toMatchObject({ code: 'bad-rows' });
    await expect(run({ x: narrow }, { validation: 0 })).rejects.toMatchObject({ code: 'bad-input-shape' });
    await expect(run({ x: fine }, { validation: 1 })).rejects.toMatchObject({ code: 'bad-option' });
    await expect(run({ x: fine }, { validation: 0.01 })).rejects.toMatchObject({ code: 'too-few-rows' });
    await expect(trainStages(model, { x: fine }, [], { key: key(0) })).rejects.toMatchObject({
      code: 'no-stages',
    });
    tf.dispose([x, fine, narrow, flat]);
  });
});

describe('stageBatches', () => {
  it('deals all rows to every phase in every epoch, in other orders, in turns', async () => {
    const rows = tf.reshape(tf.range(0, 10), [10, 1]);
    const source = stageBatches(rows, { phases: [{ batchSize: 2 }, { batchSize: 5 }], turns: 2 });
    const dealt = Array.from({ length: source.count }, (_, i) => source.batch(key(1), 0, i));
    expect(dealt.map(({ rank }) => rank)).toEqual([2, 2, 3, 2, 2, 2, 3]);
    const of = async (rank: number): Promise<number[]> =>
      (await Promise.all(dealt.filter((t) => t.rank === rank).map((t) => t.data()))).flatMap((v) => [...v]);
    const [first, second] = [await of(2), await of(3)];
    expect([...first].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...second].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(first).not.toEqual(second);
    for (const [at, most] of [
      [0, 9],
      [2, 4],
      [3, 2],
      [6, 1],
    ] as const) {
      const taken = source.take?.(key(1), 0, at, most) as tf.Tensor;
      const parts = tf.unstack(taken);
      expect(parts.length).toBeLessThanOrEqual(most);
      for (const [i, part] of parts.entries())
        expect(await part.array()).toEqual(await dealt[at + i].array());
      tf.dispose([taken, parts]);
    }
    expect(() => stageBatches(rows, { phases: [{ batchSize: 5 }], turns: 3 })).toThrow(/from 1 to 2/);
    tf.dispose([rows, dealt]);
  });
});
