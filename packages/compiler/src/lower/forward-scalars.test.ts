import * as tf from '@tensorflow/tfjs';
import { useBackend } from '@ebim/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../compile/compile.js';
import { explain } from '../compile/explain.js';
import { scan } from '../scan.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const copiesIn = (steps: readonly string[]): number =>
  steps.filter((step) => step.trim().startsWith('Copy')).length;

describe('a number that is repeated', () => {
  it('is read where it is, as the condition of `where`', () => {
    tf.tidy(() => {
      const f = (x: tf.Tensor, y: tf.Tensor) => tf.where(tf.greater(tf.sum(x), 0), tf.mul(x, 2), tf.neg(y));
      const y = tf.reshape(tf.range(0, 12), [3, 4]);
      for (const x of [tf.ones([3, 4]), tf.fill([3, 4], -1)])
        expect(compile(f)(x, y).arraySync()).toEqual(f(x, y).arraySync());
      expect(copiesIn(explain(f, y, y).steps)).toBe(0);
    });
  });

  it('is still repeated where others want it', () => {
    tf.tidy(() => {
      const f = (x: tf.Tensor) => {
        const repeated = tf.tile(tf.reshape(tf.sum(x), [1, 1]), [3, 4]);
        return [tf.maximum(x, repeated), repeated, tf.matMul(repeated, x, false, true)];
      };
      const x = tf.reshape(tf.range(0, 12), [3, 4]);
      expect(compile(f)(x).map((t) => t.arraySync())).toEqual(f(x).map((t) => t.arraySync()));
    });
  });

  it('may come from outside of a loop, or be carried through it', () => {
    tf.tidy(() => {
      const f = (start: tf.Tensor, xs: tf.Tensor) =>
        scan(
          ({ total, flag }: { total: tf.Tensor; flag: tf.Tensor }, x: tf.Tensor) => {
            const taken = tf.where(tf.cast(flag, 'bool'), x, tf.zerosLike(x));
            const kept = tf.where(tf.greater(tf.sum(start), 3), total, tf.mul(total, 2));
            return [{ total: tf.add(kept, taken), flag: tf.sub(1, flag) }, taken] as const;
          },
          { total: start, flag: tf.scalar(1) },
          xs,
        );
      const read = (run: typeof f, start: tf.Tensor) => {
        const [{ total, flag }, taken] = run(start, tf.reshape(tf.range(0, 24), [4, 6]));
        return [total, flag, taken].map((t) => t.arraySync());
      };
      for (const start of [tf.zeros([6]), tf.ones([6])])
        expect(read(compile(f), start)).toEqual(read(f, start));
    });
  });
});
