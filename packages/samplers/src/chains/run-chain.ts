import * as tf from '@tensorflow/tfjs';
import { compile } from '@ebim/compiler';
import {
  keyAt,
  splitSequence,
  treeClone,
  treeDispose,
  treeTidy,
  type Key,
  type TensorTree,
} from '@ebim/runtime';
import type { ChainState, Kernel } from '../kernel.js';
import { checkCount } from '../options.js';
import { hostRows, type HostRows } from './host-rows.js';
import { infoLog, type InfoSummary } from './info-log.js';

/** How far a chain is. */
export interface ChainProgress {
  readonly step: number;
  readonly steps: number;
}

/** What to take of a step: a function of the state and the info, of one shape throughout. */
export type Collector<S extends TensorTree, I extends TensorTree> = (state: S, info: I) => tf.Tensor;

/** Options of {@link runChain}. */
export interface RunChainOptions<S extends TensorTree, I extends TensorTree> {
  readonly key: Key;
  /** Where the chains start, `[B, ...]`. */
  readonly position: tf.Tensor;
  /** Number of steps, at least 1. */
  readonly steps: number;
  /** Steps at the start of which nothing is collected. Default 0. */
  readonly burnIn?: number;
  /** Collects every `thin`-th step after the burn-in. Default 1. */
  readonly thin?: number;
  /** Collects the positions as `samples`. Default true. */
  readonly collectPositions?: boolean;
  /** More to collect, by name. Default: nothing. */
  readonly collect?: Readonly<Record<string, Collector<S, I>>>;
  /**
   * Whether steps and collectors run as programs (`compile` of `@ebim/compiler`), which needs pure functions of
   * tensors. `auto`: in runs of 16 steps or more, where it is possible. Default `auto`.
   */
  readonly compile?: boolean | 'auto';
  /** Ends the run after the step in progress, with what there is by then. */
  readonly signal?: AbortSignal;
  /** Called a few dozen times a second and after the last step. */
  readonly onProgress?: (progress: ChainProgress) => void;
}

/** What {@link runChain} gives. The caller owns the tensors. */
export interface ChainRun<S extends TensorTree> {
  readonly status: 'completed' | 'stopped';
  /** Steps taken. */
  readonly steps: number;
  /** The last state, after the kernel's `finish`. */
  readonly state: S;
  /** `[S, B, ...]`, each after the kernel's `finish`; `S` is 0 if positions were not to be collected. */
  readonly samples: tf.Tensor;
  /** `[S, ...]` of each entry of `collect`. */
  readonly collected: Readonly<Record<string, tf.Tensor>>;
  /** Every entry of the info by its path. */
  readonly info: Readonly<Record<string, InfoSummary>>;
}

/** Steps between two reads of the info: few enough to hold, many enough that reading costs little. */
const READ_EVERY = 64;
/** Milliseconds after which the event loop gets its turn. */
const TURN = 16;
/** To compile takes as long as a dozen steps. */
const COMPILE_FROM = 16;

/**
 * Runs a kernel and collects what it visits, in host memory: that of the backend stays flat. Lets the event loop run in
 * between. The same key gives the same chain whatever is collected.
 *
 * @throws ConfigError `bad-option`
 *
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 *
 * const kernel = langevin((x: tf.Tensor) => tf.sum(tf.square(x), 1), { noiseScale: 0.1, gradClamp: null });
 * const position = tf.ones([10, 2]);
 * const run = await runChain(kernel, { key: key(0), position, steps: 100, burnIn: 20, thin: 10 });
 * console.log(run.samples.shape); // [8, 10, 2]
 * ```
 */
export async function runChain<S extends TensorTree & ChainState, I extends TensorTree>(
  kernel: Kernel<S, I>,
  options: RunChainOptions<S, I>,
): Promise<ChainRun<S>> {
  const { key, position, steps, burnIn = 0, thin = 1, signal, onProgress } = options;
  checkCount(steps, 1, 'runChain({ steps })');
  checkCount(burnIn, 0, 'runChain({ burnIn })');
  checkCount(thin, 1, 'runChain({ thin })');
  const keys = splitSequence(key, steps);
  const collection = collector(kernel, options, Math.max(0, Math.floor((steps - burnIn) / thin)));
  const log = infoLog(steps);
  const { compile: wanted = 'auto' } = options;
  const choice = wanted === 'auto' && steps < COMPILE_FROM ? false : wanted;
  const advance = program(choice, (stepKey: Key, before: S) => {
    const [after, info] = kernel.step(stepKey, before);
    return [after, info, log.reduce(info)] as const;
  });
  const take = program(choice, (after: S, info: I) => collection.take(after, info));
  let state = kernel.init(position);
  let done = 0;
  let turn = performance.now();
  try {
    while (done < steps && !signal?.aborted) {
      const due = done >= burnIn && (done + 1 - burnIn) % thin === 0;
      const [next, row, values] = treeTidy(() => {
        const [after, info, reduced] = advance.run(keyAt(keys, done), state);
        return [after, reduced, due ? take.run(after, info) : {}] as const;
      });
      treeDispose(state);
      state = next;
      done++;
      log.add(row);
      await collection.store(values);
      if (done % READ_EVERY === 0) await log.flush();
      if (performance.now() - turn > TURN) {
        onProgress?.({ step: done, steps });
        await new Promise((resolve) => setTimeout(resolve, 0));
        turn = performance.now();
      }
    }
    await log.flush();
    onProgress?.({ step: done, steps });
    return {
      status: done === steps ? 'completed' : 'stopped',
      steps: done,
      state: treeTidy(() => treeClone(finished(kernel, state))),
      ...collection.tensors(),
      info: log.summary(),
    };
  } finally {
    treeDispose(state);
    log.dispose();
    advance.dispose();
    take.dispose();
  }
}

/** A function as a program, if that is wanted. */
function program<A extends unknown[], R>(
  choice: boolean | 'auto',
  f: (...args: A) => R,
): { readonly run: (...args: A) => R; readonly dispose: () => void } {
  if (choice === false) return { run: f, dispose: () => undefined };
  const compiled = compile(f, { fallback: choice === 'auto' });
  return { run: compiled, dispose: () => compiled.dispose() };
}

type Values = Readonly<Record<string, tf.Tensor>>;

interface Collection<S, I> {
  /** The values of a step, tensors of their own. */
  take(state: S, info: I): Values;
  /** Copies values to the host and frees them. */
  store(values: Values): Promise<void>;
  tensors(): { samples: tf.Tensor; collected: Values };
}

function collector<S extends TensorTree & ChainState, I extends TensorTree>(
  kernel: Kernel<S, I>,
  { position, collect = {}, collectPositions = true }: RunChainOptions<S, I>,
  count: number,
): Collection<S, I> {
  // The empty name is the positions': names of `collect` get a prefix.
  const takers = new Map<string, Collector<S, I>>(
    Object.entries(collect).map(([name, take]) => [`.${name}`, take]),
  );
  if (collectPositions) takers.set('', (state) => finished(kernel, state).position);
  const stored = new Map<string, HostRows>();
  return {
    // A collector may hand back a tensor of the state itself, which goes on without us: hence the clone.
    take: (state, info) =>
      Object.fromEntries([...takers].map(([name, take]) => [name, take(state, info).clone()])),
    store: async (values) => {
      for (const [name, value] of Object.entries(values)) {
        const rows = stored.get(name) ?? hostRows(value.shape, count);
        stored.set(name, rows);
        rows.add(await value.data());
        value.dispose();
      }
    },
    tensors: () => {
      const samples = stored.get('')?.tensor() ?? tf.zeros([0, ...position.shape]);
      stored.delete('');
      const collected = [...stored].map(([name, rows]) => [name.slice(1), rows.tensor()] as const);
      return { samples, collected: Object.fromEntries(collected) };
    },
  };
}

const finished = <S extends TensorTree & ChainState, I extends TensorTree>(
  kernel: Kernel<S, I>,
  state: S,
): S => (kernel.finish ? kernel.finish(state) : state);
