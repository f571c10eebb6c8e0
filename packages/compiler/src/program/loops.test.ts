import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Graph, ValueId } from '../graph/graph.js';
import { difference, inputsFor } from './test-data.js';
import { graphWriter, type GraphWriter } from './test-graph.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

interface ScanParts {
  readonly carries: readonly ValueId[];
  readonly sequences?: readonly ValueId[];
  readonly captures?: readonly ValueId[];
  readonly length: number;
}

/** Adds a scan; `body` gets its inputs and names its outputs: next carries, then what is stacked. */
function scan(
  g: GraphWriter,
  { carries, sequences = [], captures = [], length }: ScanParts,
  body: (b: GraphWriter, inputs: ValueId[]) => ValueId[],
): ValueId[] {
  const b = graphWriter();
  const like = (id: ValueId, drop: number): ValueId =>
    b.input(g.info(id).shape.slice(drop), g.info(id).dtype);
  const given = [
    ...carries.map((id) => like(id, 0)),
    ...sequences.map((id) => like(id, 1)),
    ...captures.map((id) => like(id, 0)),
  ];
  const outputs = body(b, given);
  const inputs = [...carries, ...sequences, ...captures];
  const counts = {
    carryCount: carries.length,
    sequenceCount: sequences.length,
    captureCount: captures.length,
    outputCount: outputs.length - carries.length,
  };
  return g.node(
    {
      op: 'Scan',
      inputs,
      inputNames: inputs.map(() => null),
      attrs: { length, ...counts },
      bodies: [b.build(outputs)],
    },
    outputs.map((id, i) => {
      const { shape, dtype } = b.info(id);
      return { shape: i < carries.length ? shape : [length, ...shape], dtype };
    }),
  );
}

function agree(graph: Graph, seed = 1): readonly string[] {
  // What iterations make of a difference in rounding.
  const { problem, program } = difference(graph, inputsFor(graph, seed), 2e-5);
  expect(problem).toBeNull();
  return program.steps;
}

describe('scan', () => {
  it('carries, slices, captures and stacks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        (length, n, seed) => {
          const g = graphWriter();
          const [x, xs, w] = [g.input([3, n]), g.input([length, n]), g.input([n, n])];
          const outputs = scan(
            g,
            { carries: [x], sequences: [xs], captures: [w], length },
            (b, [carry, slice, weight]) => {
              const moved = b.kernel(
                'BatchMatMul',
                { a: carry, b: weight },
                { transposeA: false, transposeB: true },
              );
              const next = b.kernel('Tanh', { x: b.kernel('Add', { a: moved, b: slice }) });
              // Stacks the old carry, a constant, and a slice itself.
              return [
                next,
                b.kernel('Sum', { x: next }, { axis: [0] }),
                carry,
                slice,
                b.constant(Float32Array.of(3), [1]),
              ];
            },
          );
          agree(g.build([...outputs, x]), seed);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('exchanges carries, keeps one, and sets one from outside', () => {
    const g = graphWriter();
    const [a, b, c, d, outside] = [0, 1, 2, 3, 4].map(() => g.input([5]));
    for (const length of [1, 2, 3, 4]) {
      const outputs = scan(g, { carries: [a, b, c, d], captures: [outside], length }, (w, [p, q, r, , o]) => [
        q,
        w.kernel('Add', { a: p, b: q }),
        r,
        o,
        p,
      ]);
      agree(g.build(outputs));
    }
  });

  it('rotates carries', () => {
    const g = graphWriter();
    const carries = [0, 1, 2].map(() => g.input([2, 3]));
    agree(g.build(scan(g, { carries, length: 4 }, (_, [p, q, r]) => [q, r, p])));
  });

  it('computes outside the loop what does not change in it', () => {
    const g = graphWriter();
    const [x, w] = [g.input([4, 8]), g.input([8, 8])];
    const outputs = scan(g, { carries: [x], captures: [w], length: 3 }, (b, [carry, weight]) => {
      const scaled = b.kernel('Square', { x: weight });
      const product = b.kernel(
        'BatchMatMul',
        { a: carry, b: scaled },
        { transposeA: false, transposeB: true },
      );
      return [b.kernel('Sigmoid', { x: product })];
    });
    const steps = agree(g.build(outputs));
    expect(steps).toEqual([
      'Group (Square) [8, 8]',
      'Copy [8, 8]',
      'Scan [4, 8]',
      '  MatMul [4, 8]',
      '  Group (Sigmoid) [4, 8]',
    ]);
  });

  it('nests, with values from both levels outside', () => {
    const g = graphWriter();
    const [x, xs, w] = [g.input([3]), g.input([4, 3]), g.input([3])];
    const outputs = scan(
      g,
      { carries: [x], sequences: [xs], captures: [w], length: 4 },
      (b, [carry, slice, weight]) => {
        const outer = b.kernel('Multiply', { a: slice, b: weight });
        const [inner, ys] = scan(
          b,
          { carries: [carry], captures: [outer, weight], length: 3 },
          (c, [p, q, r]) => {
            const next = c.kernel('Sin', {
              x: c.kernel('Add', { a: p, b: c.kernel('Add', { a: q, b: r }) }),
            });
            return [next, p];
          },
        );
        // Used after the inner loop: must have survived it.
        return [b.kernel('Add', { a: inner, b: outer }), ys];
      },
    );
    agree(g.build([...outputs, w]));
  });

  it('runs islands inside', () => {
    const g = graphWriter();
    const x = g.input([4]);
    const outputs = scan(g, { carries: [x], length: 3 }, (b, [carry]) => {
      const [tops] = b.node(
        { op: 'TopK', inputs: [carry], inputNames: ['x'], attrs: { k: 4, sorted: false } },
        [
          { shape: [4], dtype: 'float32' },
          { shape: [4], dtype: 'int32' },
        ],
      );
      return [b.kernel('Cos', { x: tops })];
    });
    const { problem, program } = difference(g.build(outputs), [Float32Array.of(0.1, 3, 2, 0.5)]);
    expect(problem).toBeNull();
    expect(program.islands).toEqual(['TopK']);
  });
});

describe('while', () => {
  const halving = (start: number, maxIterations: number): Graph => {
    const g = graphWriter();
    const [x, limit] = [g.input([3]), g.input([])];
    const writer = (): { b: GraphWriter; carry: ValueId; count: ValueId; bound: ValueId } => {
      const b = graphWriter();
      return { b, carry: b.input([3]), count: b.input([], 'int32'), bound: b.input([]) };
    };
    const test = writer();
    const largest = test.b.kernel('Max', { x: test.carry }, { reductionIndices: [0] });
    const condition = test.b.build([test.b.kernel('Greater', { a: largest, b: test.bound })]);
    const step = writer();
    const half = step.b.kernel('Multiply', { a: step.carry, b: step.b.constant(Float32Array.of(0.5), []) });
    const more = step.b.kernel('Add', { a: step.count, b: step.b.constant(Int32Array.of(1), [], 'int32') });
    const body = step.b.build([half, more]);
    const count = g.constant(Int32Array.of(start), [], 'int32');
    const outputs = g.node(
      {
        op: 'While',
        inputs: [x, count, limit],
        inputNames: [null, null, null],
        attrs: { maxIterations, carryCount: 2, captureCount: 1 },
        bodies: [condition, body],
      },
      [
        { shape: [3], dtype: 'float32' },
        { shape: [], dtype: 'int32' },
      ],
    );
    return g.build([...outputs, x]);
  };

  it.each([0, 1, 3, 100])('stops at its condition or after %i iterations', (most) => {
    const graph = halving(5, most);
    for (const limit of [100, 1, 0.3, 0.01]) {
      const inputs = [Float32Array.of(1.5, 7, -3), Float32Array.of(limit)];
      const { problem, program } = difference(graph, inputs);
      expect(problem).toBeNull();
      const needed = Math.max(0, Math.floor(Math.log2(7 / limit)) + 1);
      expect(program.run(inputs)[1][0]).toBe(5 + Math.min(most, limit >= 7 ? 0 : needed));
    }
  });
});
