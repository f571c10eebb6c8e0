import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { ValueId } from '../graph/graph.js';
import { difference, inputsFor, sequence } from './test-data.js';
import { graphWriter, type GraphWriter } from './test-graph.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Pick = (below: number) => number;

/** Adds one random operation on the values so far; values stay of moderate size, so that errors do not grow. */
function grow(g: GraphWriter, values: ValueId[], pick: Pick): ValueId {
  const any = (): ValueId => values[pick(values.length)];
  const x = any();
  const { shape } = g.info(x);
  const rank = shape.length;
  const axis = pick(Math.max(1, rank));
  const fitting = values.filter((id) => {
    const other = g.info(id).shape;
    return other.length <= rank && other.every((d, i) => d === 1 || d === shape[i + rank - other.length]);
  });
  const partner = fitting[pick(fitting.length)];
  const bounded = (id: ValueId): ValueId => g.kernel('Tanh', { x: id });
  switch (pick(18)) {
    case 0:
    case 1:
      return bounded(g.kernel('Add', { a: x, b: partner }));
    case 2:
      return g.kernel('Sub', { a: partner, b: x });
    case 3:
    case 4:
      return g.kernel('Multiply', { a: bounded(partner), b: x });
    case 5:
      return g.kernel('Sigmoid', { x });
    case 6: {
      const condition = g.kernel('Greater', { a: x, b: partner });
      return g.kernel('Select', { condition, t: x, e: g.kernel('Square', { x: bounded(x) }) });
    }
    case 7:
      return g.kernel('Mean', { x }, { axis: rank === 0 ? [] : [axis], keepDims: pick(2) === 0 });
    case 8:
      return g.kernel('Max', { x }, { reductionIndices: rank === 0 ? [] : [axis], keepDims: pick(2) === 0 });
    case 9: {
      if (rank !== 2) return bounded(x);
      const w = g.constant(
        Float32Array.from({ length: shape[1] * 3 }, (_, i) => Math.sin(i + 1) / shape[1]),
        [shape[1], 3],
      );
      return g.kernel('BatchMatMul', { a: x, b: w }, { transposeA: false, transposeB: false });
    }
    case 10:
      return rank === 2 ? g.kernel('Transpose', { x }, { perm: [1, 0] }) : g.kernel('Exp', { x: bounded(x) });
    case 11:
      return g.kernel('Reshape', { x }, { shape: [shape.reduce((a, b) => a * b, 1)] });
    case 12:
      return rank === 0
        ? g.kernel('Reshape', { x }, { shape: [1, 1] })
        : g.kernel(
            'Slice',
            { x },
            { begin: shape.map(() => 0), size: shape.map((d, i) => (i === axis ? Math.ceil(d / 2) : d)) },
          );
    case 13:
      return rank === 0 ? bounded(x) : g.kernel('Concat', [x, x], { axis });
    case 14:
      return rank === 2
        ? g.kernel('BatchMatMul', { a: bounded(x), b: bounded(x) }, { transposeA: true, transposeB: false })
        : g.kernel('Softplus', { x });
    case 15: {
      // Through bool and int32, each read in several ways.
      const condition = g.kernel('Less', { a: x, b: partner });
      const whole = g.kernel('Cast', { x: condition }, { dtype: 'int32' });
      const twice = g.kernel('Add', { a: whole, b: whole });
      return g.kernel('Cast', { x: g.kernel('Multiply', { a: twice, b: whole }) }, { dtype: 'float32' });
    }
    case 16: {
      const either = g.kernel('LogicalOr', {
        a: g.kernel('Less', { a: x, b: partner }),
        b: g.kernel('LogicalNot', { x: g.kernel('Cast', { x }, { dtype: 'bool' }) }),
      });
      const chosen = g.kernel('Cast', { x: either }, { dtype: 'float32' });
      const any = g.kernel('Any', { x: either }, { axis: rank === 0 ? [] : [axis], keepDims: true });
      return g.kernel('Multiply', { a: chosen, b: g.kernel('Cast', { x: any }, { dtype: 'float32' }) });
    }
    default:
      return g.kernel('ClipByValue', { x }, { clipValueMin: -0.5, clipValueMax: 0.5 });
  }
}

it('programs compute what the interpreter computes, on random graphs', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 25 }), (seed, length) => {
      const next = sequence(seed);
      const pick: Pick = (below) => Math.floor(next() * below);
      const g = graphWriter();
      const [m, n] = [1 + pick(9), 1 + pick(9)];
      const values = [
        g.input([m, n]),
        g.input([n]),
        g.input([m, 1]),
        g.input([]),
        g.constant(Float32Array.of(0.75), []),
      ];
      for (let i = 0; i < length; i++) {
        const id = grow(g, values, pick);
        // Growing without end is of no use.
        if (g.info(id).shape.reduce((a, b) => a * b, 1) <= 400) values.push(id);
      }
      // Some values are only used inside, some are outputs, and an output may be an input.
      const outputs = values.filter((_, i) => i === values.length - 1 || pick(3) === 0);
      const graph = g.build(outputs);
      const { problem, program } = difference(graph, inputsFor(graph, seed), 1e-5);
      expect(problem).toBeNull();
      expect(program.islands).toEqual([]);
    }),
    { numRuns: 250 },
  );
});

it('joins a chain and its broadcasts into one loop, and stores only what is used', () => {
  const g = graphWriter();
  const [x, b] = [g.input([50, 8]), g.input([8])];
  const h = g.kernel('Add', { a: x, b });
  const y = g.kernel('Multiply', { a: h, b: g.kernel('Sigmoid', { x: h }) });
  const sum = g.kernel('Sum', { x: y }, { axis: [1] });
  const graph = g.build([sum]);
  const { problem, program } = difference(graph, inputsFor(graph, 1));
  expect(problem).toBeNull();
  expect(program.steps).toEqual(['Group (Add Sigmoid Multiply) [50, 8]', 'Reduce [50]']);
});

it('refuses to run after it is disposed of', () => {
  const g = graphWriter();
  const graph = g.build([g.kernel('Neg', { x: g.input([2]) })]);
  const { program } = difference(graph, inputsFor(graph, 1));
  program.dispose();
  expect(() => program.run([new Float32Array(2)])).toThrow('disposed');
});
