import { readdirSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { ConfigError, useBackend } from '@ebim/runtime';
import { compile, explain } from '../index.js';
import { availableThreads, setThreads } from './threads.js';

afterEach(() => {
  vi.unstubAllEnvs();
  setThreads(1);
});

/** A program whose steps are long. */
const layers = (x: tf.Tensor2D, w: tf.Tensor2D): tf.Tensor => {
  let y: tf.Tensor = x;
  for (let i = 0; i < 6; i++) y = tf.tanh(tf.matMul(y, w));
  return y;
};

const values = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(0.7 * i) / 4);

it('shares long steps, with the bits of one thread, also while others help', async () => {
  await useBackend('cpu');
  const [x, w] = [tf.tensor2d(values(510 * 129), [510, 129]), tf.tensor2d(values(129 * 129), [129, 129])];
  const resultsWith = async (threads: number, calls: number): Promise<Buffer[]> => {
    setThreads(threads);
    const f = compile(layers);
    const results: Buffer[] = [];
    for (let i = 0; i < calls; i++) {
      const y = f(x, w);
      results.push(Buffer.from((await y.data()).slice().buffer));
      y.dispose();
    }
    f.dispose();
    return results;
  };
  const [alone] = await resultsWith(1, 1);
  // Helpers come after 50 ms.
  for (const shared of await resultsWith(3, 60)) expect(shared.equals(alone)).toBe(true);
  setThreads(1);
  const { threads, steps, text } = explain(layers, x, w);
  expect(threads).toBe(1);
  expect(steps.join()).not.toContain('||');
  expect(text).toContain('threads: one');
  setThreads(3);
  const cut = explain(layers, x, w);
  expect(cut.threads).toBe(3);
  expect(cut.steps.filter((step) => step.includes('||')).length).toBeGreaterThan(6);
  tf.dispose([x, w]);
});

it.runIf(process.platform === 'linux')('ends the threads of programs that are disposed of', async () => {
  const threads = (): number => readdirSync('/proc/self/task').length;
  const pause = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 20));
  const [x, w] = [tf.tensor2d(values(512 * 128), [512, 128]), tf.tensor2d(values(128 * 128), [128, 128])];
  setThreads(2);
  const before = threads();
  const functions = Array.from({ length: 3 }, () => compile(layers));
  for (const f of functions) for (let i = 0; i < 40; i++) f(x, w).dispose();
  for (let i = 0; i < 100 && threads() < before + 3; i++) await pause();
  expect(threads()).toBeGreaterThanOrEqual(before + 3);
  for (const f of functions) f.dispose();
  for (let i = 0; i < 200 && threads() >= before + 3; i++) await pause();
  expect(threads()).toBeLessThan(before + 3);
  tf.dispose([x, w]);
});

it('refuses numbers that are none, and says where they come from', async () => {
  for (const bad of [0, -1, 1.5, Number.NaN, 65, '2' as unknown as number])
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
