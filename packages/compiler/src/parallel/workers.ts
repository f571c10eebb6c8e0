import { nodeBuiltin } from './node-builtin.js';
import { GENERATION, RUN, TICKET } from './words.js';

/** The threads that help with a program. */
export interface Helpers {
  /** Runs the program; from some time on they help. */
  during(run: () => void): void;
  /** A run did not come to its end. The words of the memory are in disorder then, and a helper may be at work. */
  readonly interrupted: boolean;
  /** Ends them. The program still runs, alone, until it has run for some time again. */
  stop(): void;
}

/** What a helper does: it runs `serve` (fork.ts) on the program's memory. Its instance calls no host. */
const SERVE = `({ module, memory, thread, generation }) => {
  const host = { memory, math: () => 0, fail() {}, island() {} };
  new WebAssembly.Instance(module, { host }).exports.serve(thread, generation);
}`;

/** Milliseconds that a program runs alone before it gets helpers: they take as long to start. */
const ALONE = 50;
/** Programs that have helpers at the same time. */
const MOST_HELPED = 8;

type Threads = typeof import('node:worker_threads');

/** A memory that threads may share. */
export const sharedMemory = (pages: number): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });

/** Whether this thread may sleep until others have done something: not the main one of a browser. */
export const maySleep = (): boolean =>
  nodeBuiltin('node:worker_threads') !== undefined || typeof document === 'undefined';

/** A program that has helpers. */
interface Helped {
  /** The larger the later. */
  lastRun: number;
  readonly stop: () => void;
}

const helped = new Set<Helped>();
let runs = 0;

/** Makes room for the helpers of one more program. */
function stopOldest(): void {
  if (helped.size < MOST_HELPED) return;
  [...helped].reduce((a, b) => (a.lastRun < b.lastRun ? a : b)).stop();
}

/**
 * Helpers of a program, started when it has run for a while: most programs of evaluations and tests are called a few
 * times only.
 *
 * @param milliseconds about how long a run takes: a long one has helpers from its start
 */
export function helpersFor(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  count: number,
  milliseconds: number,
): Helpers {
  const words = new Int32Array(memory.buffer);
  const beforeFirst = milliseconds > ALONE ? ALONE : 0;
  let alone = beforeFirst;
  let interrupted = false;
  const self: Helped = {
    lastRun: 0,
    stop() {
      helped.delete(self);
      Atomics.add(words, GENERATION / 4, 1);
      // One that is about to sleep must not see the number that it saw before.
      Atomics.add(words, RUN / 4, 1);
      Atomics.notify(words, TICKET / 4);
      alone = beforeFirst;
    },
  };
  const start = (): void => {
    stopOldest();
    helped.add(self);
    const generation = Atomics.load(words, GENERATION / 4);
    for (let thread = 1; thread <= count; thread++) startHelper({ module, memory, thread, generation });
  };
  return {
    get interrupted() {
      return interrupted;
    },
    during(run) {
      if (alone >= ALONE && !helped.has(self)) start();
      self.lastRun = runs++;
      const began = performance.now();
      // Not in a `finally`: what ends a run from outside, such as a time limit, runs none.
      interrupted = true;
      run();
      interrupted = false;
      alone += performance.now() - began;
    },
    stop: self.stop,
  };
}

/** What a helper needs to know. */
interface Assignment {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Its number; 0 is the thread that calls. */
  readonly thread: number;
  readonly generation: number;
}

/** Starts a helper, where that is allowed; without it the others do its work. */
function startHelper(assignment: Assignment): void {
  const threads = nodeBuiltin<Threads>('node:worker_threads');
  try {
    if (threads === undefined) startWebWorker(assignment);
    else startNodeWorker(threads, assignment);
  } catch {
    // Node's permission model, the policy of a page, or an engine that cannot send modules to workers.
  }
}

function startNodeWorker(threads: Threads, assignment: Assignment): void {
  const code = `(${SERVE})(require('node:worker_threads').workerData)`;
  // Neither loaders nor flags of this process: the code needs none, and they take time.
  const options = { eval: true, workerData: assignment, execArgv: [], env: {} };
  const worker = new threads.Worker(code, options);
  worker.on('error', () => undefined);
  worker.unref();
}

let scriptUrl: string | undefined;

/** The script of helpers; one for all, as a URL of a blob lives as long as the page. */
function webScript(): string {
  const code = `onmessage = ({ data }) => { (${SERVE})(data); close(); };`;
  return (scriptUrl ??= URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
}

function startWebWorker(assignment: Assignment): void {
  const worker = new Worker(webScript());
  worker.onerror = (event) => event.preventDefault();
  worker.postMessage(assignment);
}
