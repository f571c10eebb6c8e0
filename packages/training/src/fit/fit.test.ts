import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  key,
  treeClone,
  treeDispose,
  treeEntries,
  useBackend,
  type JsonValue,
  type TensorTree,
} from '@ebim/runtime';
import { HOST_TEST_BACKENDS, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import type { BatchSource } from '../data/batches.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { FitEvent } from './events.js';
import { fit, type FitOptions, type FitResult } from './fit.js';
import { folderStore } from './folder-store.js';
import { lineData, lineModel, linePoints, type LineState } from './line-model.js';

/** A store in memory that goes through JSON as a file would, and counts. */
function memoryStore() {
  let kept: { tensors: TensorTree; meta: string } | undefined;
  let saves = 0;
  const clear = () => {
    if (kept) treeDispose(kept.tensors);
    kept = undefined;
  };
  const store: CheckpointStore = {
    save: async (tensors, meta) => {
      await Promise.resolve();
      clear();
      saves += 1;
      kept = { tensors: treeClone(tensors), meta: JSON.stringify(meta) };
    },
    load: async () => {
      await Promise.resolve();
      return kept ? { tensors: treeClone(kept.tensors), meta: JSON.parse(kept.meta) as JsonValue } : null;
    },
  };
  return {
    store,
    clear,
    saves: () => saves,
    meta: () => kept && (JSON.parse(kept.meta) as Record<string, unknown>),
  };
}

/** Everything that must be equal between equal runs; disposes the state. */
async function numbersOf({ state, history, status }: FitResult<LineState>) {
  const leaves: [string, number[]][] = [];
  for (const [path, leaf] of treeEntries(state)) leaves.push([path, [...(await leaf.data())]]);
  treeDispose(state);
  return { status, leaves, stats: history.map(({ epoch, stats }) => ({ epoch, stats })) };
}

let points: tf.Tensor;
const withPoints = () => {
  beforeAll(() => {
    points = linePoints();
  });
  afterAll(() => points.dispose());
};

// Steps that tests put in its place count their calls or throw: not pure, so not to be compiled.
const line = (options: Partial<FitOptions<LineState>> = {}) =>
  fit<LineState>({
    ...lineModel,
    data: lineData(points),
    epochs: 5,
    key: key(1),
    ...(options.step ? { compile: false } : {}),
    ...options,
  });

/** A signal that stops the run after a number of steps. */
function stopAfter(steps: number): Pick<FitOptions<LineState>, 'signal' | 'onEvent'> {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === steps) controller.abort();
    },
  };
}

useTestBackends(TEST_BACKENDS, useBackend, () => {
  withPoints();
  installLeakGuard();

  it('learns', async () => {
    const { state, history, status } = await line({ epochs: 60 });
    expect(status).toBe('completed');
    expect(history.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(history[0].stats.loss).toBeGreaterThan(0.5);
    expect(history[59].stats.loss).toBeLessThan(0.02);
    expect((await state.params.w.data())[0]).toBeCloseTo(2, 1);
    expect((await state.params.c.data())[0]).toBeCloseTo(-1, 1);
    treeDispose(state);
  });

  it('gives the same bits again, and others for another key', async () => {
    const first = await numbersOf(await line());
    expect(await numbersOf(await line())).toEqual(first);
    expect(await numbersOf(await line({ key: key(2) }))).not.toEqual(first);
  });

  it('stopped anywhere and resumed, gives the bits of a run that was not', async () => {
    const whole = await numbersOf(await line());
    // 4 batches an epoch: the start, within epochs, at their borders, the last step.
    for (const steps of [1, 2, 4, 5, 11, 12, 19]) {
      const { store, clear } = memoryStore();
      const stopped = await line({ ...stopAfter(steps), checkpoint: { store, everyEpochs: 2 } });
      expect(stopped.status).toBe('stopped');
      expect(stopped.history).toHaveLength(Math.floor(steps / 4));
      treeDispose(stopped.state);
      expect(await numbersOf(await line({ checkpoint: { store } }))).toEqual(whole);
      clear();
    }
  });

  it('stopped after every single step, it still gets there', async () => {
    const whole = await numbersOf(await line({ epochs: 2 }));
    const { store, clear } = memoryStore();
    for (let steps = 1; ; steps++) {
      const result = await line({ epochs: 2, ...stopAfter(steps), checkpoint: { store } });
      if (result.status === 'completed') {
        expect(steps).toBe(8);
        expect(await numbersOf(result)).toEqual(whole);
        break;
      }
      treeDispose(result.state);
    }
    clear();
  });
});

describe('checkpoints', () => {
  withPoints();
  installLeakGuard();

  it('are stored every n epochs and at the end', async () => {
    const { store, clear, saves } = memoryStore();
    const events: FitEvent<LineState>[] = [];
    const { state } = await line({
      epochs: 5,
      checkpoint: { store, everyEpochs: 2 },
      onEvent: (event) => void (event.type === 'checkpoint' && events.push(event)),
    });
    expect(saves()).toBe(3);
    expect(events).toEqual([2, 4, 5].map((epoch) => ({ type: 'checkpoint', epoch, batch: 0 })));
    treeDispose(state);
    clear();
  });

  it('let a finished run be continued as if it had been planned longer', async () => {
    const whole = await numbersOf(await line({ epochs: 6 }));
    const { store, clear } = memoryStore();
    treeDispose((await line({ epochs: 3, checkpoint: { store } })).state);
    expect(await numbersOf(await line({ epochs: 6, checkpoint: { store } }))).toEqual(whole);
    clear();
  });

  it('of a finished run give its result without a step', async () => {
    const { store, clear } = memoryStore();
    const first = await numbersOf(await line({ checkpoint: { store } }));
    const step = () => {
      throw new Error('a step was made');
    };
    expect(await numbersOf(await line({ step, checkpoint: { store } }))).toEqual(first);
    clear();
  });

  it('are refused when they are of another architecture, key, batch count or program', async () => {
    const { store, clear } = memoryStore();
    treeDispose((await line({ checkpoint: { store } })).state);
    const refusal = (code: string) => expect.objectContaining({ name: 'CheckpointError', code }) as unknown;
    const wider: FitOptions<LineState>['init'] = (initKey) => {
      const state = (lineModel.init as (key: unknown) => LineState)(initKey);
      state.noise.dispose();
      return { ...state, noise: tf.zeros([5]) };
    };
    await expect(line({ init: wider, checkpoint: { store } })).rejects.toEqual(refusal('other-structure'));
    await expect(line({ key: key(9), checkpoint: { store } })).rejects.toEqual(refusal('other-run'));
    const fewer = { count: 3, batch: () => tf.zeros([2, 2]) };
    await expect(line({ data: fewer, checkpoint: { store } })).rejects.toEqual(refusal('other-run'));
    const foreignMeta: JsonValue[] = [null, 3, {}, { run: { batches: 4, key: 0 }, epoch: -1 }];
    for (const meta of foreignMeta) {
      const foreign: CheckpointStore = {
        ...store,
        load: async () => ({ ...(await store.load())!, meta }),
      };
      await expect(line({ checkpoint: { store: foreign } })).rejects.toEqual(
        refusal('not-a-training-checkpoint'),
      );
    }
    clear();
  });

  it('fail loudly when they cannot be written, without a leak', async () => {
    const store: CheckpointStore = {
      load: () => Promise.resolve(null),
      save: () => Promise.reject(new Error('disk full')),
    };
    await expect(line({ checkpoint: { store } })).rejects.toThrow('disk full');
  });
});

describe('a folder as store', () => {
  withPoints();
  installLeakGuard();
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ebim-fit-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('resumes', async () => {
    const whole = await numbersOf(await line());
    const store = folderStore(join(folder, 'checkpoint'));
    treeDispose((await line({ ...stopAfter(7), checkpoint: { store } })).state);
    expect(await numbersOf(await line({ checkpoint: { store } }))).toEqual(whole);
  });

  it('refuses a damaged checkpoint instead of starting again', async () => {
    const path = join(folder, 'checkpoint');
    treeDispose((await line({ epochs: 1, checkpoint: { store: folderStore(path) } })).state);
    const { readdir, truncate } = await import('node:fs/promises');
    const name = (await readdir(path)).find((file) => file.endsWith('.safetensors')) as string;
    await truncate(join(path, name), 20);
    await expect(line({ checkpoint: { store: folderStore(path) } })).rejects.toMatchObject({
      code: 'tensors-truncated',
    });
  });

  it('resumes after SIGKILL, again and again, with the numbers of a run that was not killed', async () => {
    const whole = await runProcess(join(folder, 'whole'), 0);
    const killed = join(folder, 'killed');
    // Steps of the process, 4 an epoch: in the first epoch, in the middle of the third, in the fifth.
    for (const killAt of [3, 11, 7]) expect(await runProcess(killed, killAt)).toBe('SIGKILL');
    const resumed = await runProcess(killed, 0);
    expect(JSON.parse(whole)).toMatchObject({ status: 'completed', steps: 24 });
    const [a, b] = [whole, resumed].map((text) => JSON.parse(text) as { steps: number });
    // Two epochs were complete at the second kill, one more at the third.
    expect(b.steps).toBe(12);
    expect({ ...b, steps: 0 }).toEqual({ ...a, steps: 0 });
  });
});

/** Runs the fixture; gives its output, or the name of the signal that ended it. */
function runProcess(folder: string, killAt: number): Promise<string> {
  const script = fileURLToPath(new URL('./killed-run.ts', import.meta.url));
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--conditions=@ebim/source', '--import', 'tsx', script, folder, String(killAt)],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let [out, complaints] = ['', ''];
  child.stdout.on('data', (data) => (out += String(data)));
  child.stderr.on('data', (data) => (complaints += String(data)));
  return new Promise((resolve, reject) => {
    child.on('close', (code, signal) => {
      if (signal) resolve(signal);
      else if (code === 0) resolve(out.trim().split('\n').at(-1) ?? '');
      else reject(new Error(complaints));
    });
  });
}

describe('events', () => {
  withPoints();
  installLeakGuard();

  it('come in order, with numbers only when asked for', async () => {
    const seen: string[] = [];
    const { state, history } = await line({
      epochs: 2,
      statsEvery: 3,
      onEvent: (event) => {
        if (event.type === 'step')
          seen.push(`${event.epoch}.${event.batch} ${event.step}${event.stats ? ' read' : ''}`);
        else seen.push(event.type);
        if (event.type === 'step' && event.stats) expect(event.stats.loss).toBeGreaterThan(0);
      },
    });
    expect(seen).toEqual([
      '0.0 1',
      '0.1 2',
      '0.2 3 read',
      '0.3 4',
      'epoch',
      '1.0 5',
      '1.1 6 read',
      '1.2 7',
      '1.3 8',
      'epoch',
    ]);
    expect(history).toHaveLength(2);
    treeDispose(state);
  });

  it('give the means of the steps of an epoch, the same however often they are read', async () => {
    const losses: number[] = [];
    const collected = await line({
      epochs: 1,
      statsEvery: 1,
      onEvent: (event) => void (event.type === 'step' && event.stats && losses.push(event.stats.loss)),
    });
    const plain = await line({ epochs: 1 });
    expect(losses).toHaveLength(4);
    const mean = losses.reduce((a, b) => a + b) / 4;
    expect(plain.history[0].stats.loss).toBe(mean);
    expect(collected.history[0].stats).toEqual(plain.history[0].stats);
    treeDispose([collected.state, plain.state]);
  });

  it('show a state that can be used, and wait for whoever looks at it', async () => {
    let inside = false;
    const { state } = await line({
      onEvent: async (event) => {
        expect(inside).toBe(false);
        if (event.type !== 'epoch') return;
        inside = true;
        await new Promise((resolve) => setTimeout(resolve, 1));
        expect((await event.state.params.w.data())[0]).toBe(event.state.params.w.dataSync()[0]);
        expect(event.seconds).toBeGreaterThan(0);
        inside = false;
      },
    });
    treeDispose(state);
  });

  it('that throw end the run, without a leak', async () => {
    for (const type of ['step', 'epoch', 'checkpoint']) {
      const { store, clear } = memoryStore();
      const onEvent = (event: FitEvent<LineState>) => {
        if (event.type === type) throw new Error(`not ${type}`);
      };
      await expect(line({ onEvent, checkpoint: { store } })).rejects.toThrow(`not ${type}`);
      clear();
    }
  });

  it('leave room for timers', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 5);
    const slow: FitOptions<LineState>['step'] = (stepKey, state, batch) => {
      const end = performance.now() + 25;
      while (performance.now() < end);
      return lineModel.step(stepKey, state, batch);
    };
    const { state } = await line({ step: slow, epochs: 2 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(1);
    treeDispose(state);
  });
});

describe('a stop', () => {
  withPoints();
  installLeakGuard();

  it('before the first step returns the initial state', async () => {
    const { store, clear, meta } = memoryStore();
    const result = await line({ signal: AbortSignal.abort(), checkpoint: { store } });
    expect([result.status, result.history]).toEqual(['stopped', []]);
    expect(meta()).toMatchObject({ epoch: 0, batch: 0 });
    treeDispose(result.state);
    clear();
  });

  it('in the middle of an epoch stores the place', async () => {
    const { store, clear, meta, saves } = memoryStore();
    const result = await line({ ...stopAfter(6), stepsPerCall: 1, checkpoint: { store, everyEpochs: 100 } });
    expect(saves()).toBe(1);
    expect(meta()).toMatchObject({ epoch: 1, batch: 2, partial: { count: 2 } });
    treeDispose(result.state);
    clear();
  });

  it('after the last step is too late', async () => {
    const { status, state } = await line({ epochs: 1, ...stopAfter(4) });
    expect(status).toBe('completed');
    treeDispose(state);
  });
});

describe('watch', () => {
  withPoints();
  installLeakGuard();

  it('tells each code once, after the epoch that shows it, and changes no number', async () => {
    const plain = await numbersOf(await line({}));
    const told: string[] = [];
    const seen: number[] = [];
    const result = await line({
      watch: (history) => {
        seen.push(history.length);
        return history.length < 2
          ? []
          : [
              { code: 'slow', message: `after ${history.length}` },
              ...(history.length > 2 ? [{ code: 'late', message: `loss ${history[2].stats['loss']}` }] : []),
            ];
      },
      onEvent: (event) => {
        if (event.type === 'epoch') told.push(`epoch ${event.epoch}`);
        if (event.type === 'warning')
          told.push(`${event.code} ${event.message} at ${event.epoch}/${event.batch}`);
      },
    });
    const loss = result.history[2].stats['loss'];
    expect(seen).toEqual(result.history.map((_, i) => i + 1));
    expect(told.slice(0, 5)).toEqual([
      'epoch 0',
      'epoch 1',
      'slow after 2 at 1/3',
      'epoch 2',
      `late loss ${loss} at 2/3`,
    ]);
    expect(told.filter((text) => !text.startsWith('epoch'))).toHaveLength(2);
    expect(await numbersOf(result)).toEqual(plain);
  });
});

describe('divergence', () => {
  withPoints();
  installLeakGuard();

  /** The line model, whose state or statistic is spoilt from step `at` of epoch `epoch` on. */
  const spoilt = (what: 'state' | 'stat', value: number, from: number): FitOptions<LineState>['step'] => {
    let step = 0;
    return (stepKey, state, batch) => {
      const next = lineModel.step(stepKey, state, batch);
      step += 1;
      if (step < from) return next;
      return what === 'stat'
        ? { ...next, stats: { ...next.stats, loss: tf.scalar(value) } }
        : { ...next, state: { ...next.state, noise: tf.fill([4], value) } };
    };
  };

  it.each([
    ['stat', NaN],
    ['stat', Infinity],
    ['state', NaN],
    ['state', -Infinity],
  ] as const)('by a %s of %d ends with the last good state and checkpoint', async (what, value) => {
    const good = await numbersOf(await line({ epochs: 2, compile: false }));
    const { store, clear, meta } = memoryStore();
    const warnings: FitEvent<LineState>[] = [];
    const result = await line({
      step: spoilt(what, value, 10),
      checkpoint: { store },
      onEvent: (event) => void (event.type === 'warning' && warnings.push(event)),
    });
    expect(result.status).toBe('diverged');
    expect(warnings).toHaveLength(1);
    // Step 10 is batch 1 of epoch 2; a bad state is noticed at the end of the epoch.
    expect(warnings[0]).toMatchObject({ code: 'diverged', epoch: 2, batch: what === 'stat' ? 1 : 3 });
    expect(meta()).toMatchObject({ epoch: 2, batch: 0 });
    expect(await numbersOf({ ...result, status: 'completed' })).toEqual(good);
    clear();
  });

  it('is noticed at a stop, whose checkpoint is then the good one', async () => {
    const { store, clear, meta } = memoryStore();
    const result = await line({ step: spoilt('state', NaN, 6), ...stopAfter(7), checkpoint: { store } });
    expect(result.status).toBe('diverged');
    expect(meta()).toMatchObject({ epoch: 1, batch: 0 });
    treeDispose(result.state);
    clear();
  });

  it('is noticed when a statistic is read for its event', async () => {
    const types: string[] = [];
    const result = await line({
      step: spoilt('stat', NaN, 2),
      statsEvery: 1,
      onEvent: ({ type }) => void types.push(type),
    });
    expect(result.status).toBe('diverged');
    expect(types).toEqual(['step', 'warning']);
    treeDispose(result.state);
  });

  it('in the middle of a long epoch does not wait for its end', async () => {
    let steps = 0;
    const init = { x: tf.scalar(1) as tf.Tensor };
    const result = await fit({
      init,
      step: (_key, { x }) => {
        steps += 1;
        return { state: { x: tf.mul(x, 10) }, stats: {} };
      },
      data: { count: 10_000, batch: () => tf.zeros([1]) },
      epochs: 1,
      key: key(0),
    });
    expect(result.status).toBe('diverged');
    expect(steps).toBeLessThan(600);
    expect((await result.state.x.data())[0]).toBe(1);
    treeDispose([init, result.state]);
  });

  it('before the first step is an error', async () => {
    const init = { x: tf.scalar(NaN) };
    const promise = fit({
      init,
      step: () => ({ state: init, stats: {} }),
      data: lineData(points),
      epochs: 1,
      key: key(0),
    });
    await expect(promise).rejects.toMatchObject({ name: 'ConvergenceError', code: 'bad-initial-state' });
    treeDispose(init);
  });
});

describe('ownership', () => {
  withPoints();
  installLeakGuard();

  it("a tree given as the initial state stays the caller's", async () => {
    const init = { x: tf.scalar(2) as tf.Tensor };
    const { state } = await fit({
      init,
      step: (_key, { x }) => ({ state: { x: tf.add(x, 1) }, stats: {} }),
      data: lineData(points),
      epochs: 1,
      key: key(0),
    });
    expect([(await init.x.data())[0], (await state.x.data())[0]]).toEqual([2, 6]);
    treeDispose([init, state]);
  });

  it('a step may hand on its state, its batch, one tensor twice, and a leaf as statistic', async () => {
    const { state } = await fit<Record<string, tf.Tensor>>({
      init: () => ({ x: tf.scalar(2), batch: tf.zeros([6, 2]), twice: tf.scalar(0) }),
      step: (_key, { x }, batch) => {
        const next = tf.add(x, 1);
        const stats = { x: next as tf.Scalar, old: x as tf.Scalar };
        return { state: { x: next, batch, twice: next }, stats };
      },
      data: lineData(points),
      epochs: 2,
      key: key(0),
    });
    expect((await state.x.data())[0]).toBe(10);
    expect(state.batch.shape).toEqual([2, 2]);
    treeDispose(state);
  });

  it('memory stays flat over steps and epochs', async () => {
    const counts: number[] = [];
    const { state } = await line({
      epochs: 8,
      onEvent: ({ type }) => void (type === 'epoch' && counts.push(tf.memory().numTensors)),
    });
    expect(new Set(counts).size).toBe(1);
    treeDispose(state);
  });

  it('a step that throws ends the run, without a leak', async () => {
    let steps = 0;
    const step: FitOptions<LineState>['step'] = (stepKey, state, batch) => {
      if (++steps === 6) throw new Error('no step');
      return lineModel.step(stepKey, state, batch);
    };
    await expect(line({ step })).rejects.toThrow('no step');
  });

  it('statistics that are no scalars or change their names are refused, without a leak', async () => {
    let steps = 0;
    const changing: FitOptions<LineState>['step'] = (stepKey, state, batch) => {
      const next = lineModel.step(stepKey, state, batch);
      return ++steps < 3 ? next : { ...next, stats: { other: next.stats.loss } };
    };
    await expect(line({ step: changing })).rejects.toMatchObject({ code: 'bad-stats' });
    const vector: FitOptions<LineState>['step'] = (stepKey, state, batch) => {
      const next = lineModel.step(stepKey, state, batch);
      return { ...next, stats: { loss: tf.zeros([2]) as unknown as tf.Scalar } };
    };
    await expect(line({ step: vector })).rejects.toMatchObject({ code: 'bad-stats' });
  });
});

describe('options', () => {
  withPoints();
  installLeakGuard();

  it.each([
    ['epochs', -1],
    ['epochs', 1.5],
    ['statsEvery', 0],
    ['stepsPerCall', 0],
  ])('refuses %s %d', async (name, value) => {
    await expect(line({ [name]: value })).rejects.toMatchObject({ name: 'ConfigError', code: 'bad-option' });
  });

  it('refuses everyEpochs 0', async () => {
    const { store } = memoryStore();
    await expect(line({ checkpoint: { store, everyEpochs: 0 } })).rejects.toMatchObject({
      code: 'bad-option',
    });
  });

  it('takes no epochs at all', async () => {
    const { state, history, status } = await line({ epochs: 0 });
    expect([status, history]).toEqual(['completed', []]);
    treeDispose(state);
  });
});

describe('compiled steps', () => {
  withPoints();
  installLeakGuard();

  it.each(HOST_TEST_BACKENDS)('give the numbers of eager ones on %s', async (backend) => {
    await useBackend(backend);
    const [compiled, eager] = [
      await numbersOf(await line({ compile: true })),
      await numbersOf(await line({ compile: false })),
    ];
    compiled.leaves.forEach(([path, values], i) =>
      values.forEach((value, j) => expect(value, path).toBeCloseTo(eager.leaves[i][1][j], 4)),
    );
    expect(await numbersOf(await line({ compile: true }))).toEqual(compiled);
  });

  it('leave a step that reads data as it is, unless told to compile it', async () => {
    let reads = 0;
    const reading: typeof lineModel.step = (stepKey, state, batch) => {
      reads += batch.dataSync().length;
      return lineModel.step(stepKey, state, batch);
    };
    const { status, state } = await line({ step: reading, compile: 'auto', epochs: 1 });
    expect(status).toBe('completed');
    expect(reads).toBeGreaterThan(0);
    treeDispose(state);
    await expect(line({ step: reading, compile: true })).rejects.toMatchObject({ code: 'reads-data' });
  });

  it('give the same bits however many run in a call, stopped and resumed with other numbers of them', async () => {
    const many = linePoints(100);
    const run = (stepsPerCall: number, options: Partial<FitOptions<LineState>> = {}) =>
      line({ data: lineData(many), epochs: 3, compile: true, stepsPerCall, ...options });
    const single = await numbersOf(await run(1));
    for (const stepsPerCall of [2, 3, 5, 17, 64]) {
      expect(await numbersOf(await run(stepsPerCall))).toEqual(single);
      const { store, clear } = memoryStore();
      for (const [steps, others] of [
        [9, stepsPerCall],
        [20, 1],
        [31, 4],
      ])
        treeDispose((await run(others, { ...stopAfter(steps), checkpoint: { store } })).state);
      expect(await numbersOf(await run(stepsPerCall, { checkpoint: { store } }))).toEqual(single);
      clear();
    }
    many.dispose();
  });

  it('run many in a call, each with an event in its order and with its own statistics', async () => {
    const many = linePoints(300);
    let calls = 0;
    const told = async (stepsPerCall: number) => {
      const events: FitEvent<LineState>[] = [];
      const source = lineData(many);
      const take: BatchSource['take'] = (...place) => {
        calls += 1;
        return (source.take as NonNullable<BatchSource['take']>)(...place);
      };
      const { state } = await line({
        data: { ...source, take },
        epochs: 2,
        stepsPerCall,
        statsEvery: 3,
        onEvent: (event) => void (event.type === 'step' && events.push(event)),
      });
      treeDispose(state);
      return events;
    };
    const [single, grouped] = [await told(1), await told(16)];
    expect(single).toHaveLength(100);
    // Far fewer than 100, if not always the 7 or 8 of a machine that does nothing else.
    expect(calls).toBeLessThan(60);
    expect(grouped).toEqual(single);
    many.dispose();
  });

  it('keep the last good state and name the first bad step, however many run in a call', async () => {
    const many = linePoints(300);
    const outcomes = [];
    for (const stepsPerCall of [1, 7, 64]) {
      const warnings: FitEvent<LineState>[] = [];
      const result = await line({
        // Grows until it overflows in the second epoch.
        step: (stepKey, state, batch) => {
          const next = lineModel.step(stepKey, state, batch);
          const noise = tf.add(tf.mul(state.noise, 3.5), 1);
          return {
            state: { ...next.state, noise },
            stats: { ...next.stats, size: tf.sum<tf.Scalar>(noise) },
          };
        },
        data: lineData(many),
        compile: true,
        stepsPerCall,
        onEvent: (event) => void (event.type === 'warning' && warnings.push(event)),
      });
      expect(result.status).toBe('diverged');
      outcomes.push({ ...(await numbersOf(result)), warnings });
    }
    expect(outcomes[0].stats).toHaveLength(1);
    expect(outcomes[0].warnings).toHaveLength(1);
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[2]).toEqual(outcomes[0]);
    many.dispose();
  });

  it('take batches of a source that gives them one by one, whose shapes change as they like', async () => {
    const sizes = [4, 4, 4, 2, 2, 4, 4, 1, 1, 1];
    const source = {
      count: sizes.length,
      batch: (_: unknown, epoch: number, index: number) =>
        tf.fill([sizes[index], 2], (1 + index + 10 * epoch) / 10),
    };
    const run = (stepsPerCall: number) => line({ data: source, epochs: 3, compile: true, stepsPerCall });
    const single = await numbersOf(await run(1));
    expect(await numbersOf(await run(3))).toEqual(single);
    expect(await numbersOf(await run(64))).toEqual(single);
  });

  it('trace a step once for each shape of batch', async () => {
    let calls = 0;
    const counting: typeof lineModel.step = (stepKey, state, batch) => {
      calls += 1;
      return lineModel.step(stepKey, state, batch);
    };
    const { state } = await line({ step: counting, compile: true, epochs: 5 });
    expect(calls).toBe(new Set(batchSizes()).size);
    treeDispose(state);
  });
});

/** The number of rows of each batch of an epoch. */
function batchSizes(): number[] {
  const data = lineData(points);
  return Array.from({ length: data.count }, (_, i) => {
    const batch = data.batch(key(0), 0, i);
    const [rows] = batch.shape;
    batch.dispose();
    return rows;
  });
}
