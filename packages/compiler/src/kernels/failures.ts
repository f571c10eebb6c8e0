import { BackendError, DataError, type EbimError } from '@ebim/runtime';

/** What generated code can stop for, by the number it passes to the host. */
export const FAILURES = { gatherIndex: 0, lostThread: 1 } as const;

const errors: readonly (() => EbimError)[] = [
  () =>
    new DataError({
      code: 'bad-index',
      where: 'gather in a compiled function',
      expected: 'indices within the axis that is gathered from',
      received: 'an index outside',
    }),
  () =>
    new BackendError({
      code: 'thread-lost',
      where: 'compiled function',
      expected: 'all threads to finish their parts of a step',
      received: 'one that has not for a minute',
      hint: 'It was ended from outside, or failed. The next call starts others; setThreads(1) or EBIM_THREADS=1 do without.',
    }),
];

/** What generated code imports as `fail`. */
export function hostFail(failure: number): never {
  throw errors[failure]();
}
