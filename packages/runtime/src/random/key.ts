import { ConfigError } from '../errors/ebim-error.js';
import { threefry2x32 } from './threefry.js';

/**
 * A source of randomness as a value. Equal keys give equal draws on every backend and machine; use a key once,
 * then `split` it. Treat it as opaque: only `@ebim/runtime` looks inside.
 */
export interface Key {
  readonly kind: 'key';
  /** Two unsigned 32-bit words. */
  readonly words: readonly [number, number];
}

/** A sequence of keys that `scan` walks through, one a step. */
export interface KeySequence {
  readonly kind: 'keys';
  readonly length: number;
  /** Two unsigned 32-bit words a key. */
  readonly words: Uint32Array;
}

const LIMIT = Number.MAX_SAFE_INTEGER;

/**
 * The key of a seed.
 *
 * @param seed whole number, 0 to 2^53 - 1
 * @throws {@link ConfigError} `bad-seed`
 */
export function key(seed: number): Key {
  if (!Number.isInteger(seed) || seed < 0 || seed > LIMIT)
    throw new ConfigError({
      code: 'bad-seed',
      where: 'key(seed)',
      expected: `a whole number from 0 to ${LIMIT}`,
      received: String(seed),
    });
  return { kind: 'key', words: [Math.floor(seed / 2 ** 32), seed >>> 0] };
}

const block = new Uint32Array(2);

/** The key derived from `parent` and a whole number: the way to give step `i` of a loop its own key. */
export function foldIn(parent: Key, data: number): Key {
  const seed = key(data).words;
  // The counter of a fold starts at the top half of the space that `split` uses (see splitWords).
  threefry2x32(parent.words[0], parent.words[1], seed[0] | 0x80000000, seed[1], block, 0);
  return { kind: 'key', words: [block[0], block[1]] };
}

/** `count` independent keys. The parent must not be used again. */
export function split(parent: Key, count = 2): Key[] {
  const words = splitWords(parent, count);
  return Array.from({ length: count }, (_, i) => ({
    kind: 'key' as const,
    words: [words[2 * i], words[2 * i + 1]] as const,
  }));
}

/** `count` independent keys as one value, to be the `xs` of a `scan`. */
export const splitSequence = (parent: Key, count: number): KeySequence => ({
  kind: 'keys',
  length: count,
  words: splitWords(parent, count),
});

/** The `i`-th key of a sequence. */
export const keyAt = (keys: KeySequence, i: number): Key => ({
  kind: 'key',
  words: [keys.words[2 * i], keys.words[2 * i + 1]],
});

function splitWords(parent: Key, count: number): Uint32Array {
  const words = new Uint32Array(2 * count);
  // Counters with the second-highest bit set are kept for keys, those without any high bit for draws.
  for (let i = 0; i < count; i++)
    threefry2x32(parent.words[0], parent.words[1], 0x40000000, i, words, 2 * i);
  return words;
}
