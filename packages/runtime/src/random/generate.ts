import { attemptOf, INTEGER, NORMAL, NORMAL_53, PERMUTATION, UNIFORM, UNIFORM_53 } from './counters.js';
import { normalQuantile } from './normal-quantile.js';
import { threefry2x32, threefryWords } from './threefry.js';

/*
 * The generators behind every draw, on the host, shared by all backends. Word i of a draw is word `i mod 2` of
 * block `floor(i / 2)` of its purpose (counters.ts).
 */

/** The two words of a key. */
export type Words = readonly [number, number];

const wordsOf = ([k0, k1]: Words, purpose: number, count: number): Uint32Array<ArrayBuffer> => {
  const words = new Uint32Array(count);
  threefryWords(k0, k1, purpose, 0, words);
  return words;
};

/** float32 in [min, max): `min + (max - min) * floor(word / 2^8) / 2^24`, kept below `max` after rounding. */
export function uniformValues(key: Words, count: number, min: number, max: number): Float32Array {
  const words = wordsOf(key, UNIFORM, count);
  const values = new Float32Array(words.buffer);
  const [from, to] = [Math.fround(min), Math.fround(max)];
  const scale = (to - from) / 0x1000000;
  const last = float32Below(to);
  for (let i = 0; i < count; i++) {
    const value = Math.fround(from + (words[i] >>> 8) * scale);
    values[i] = value < to ? value : last;
  }
  return values;
}

/** float32 N(0, 1): the normal quantile of `(word + 1/2) / 2^32`, computed in float64; |z| <= 6.34. */
export function normalValues(key: Words, count: number): Float32Array {
  const words = wordsOf(key, NORMAL, count);
  const values = new Float32Array(words.buffer);
  for (let i = 0; i < count; i++) values[i] = normalQuantile((words[i] + 0.5) / 0x100000000);
  return values;
}

/** int32, each of min … max - 1 equally likely. */
export function integerValues(key: Words, count: number, min: number, max: number): Int32Array {
  const words = wordsOf(key, INTEGER, count);
  const values = new Int32Array(words.buffer);
  const range = max - min;
  for (let i = 0; i < count; i++) values[i] = min + below(range, words[i], key, INTEGER, i);
  return values;
}

/** int32, a uniformly random order of 0 … count - 1 (Fisher-Yates from the end). */
export function permutationValues(key: Words, count: number): Int32Array {
  const words = wordsOf(key, PERMUTATION, count);
  const order = Int32Array.from(words, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1, words[i], key, PERMUTATION, i);
    const swap = order[i];
    order[i] = order[j];
    order[j] = swap;
  }
  return order;
}

/** float64 in [0, 1), 53 random bits: one block a value. */
export function uniformValues53(key: Words, count: number): Float64Array {
  const words = wordsOf(key, UNIFORM_53, 2 * count);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = bits53(words, i) / 2 ** 53;
  return values;
}

/** float64 N(0, 1): the normal quantile of `(bits + 1/2) / 2^52`, 52 random bits: one block a value. */
export function normalValues53(key: Words, count: number): Float64Array {
  const words = wordsOf(key, NORMAL_53, 2 * count);
  const values = new Float64Array(count);
  // 52 bits, so that adding a half stays exact and 1 is never reached.
  for (let i = 0; i < count; i++)
    values[i] = normalQuantile((Math.floor(bits53(words, i) / 2) + 0.5) / 2 ** 52);
  return values;
}

const bits53 = (words: Uint32Array, i: number): number =>
  (words[2 * i] >>> 5) * 0x4000000 + (words[2 * i + 1] >>> 6);

/**
 * A whole number in [0, range), exactly uniform: multiply-shift with rejection (Lemire 2019, "Fast random integer
 * generation in an interval"). A rejected word (probability below range / 2^32) is replaced by word 0 of block
 * `place` of the next attempt.
 */
function below(range: number, word: number, [k0, k1]: Words, purpose: number, place: number): number {
  const limit = 0x100000000 % range;
  let candidate = word;
  for (let attempt = 1; Math.imul(candidate, range) >>> 0 < limit; attempt++) {
    threefry2x32(k0, k1, attemptOf(purpose, attempt), place, retry, 0);
    candidate = retry[0];
  }
  // The high word of candidate * range, in exact steps below 2^53.
  const top = candidate * Math.floor(range / 0x10000);
  const carry = Math.floor((candidate * (range % 0x10000)) / 0x10000);
  return Math.floor((top + carry) / 0x10000);
}

const retry = new Uint32Array(2);

/** The largest float32 below `x`. */
function float32Below(x: number): number {
  const value = new Float32Array([x]);
  const bits = new Int32Array(value.buffer);
  if (x === 0) return -(2 ** -149);
  bits[0] += x > 0 ? -1 : 1;
  return value[0];
}
