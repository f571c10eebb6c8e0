import { ConfigError } from '@ebim/runtime';
import type { Threads } from './cut-steps.js';
import { nodeBuiltin } from './node-builtin.js';

/** Matrices of the sizes that are compiled do not keep more threads busy. */
const MOST = 8;
const LARGEST = 16;

let chosen: Threads | undefined;

/**
 * Sets among how many threads programs compiled from now on share their long steps, in this process. Without it the
 * environment variable `EBIM_THREADS` says, or else it is the number of cores, at most 8. Results have the same bits
 * whatever the number is. Programs whose steps are all short run in the calling thread anyway.
 *
 * Where memory cannot be shared between threads, as on web pages that are not isolated from other origins
 * (`crossOriginIsolated`), and in Node before 20.16 and 22.3, programs run in one thread.
 *
 * @param count 1 for the calling thread alone
 * @throws ConfigError `bad-option` if it is not a whole number from 1 to 16
 *
 * @example
 * ```ts
 * import { setThreads } from '@ebim/compiler';
 *
 * setThreads(1); // other processes are to have the other cores
 * ```
 */
export function setThreads(count: number): void {
  chosen = { count: checked(count, 'setThreads(count)') };
}

/**
 * Among how many threads programs share their steps now.
 *
 * @throws ConfigError `bad-option` if `EBIM_THREADS` is not a whole number from 1 to 16
 */
export function availableThreads(): Threads {
  if (!canShareMemory()) return { count: 1 };
  return (chosen ??= { count: fromEnvironment() ?? Math.min(MOST, cores()) });
}

const canShareMemory = (): boolean =>
  typeof SharedArrayBuffer !== 'undefined' &&
  (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false &&
  (nodeBuiltin('node:worker_threads') !== undefined || typeof Worker !== 'undefined');

function fromEnvironment(): number | undefined {
  const given = allowed(() => nodeBuiltin<typeof import('node:process')>('node:process')?.env.EBIM_THREADS);
  return given === undefined || given === '' ? undefined : checked(Number(given), 'EBIM_THREADS', given);
}

function checked(count: number, where: string, given: unknown = count): number {
  if (Number.isInteger(count) && count >= 1 && count <= LARGEST) return count;
  throw new ConfigError({
    code: 'bad-option',
    where,
    expected: `a whole number of threads from 1 to ${LARGEST}`,
    received: String(given),
    hint: '1 computes in the calling thread alone.',
  });
}

const cores = (): number =>
  allowed(() => nodeBuiltin<typeof import('node:os')>('node:os')?.availableParallelism()) ??
  globalThis.navigator?.hardwareConcurrency ??
  1;

/** What a runtime may refuse to tell, as Deno does without permission. */
function allowed<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
