import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '@ebim/runtime';
import type { Graph } from '../graph/graph.js';
import { scan, whileLoop } from '../index.js';
import { interpret } from '../program/interpret.js';
import {
  argumentsOf,
  derivativeOf,
  eagerly,
  functionOf,
  recipes,
  relativeError,
} from '../test-support/random-functions.js';
import { traceFunction } from '../trace/trace-function.js';
import { simplifyAlgebra } from './algebra/simplify.js';
import { dropAliases } from './aliases.js';
import { shareSubexpressions } from './common-subexpressions.js';
import { foldConstants } from './constant-folding.js';
import { dropDeadCode } from './dead-code.js';
import { optimize } from './optimize.js';
import { inBodies } from './rewrite.js';

beforeAll(() => useBackend('cpu'));

const ops = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);
type Pass = (graph: Graph) => Graph;

/** Traces `f` on sine values of the given shapes, applies the passes, and checks that the results stay the same. */
function after(
  passes: readonly Pass[],
  shapes: number[][],
  f: (...xs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
): Graph {
  const inputs = argumentsOf({ shapes, steps: [], seed: 3 });
  const values = inputs.map((t) => t.dataSync() as Float32Array);
  const { graph } = traceFunction(f, inputs);
  tf.dispose(inputs);
  const result = passes.reduce((g, pass) => inBodies(pass)(g), graph);
  const [before, now] = [interpret(graph, values), interpret(result, values)];
  before.forEach((expected, i) => expect(relativeError(now[i], expected)).toBeLessThan(1e-6));
  return result;
}

describe('aliases', () => {
  const alone = (shape: number[], f: (x: tf.Tensor) => tf.Tensor) =>
    ops(after([dropAliases, dropDeadCode], [shape], f));
  it('go where nothing changes', () => {
    expect(alone([2, 3], (x) => tf.tile(x, [1, 1]))).toEqual([]);
    expect(alone([2, 3], (x) => tf.slice(x, [0, 0], [2, 3]))).toEqual([]);
    expect(alone([2, 3], (x) => tf.pad(x, [[0, 0], [0, 0]]))).toEqual([]); // prettier-ignore
    expect(alone([2, 3], (x) => tf.reshape(tf.reshape(x, [6]), [2, 3]))).toEqual([]);
    expect(alone([2, 1], (x) => tf.sum(x, 1, true))).toEqual([]);
  });

  it('become one reshape where axes of length 1 move', () => {
    expect(alone([2, 1, 3], (x) => tf.transpose(x, [1, 0, 2]))).toEqual(['Reshape']);
    expect(alone([2, 1], (x) => tf.mean(x, 1))).toEqual(['Reshape']);
    expect(
      ops(dropDeadCode(after([dropAliases], [[4, 3]], (x) => tf.reshape(tf.expandDims(x, 1), [3, 4])))),
    ).toEqual(['Reshape']);
  });

  it('stay where something changes', () => {
    expect(alone([2, 3], (x) => tf.transpose(x))).toEqual(['Transpose']);
    expect(alone([1, 3], (x) => tf.sum(x, 1))).toEqual(['Sum']);
    expect(alone([2, 3], (x) => tf.reverse(x, 0))).toEqual(['Reverse']);
    expect(alone([2, 2], (x) => tf.stridedSlice(x, [1, 0], [-3, 2], [-1, 1]))).toEqual(['StridedSlice']);
    expect(alone([2, 3], (x) => tf.cast(x, 'int32'))).toEqual(['Cast']);
    expect(alone([0, 1], (x) => tf.sum(x, 0))).toEqual(['Sum']);
  });
});

describe('constants', () => {
  it('are computed with ahead', () => {
    const graph = after([foldConstants, dropDeadCode], [[2]], (x) => {
      const c = tf.exp(tf.sum(tf.oneHot(tf.tensor1d([1, 0], 'int32'), 3)));
      return tf.mul(x, c);
    });
    expect(ops(graph)).toEqual(['Multiply']);
    expect([...graph.constants.values()].map((data) => data[0])).toEqual([Math.fround(Math.exp(2))]);
  });

  it('go into the bodies of loops', () => {
    const graph = after([foldConstants, foldConstants, dropDeadCode], [[2]], (x) => {
      const c = tf.neg(tf.tensor1d([1, 2]));
      const [sum] = scan((a: tf.Tensor) => [tf.add(a, tf.exp(c)), null] as const, x, null, { length: 3 });
      return whileLoop(
        (a: tf.Tensor) => tf.less(tf.sum(a), tf.sum(c)),
        (a: tf.Tensor) => tf.mul(a, c),
        sum,
        {
          maxIterations: 2,
        },
      );
    });
    expect(ops(graph)).toEqual(['Scan', 'While']);
    expect(graph.nodes.map((node) => node.attrs.captureCount)).toEqual([0, 0]);
    expect(ops(graph.nodes[0].bodies?.[0] as Graph)).toEqual(['Add']);
  });

  it('are not computed where they would be large', () => {
    expect(ops(after([foldConstants], [[]], (x) => tf.mul(x, tf.tile(tf.tensor1d([1, 2]), [3000]))))).toEqual(
      ['Tile', 'Multiply'],
    );
  });
});

describe('common subexpressions', () => {
  it('are computed once', () => {
    const graph = after([shareSubexpressions, dropDeadCode], [[2, 3]], (x) =>
      tf.add(tf.sum(tf.sin(tf.add(x, 2)), 0), tf.sum(tf.sin(tf.add(x, 2)), 0)),
    );
    expect(ops(graph)).toEqual(['Add', 'Sin', 'Sum', 'Add']);
    expect(graph.constants.size).toBe(1);
  });

  it('are told apart by attributes, constants and the order of operands', () => {
    const graph = after([shareSubexpressions, dropDeadCode], [[2, 3], [3]], (x, y) => [
      tf.sum(x, 0),
      tf.sum(x, 1),
      tf.sum(x, 1, true),
      tf.sub(x, y),
      tf.sub(y, x),
      tf.mul(x, 0),
      tf.mul(x, -0),
      tf.clipByValue(x, -Infinity, 1),
      tf.clipByValue(x, -1, Infinity),
      tf.clipByValue(x, -1, 1),
    ]);
    expect(graph.nodes).toHaveLength(10);
  });
});

describe('dead code', () => {
  it('goes, with its constants', () => {
    const graph = after([dropDeadCode], [[2], [2]], (x, y) => {
      tf.mul(tf.sin(y), tf.tensor1d([8, 9]));
      return tf.cos(x);
    });
    expect(ops(graph)).toEqual(['Cos']);
    expect(graph.constants.size).toBe(0);
    expect(graph.inputs).toHaveLength(2);
  });

  it('goes out of scans: outputs, carries, sequences and captures', () => {
    const graph = after([dropDeadCode], [[2], [2], [3, 2]], (x, y, rows) => {
      const [carry, ys] = scan(
        ({ a, b, c }: Record<'a' | 'b' | 'c', tf.Tensor>, row: tf.Tensor) =>
          [
            { a: tf.add(a, b), b: tf.sin(b), c: tf.mul(c, row) },
            { used: tf.mul(a, 2), unused: tf.mul(c, y) },
          ] as const,
        { a: x, b: y, c: y },
        rows,
      );
      return [carry.a, ys.used];
    });
    const [{ attrs, bodies, inputs, outputs }] = graph.nodes;
    expect(attrs).toEqual({ length: 3, carryCount: 2, sequenceCount: 0, captureCount: 0, outputCount: 1 });
    expect([inputs.length, outputs.length]).toEqual([2, 3]);
    expect(ops(bodies?.[0] as Graph)).toEqual(['Add', 'Sin', 'Multiply']);
  });

  it('goes out of loops, but not what the condition needs', () => {
    const graph = after([dropDeadCode], [[2], [2], [2]], (x, y, z) => {
      const end = whileLoop(
        ({ b }: Record<'a' | 'b' | 'c', tf.Tensor>) => tf.less(tf.sum(b), 9),
        ({ a, b, c }) => ({ a: tf.add(a, x), b: tf.add(b, tf.abs(y)), c: tf.add(c, z) }),
        { a: x, b: y, c: z },
        { maxIterations: 4 },
      );
      return end.a;
    });
    const loop = graph.nodes[graph.nodes.length - 1];
    expect(loop.attrs).toEqual({ maxIterations: 4, carryCount: 2, captureCount: 2 });
    expect(loop.bodies?.map((body) => body.inputs.length)).toEqual([4, 4]);
  });
});

describe('algebra', () => {
  const simple = (shapes: number[][], f: (...xs: tf.Tensor[]) => tf.Tensor) =>
    ops(
      after(
        [
          foldConstants,
          simplifyAlgebra,
          dropAliases,
          simplifyAlgebra,
          dropAliases,
          foldConstants,
          dropDeadCode,
        ],
        shapes,
        f,
      ),
    );

  it.each<[string, number[][], (...xs: tf.Tensor[]) => tf.Tensor, string[]]>([
    ['x * 1', [[2, 3]], (x) => tf.mul(x, 1), []],
    ['1 * x', [[2, 3]], (x) => tf.mul(tf.ones([3]), x), []],
    ['x + 0', [[2, 3]], (x) => tf.add(x, tf.zeros([2, 3])), []],
    ['0 - x', [[2]], (x) => tf.sub(0, x), ['Sub']],
    ['1 / x', [[2]], (x) => tf.div(1, x), ['RealDiv']],
    ['x / 4', [[2]], (x) => tf.div(x, 4), ['Multiply']],
    ['x / 0', [[2]], (x) => tf.tanh(tf.div(x, 0)), ['RealDiv', 'Tanh']],
    ['(x * 2) * 3', [[2]], (x) => tf.mul(tf.mul(x, 2), tf.tensor1d([3, 3])), ['Multiply']],
    ['x / 2 * 2', [[2]], (x) => tf.mul(tf.div(x, 2), 2), []],
    ['x * huge * tiny', [[2]], (x) => tf.mul(tf.mul(x, 1e38), 1e-38), ['Multiply']],
    [
      'x * huge * huge',
      [[2]],
      (x) => tf.tanh(tf.mul(tf.mul(x, 1e38), 1e38)),
      ['Multiply', 'Multiply', 'Tanh'],
    ],
    ['x ^ 2', [[2]], (x) => tf.pow(x, 2), ['Square']],
    ['x ^ 3', [[2]], (x) => tf.pow(x, 3), ['Pow']],
    ['-(-x)', [[2]], (x) => tf.neg(tf.neg(x)), []],
    ['x + -y', [[2], [2]], (x, y) => tf.add(x, tf.neg(y)), ['Sub']],
    ['-x + y', [[2], [2]], (x, y) => tf.add(tf.neg(x), y), ['Sub']],
    ['x - -y', [[2], [2]], (x, y) => tf.sub(x, tf.neg(y)), ['Add']],
    [
      'transposed products',
      [
        [2, 3],
        [2, 4],
      ],
      (x, y) => tf.matMul(tf.transpose(x), y),
      ['BatchMatMul'],
    ],
    ['rotated products', [[2, 3, 4], [2, 3]], (x, y) => tf.matMul(tf.transpose(x, [1, 2, 0]), y), ['Transpose', 'BatchMatMul']], // prettier-ignore
    [
      'outer products',
      [
        [3, 1],
        [1, 4],
      ],
      (x, y) => tf.matMul(x, y),
      ['Multiply'],
    ],
    ['outer products, transposed', [[1, 3], [4, 1]], (x, y) => tf.matMul(x, y, true, true), ['Reshape', 'Reshape', 'Multiply']], // prettier-ignore
    [
      'outer products in batches',
      [
        [5, 3, 1],
        [1, 4],
      ],
      (x, y) => tf.matMul(x, y),
      ['Multiply'],
    ],
    [
      'ones times a row',
      [
        [1, 4],
        [5, 4],
      ],
      (x, y) => tf.add(tf.matMul(tf.ones([5, 1]), x), y),
      ['Add'],
    ],
    [
      'repetition before a sum',
      [
        [1, 3],
        [4, 3],
      ],
      (x, y) => tf.add(tf.tile(x, [4, 1]), y),
      ['Add'],
    ],
    ['repetition that is needed', [[1, 3]], (x) => tf.tile(x, [4, 1]), ['Tile']],
    [
      'repetition of more than one',
      [
        [2, 3],
        [4, 3],
      ],
      (x, y) => tf.add(tf.tile(x, [2, 1]), y),
      ['Tile', 'Add'],
    ],
    ['sum of a repetition', [[1, 3]], (x) => tf.sum(tf.tile(x, [4, 1]), 0), ['Reshape', 'Multiply']],
    ['mean of a repetition', [[1, 3]], (x) => tf.mean(tf.tile(x, [4, 1]), 0), ['Reshape']],
    ['sum along another axis', [[1, 3]], (x) => tf.sum(tf.tile(x, [4, 1]), 1), ['Tile', 'Sum']],
    ['where(c, x, x)', [[2]], (x) => tf.where(tf.greater(x, 0), x, x), []],
    ['zeros like x', [[2], [2]], (x, y) => tf.add(tf.zerosLike(x), y), []],
  ])('%s', (_name, shapes, f, expected) => {
    expect(simple(shapes, f)).toEqual(expected);
  });

  it('writes reductions in one way', () => {
    const graph = after(
      [simplifyAlgebra, dropAliases, shareSubexpressions, dropDeadCode],
      [[2, 1, 3]],
      (x) => [tf.sum(x, [-1]), tf.sum(x, 2, true), tf.sum(x, [1, 2])],
    );
    expect(ops(graph).filter((op) => op === 'Sum')).toHaveLength(1);
    expect(graph.nodes[0].attrs).toEqual({ axis: [2], keepDims: false });
  });

  it('never simplifies integers as floats', () => {
    const graph = after([foldConstants, simplifyAlgebra], [[2]], (x) => {
      const i = tf.cast(tf.mul(x, 100), 'int32');
      return tf.cast(
        tf.add(tf.floorDiv(i, tf.scalar(3, 'int32')), tf.mul(i, tf.scalar(1, 'int32'))),
        'float32',
      );
    });
    expect(ops(graph)).toContain('FloorDiv');
  });
});

describe('property: all passes together keep what a function computes', () => {
  it.each([0, 1, 2, 3])('derivatives of order %i', (order) => {
    fc.assert(
      fc.property(recipes(order > 1 ? 6 : 12), (recipe) => {
        const f = derivativeOf(functionOf(recipe), order);
        tf.tidy(() => {
          const inputs = argumentsOf(recipe);
          const expected = eagerly(() => f(inputs)).dataSync();
          const graph = optimize(traceFunction((...xs: never[]) => f(xs), inputs).graph);
          const [got] = interpret(
            graph,
            inputs.map((t) => t.dataSync() as Float32Array),
          );
          expect(relativeError(got, expected)).toBeLessThan(2e-5);
        });
      }),
      { numRuns: [150, 80, 40, 20][order] },
    );
  });
});
