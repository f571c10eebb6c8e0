import { pushUnsigned, type Bytes } from './bytes.js';
import type { Expr } from './expr.js';

type I32 = Expr<'i32'>;
type I64 = Expr<'i64'>;

/** An instruction on a word of 4 bytes that threads share, at an address known when the code is written. */
const onWord =
  (instruction: number) =>
  (address: number, ...values: (I32 | I64)[]): I32 =>
  (out: Bytes) => {
    out.pushAll([0x41, 0]);
    for (const value of values) value(out);
    out.pushAll([0xfe, instruction, 2]);
    pushUnsigned(out, address);
  };

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
  /** Wakes at most so many threads that sleep on the word; gives their number. */
  wake: onWord(0x00),
} as const;
