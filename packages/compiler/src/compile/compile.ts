import * as tf from '@tensorflow/tfjs';
import { computesOnHost, ConfigError } from '@ebim/runtime';
import { isRecordingGradient } from '../trace/engine.js';
import { activeRecorder } from '../trace/trace-backend.js';
import { compilation, type Compilation } from './compilation.js';
import { flatten } from './leaves.js';

/** Options of {@link compile}. */
export interface CompileOptions {
  /** Programs that are kept, one for every combination of shapes and plain arguments. Default 16. */
  readonly cacheSize?: number;
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
 * Results are tensors of the backend in use that the caller owns. Where the backend computes elsewhere (WebGPU,
 * TensorFlow), under a gradient and inside another compiled function, `f` itself is called.
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
  const { cacheSize = 16 } = options;
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

  const call = (...args: A): R => {
    if (!isCompilable()) {
      counts.passThroughs++;
      return f(...args);
    }
    const { leaves, signature } = flatten(args);
    let program = programs.get(signature);
    if (program === undefined) {
      counts.misses++;
      program = compilation(f, args);
      if (programs.size >= cacheSize) {
        const [oldest, evicted] = programs.entries().next().value as [string, Compilation];
        programs.delete(oldest);
        evicted.dispose();
        counts.evictions++;
      }
    } else {
      counts.hits++;
      programs.delete(signature);
    }
    // The last of the map is the one used last.
    programs.set(signature, program);
    return program.run(leaves) as R;
  };
  const compiled = Object.defineProperties(call, {
    statistics: { get: (): CompileStatistics => ({ ...counts, programs: programs.size }) },
    dispose: { value: () => disposeAll(cache) },
  }) as CompiledFunction<A, R>;
  forgotten.register(compiled, cache);
  return compiled;
}

/** False where the single operations have to be seen, or where a program would have to fetch its arguments. */
function isCompilable(): boolean {
  tf.backend();
  return computesOnHost() && activeRecorder() === null && !isRecordingGradient();
}
