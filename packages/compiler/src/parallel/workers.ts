import { nodeBuiltin } from './node-builtin.js';
import { RUN, STOP, TICKET } from './words.js';

/** The threads that help with a program. */
export interface Helpers {
  /** Runs the program; they help from when they have started on. */
  during(run: () => void): void;
  /** Ends them; the memory is free afterwards. */
  stop(): void;
}

/** What a helper does: it runs `serve` (fork.ts) on the program's memory. Its instance calls no host. */
const SERVE = `({ module, memory, thread }) => {
  const host = { memory, math: () => 0, fail() {}, island() {} };
  new WebAssembly.Instance(module, { host }).exports.serve(thread);
}`;

/** Milliseconds that a program runs alone before it gets helpers: they take as long to start. */
const ALONE = 50;

type Threads = typeof import('node:worker_threads');

/** A memory that threads may share. */
export const sharedMemory = (pages: number): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });

/** Whether this thread may sleep until others have done something: not the main one of a browser. */
export const maySleep = (): boolean =>
  nodeBuiltin('node:worker_threads') !== undefined || typeof document === 'undefined';

/**
 * Helpers of a program, started once it has run for a while: most programs of evaluations and tests are called a few
 * times only.
 */
export function helpersFor(module: WebAssembly.Module, memory: WebAssembly.Memory, count: number): Helpers {
  let alone = 0;
  let started = false;
  return {
    during(run) {
      if (started) return run();
      const start = performance.now();
      run();
      alone += performance.now() - start;
      if (alone < ALONE) return;
      started = true;
      for (let thread = 1; thread <= count; thread++) startHelper({ module, memory, thread });
    },
    stop() {
      started = true;
      const words = new Int32Array(memory.buffer);
      Atomics.store(words, STOP / 4, 1);
      // One that is about to sleep must not see the number that it saw before.
      Atomics.add(words, TICKET / 4, RUN);
      Atomics.notify(words, TICKET / 4);
    },
  };
}

/** What a helper needs to know. */
interface Assignment {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Its number; 0 is the thread that calls. */
  readonly thread: number;
}

function startHelper(assignment: Assignment): void {
  const threads = nodeBuiltin<Threads>('node:worker_threads');
  if (threads === undefined) return startWebWorker(assignment);
  const code = `(${SERVE})(require('node:worker_threads').workerData)`;
  // Neither loaders nor flags of this process: the code needs none, and they take time.
  const options = { eval: true, workerData: assignment, execArgv: [], env: {} };
  const worker = new threads.Worker(code, options);
  // Without it the others go on.
  worker.on('error', () => undefined);
  worker.unref();
}

function startWebWorker(assignment: Assignment): void {
  const code = `onmessage = ({ data }) => { (${SERVE})(data); close(); };`;
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onerror = (event) => event.preventDefault();
  worker.postMessage(assignment);
}
