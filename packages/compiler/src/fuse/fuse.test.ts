import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { ValueId } from '../graph/graph.js';
import { difference, inputsFor, sequence } from '../program/test-data.js';
import { graphWriter, type GraphWriter } from '../program/test-graph.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const LONG = [64, 64];

function stepsOf(g: GraphWriter, outputs: readonly ValueId[]): readonly string[] {
  const graph = g.build(outputs);
  const { problem, program } = difference(graph, inputsFor(graph, 1));
  expect(problem).toBeNull();
  return program.steps;
}

const mul = (g: GraphWriter, a: ValueId, b: ValueId): ValueId => g.kernel('Multiply', { a, b });
const add = (g: GraphWriter, a: ValueId, b: ValueId): ValueId => g.kernel('Add', { a, b });

it('updates each of several long arrays in a loop of its own, though they are listed operation by operation', () => {
  const g = graphWriter();
  const arrays = Array.from({ length: 3 }, () => [g.input(LONG), g.input(LONG), g.input(LONG)] as const);
  const [clip, rate, decay] = [g.input([]), g.input([8]), g.input([])];
  const slopes = arrays.map(([slope]) => mul(g, slope, clip));
  const kept = arrays.map(([, moment]) => mul(g, moment, decay));
  const moments = slopes.map((slope, i) => add(g, kept[i], slope));
  // Known only after the groups have begun.
  const size = g.kernel('Sum', { x: rate }, { axis: [0] });
  const moved = moments.map((moment) => mul(g, moment, size));
  const next = arrays.map(([, , value], i) => g.kernel('Sub', { a: value, b: moved[i] }));
  const group = 'Group (Multiply Multiply Add Multiply Sub) [64, 64] [64, 64]';
  expect(stepsOf(g, [...moments, ...next]).toSorted()).toEqual([group, group, group, 'Reduce []']);
});

it('leaves a group in front of what reads it, and the other behind what it reads', () => {
  const g = graphWriter();
  const [x, w] = [g.input(LONG), g.input(LONG)];
  const y = g.kernel('Tanh', { x });
  const sum = g.kernel('Sum', { x: y }, { axis: [0, 1] });
  const z = add(g, y, mul(g, w, sum));
  expect(stepsOf(g, [z])).toEqual(['Group (Tanh) [64, 64]', 'Reduce []', 'Group (Multiply Add) [64, 64]']);
});

it('reads an array that a merged group computes and another shape repeats', () => {
  const g = graphWriter();
  const [x, row] = [g.input(LONG), g.input([1, 64])];
  const [left, right] = [mul(g, x, row), add(g, x, row)];
  const both = mul(g, left, right);
  expect(stepsOf(g, [both, left])).toEqual(['Group (Multiply Add Multiply) [64, 64] [64, 64]']);
});

it('computes what the graph says for random graphs of long arrays', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const next = sequence(seed);
      const pick = (values: readonly ValueId[]): ValueId => values[Math.floor(next() * values.length)];
      const g = graphWriter();
      const long = [g.input(LONG), g.input(LONG), g.input(LONG)];
      const short = [g.input([]), g.input([1, 64]), g.input([64, 1])];
      for (let i = 0; i < 40; i++) {
        const kind = Math.floor(next() * 6);
        if (kind === 0) {
          const sum = g.kernel('Mean', { x: pick(long) }, { axis: [next() < 0.5 ? 0 : 1], keepDims: false });
          short.push(g.kernel('Reshape', { x: sum }, { shape: next() < 0.5 ? [1, 64] : [64, 1] }));
        } else if (kind === 1) long.push(g.kernel('Tanh', { x: add(g, pick(long), pick(short)) }));
        else if (kind === 2) long.push(g.kernel('Tanh', { x: mul(g, pick(long), pick(long)) }));
        else if (kind === 3) long.push(g.kernel('Transpose', { x: pick(long) }, { perm: [1, 0] }));
        else long.push(mul(g, pick(long), g.kernel('Sigmoid', { x: pick(long) })));
      }
      const graph = g.build([...long.slice(-3), pick(long), ...short.slice(-1)]);
      expect(difference(graph, inputsFor(graph, seed), 1e-5).problem).toBeNull();
    }),
    { numRuns: 30 },
  );
});
