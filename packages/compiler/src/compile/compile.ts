import * as tf from '@tensorflow/tfjs';
import { CompileError, computesOnHost, ConfigError } from '@ebim/runtime';
import { isRecordingGradient } from '../trace/engine.js';
import { activeRecorder } from '../trace/trace-backend.js';
import { callOwned } from './call-owned.js';
import { compilation, type Compilation } from './compilation.js';
import { flatten, type Leaf } from './leaves.js';
import { matches, patternOf, type Pattern } from './pattern.js';

/** Options of {@link compile}. */
export interface CompileOptions {
  /** Programs that are kept, one for every combination of shapes and plain arguments. Default 16. */
  readonly cacheSize?: number;
  /**
   * Calls the function itself where it cannot be compiled, instead of throwing, or where a program would be slower, as
   * with convolutions; the reason is among the `refusals` of the statistics. Default false.
   */
  readonly fallback?: boolean;
}

/** How often a compiled function did what. */
export interface CompileStatistics {
  /** Calls that found their program. */
  readonly hits: number;
  /** Calls that compiled. */
  readonly misses: number;
  /** Programs given up because the cache was full. */
  readonly evictions: number;
  /** Calls that ran the function itself. */
  readonly passThroughs: number;
  /** Programs held now. */
  readonly programs: number;
  /** Why calls could not be compiled, with the option `fallback`. */
  readonly refusals: readonly CompileError[];
}

/** A function that runs as a program; see {@link compile}. */
export interface CompiledFunction<A extends unknown[], R> {
  (...args: A): R;
  /** A snapshot. */
  readonly statistics: CompileStatistics;
  /** Frees the programs now instead of with the function. A later call compiles again. */
  dispose(): void;
}

interface Cache {
  readonly programs: Map<string, Compilation>;
  readonly counts: { hits: number; misses: number; evictions: number; passThroughs: number };
}

const disposeAll = ({ programs }: Cache): void => {
  for (const program of programs.values()) program.dispose();
  programs.clear();
};

const forgotten = new FinalizationRegistry(disposeAll);

/**
 * Turns a pure function of tensors into one program. The first call for given shapes, dtypes and plain arguments runs
 * `f` once on tensors without values to see what it does, gradients of every order included; later calls run the
 * program on new values.
 *
 * Arguments and results are trees of tensors and keys; numbers, strings, functions and nulls among them are part of
 * the signature. Tensors that `f` takes from its surroundings keep the value that they have at the first call.
 * Results are tensors of the backend in use that the caller owns. Under a gradient and inside another compiled function,
 * `f` itself is called, and also where the backend computes elsewhere (WebGPU, TensorFlow): there, too, results are
 * tensors of their own and what `f` makes on the way is disposed, unless with the option `fallback`.
 *
 * @throws CompileError when called: `reads-data`, `async-function`, `impure-capture`, `impure-random`,
 * `leaked-tensor`, `data-dependent-shape`, `bad-argument`, `bad-result`; the message names the line
 * @throws ConfigError `bad-option`
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { compile } from '@ebim/compiler';
 *
 * const distance = compile((a: tf.Tensor, b: tf.Tensor) => tf.sqrt(tf.sum(tf.square(tf.sub(a, b)))));
 * distance(tf.zeros([4]), tf.ones([4])).print(); // 2
 * ```
 */
export function compile<A extends unknown[], R>(
  f: (...args: A) => R,
  options: CompileOptions = {},
): CompiledFunction<A, R> {
  const { cacheSize = 16, fallback = false } = options;
  if (!Number.isInteger(cacheSize) || cacheSize < 1)
    throw new ConfigError({
      code: 'bad-option',
      where: 'compile(f, { cacheSize })',
      expected: 'a whole number of at least 1',
      received: String(cacheSize),
    });
  const cache: Cache = {
    programs: new Map(),
    counts: { hits: 0, misses: 0, evictions: 0, passThroughs: 0 },
  };
  const { programs, counts } = cache;
  const refused = new Map<string, CompileError>();

  // The program of the last call, and what its arguments look like.
  let recent: { readonly pattern: Pattern; readonly program: Compilation } | undefined;

  const programOf = (args: A, signature: string): Compilation => {
    const known = programs.get(signature);
    if (known !== undefined) {
      counts.hits++;
      programs.delete(signature);
      return known;
    }
    counts.misses++;
    const made = compilation(f, args);
    if (fallback) refuseSlowIslands(made);
    if (programs.size >= cacheSize) {
      const [oldest, evicted] = programs.entries().next().value as [string, Compilation];
      programs.delete(oldest);
      evicted.dispose();
      counts.evictions++;
    }
    return made;
  };

  const call = (...args: A): R => {
    const passThrough = (): R => {
      counts.passThroughs++;
      return f(...args);
    };
    if (isPartOfMore()) return passThrough();
    if (!computesOnHost()) {
      if (fallback) return passThrough();
      counts.passThroughs++;
      return callOwned(f, args);
    }
    const found: Leaf[] = [];
    if (recent !== undefined && matches(recent.pattern, args, found)) {
      counts.hits++;
      return recent.program.run(found) as R;
    }
    const { leaves, signature } = flatten(args);
    if (refused.has(signature)) return passThrough();
    let program: Compilation;
    try {
      program = programOf(args, signature);
    } catch (error) {
      if (!fallback || !(error instanceof CompileError)) throw error;
      refused.set(signature, error);
      return passThrough();
    }
    // The last of the map is the one used last.
    programs.set(signature, program);
    recent = { pattern: patternOf(args), program };
    return program.run(leaves) as R;
  };
  const compiled = Object.defineProperties(call, {
    statistics: {
      get: (): CompileStatistics => ({
        ...counts,
        programs: programs.size,
        refusals: [...new Set(refused.values())],
      }),
    },
    dispose: {
      value: () => {
        recent = undefined;
        refused.clear();
        disposeAll(cache);
      },
    },
  }) as CompiledFunction<A, R>;
  forgotten.register(compiled, cache);
  return compiled;
}

/** Kernels that the backends of TensorFlow.js do well, and the cpu backend, on which islands run, badly. */
const WELL_DONE = /Conv|Pool|Resize|FFT/;

/** Throws if the program would spend its time in kernels that run faster outside of it. */
function refuseSlowIslands(compiled: Compilation): void {
  const slow = compiled.program.islands.filter((kernel) => WELL_DONE.test(kernel));
  if (slow.length === 0) return;
  compiled.dispose();
  throw new CompileError({
    code: 'slow-islands',
    where: 'compiled function',
    expected: 'operations that a program does as well as the backend in use',
    received: [...new Set(slow)].join(', '),
  });
}

/** Whether the single operations have to be seen, by a gradient or another compiled function. */
function isPartOfMore(): boolean {
  // Asking for the backend activates the default one.
  tf.backend();
  return activeRecorder() !== null || isRecordingGradient();
}
