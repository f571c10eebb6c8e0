import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '@ebim/runtime';
import type { GraphNode } from '../graph/graph.js';
import { interpret } from '../program/interpret.js';
import { argumentsOf, relativeError } from '../test-support/random-functions.js';
import { traceFunction } from '../trace/trace-function.js';
import { takeOutFactors } from './common-factors.js';
import { dropDeadCode } from './dead-code.js';

beforeAll(() => useBackend('cpu'));

type Tensors = (...xs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** What is left; the results must stay the same. */
function rewritten(shapes: number[][], f: Tensors): readonly GraphNode[] {
  const inputs = argumentsOf({ shapes, steps: [], seed: 5 });
  const values = inputs.map((t) => t.dataSync() as Float32Array);
  const { graph } = traceFunction(f, inputs);
  tf.dispose(inputs);
  const result = dropDeadCode(takeOutFactors(graph));
  const [before, now] = [interpret(graph, values), interpret(result, values)];
  before.forEach((expected, i) => expect(relativeError(now[i], expected)).toBeLessThan(1e-6));
  return result.nodes;
}

const ops = (shapes: number[][], f: Tensors): string[] => rewritten(shapes, f).map(({ op }) => op);

const square = [3, 4];

describe('common factors', () => {
  it('are taken out where that saves a multiplication', () => {
    const f: Tensors = (g, a, b, c) => tf.add(tf.mul(g, a), tf.mul(tf.mul(g, b), c));
    expect(ops([square, square, square, square], f)).toEqual(['Multiply', 'Add', 'Multiply']);
  });

  it('leave brackets in their smaller shape', () => {
    const f: Tensors = (g, a, b) => tf.add(tf.mul(g, a), tf.mul(g, b));
    expect(ops([square, [4], [3, 1]], f)).toEqual(['Add', 'Multiply']);
    expect(ops([square, [], [4]], f)).toEqual(['Add', 'Multiply']);
  });

  it('are taken out once where they stand twice', () => {
    const f: Tensors = (g, a) => tf.add(tf.mul(tf.mul(g, g), a), tf.mul(g, a));
    expect(ops([square, square], f)).toEqual(['Multiply', 'Add', 'Multiply']);
  });

  it('are the latest of several, so that the rest does not wait', () => {
    const f: Tensors = (x, a, b) => {
      const g = tf.exp(x);
      return tf.add(tf.mul(tf.mul(g, x), a), tf.mul(tf.mul(x, g), b));
    };
    const nodes = rewritten([square, square, square], f);
    const [g] = nodes.find(({ op }) => op === 'Exp')?.outputs ?? [];
    expect(nodes.at(-1)).toMatchObject({ op: 'Multiply' });
    expect(nodes.at(-1)?.inputs).toContain(g);
  });

  it('stay where the products are used elsewhere, or the factor is repeated', () => {
    const used: Tensors = (g, a, b) => {
      const [p, q] = [tf.mul(g, a), tf.mul(g, b)];
      return [tf.add(p, q), p, q];
    };
    expect(ops([square, square, square], used)).toEqual(['Multiply', 'Multiply', 'Add']);
    const repeated: Tensors = (g, a, b) => tf.add(tf.mul(g, a), tf.mul(g, b));
    expect(ops([[4], square, square], repeated)).toEqual(['Multiply', 'Multiply', 'Add']);
    expect(ops([square], (x) => tf.add(x, x))).toEqual(['Add']);
  });
});
