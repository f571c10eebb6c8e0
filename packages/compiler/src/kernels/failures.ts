import { DataError, type EbimError } from '@ebim/runtime';

/** What generated code can stop for, by the number it passes to the host. */
export const FAILURES = { gatherIndex: 0 } as const;

const errors: readonly (() => EbimError)[] = [
  () =>
    new DataError({
      code: 'bad-index',
      where: 'gather in a compiled function',
      expected: 'indices within the axis that is gathered from',
      received: 'an index outside',
    }),
];

/** What generated code imports as `fail`. */
export function hostFail(failure: number): never {
  throw errors[failure]();
}
