import type * as tf from '@tensorflow/tfjs';
import { ConfigError } from '../errors/ebim-error.js';
import { FOLD, SPLIT } from './counters.js';
import { threefry2x32, threefryWords } from './threefry.js';
import { foldTraced, rowOfKeys, splitTraced, stackKeys, tracedKey, tracedKeys } from './traced-key.js';

/**
 * A source of randomness as a value. Equal keys give equal draws on every backend and machine; use a key once,
 * then `split` it. Treat it as opaque: only `@ebim/runtime` looks inside.
 */
export interface Key {
  readonly kind: 'key';
  /** Two unsigned 32-bit words. */
  readonly words: readonly [number, number];
  /** The words as an int32 tensor `[2]` where they are not known: inside a function that is being compiled. */
  readonly traced?: tf.Tensor;
}

/** A sequence of keys that `scan` walks through, one a step. */
export interface KeySequence {
  readonly kind: 'keys';
  readonly length: number;
  /** Two unsigned 32-bit words a key. */
  readonly words: Uint32Array;
  /** The words as an int32 tensor `[length, 2]` where they are not known. */
  readonly traced?: tf.Tensor;
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

/**
 * The key derived from `parent` and a whole number 0 to 2^53 - 1: the way to give step `i` of a loop its own key.
 *
 * @throws {@link ConfigError} `bad-seed`
 */
export function foldIn(parent: Key, data: number): Key {
  const seed = key(data).words;
  if (parent.traced !== undefined) return tracedKey(foldTraced(parent.traced, seed[0], seed[1]));
  threefry2x32(parent.words[0], parent.words[1], FOLD | seed[0], seed[1], block, 0);
  return { kind: 'key', words: [block[0], block[1]] };
}

/**
 * `count` independent keys. The parent must not be used again. Key `i` does not depend on `count`.
 *
 * @throws {@link ConfigError} `bad-count`
 */
export function split(parent: Key, count = 2): Key[] {
  checkCount(count);
  if (parent.traced !== undefined) {
    const rows = splitTraced(parent.traced, count);
    return Array.from({ length: count }, (_, i) => tracedKey(rowOfKeys(rows, i)));
  }
  const words = splitWords(parent, count);
  return Array.from({ length: count }, (_, i) => ({
    kind: 'key' as const,
    words: [words[2 * i], words[2 * i + 1]] as const,
  }));
}

/** `count` independent keys as one value, to be the `xs` of a `scan`. */
export function splitSequence(parent: Key, count: number): KeySequence {
  checkCount(count);
  return parent.traced === undefined
    ? { kind: 'keys', length: count, words: splitWords(parent, count) }
    : tracedKeys(splitTraced(parent.traced, count));
}

/** The keys `foldIn(parent, from)`, `foldIn(parent, from + 1)`, … as one value, to be the `xs` of a `scan`. */
export function foldSequence(parent: Key, from: number, count: number): KeySequence {
  checkCount(count);
  const keys = Array.from({ length: count }, (_, i) => foldIn(parent, from + i));
  if (parent.traced !== undefined) return tracedKeys(stackKeys(keys));
  return { kind: 'keys', length: count, words: Uint32Array.from(keys.flatMap(({ words }) => words)) };
}

/**
 * The `i`-th key of a sequence.
 *
 * @throws {@link ConfigError} `bad-index`
 */
export function keyAt(keys: KeySequence, i: number): Key {
  if (!Number.isInteger(i) || i < 0 || i >= keys.length)
    throw new ConfigError({
      code: 'bad-index',
      where: 'keyAt(keys, i)',
      expected: `a whole number from 0 to ${keys.length - 1}`,
      received: String(i),
    });
  return keys.traced === undefined
    ? { kind: 'key', words: [keys.words[2 * i], keys.words[2 * i + 1]] }
    : tracedKey(rowOfKeys(keys.traced, i));
}

function checkCount(count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > 2 ** 31)
    throw new ConfigError({
      code: 'bad-count',
      where: 'split(key, count)',
      expected: 'a whole number >= 0',
      received: String(count),
    });
}

function splitWords(parent: Key, count: number): Uint32Array {
  const words = new Uint32Array(2 * count);
  threefryWords(parent.words[0], parent.words[1], SPLIT, 0, words);
  return words;
}
