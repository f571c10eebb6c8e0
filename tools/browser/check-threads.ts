import { compile, explain, setThreads } from '@ebim/compiler';
import * as tf from '@tensorflow/tfjs';

/** What a program that threads share does in a browser. */
export interface ThreadFinding {
  /** Threads of the program. */
  readonly threads: number;
  /** Whether results have the bits of one thread, alone and with helpers. */
  readonly sameBits: boolean;
  /** Whether a helper came. */
  readonly helped: boolean;
}

const layers = (x: tf.Tensor2D, w: tf.Tensor2D): tf.Tensor => {
  let y: tf.Tensor = x;
  for (let i = 0; i < 6; i++) y = tf.tanh(tf.matMul(y, w));
  return y;
};

const values = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(0.7 * i) / 4);

/** Number of the word that counts helpers that sleep, see `SLEEPERS` of the compiler. */
const SLEEPERS = 49;
/** Milliseconds to wait for a helper. */
const PATIENCE = 20_000;

/** Runs a program in one thread and in two. */
export async function checkThreads(): Promise<ThreadFinding> {
  const memories: WebAssembly.Memory[] = [];
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
  const [x, w] = [tf.tensor2d(values(510 * 129), [510, 129]), tf.tensor2d(values(129 * 129), [129, 129])];
  setThreads(1);
  const expected = compile(layers)(x, w).dataSync();
  setThreads(2);
  const { threads } = explain(layers, x, w);
  const shared = compile(layers);
  let [sameBits, helped] = [true, false];
  const until = performance.now() + PATIENCE;
  while (!helped && performance.now() < until) {
    const result = shared(x, w);
    sameBits &&= result.dataSync().every((value, i) => Object.is(value, expected[i]));
    result.dispose();
    // The worker that helps is started by the event loop, and sleeps when there is nothing to do.
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
    helped = memories.some(({ buffer }) => Atomics.load(new Int32Array(buffer), SLEEPERS) > 0);
  }
  WebAssembly.Memory = Memory;
  shared.dispose();
  return { threads, sameBits, helped };
}
