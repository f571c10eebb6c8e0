import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HostValues } from '../program/interpret.js';
import { buildProgram } from '../program/program.js';
import { difference, inputsFor } from '../program/test-data.js';
import { graphWriter } from '../program/test-graph.js';
import { agree, shape, size } from './test-agree.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('by index', () => {
  it('GatherV2', () =>
    agree(
      shape(1).chain((dims) =>
        fc.tuple(fc.constant(dims), fc.nat({ max: dims.length - 1 }), fc.integer({ min: 1, max: 6 })),
      ),
      (g, [dims, axis, count]) =>
        g.kernel(
          'GatherV2',
          { x: g.input(dims), indices: g.input([count], 'int32') },
          { axis, batchDims: 0 },
        ),
      {
        adjust: ([, indices], [dims, axis]) =>
          indices.forEach((v, i) => (indices[i] = Math.abs(v) % dims[axis])),
      },
    ));

  it('GatherV2 outside its array is an error that says so', () => {
    const g = graphWriter();
    const x = g.input([3, 2]);
    const indices = g.input([1], 'int32');
    const graph = g.build([g.kernel('GatherV2', { x, indices }, { axis: 0, batchDims: 0 })]);
    const { program } = difference(graph, [new Float32Array(6), Int32Array.of(2)]);
    for (const bad of [3, -1])
      expect(() => program.run([new Float32Array(6), Int32Array.of(bad)])).toThrow(/gather/);
  });

  it('GatherV2 of batches', () =>
    agree(
      shape(2, 4).chain((dims) =>
        fc
          .nat({ max: dims.length - 1 })
          .chain((batchDims) =>
            fc.tuple(
              fc.constant(dims),
              fc.constant(batchDims),
              fc.integer({ min: batchDims, max: dims.length - 1 }),
              fc.integer({ min: 1, max: 5 }),
            ),
          ),
      ),
      (g, [dims, batchDims, axis, count]) =>
        g.kernel(
          'GatherV2',
          { x: g.input(dims), indices: g.input([...dims.slice(0, batchDims), count], 'int32') },
          { axis, batchDims },
        ),
      {
        adjust: ([, indices], [dims, , axis]) =>
          indices.forEach((v, i) => (indices[i] = Math.abs(v) % dims[axis])),
        runs: 60,
      },
    ));

  /** Coordinates of slices within `dims`. */
  const coordinates = (indices: HostValues, dims: readonly number[], depth: number): void =>
    indices.forEach((v, i) => (indices[i] = Math.abs(v) % dims[i % depth]));
  const pointed = shape(1, 3).chain((dims) =>
    fc.tuple(
      fc.constant(dims),
      fc.integer({ min: 1, max: dims.length }),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 }),
    ),
  );

  it('GatherNd', () =>
    agree(
      pointed,
      (g, [dims, depth, count]) =>
        g.kernel('GatherNd', { params: g.input(dims), indices: g.input([...count, depth], 'int32') }),
      { adjust: ([, indices], [dims, depth]) => coordinates(indices, dims, depth), runs: 40 },
    ));

  it.each(['float32', 'int32'] as const)('ScatterNd and TensorScatterUpdate of %s', (dtype) => {
    agree(
      pointed,
      (g, [dims, depth, count]) =>
        g.kernel(
          'ScatterNd',
          {
            indices: g.input([...count, depth], 'int32'),
            updates: g.input([...count, ...dims.slice(depth)], dtype),
          },
          { shape: dims },
        ),
      {
        adjust: ([indices], [dims, depth]) => coordinates(indices, dims, depth),
        runs: 40,
        // One number for many places is left to the kernel.
        island: true,
      },
    );
    agree(
      pointed,
      (g, [dims, depth, count]) =>
        g.kernel('TensorScatterUpdate', {
          tensor: g.input(dims, dtype),
          indices: g.input([...count, depth], 'int32'),
          updates: g.input([...count, ...dims.slice(depth)], dtype),
        }),
      { adjust: ([, indices], [dims, depth]) => coordinates(indices, dims, depth), runs: 40, island: true },
    );
    const g = graphWriter();
    const [indices, updates] = [g.input([3, 1], 'int32'), g.input([3, 5], dtype)];
    const graph = g.build([g.kernel('ScatterNd', { indices, updates }, { shape: [4, 5] })]);
    expect(buildProgram(graph).islands).toEqual([]);
  });

  it('coordinates outside are errors that say so', () => {
    const g = graphWriter();
    const [params, indices, updates] = [g.input([3, 2]), g.input([2, 1], 'int32'), g.input([2, 2])];
    const gathered = buildProgram(g.build([g.kernel('GatherNd', { params, indices })]));
    const scattered = buildProgram(g.build([g.kernel('ScatterNd', { indices, updates }, { shape: [3, 2] })]));
    for (const bad of [3, -1])
      for (const program of [gathered, scattered])
        expect(() => program.run([new Float32Array(6), Int32Array.of(0, bad), new Float32Array(4)])).toThrow(
          /indices/,
        );
  });

  it.each(['float32', 'int32'] as const)('TopK of %s, equal elements in their order', (dtype) => {
    fc.assert(
      fc.property(shape(1, 3), fc.nat(), fc.nat(), (dims, count, seed) => {
        const g = graphWriter();
        const k = count % ((dims.at(-1) as number) + 1);
        const kept = [...dims.slice(0, -1), k];
        const outputs = g.node(
          { op: 'TopK', inputs: [g.input(dims, dtype)], inputNames: ['x'], attrs: { k, sorted: true } },
          [
            { shape: kept, dtype },
            { shape: kept, dtype: 'int32' },
          ],
        );
        const graph = g.build(outputs);
        const inputs = inputsFor(graph, seed);
        inputs[0].forEach((v, i) => (inputs[0][i] = Math.round(v)));
        const { problem, program } = difference(graph, inputs);
        expect(problem).toBeNull();
        expect(program.islands).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });

  it('UnsortedSegmentSum drops ids outside', () =>
    agree(
      fc.tuple(fc.integer({ min: 1, max: 9 }), shape(0, 2), fc.integer({ min: 1, max: 6 })),
      (g, [count, inner, numSegments]) =>
        g.kernel(
          'UnsortedSegmentSum',
          { x: g.input([count, ...inner]), segmentIds: g.input([count], 'int32') },
          { numSegments },
        ),
      { runs: 40 },
    ));

  it('OneHot', () =>
    agree(fc.tuple(size, size), (g, [count, depth]) =>
      g.kernel(
        'OneHot',
        { indices: g.input([count], 'int32') },
        { dtype: 'float32', depth, onValue: 2, offValue: -1 },
      ),
    ));
});
