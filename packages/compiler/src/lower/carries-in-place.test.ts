import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '@ebim/runtime';
import { compile, explain, scan, whileLoop } from '../index.js';

type Pair = readonly tf.Tensor[];
type Step = (buffer: tf.Tensor, x: tf.Tensor) => readonly [tf.Tensor, tf.Tensor];

const ROWS = 300;
const rows = (x: tf.Tensor, begin: number, size: number): tf.Tensor => tf.slice(x, [begin, 0], [size, 2]);
const push = (buffer: tf.Tensor, x: tf.Tensor): tf.Tensor => {
  const [added] = x.shape;
  return tf.concat([x, rows(buffer, 0, buffer.shape[0] - added)]);
};
const append = (buffer: tf.Tensor, x: tf.Tensor): tf.Tensor => {
  const [added] = x.shape;
  return tf.concat([rows(buffer, added, buffer.shape[0] - added), x]);
};

/** What steps do with a buffer, and whether it can be shifted where it lies. */
const CASES: readonly (readonly [string, boolean, Step])[] = [
  ['puts rows in front', true, (b, x) => [push(b, x), tf.sum(x)]],
  ['puts rows at the end', true, (b, x) => [append(b, x), tf.sum(x)]],
  [
    'puts what it reads from the buffer in front',
    true,
    (b, x) => [push(b, tf.mul(rows(b, 3, 7), x)), tf.sum(b)],
  ],
  [
    'reads old and new rows',
    false,
    (b, x) => {
      const next = push(b, x);
      return [next, tf.add(tf.sum(rows(next, 2, 20)), tf.mul(2, tf.sum(rows(b, 2, 20))))];
    },
  ],
  ['gives out the old buffer', false, (b, x) => [push(b, x), b]],
  ['gives out the new buffer', false, (b, x) => [push(b, x), push(b, x)]],
  [
    'reads it again after the shift',
    false,
    (b, x) => {
      const next = push(b, x);
      return [next, tf.sum(tf.mul(next, b))];
    },
  ],
  [
    'turns it around',
    false,
    (b) => [tf.concat([rows(b, ROWS / 2, ROWS / 2), rows(b, 0, ROWS / 2)]), tf.sum(b)],
  ],
  ['moves rows in the other direction', false, (b, x) => [tf.reverse(push(b, x), 0), tf.sum(x)]],
  [
    'changes a column',
    false,
    (b) => [tf.concat([tf.slice(b, [0, 1], [ROWS, 1]), tf.zeros([ROWS, 1])], 1), tf.sum(b)],
  ],
  [
    'pads',
    false,
    (b) => [
      tf.pad(
        rows(b, 0, ROWS - 5),
        [
          [5, 0],
          [0, 0],
        ],
        2,
      ),
      tf.sum(b),
    ],
  ],
];

const isShift = (step: string): boolean => /Copy \[(300|293), 2\]/.test(step);

beforeAll(async () => {
  await useBackend('cpu');
});

describe('a buffer carried through a loop', () => {
  it.each(CASES)('that %s (shifted in place: %s) is that of single operations', (_, inPlace, step) => {
    tf.tidy(() => {
      const buffer = tf.reshape(tf.range(0, 2 * ROWS), [ROWS, 2]);
      const xs = tf.reshape(tf.range(1, 57), [4, 7, 2]);
      const run = (start: tf.Tensor, batches: tf.Tensor) =>
        scan((b: tf.Tensor, x: tf.Tensor) => step(b, x), start, batches);
      const expected = run(buffer, xs).map((t) => t.arraySync());
      const program = compile(run);
      for (let again = 0; again < 2; again++)
        expect(program(buffer, xs).map((t) => t.arraySync())).toEqual(expected);
      const copies = explain(run, buffer, xs).steps.filter(isShift);
      if (inPlace) expect(copies).toHaveLength(1);
      program.dispose();
    });
  });

  it('is right when it changes places with another, and in a loop until a condition', () => {
    tf.tidy(() => {
      const start = [tf.zeros([ROWS, 2]), tf.ones([ROWS, 2]), tf.scalar(0)] as const;
      const swap = (a: tf.Tensor, b: tf.Tensor, i: tf.Tensor) =>
        whileLoop(
          ([, , n]: Pair) => tf.less(n, 5),
          ([x, y, n]: Pair) => [
            push(y, tf.fill([2, 2], 7)),
            append(x, tf.mul(rows(y, 1, 3), n)),
            tf.add(n, 1),
          ],
          [a, b, i] as Pair,
          { maxIterations: 9 },
        );
      const grow = (a: tf.Tensor, i: tf.Tensor) =>
        whileLoop(
          ([x, n]: Pair) => tf.logicalAnd(tf.less(n, 5), tf.less(tf.sum(rows(x, 0, 2)), 9)),
          ([x, n]: Pair) => [push(x, tf.add(rows(x, 0, 2), n)), tf.add(n, 1)],
          [a, i] as Pair,
          { maxIterations: 9 },
        );
      const arrays = (tensors: readonly tf.Tensor[]) => tensors.map((t) => t.arraySync());
      expect(arrays(compile(swap)(...start))).toEqual(arrays(swap(...start)));
      const [zeros, , zero] = start;
      expect(arrays(compile(grow)(zeros, zero))).toEqual(arrays(grow(zeros, zero)));
    });
  });
});

describe('copies of copies', () => {
  it('read where the first read', () => {
    tf.tidy(() => {
      const twice = (x: tf.Tensor) => {
        const part = rows(x, 1, 3);
        return [
          tf.concat([part, part]),
          tf.mirrorPad(
            rows(x, 1, 4),
            [
              [1, 1],
              [0, 0],
            ],
            'reflect',
          ),
        ];
      };
      const x = tf.reshape(tf.range(0, 12), [6, 2]);
      const z = tf.reshape(tf.range(20, 36), [8, 2]);
      const join = (a: tf.Tensor, b: tf.Tensor) => tf.concat([rows(a, 1, 2), rows(b, 2, 3)]);
      const turned = (a: tf.Tensor, b: tf.Tensor) => tf.concat([tf.transpose(rows(a, 1, 2)), rows(b, 2, 3)]);
      for (const f of [join, turned]) expect(compile(f)(x, z).arraySync()).toEqual(f(x, z).arraySync());
      expect(explain(join, x, z).steps).toHaveLength(1);
      expect(compile(twice)(x).map((t) => t.arraySync())).toEqual(twice(x).map((t) => t.arraySync()));
    });
  });
});
