import { BackendError } from '@ebim/runtime';

/** The error for what cannot happen unless the compiler itself is wrong. */
export const fault = (expected: string, received: string): BackendError =>
  new BackendError({
    code: 'compiler-fault',
    where: 'compiled function',
    expected,
    received,
    hint: 'This is a fault of @ebim/compiler; please report it.',
  });
