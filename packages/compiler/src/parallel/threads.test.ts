import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { afterEach, expect, it, vi } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { ConfigError, useBackend } from '@ebim/runtime';
import { compile, explain } from '../index.js';
import { availableThreads, setThreads } from './threads.js';
import { SLEEPERS } from './words.js';

afterEach(() => {
  vi.unstubAllEnvs();
  setThreads(1);
});

/** A program whose steps are long, and need all rows of those before. */
const layers = (x: tf.Tensor2D, w: tf.Tensor2D): tf.Tensor => {
  let y: tf.Tensor = x;
  for (let i = 0; i < 6; i++) {
    const z = tf.tanh(tf.matMul(y, w));
    y = tf.sub(z, tf.mean(z, 0));
  }
  return y;
};

const values = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(0.7 * i) / 4);

/** Runs `during` and hands it the memories that threads share. */
async function watchMemories<T>(during: (memories: readonly WebAssembly.Memory[]) => Promise<T>): Promise<T> {
  const memories: WebAssembly.Memory[] = [];
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
  try {
    return await during(memories);
  } finally {
    WebAssembly.Memory = Memory;
  }
}

const pause = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 2));
const bitsOf = (t: tf.Tensor): Buffer => Buffer.from(t.dataSync().slice().buffer);

it('shares long steps, with the bits of one thread, also while others help', async () => {
  await useBackend('cpu');
  const [x, w] = [tf.tensor2d(values(510 * 129), [510, 129]), tf.tensor2d(values(129 * 129), [129, 129])];
  setThreads(1);
  const alone = explain(layers, x, w);
  expect(alone.threads).toBe(1);
  expect(alone.steps.join()).not.toContain('||');
  expect(alone.text).toContain('threads: one');
  const f = compile(layers);
  const expected = bitsOf(f(x, w));
  f.dispose();

  setThreads(3);
  await watchMemories(async (memories) => {
    const shared = compile(layers);
    const sleepers = (): number =>
      Math.max(...memories.map(({ buffer }) => Atomics.load(new Int32Array(buffer), SLEEPERS / 4)));
    let helpedCalls = 0;
    for (let call = 0; call < 3000 && helpedCalls < 20; call++) {
      const y = shared(x, w);
      expect(bitsOf(y).equals(expected)).toBe(true);
      y.dispose();
      await pause();
      if (sleepers() === 2) helpedCalls++;
    }
    expect(helpedCalls).toBe(20);
    shared.dispose();
  });
  const cut = explain(layers, x, w);
  expect(cut.threads).toBe(3);
  expect(cut.steps.filter((step) => step.includes('||')).length).toBeGreaterThan(6);
  tf.dispose([x, w]);
});

it('takes no more threads than a step has parts', () => {
  setThreads(16);
  const [x, w] = [tf.zeros<tf.Rank.R2>([12, 500]), tf.zeros<tf.Rank.R2>([500, 400])];
  const { threads } = explain((a: tf.Tensor2D, b: tf.Tensor2D) => tf.matMul(a, b), x, w);
  expect(threads).toBe(3);
  tf.dispose([x, w]);
});

it('gives zeros the sign that one thread gives them, also at the ends of blocks', () => {
  for (const [m, k, n] of [
    [4200, 16, 4],
    [8300, 8, 4],
    [8300, 8, 12],
    [8200, 8, 9],
    [2000, 520, 9],
  ]) {
    const [x, w] = [tf.zeros<tf.Rank.R2>([m, k]), tf.fill<tf.Rank.R2>([k, n], -1)];
    const results = [1, 2, 3].map((threads) => {
      setThreads(threads);
      const f = compile((a: tf.Tensor2D, b: tf.Tensor2D) => tf.matMul(a, b));
      const bits = bitsOf(f(x, w));
      f.dispose();
      return bits;
    });
    for (const result of results) expect(result.equals(results[0]), [m, k, n].join()).toBe(true);
    tf.dispose([x, w]);
  }
});

it('places factors of products side by side without getting in the way of other threads', () => {
  for (const [m, k, n, transposed] of [
    [130, 700, 72, true],
    [515, 300, 65, true],
    [600, 300, 67, false],
  ] as const) {
    const [x, w] = [
      tf.tensor2d(values(m * k), transposed ? [k, m] : [m, k]),
      tf.tensor2d(values(k * n), [k, n]),
    ];
    const results = [1, 2, 3].map((threads) => {
      setThreads(threads);
      const f = compile((a: tf.Tensor2D, b: tf.Tensor2D) => tf.matMul(a, b, transposed));
      // Until helpers have come.
      const until = performance.now() + (threads > 1 ? 150 : 0);
      let bits = bitsOf(f(x, w));
      while (performance.now() < until) bits = bitsOf(f(x, w));
      f.dispose();
      return bits;
    });
    for (const result of results) expect(result.equals(results[0]), [m, k, n].join()).toBe(true);
    tf.dispose([x, w]);
  }
});

it('still computes after a call that was cut short', () => {
  setThreads(2);
  const [x, w] = [tf.tensor2d(values(800 * 256), [800, 256]), tf.tensor2d(values(256 * 256), [256, 256])];
  const f = compile(layers);
  const expected = bitsOf(f(x, w));
  // Until helpers have come.
  const until = performance.now() + 300;
  while (performance.now() < until) f(x, w).dispose();
  const surroundings = globalThis as { cutShort?: () => void };
  surroundings.cutShort = () => {
    for (;;) f(x, w).dispose();
  };
  for (let i = 0; i < 6; i++) {
    expect(() => vm.runInThisContext('cutShort()', { timeout: 5 + 3 * i }) as unknown).toThrow(/timed out/);
    expect(bitsOf(f(x, w)).equals(expected)).toBe(true);
  }
  delete surroundings.cutShort;
  f.dispose();
  tf.dispose([x, w]);
});

it.runIf(process.platform === 'linux')(
  'ends the threads of programs that are disposed of or forgotten',
  async () => {
    const threads = (): number => readdirSync('/proc/self/task').length;
    /** How many there are when it is at least or at most so many, or after a while. */
    const waitFor = async (
      condition: (count: number) => boolean,
      between: () => void = () => undefined,
    ): Promise<number> => {
      const until = performance.now() + 15_000;
      while (performance.now() < until && !condition(threads())) {
        between();
        await pause();
      }
      return threads();
    };
    const [x, w] = [tf.tensor2d(values(512 * 128), [512, 128]), tf.tensor2d(values(128 * 128), [128, 128])];
    setThreads(2);
    // Node's own threads for files start with the first of them.
    await stat('/');
    v8.setFlagsFromString('--expose-gc');
    const collect = vm.runInNewContext('gc') as () => void;
    // Those of the tests before may still be ending.
    let before = threads();
    for (let still = 0; still < 100; still++) {
      collect();
      await pause();
      if (threads() !== before) [before, still] = [threads(), 0];
    }
    let functions = Array.from({ length: 4 }, () => compile(layers));
    const callAll = (): void => functions.forEach((f) => f(x, w).dispose());
    expect(await waitFor((count) => count >= before + 4, callAll)).toBeGreaterThanOrEqual(before + 4);
    for (const f of functions.slice(0, 2)) f.dispose();
    expect(await waitFor((count) => count <= before + 2)).toBeLessThanOrEqual(before + 2);
    functions = [];
    expect(await waitFor((count) => count <= before, collect)).toBeLessThanOrEqual(before);
    tf.dispose([x, w]);
  },
);

it('refuses numbers that are none, and says where they come from', async () => {
  for (const bad of [0, -1, 1.5, Number.NaN, 17, '2' as unknown as number])
    expect(() => setThreads(bad)).toThrow(ConfigError);
  vi.resetModules();
  const fresh = await import('./threads.js');
  vi.stubEnv('EBIM_THREADS', 'many');
  expect(() => fresh.availableThreads()).toThrow(/EBIM_THREADS.*\n?.*many|many/s);
  vi.stubEnv('EBIM_THREADS', '5');
  expect(fresh.availableThreads()).toEqual({ count: 5 });
  // Read once.
  vi.stubEnv('EBIM_THREADS', '3');
  expect(fresh.availableThreads()).toEqual({ count: 5 });
});

it('takes the cores of the machine without a wish, and one thread where memory cannot be shared', async () => {
  vi.resetModules();
  vi.stubEnv('EBIM_THREADS', '');
  const fresh = await import('./threads.js');
  const { count } = fresh.availableThreads();
  expect(count).toBeGreaterThanOrEqual(1);
  expect(count).toBeLessThanOrEqual(8);
  vi.stubGlobal('SharedArrayBuffer', undefined);
  expect(availableThreads()).toEqual({ count: 1 });
  vi.unstubAllGlobals();
});
