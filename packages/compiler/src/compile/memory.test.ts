import v8 from 'node:v8';
import vm from 'node:vm';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { key, normal, useBackend, type Key } from '@ebim/runtime';
import { HOST_TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { compile, explain, scan } from '../index.js';

const PAGE = 0x10000;

/** Memories of the programs that were started since the test began; watching them keeps none alive. */
let memories: WeakRef<WebAssembly.Memory>[] = [];
const { Instance } = WebAssembly;

beforeAll(() => {
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      memories.push(new WeakRef(this.exports.memory as WebAssembly.Memory));
    }
  };
});
afterAll(() => {
  WebAssembly.Instance = Instance;
});
beforeEach(() => {
  memories = [];
});

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** Collects garbage, also what finalizers let go of. */
async function collected(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    collect();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Bytes that the process holds: JavaScript objects and array buffers. */
async function heldBytes(): Promise<number> {
  await collected();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const memoryOf = (i: number): WebAssembly.Memory => memories[i]?.deref() as WebAssembly.Memory;

useTestBackends(HOST_TEST_BACKENDS, useBackend, () => {
  it('100,000 calls need no more memory than the first', async () => {
    const f = compile((k: Key, state: { x: tf.Tensor; w: tf.Tensor }) => {
      const x = tf.add(state.x, tf.mul(0.1, tf.matMul(normal(k, [2, 3]), state.w)));
      return { x: tf.tanh(x), w: tf.mul(state.w, 0.999) };
    });
    let state = { x: tf.zeros([2, 4]), w: tf.ones([3, 4]) };
    const repeat = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const next = f(key(i), state);
        tf.dispose(state);
        state = next;
      }
    };
    repeat(2000);
    const { numTensors, numBytes } = tf.memory();
    const [pages, held] = [memoryOf(0).buffer.byteLength, await heldBytes()];
    repeat(100_000);
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    expect(memories.length).toBe(1);
    expect(memoryOf(0).buffer.byteLength).toBe(pages);
    // Five bytes a call: anything that a call left behind is larger.
    expect((await heldBytes()) - held).toBeLessThan(500_000);
    expect(f.statistics).toMatchObject({ misses: 1, hits: 101_999 });
    f.dispose();
    tf.dispose(state);
  });
});

it('the module of a function goes when it is disposed of, dropped from the cache or forgotten', async () => {
  await useBackend('cpu');
  const run = (f: (x: tf.Tensor) => tf.Tensor, size: number): void =>
    tf.tidy(() => {
      f(tf.ones([size])).dataSync();
    });
  const kept = compile((x: tf.Tensor) => tf.mul(x, 2), { cacheSize: 1 });
  const disposed = compile((x: tf.Tensor) => tf.add(x, 1));
  run(kept, 1);
  run(kept, 2);
  run(disposed, 1);
  (() => {
    run(
      compile((x: tf.Tensor) => tf.sin(x)),
      1,
    );
  })();
  disposed.dispose();
  await collected();
  expect(memories.map((memory) => memory.deref() !== undefined)).toEqual([false, true, false, false]);
  run(kept, 2);
  kept.dispose();
});

it('a program uses the memory that explain says, and no more', async () => {
  await useBackend('cpu');
  // Small enough for products that need no panels, whose place is of one size.
  const functions: ((x: tf.Tensor) => tf.Tensor)[] = [
    (x) => tf.sum(tf.exp(x)),
    (x) => tf.matMul(x, tf.add(tf.transpose(x), 1)),
    (x) =>
      scan((c: tf.Tensor) => [tf.add(tf.mul(c, 0.5), tf.cos(tf.cumsum(c, 1))), null] as const, x, null, {
        length: 5,
      })[0],
    (x) => tf.grad((y: tf.Tensor) => tf.sum(tf.sigmoid(tf.matMul(y, tf.transpose(y)))))(x),
  ];
  for (const f of functions)
    tf.tidy(() => {
      memories = [];
      const x = tf.fill([48, 40], 0.05);
      const compiled = compile(f);
      compiled(x);
      const { memory } = explain(f, x);
      const { buffer } = memoryOf(0);
      expect(buffer.byteLength).toBe(Math.ceil(memory.data / PAGE) * PAGE);
      const bytes = new Uint8Array(buffer);
      const last = bytes.findLastIndex((byte) => byte !== 0);
      // Each value is followed by up to 48 bytes of padding.
      expect(last).toBeLessThan(memory.data);
      expect(last).toBeGreaterThan(memory.data - 64);
      compiled(x);
      expect(memoryOf(0).buffer.byteLength).toBe(buffer.byteLength);
      compiled.dispose();
    });
});
