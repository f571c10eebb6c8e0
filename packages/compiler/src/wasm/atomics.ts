import { pushUnsigned, type Bytes } from './bytes.js';
import type { Expr } from './expr.js';

type I32 = Expr<'i32'>;
type I64 = Expr<'i64'>;

/** An instruction on a word of `2 ** size` bytes that threads share, at an address known when the code is written. */
const on =
  <R extends 'i32' | 'i64'>(size: 2 | 3) =>
  (instruction: number) =>
  (address: number, ...values: (I32 | I64)[]): Expr<R> =>
  (out: Bytes) => {
    out.pushAll([0x41, 0]);
    for (const value of values) value(out);
    out.pushAll([0xfe, instruction, size]);
    pushUnsigned(out, address);
  };

const onWord = on<'i32'>(2);
const onLongWord = on<'i64'>(3);

/**
 * Words that threads share. All are in one order for all threads, and what a thread wrote to other memory before it
 * wrote a word is there for those that read the word.
 */
export const shared = {
  load: onWord(0x10),
  /** A statement. */
  store: onWord(0x17),
  /** Adds; gives the value before. */
  add: onWord(0x1e),
  /** Stores the second value if the word is the first; gives the value before. */
  exchangeIf: onWord(0x48),
  /** Sleeps while the word is the first value, at most so many nanoseconds (all, if negative); 2 after that time. */
  wait: onWord(0x01),
  /** Wakes at most so many threads that sleep on the word, or the long one that begins there; gives their number. */
  wake: onWord(0x00),
} as const;

/** The same for words of 8 bytes. */
export const sharedLong = {
  load: onLongWord(0x11),
  /** A statement. */
  store: onLongWord(0x18),
  exchangeIf: onLongWord(0x49),
  wait: on<'i32'>(3)(0x02),
} as const;
