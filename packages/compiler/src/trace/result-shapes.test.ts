import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { useBackend } from '@ebim/runtime';
import type { Graph } from '../graph/graph.js';
import { interpret } from '../program/interpret.js';
import { resultInfo } from './result-shapes.js';
import { traceFunction } from './trace-function.js';

beforeAll(() => useBackend('cpu'));

type Case = [inputs: [number[], string?][], attrs?: Record<string, unknown>];
const unary: Case[] = [[[[[2, 3]]]], [[[[]]]], [[[[0, 2]]]], [[[[2], 'int32']]]];
const binary: Case[] = [
  [[[[2, 3]], [[3]]]],
  [[[[2, 1]], [[1, 3]]]],
  [[[[]], [[2]]]],
  [[[[0, 3]], [[1]]]],
  [
    [
      [[2], 'int32'],
      [[2], 'int32'],
    ],
  ],
];
const logical: Case[] = [
  [
    [
      [[2, 1], 'bool'],
      [[3], 'bool'],
    ],
  ],
];
const reductions: Case[] = [[1], [0, 2], [-1], undefined, [0, 1, 2], []].flatMap((axis): Case[] =>
  [true, false].map((keepDims) => [
    [[[2, 3, 4]]],
    { axis: axis ?? [0, 1, 2], reductionIndices: axis ?? [0, 1, 2], keepDims },
  ]),
);
const products: Case[] = [
  [[[[2, 3]], [[3, 4]]], { transposeA: false, transposeB: false }],
  [[[[3, 2]], [[4, 3]]], { transposeA: true, transposeB: true }],
  [[[[5, 2, 3]], [[1, 3, 4]]], { transposeA: false, transposeB: false }],
  [[[[2, 0]], [[0, 4]]], { transposeA: false, transposeB: false }],
].map(([inputs, attrs]) => [
  // The kernel takes matrices in batches.
  (inputs as [number[]][]).map(([shape]) => [shape.length === 2 ? [1, ...shape] : shape]),
  attrs,
]) as Case[];
const image: [number[]] = [[2, 5, 4, 3]];
const windows = (extra: object): Case[] => [
  [[image], { filterSize: 2, strides: 2, pad: 'same', ...extra }],
  [[image], { filterSize: [2, 3], strides: [1, 2], pad: 'valid', ...extra }],
];

const cases: Record<string, Case[]> = {
  Sigmoid: unary, Tanh: unary, Exp: unary, Sqrt: unary, Square: unary, Neg: unary, Abs: unary, Sign: unary, Floor: unary,
  Relu: unary, Softplus: unary, Reciprocal: unary, Erf: unary, Log: unary, Identity: unary, ZerosLike: unary, OnesLike: unary,
  Step: unary.map(([inputs]) => [inputs, { alpha: 0 }]),
  ClipByValue: unary.map(([inputs]) => [inputs, { clipValueMin: 0, clipValueMax: 1 }]),
  LeakyRelu: [[[[[2]]], { alpha: 0.1 }]], Elu: [[[[[2]]]]],
  Add: binary, Sub: binary, Multiply: binary, RealDiv: binary.slice(0, 4), Maximum: binary, Minimum: binary,
  SquaredDifference: binary, Pow: binary.slice(0, 4), Atan2: binary.slice(0, 4), Mod: binary.slice(0, 4),
  Greater: binary, GreaterEqual: binary, Less: binary, LessEqual: binary, Equal: binary, NotEqual: binary,
  LogicalAnd: logical, LogicalOr: logical,
  Sum: reductions, Mean: reductions, Max: reductions, Min: reductions, Prod: reductions,
  BatchMatMul: products,
  Softmax: [[[[[2, 3]]], { dim: -1 }]],
  Reshape: [[[[[2, 3]]], { shape: [3, -1] }], [[[[0]]], { shape: [0, 4] }]],
  Transpose: [[[[[2, 3, 4]]], { perm: [2, 0, 1] }]],
  Slice: [[[[[4, 3]]], { begin: [1, 0], size: [2, 3] }], [[[[4, 3]]], { begin: [1, 0], size: [-1, 2] }], [[[[4, 3]]], { begin: 1, size: 2 }]],
  SplitV: [[[[[4, 3]]], { numOrSizeSplits: 2, axis: 0 }], [[[[4, 3]]], { numOrSizeSplits: [1, 2], axis: -1 }], [[[[2, 5], 'int32']], { numOrSizeSplits: [1, -1, 2], axis: 1 }]],
  PadV2: [[[[[2, 3]]], { paddings: [[1, 0], [0, 4]], constantValue: 0 }], [[[[0]]], { paddings: [[2, 1]], constantValue: 1 }]],
  GatherV2: [[[[[4, 3]], [[2, 2], 'int32']], { axis: 0, batchDims: 0 }], [[[[4, 3]], [[], 'int32']], { axis: 1, batchDims: 0 }], [[[[2, 3, 4]], [[2, 5], 'int32']], { axis: 1, batchDims: 1 }]],
  Tile: [[[[[2, 1]]], { reps: [1, 3] }]],
  Reverse: [[[[[2, 3]]], { dims: [1] }]],
  Cumsum: [[[[[2, 3]]], { axis: 1, exclusive: false, reverse: false }]],
  Cast: [[[[[2]]], { dtype: 'int32' }], [[[[2], 'bool']], { dtype: 'float32' }]],
  Select: [[[[[2], 'bool'], [[2]], [[2]]]]],
  MaxPool: windows({}), AvgPool: windows({}),
  Conv2D: [[[image, [[2, 2, 3, 4]]], { strides: [1, 2], pad: 'same', dataFormat: 'NHWC', dilations: 1 }], [[image, [[2, 3, 3, 1]]], { strides: 1, pad: 1, dataFormat: 'NHWC', dilations: [1, 1] }]],
  Conv2DBackpropInput: [[[[[2, 5, 4, 3]], [[2, 2, 6, 3]]], { strides: 1, pad: 'same', dataFormat: 'NHWC', inputShape: [2, 5, 4, 6] }]],
  Conv2DBackpropFilter: [[[image, [[2, 5, 4, 6]]], { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [2, 2, 3, 6] }]],
}; // prettier-ignore

const NAMES: Record<string, string[]> = {
  Select: ['condition', 't', 'e'],
  GatherV2: ['x', 'indices'],
  Softmax: ['logits'],
  Conv2D: ['x', 'filter'],
  Conv2DBackpropInput: ['dy', 'filter'],
  Conv2DBackpropFilter: ['x', 'dy'],
};

it.each(Object.entries(cases))('%s: the rule says what the kernel gives', (op, list) => {
  let ruled = 0;
  for (const [given, attrs = {}] of list) {
    const inputs = given.map(([shape, dtype = 'float32']) => ({ shape, dtype: dtype as 'float32' }));
    if (resultInfo(op, inputs, attrs) !== undefined) ruled++;
    const names = NAMES[op] ?? (inputs.length === 1 ? ['x'] : ['a', 'b']);
    const tensors = inputs.map(({ shape, dtype }) => tf.ones(shape, dtype));
    const f = (...xs: tf.Tensor[]) =>
      tf
        .engine()
        .runKernel<tf.Tensor | tf.Tensor[]>(
          op,
          Object.fromEntries(xs.map((x, i) => [names[i], x])),
          attrs as never,
        );
    const graph: Graph = traceFunction(f, tensors).graph;
    const data = tensors.map((t) => t.dataSync() as Float32Array);
    // The interpreter throws where the kernel gives another shape or dtype than was recorded.
    expect(() => interpret(graph, data)).not.toThrow();
    tf.dispose(tensors);
  }
  expect(ruled).toBeGreaterThan(0);
});

it('Pack: the rule says what the kernel gives', () => {
  for (const axis of [0, 1, 2, -1, -3]) {
    const tensors = [tf.ones([2, 3]), tf.zeros([2, 3])];
    const { graph } = traceFunction((...xs: tf.Tensor[]) => tf.stack(xs, axis), tensors);
    const infos = tensors.map(() => ({ shape: [2, 3], dtype: 'float32' as const }));
    expect(resultInfo('Pack', infos, { axis })?.[0].shape).toEqual(tf.stack(tensors, axis).shape);
    expect(() =>
      interpret(
        graph,
        tensors.map((t) => t.dataSync() as Float32Array),
      ),
    ).not.toThrow();
  }
});

it('leaves to the kernels what they refuse', () => {
  const [a, b, x] = [tf.ones([2, 2]), tf.ones([2, 3]), tf.ones([4])];
  const calls: [string, () => tf.Tensor][] = [
    ['stack', () => tf.stack([a, b])],
    ['concat', () => tf.concat([a, b], 0)],
    ['slice from below', () => tf.slice(x, [-1], [-1])],
    ['slice of a size below', () => tf.slice(x, [1], [-2])],
    ['slice over the end', () => tf.slice(x, [2], [5])],
    ['slice without a size', () => tf.slice(x, [2])],
  ];
  for (const [name, f] of calls) {
    let said = '';
    try {
      f().dispose();
    } catch (error) {
      said = (error as Error).message;
    }
    const traced = (): unknown => traceFunction(f, []);
    if (said === '') expect(traced, name).not.toThrow();
    else expect(traced, name).toThrow(said);
  }
  tf.dispose([a, b, x]);
});
