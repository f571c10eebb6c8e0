import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Dtype } from '../graph/graph.js';
import type { HostValues } from '../program/interpret.js';
import { difference, inputsFor } from '../program/test-data.js';
import { graphWriter } from '../program/test-graph.js';
import { agree, pair, shape, shapeWithZero, size } from './test-agree.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('element by element', () => {
  const binary = (op: string, dtype: Dtype, adjust?: (inputs: HostValues[]) => void): void =>
    agree(
      fc.tuple(pair, fc.boolean()),
      (g, [{ whole, part }, swap]) => {
        const [a, b] = swap ? [part, whole] : [whole, part];
        return g.kernel(op, { a: g.input(a, dtype), b: g.input(b, dtype) });
      },
      { adjust },
    );

  it.each([
    'Add',
    'Sub',
    'Multiply',
    'RealDiv',
    'Maximum',
    'Minimum',
    'SquaredDifference',
    'Pow',
    'Atan2',
    'Mod',
  ])('%s of floats', (op) => binary(op, 'float32'));
  it.each(['Less', 'LessEqual', 'Greater', 'GreaterEqual', 'Equal', 'NotEqual'])('%s', (op) => {
    binary(op, 'float32', (inputs) => inputs.forEach((x) => x.forEach((v, i) => (x[i] = Math.round(v)))));
    binary(op, 'int32');
  });
  it.each(['Add', 'Sub', 'Multiply', 'Maximum', 'Minimum'])('%s of whole numbers', (op) =>
    binary(op, 'int32'),
  );
  it.each(['FloorDiv', 'Mod', 'Pow'])('%s of whole numbers', (op) => binary(op, 'int32'));
  it.each(['FloorDiv', 'Mod', 'Pow'])('%s of whole numbers by 0 and at the ends of their range', (op) => {
    const ends = [0, 1, -1, 5, -5, 2 ** 31 - 1, -(2 ** 31)];
    const pairs = ends.flatMap((a) => ends.map((b) => [a, b]));
    const g = graphWriter();
    const [a, b] = [g.input([pairs.length], 'int32'), g.input([pairs.length], 'int32')];
    const columns = [0, 1].map((i) => Int32Array.from(pairs, (each) => each[i]));
    const { problem, program } = difference(g.build([g.kernel(op, { a, b })]), columns, 0);
    expect(problem).toBeNull();
    expect(program.islands).toEqual([]);
  });
  it.each(['LogicalAnd', 'LogicalOr'])('%s', (op) => binary(op, 'bool'));

  it.each([
    'Abs',
    'Neg',
    'Sign',
    'Square',
    'Sqrt',
    'Rsqrt',
    'Reciprocal',
    'Exp',
    'Expm1',
    'Log',
    'Log1p',
    'Sigmoid',
    'Tanh',
    'Softplus',
    'Sin',
    'Cos',
    'Tan',
    'Asin',
    'Acos',
    'Atan',
    'Sinh',
    'Cosh',
    'Asinh',
    'Acosh',
    'Atanh',
    'Erf',
    'Floor',
    'Ceil',
    'Round',
    'Relu',
    'Relu6',
    'Elu',
    'Selu',
    'IsNan',
    'IsInf',
    'IsFinite',
  ])('%s', (op) => {
    const special = [NaN, Infinity, -Infinity, 0, -0, 0.5, 1.5, 2.5, -0.5, 1, -1];
    agree(fc.oneof(shape(), shapeWithZero), (g, dims) => g.kernel(op, { x: g.input(dims) }), {
      adjust: ([x], dims) => {
        // Where the cpu backend itself is off, or says something else of NaN.
        if (['Relu', 'Relu6', 'Elu', 'Selu', 'Softplus', 'Sign', 'Round'].includes(op)) return;
        if (dims.length > 1) special.slice(0, x.length).forEach((v, i) => (x[i] = v));
      },
    });
  });

  it('LeakyRelu, Prelu, Step, ClipByValue, EluGrad', () => {
    agree(shape(), (g, dims) => g.kernel('LeakyRelu', { x: g.input(dims) }, { alpha: 0.2 }));
    agree(pair, (g, { whole, part }) => g.kernel('Prelu', { x: g.input(whole), alpha: g.input(part) }));
    agree(shape(), (g, dims) => g.kernel('Step', { x: g.input(dims) }, { alpha: 0.25 }));
    agree(shape(), (g, dims) =>
      g.kernel('ClipByValue', { x: g.input(dims) }, { clipValueMin: -0.5, clipValueMax: 0.75 }),
    );
    agree(shape(), (g, dims) => g.kernel('EluGrad', { dy: g.input(dims), y: g.input(dims) }));
  });

  it.each([1, 2, 3, -1, 0.5, 0, -2.5])('Pow with the exponent %d', (exponent) =>
    agree(shape(), (g, dims) => {
      const b = g.constant(Float32Array.of(exponent), []);
      return g.kernel('Pow', { a: g.input(dims), b });
    }),
  );

  it('Select and LogicalNot', () => {
    agree(shape(), (g, dims) =>
      g.kernel('Select', { condition: g.input(dims, 'bool'), t: g.input(dims), e: g.input(dims) }),
    );
    agree(shape(), (g, dims) => g.kernel('LogicalNot', { x: g.input(dims, 'bool') }));
  });

  it('leaves Select with a vector as condition to the cpu backend, which has its own idea of it', () =>
    agree(
      fc.tuple(size, size),
      (g, [rows, columns]) =>
        g.node(
          {
            op: 'Select',
            inputs: [g.input([rows], 'bool'), g.input([rows, columns]), g.input([rows, columns])],
            inputNames: ['condition', 't', 'e'],
            attrs: {},
          },
          [{ shape: [rows, columns], dtype: 'float32' }],
        )[0],
      { island: true },
    ));

  const types: Dtype[] = ['float32', 'int32', 'bool'];
  it.each(types.flatMap((from) => types.map((to) => [from, to] as const)))('Cast %s to %s', (from, to) =>
    agree(shape(), (g, dims) => g.kernel('Cast', { x: g.input(dims, from) }, { dtype: to })),
  );
});

describe('products', () => {
  it('BatchMatMul of all sizes, transposed or not', () =>
    agree(
      fc.record({
        m: fc.integer({ min: 1, max: 18 }),
        k: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 500, max: 900 })),
        n: fc.integer({ min: 1, max: 18 }),
        batches: fc.constantFrom<[number, number]>([1, 1], [3, 3], [1, 3], [3, 1]),
        transposeA: fc.boolean(),
        transposeB: fc.boolean(),
      }),
      (g, { m, k, n, batches: [p, q], transposeA, transposeB }) =>
        g.kernel(
          'BatchMatMul',
          { a: g.input(transposeA ? [p, k, m] : [p, m, k]), b: g.input(transposeB ? [q, n, k] : [q, k, n]) },
          { transposeA, transposeB },
        ),
      // All of one sign: nothing cancels, so that the tolerance is relative.
      { runs: 150, adjust: (inputs) => inputs.forEach((x) => x.forEach((v, i) => (x[i] = Math.abs(v)))) },
    ));

  it.each([
    // Second factor rearranged; sums in pieces; blocks of rows; all of them with remainders, and in batches.
    { m: 33, k: 7, n: 67 },
    { m: 70, k: 600, n: 72 },
    { m: 9, k: 1030, n: 66 },
    { m: 130, k: 530, n: 5 },
    { m: 515, k: 140, n: 65 },
    { m: 300, k: 515, n: 64 },
  ])('BatchMatMul of large matrices, $m x $k x $n', ({ m, k, n }) => {
    for (const [transposeA, transposeB, batch] of [
      [false, false, 1],
      [true, false, 1],
      [true, false, 2],
      [false, true, 2],
      [true, true, 1],
    ] as const) {
      const g = graphWriter();
      const a = g.input(transposeA ? [batch, k, m] : [batch, m, k]);
      const b = g.input(transposeB ? [batch, n, k] : [batch, k, n]);
      const graph = g.build([g.kernel('BatchMatMul', { a, b }, { transposeA, transposeB })]);
      const inputs = inputsFor(graph, m + n);
      inputs.forEach((x) => x.forEach((v, i) => (x[i] = Math.abs(v))));
      expect(difference(graph, inputs).problem).toBeNull();
    }
  });

  it('are not disturbed by NaN beside the rows', () => {
    const g = graphWriter();
    const [a, b] = [g.input([3, 5]), g.input([5, 2])];
    const nan = g.constant(new Float32Array(15).fill(NaN), [3, 5]);
    const graph = g.build([g.kernel('BatchMatMul', { a, b }), g.kernel('Add', { a, b: nan })]);
    expect(difference(graph, inputsFor(graph, 1)).problem).toBeNull();
  });
});

describe('products of other kinds', () => {
  it.each([
    ['ij,jk->ik', 2],
    ['ij,kj->ki', 2],
    ['bij,bjk->bik', 2],
    ['bij,bkj->kbi', 2],
    ['i,j->ij', 2],
    ['i,i->', 2],
    ['bi,bi->b', 2],
    ['ijk,kj->i', 2],
    ['ij->ji', 1],
    ['ijk->k', 1],
    ['ij->', 1],
  ] as const)('Einsum %s', (equation, count) =>
    agree(
      fc.record({ i: size, j: size, k: size, l: size, b: size }),
      (g, sizes) => {
        const names = equation.split('->')[0].split(',');
        const inputs = names.map((letters) =>
          g.input([...letters].map((c) => sizes[c as keyof typeof sizes])),
        );
        expect(inputs).toHaveLength(count);
        return g.kernel('Einsum', inputs, { equation });
      },
      { adjust: (inputs) => inputs.forEach((x) => x.forEach((v, i) => (x[i] = Math.abs(v)))), runs: 6 },
    ),
  );

  it.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'])(
    '_FusedMatMul, %s',
    (activation) =>
      agree(
        fc.tuple(size, size, size, fc.boolean(), fc.boolean()),
        (g, [m, k, n, transposeA, transposeB]) =>
          g.kernel(
            '_FusedMatMul',
            {
              a: g.input(transposeA ? [1, k, m] : [1, m, k]),
              b: g.input(transposeB ? [1, n, k] : [1, k, n]),
              bias: g.input([n]),
              ...(activation === 'prelu' ? { preluActivationWeights: g.input([n]) } : {}),
            },
            { transposeA, transposeB, activation, leakyreluAlpha: 0.3 },
          ),
        { adjust: (inputs) => inputs.forEach((x, j) => j < 2 && x.forEach((v, i) => (x[i] = Math.abs(v)))) },
      ),
  );
});

describe('reductions', () => {
  const axes = shape(0, 4).chain((dims) =>
    fc.record({ dims: fc.constant(dims), axis: fc.subarray(dims.map((_, i) => i)), keepDims: fc.boolean() }),
  );

  it.each([
    ['Sum', 'axis', 'float32'],
    ['Sum', 'axis', 'int32'],
    ['Mean', 'axis', 'float32'],
    ['Max', 'reductionIndices', 'float32'],
    ['Max', 'reductionIndices', 'int32'],
    ['Min', 'axis', 'float32'],
    ['Prod', 'axis', 'float32'],
    ['Prod', 'axis', 'int32'],
    ['Mean', 'axis', 'int32'],
    ['All', 'axis', 'bool'],
    ['Any', 'axis', 'bool'],
  ] as const)('%s over any axes (%s, %s)', (op, name, dtype) =>
    agree(
      axes,
      (g, { dims, axis, keepDims }) => g.kernel(op, { x: g.input(dims, dtype) }, { [name]: axis, keepDims }),
      {
        runs: 40,
        // Thousands of factors, rounded in another order: 17^3 of them differ by some 4e-6.
        ...(dtype === 'float32' && op === 'Prod' ? { tolerance: 2e-5 } : {}),
        adjust: ([x]) => {
          if (dtype === 'float32' && op !== 'Max' && op !== 'Min')
            x.forEach((v, i) => (x[i] = op === 'Prod' ? 1 + 0.01 * v : Math.abs(v)));
          // Products of more than 2^31 wrap around in one and are cut off in the other.
          if (dtype === 'int32' && op === 'Prod') x.forEach((v, i) => (x[i] = v > 1 ? 1 : v < 0 ? -1 : v));
        },
      },
    ),
  );

  it('of nothing, and products over nothing', () => {
    for (const [op, name] of [
      ['Sum', 'axis'],
      ['Mean', 'axis'],
      ['Max', 'reductionIndices'],
      ['Prod', 'axis'],
    ])
      agree(fc.tuple(shapeWithZero, fc.boolean()), (g, [dims, keepDims]) =>
        g.kernel(op, { x: g.input(dims) }, { [name]: [dims.length - 1], keepDims }),
      );
    agree(fc.tuple(size, size), (g, [m, n]) =>
      g.kernel(
        'BatchMatMul',
        { a: g.input([m, 0]), b: g.input([0, n]) },
        { transposeA: false, transposeB: false },
      ),
    );
  });

  it('Sum of a million equal numbers is exact to rounding', () => {
    for (const { dims, axis } of [
      { dims: [1_000_000], axis: 0 },
      { dims: [250_000, 4], axis: 0 },
      { dims: [2, 500_001], axis: 1 },
    ]) {
      const g = graphWriter();
      const graph = g.build([
        g.node({ op: 'Sum', inputs: [g.input(dims)], inputNames: ['x'], attrs: { axis: [axis] } }, [
          { shape: dims.filter((_, i) => i !== axis), dtype: 'float32' },
        ])[0],
      ]);
      const total = dims.reduce((a, b) => a * b, 1);
      const { program } = difference(graph, [new Float32Array(total).fill(0.1)]);
      for (const sum of program.run([new Float32Array(total).fill(0.1)])[0])
        expect(Math.abs(sum / (dims[axis] * Math.fround(0.1)) - 1)).toBeLessThan(3e-7);
    }
  });

  it('Max and Sum over NaN are NaN', () => {
    const g = graphWriter();
    const x = g.input([6]);
    const graph = g.build([
      g.kernel('Max', { x }, { reductionIndices: [0] }),
      g.kernel('Sum', { x }, { axis: [0] }),
    ]);
    expect(difference(graph, [Float32Array.of(1, 2, 3, 4, 5, NaN)]).problem).toBeNull();
  });

  it.each(['ArgMax', 'ArgMin'])('%s', (op) =>
    agree(
      shape(1).chain((dims) => fc.tuple(fc.constant(dims), fc.nat({ max: dims.length - 1 }))),
      (g, [dims, axis]) => g.kernel(op, { x: g.input(dims) }, { axis }),
      { adjust: ([x]) => x.forEach((v, i) => (x[i] = Math.round(v))) },
    ),
  );

  it('Softmax, Cumsum and Cumprod', () => {
    agree(shape(1), (g, dims) => g.kernel('Softmax', { logits: g.input(dims) }, { dim: dims.length - 1 }));
    for (const [op, dtype] of [
      ['Cumsum', 'float32'],
      ['Cumsum', 'int32'],
      ['Cumprod', 'float32'],
      ['Cumprod', 'int32'],
    ] as const)
      agree(
        fc.tuple(shape(1), fc.boolean(), fc.boolean()),
        (g, [dims, exclusive, reverse]) =>
          g.kernel(op, { x: g.input(dims, dtype) }, { axis: dims.length - 1, exclusive, reverse }),
        { adjust: ([x]) => dtype === 'int32' && op === 'Cumprod' && x.forEach((v, i) => (x[i] = v % 3)) },
      );
  });
});

describe('moving elements', () => {
  it('Transpose', () =>
    agree(
      shape(0, 4).chain((dims) =>
        fc.tuple(
          fc.constant(dims),
          fc.shuffledSubarray(
            dims.map((_, i) => i),
            { minLength: dims.length, maxLength: dims.length },
          ),
        ),
      ),
      (g, [dims, perm]) => g.kernel('Transpose', { x: g.input(dims) }, { perm }),
      { runs: 40 },
    ));

  const box = shape(1, 4).chain((dims) =>
    fc.tuple(
      fc.constant(dims),
      fc.tuple(...dims.map((d) => fc.integer({ min: 0, max: d - 1 }))),
      fc.tuple(...dims.map((d) => fc.integer({ min: 1, max: d }))),
    ),
  );
  it('Slice', () =>
    agree(box, (g, [dims, begin, sizes]) =>
      g.kernel(
        'Slice',
        { x: g.input(dims) },
        { begin, size: sizes.map((s, i) => Math.min(s, dims[i] - begin[i])) },
      ),
    ));

  it('StridedSlice, backwards too', () =>
    agree(
      fc.tuple(
        box,
        fc.array(fc.constantFrom(1, 2, 3, -1, -2), { minLength: 4, maxLength: 4 }),
        fc.nat({ max: 15 }),
      ),
      (g, [[dims, begin, sizes], steps, beginMask]) => {
        const strides = dims.map((_, i) => steps[i]);
        const end = dims.map((d, i) =>
          strides[i] > 0 ? Math.min(d, begin[i] + sizes[i]) : Math.max(-d - 1, begin[i] - sizes[i] - d),
        );
        const masks = { beginMask, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
        return g.kernel('StridedSlice', { x: g.input(dims) }, { begin, end, strides, ...masks });
      },
      { runs: 40 },
    ));

  it('StridedSlice that drops and adds axes', () =>
    agree(
      fc.tuple(
        fc.array(size, { minLength: 2, maxLength: 3 }),
        fc.array(fc.constantFrom(1, 2, -1), { minLength: 3, maxLength: 3 }),
        fc.nat({ max: 7 }),
      ),
      (g, [dims, steps, shrinkAxisMask]) => {
        // With other strides the cpu backend gets axes that are dropped wrong.
        const strides = dims.map((_, i) => (shrinkAxisMask === 0 ? steps[i] : 1));
        const begin = dims.map((d, i) => (strides[i] > 0 ? Math.floor(d / 3) : d - 1));
        const end = dims.map((d, i) => (strides[i] > 0 ? d : -d - 1));
        const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask };
        return g.kernel('StridedSlice', { x: g.input(dims) }, { begin, end, strides, ...masks });
      },
      { runs: 60 },
    ));

  it('MirrorPad', () =>
    agree(
      fc.tuple(
        fc.array(fc.constantFrom(2, 3, 5), { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat({ max: 2 }), { minLength: 6, maxLength: 6 }),
        fc.constantFrom('reflect', 'symmetric'),
      ),
      (g, [dims, by, mode]) => {
        const most = (d: number, n: number): number => Math.min(n, mode === 'reflect' ? d - 1 : d);
        const paddings = dims.map((d, i) => [most(d, by[2 * i]), most(d, by[2 * i + 1])]);
        return g.kernel('MirrorPad', { x: g.input(dims) }, { paddings, mode });
      },
      { runs: 40 },
    ));

  it('PadV2, Tile, Reverse', () => {
    agree(
      fc.tuple(shape(1, 4), fc.array(fc.nat({ max: 2 }), { minLength: 8, maxLength: 8 })),
      (g, [dims, by]) =>
        g.kernel(
          'PadV2',
          { x: g.input(dims) },
          { paddings: dims.map((_, i) => [by[2 * i], by[2 * i + 1]]), constantValue: 0.5 },
        ),
    );
    agree(
      fc.tuple(shape(1), fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 })),
      (g, [dims, reps]) => g.kernel('Tile', { x: g.input(dims) }, { reps: reps.slice(0, dims.length) }),
    );
    agree(
      shape(1).chain((dims) => fc.tuple(fc.constant(dims), fc.subarray(dims.map((_, i) => i)))),
      (g, [dims, axes]) => g.kernel('Reverse', { x: g.input(dims) }, { dims: axes }),
    );
  });

  it('Concat and Pack', () => {
    agree(
      shape(1).chain((dims) =>
        fc.tuple(
          fc.constant(dims),
          fc.nat({ max: dims.length - 1 }),
          fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 4 }),
        ),
      ),
      (g, [dims, axis, lengths]) =>
        g.kernel(
          'Concat',
          lengths.map((length) => g.input(dims.map((d, i) => (i === axis ? length : d)))),
          { axis },
        ),
      { runs: 40 },
    );
    agree(
      shape().chain((dims) => fc.tuple(fc.constant(dims), fc.nat({ max: dims.length }))),
      (g, [dims, axis]) => g.kernel('Pack', [g.input(dims), g.input(dims), g.input(dims)], { axis }),
    );
  });
});

it('runs kernels without code on the cpu backend, and says so', () => {
  const g = graphWriter();
  const image = g.input([1, 5, 5, 2]);
  const filter = g.input([3, 3, 2, 4]);
  const attrs = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
  const convolved = g.kernel('Conv2D', { x: image, filter }, attrs);
  const graph = g.build([g.kernel('Relu', { x: convolved }), g.kernel('Square', { x: image })]);
  const { problem, program } = difference(graph, inputsFor(graph, 3));
  expect(problem).toBeNull();
  expect(program.islands).toEqual(['Conv2D']);
});
