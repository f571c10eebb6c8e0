import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { useBackend } from '../backend/use-backend.js';
import { treeTidy } from '../trees/tree-tidy.js';
import { normalArray } from './arrays.js';
import { normal, permutation, randint, uniform } from './draw.js';
import { foldIn, foldSequence, key, keyAt, split, splitSequence, type Key } from './key.js';
import { isKey, isKeySequence, keyOfValues, keyValues, tracedKey, tracedKeys } from './traced-key.js';

const anyKey = fc
  .tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 0xffffffff }))
  .map((words): Key => ({ kind: 'key', words }));
const traced = (k: Key): Key => tracedKey(tf.tensor1d(keyValues(k), 'int32'));
const known = (k: Key): Key => (k.traced === undefined ? k : keyOfValues(k.traced.dataSync() as Int32Array));

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it('splits and folds as an ordinary key', () => {
    const number = fc.oneof(fc.nat(), fc.integer({ min: 2 ** 31, max: 2 ** 53 - 1 }));
    fc.assert(
      fc.property(anyKey, fc.integer({ min: 0, max: 5 }), number, (k, count, n) => {
        tf.tidy(() => {
          expect(split(traced(k), count).map(known)).toEqual(split(k, count));
          expect(known(foldIn(traced(k), n))).toEqual(foldIn(k, n));
          const sequence = splitSequence(traced(k), count);
          expect(sequence.length).toBe(count);
          const keys = Array.from({ length: count }, (_, i) => known(keyAt(sequence, i)));
          expect(keys).toEqual(split(k, count));
          const folded = foldSequence(traced(k), 7, count);
          expect(Array.from({ length: count }, (_, i) => known(keyAt(folded, i)))).toEqual(
            Array.from({ length: count }, (_, i) => foldIn(k, 7 + i)),
          );
        });
      }),
      { numRuns: 30 },
    );
  });

  it('draws what an ordinary key draws', () => {
    const draws = [
      (k: Key) => uniform(k, [3, 2], { min: -1, max: 4 }),
      (k: Key) => normal(k, [7]),
      (k: Key) => randint(k, [5], -3, 1000),
      (k: Key) => permutation(k, 6),
    ];
    fc.assert(
      fc.property(anyKey, fc.constantFrom(...draws), (k, draw) => {
        tf.tidy(() => {
          expect(draw(traced(k)).dataSync()).toEqual(draw(k).dataSync());
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('a traced key', () => {
  it('passes through tf.tidy and keeps its tensor', () => {
    const k = treeTidy(() => ({ next: split(traced(key(3)))[1] })).next;
    expect(known(k)).toEqual(split(key(3))[1]);
    k.traced?.dispose();
  });

  it('does not tell words that it does not know', () => {
    const k = traced(key(1));
    expect(() => normalArray(k, 2)).toThrow(expect.objectContaining({ code: 'traced-key' }));
    k.traced?.dispose();
  });

  it('is told from everything else', () => {
    const rows = tf.zeros([3, 2], 'int32');
    expect([key(0), tracedKey(rows)].map(isKey)).toEqual([true, true]);
    expect([splitSequence(key(0), 2), tracedKeys(rows)].map(isKeySequence)).toEqual([true, true]);
    for (const other of [rows, null, undefined, 1, { kind: 'key' }, { kind: 'newton', words: 1 }, []])
      expect([isKey(other), isKeySequence(other)]).toEqual([false, false]);
    rows.dispose();
  });
});
