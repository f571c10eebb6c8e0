import type { ValueId } from '../graph/graph.js';
import { WORDS_END } from '../parallel/words.js';
import type { Lifetime } from './lifetimes.js';

/** Where every value lives. */
export interface MemoryPlan {
  /** Byte address of each value, a multiple of 16. */
  readonly addresses: ReadonlyMap<ValueId, number>;
  /** Size of the memory in bytes. */
  readonly bytes: number;
}

/** Before it are the words of threads and scratch space of draws. */
const START = WORDS_END;

/**
 * Bytes that `size` elements of 4 bytes take: whole blocks of 32 bytes, and 16 more, which vector code may read or
 * write past the end.
 */
export const bytesFor = (size: number): number => Math.ceil((4 * size) / 32) * 32 + 16;

/**
 * Gives values whose lifetimes do not touch the same memory: first fit in the order in which they begin.
 *
 * @param first the first address
 */
export function planMemory(lifetimes: readonly Lifetime[], first = START): MemoryPlan {
  const addresses = new Map<ValueId, number>();
  let bytes = first;
  let live: { readonly start: number; readonly end: number; readonly to: number }[] = [];
  for (const life of lifetimes) {
    live = live.filter(({ to }) => to >= life.from);
    const needed = bytesFor(life.size);
    // `live` is kept in the order of addresses.
    let start = life.fixed ? bytes : first;
    let at = 0;
    if (life.fixed) at = live.length;
    else
      for (; at < live.length && live[at].start < start + needed; at++) start = Math.max(start, live[at].end);
    addresses.set(life.value, start);
    live.splice(at, 0, { start, end: start + needed, to: life.fixed ? Number.POSITIVE_INFINITY : life.to });
    bytes = Math.max(bytes, start + needed);
  }
  return { addresses, bytes };
}
