import {
  foldIn,
  key,
  keyAt,
  normal,
  permutation,
  randint,
  split,
  splitSequence,
  uniform,
} from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Dtype } from '../graph/graph.js';
import type { Threads } from '../parallel/cut-steps.js';
import { buildProgram } from '../program/program.js';
import { graphWriter } from '../program/test-graph.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** One draw in generated code. */
function draw(
  op: string,
  seed: number,
  shape: readonly number[],
  attrs: Record<string, unknown> = {},
  dtype: Dtype = 'float32',
  threads: Threads = { count: 1 },
): (Float32Array | Int32Array)[] {
  const g = graphWriter();
  const node = g.node(
    { op, inputs: [g.input([2], 'int32')], inputNames: ['key'], attrs: { shape, ...attrs } },
    [{ shape, dtype }],
  );
  const program = buildProgram(g.build(node), threads);
  const values = program.run([Int32Array.from(key(seed).words)]);
  // Two pieces of 8 words are two parts.
  expect(program.threads > 1).toBe(threads.count > 1);
  program.dispose();
  return values;
}

const SEEDS = [0, 1, 12345, 2 ** 40 + 7];
const SHAPES = [[], [1], [2], [3], [7], [8], [9], [50, 2], [33, 5]];

describe('draws have the bits of the runtime', () => {
  it('uniform', () => {
    for (const seed of SEEDS)
      for (const shape of SHAPES)
        for (const [min, max] of [
          [0, 1],
          [-1.5, 1.5],
          [1e8, 1e8 + 8],
          [-1, 0],
        ] as const)
          expect(draw('RandomUniform', seed, shape, { min, max })).toEqual([
            uniform(key(seed), shape, { min, max }).dataSync(),
          ]);
  });

  it('normal, in the far tails too', () => {
    for (const seed of SEEDS)
      for (const shape of [...SHAPES, [200_000]]) {
        const [values] = draw('RandomNormal', seed, shape);
        const wanted = normal(key(seed), shape).dataSync();
        expect(values.length).toBe(wanted.length);
        expect(values.findIndex((value, i) => !Object.is(value, wanted[i]))).toBe(-1);
      }
  });

  it('in parts that threads make', () => {
    const cut = { leastPart: 0, leastShare: 0 };
    for (const count of [2, 3, 16])
      for (const size of [9, 15, 16, 17, 24, 63, 64, 65, 129, 1000, 4001]) {
        const threads = { count, ...cut };
        expect(draw('RandomUniform', size, [size], { min: 0, max: 1 }, 'float32', threads)).toEqual([
          uniform(key(size), [size]).dataSync(),
        ]);
        expect(draw('RandomNormal', size, [size], {}, 'float32', threads)).toEqual([
          normal(key(size), [size]).dataSync(),
        ]);
      }
  });

  it('integers, of ranges that reject many words', () => {
    for (const seed of SEEDS)
      for (const shape of SHAPES)
        for (const [min, max] of [
          [0, 2],
          [-5, 12],
          [0, 3 * 2 ** 29 + 1],
          [-(2 ** 31), 2 ** 31 - 1],
          [7, 8],
        ] as const)
          expect(draw('RandomInteger', seed, shape, { min, max }, 'int32')).toEqual([
            randint(key(seed), shape, min, max).dataSync(),
          ]);
  });

  it('permutations', () => {
    for (const seed of SEEDS)
      for (const count of [0, 1, 2, 3, 100, 1001])
        expect(draw('RandomPermutation', seed, [count], {}, 'int32')).toEqual([
          permutation(key(seed), count).dataSync(),
        ]);
  });
});

it('split and fold keys as the runtime', () => {
  for (const seed of SEEDS) {
    for (const count of [1, 2, 5, 64]) {
      const [words] = draw('KeySplit', seed, [count, 2], { count }, 'int32');
      const keys = splitSequence(key(seed), count);
      expect(Uint32Array.from(words)).toEqual(
        Uint32Array.from(Array.from({ length: count }, (_, i) => [...keyAt(keys, i).words]).flat()),
      );
      expect(Uint32Array.from(words.slice(0, 2))).toEqual(Uint32Array.from(split(key(seed), count)[0].words));
    }
    for (const data of [0, 1, 99, 2 ** 31 - 1]) {
      const g = graphWriter();
      const inputs = [g.input([2], 'int32'), g.input([], 'int32')];
      const folded = g.node({ op: 'KeyFold', inputs, inputNames: ['key', 'data'], attrs: {} }, [
        { shape: [2], dtype: 'int32' },
      ]);
      const [words] = buildProgram(g.build(folded)).run([
        Int32Array.from(key(seed).words),
        Int32Array.of(data),
      ]);
      expect([...Uint32Array.from(words)]).toEqual([...foldIn(key(seed), data).words]);
    }
  }
});
