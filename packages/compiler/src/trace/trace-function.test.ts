import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { key, normal, splitSequence, useBackend, type Key } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import type { Graph, GraphNode } from '../graph/graph.js';
import { scan, whileLoop } from '../index.js';
import { interpret } from '../program/interpret.js';
import { argumentsOf, derivativeOf, eagerly, functionOf, recipes } from '../test-support/random-functions.js';
import { traceFunction } from './trace-function.js';

const ops = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);
const trace = (f: (...args: never[]) => unknown, ...args: unknown[]): Graph => traceFunction(f, args).graph;
const only = (graph: Graph, op: string): GraphNode => {
  const found = graph.nodes.filter((node) => node.op === op);
  expect(found).toHaveLength(1);
  return found[0];
};
const values = (t: tf.Tensor): Float32Array => t.dataSync() as Float32Array;

beforeAll(() => useBackend('cpu'));

describe('traceFunction', () => {
  installLeakGuard();

  it('writes down each operation once, in order, with shapes', () => {
    const [x, w] = [tf.ones([4, 2]), tf.ones([2, 3])];
    const graph = trace((a: tf.Tensor, b: tf.Tensor) => tf.tidy(() => tf.sigmoid(tf.matMul(a, b))), x, w);
    expect(ops(graph)).toEqual(['BatchMatMul', 'Sigmoid']);
    expect(graph.inputs).toHaveLength(2);
    expect(graph.values.get(graph.outputs[0])).toEqual({ shape: [4, 3], dtype: 'float32' });
    expect(graph.nodes[0].inputNames).toEqual(['a', 'b']);
    tf.dispose([x, w]);
  });

  it('computes nothing and leaves the backend as it was', () => {
    const x = tf.ones([2, 2]);
    const product = tf.getKernel('BatchMatMul', 'cpu');
    const never = () => {
      throw new Error('computed');
    };
    tf.unregisterKernel('BatchMatMul', 'cpu');
    tf.registerKernel({ ...product, kernelFunc: never });
    try {
      expect(ops(trace((a: tf.Tensor) => tf.matMul(a, a), x))).toEqual(['BatchMatMul']);
    } finally {
      tf.unregisterKernel('BatchMatMul', 'cpu');
      tf.registerKernel(product);
    }
    expect(tf.getBackend()).toBe('cpu');
    x.dispose();
  });

  it('hands on clones, casts and reshapes to the same without an operation', () => {
    const x = tf.ones([2]);
    const graph = trace((a: tf.Tensor) => tf.reshape(tf.cast(tf.clone(a), 'float32'), [2]), x);
    expect(graph.nodes).toEqual([]);
    expect(graph.outputs).toEqual(graph.inputs);
    x.dispose();
  });

  it('holds tensors of its surroundings as constants, once', () => {
    const [x, c] = [tf.ones([2]), tf.tensor1d([5, 6])];
    const graph = trace((a: tf.Tensor) => tf.mul(tf.add(a, c), c), x);
    expect([...graph.constants.values()].map((data) => [...data])).toEqual([[5, 6]]);
    expect([...values(c)]).toEqual([5, 6]);
    tf.dispose([x, c]);
  });

  it('makes a scan one operation with one body, and its surroundings captures', () => {
    const [x, w] = [tf.ones([3]), tf.ones([3])];
    let calls = 0;
    const graph = trace(
      (a: tf.Tensor, b: tf.Tensor, k: Key) => {
        const outside = tf.sin(b);
        return scan(
          (c: tf.Tensor, stepKey: Key) => {
            calls++;
            return [tf.add(tf.mul(c, outside), normal(stepKey, [3])), c] as const;
          },
          a,
          splitSequence(k, 7),
        );
      },
      x,
      w,
      key(0),
    );
    expect(calls).toBe(1);
    expect(ops(graph)).toEqual(['Sin', 'KeySplit', 'Scan']);
    const node = only(graph, 'Scan');
    expect(node.attrs).toEqual({
      length: 7,
      carryCount: 1,
      sequenceCount: 1,
      captureCount: 1,
      outputCount: 1,
    });
    expect(ops(node.bodies?.[0] as Graph)).toEqual(['Multiply', 'RandomNormal', 'Add']);
    expect(node.outputs.map((id) => graph.values.get(id)?.shape)).toEqual([[3], [7, 3]]);
    tf.dispose([x, w]);
  });

  it('lets loops in loops capture from all around', () => {
    const [x, w] = [tf.tensor1d([1, 2]), tf.scalar(0.5)];
    const rows = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const f = (a: tf.Tensor, b: tf.Tensor) =>
      scan(
        (c: tf.Tensor, row: tf.Tensor) => {
          const limit = tf.sum(row);
          const next = whileLoop(
            (s: tf.Tensor) => tf.less(tf.sum(s), tf.add(limit, tf.sum(a))),
            (s: tf.Tensor) => tf.add(s, tf.add(b, tf.sum(row))),
            c,
            { maxIterations: 5 },
          );
          return [next, tf.mul(next, b)] as const;
        },
        a,
        rows,
      );
    const graph = trace(f, x, w);
    const [last, ys] = f(x, w);
    const got = interpret(graph, [values(x), values(w)]);
    expect(got).toEqual([values(last), values(ys)]);
    const loop = only(only(graph, 'Scan').bodies?.[0] as Graph, 'While');
    expect(loop.bodies?.every((body) => body.inputs.length === loop.inputs.length)).toBe(true);
    tf.dispose([x, w, last, ys, rows]);
  });

  it('unrolls loops that a gradient goes through', () => {
    const x = tf.tensor1d([0.5, -0.2]);
    const f = (a: tf.Tensor) =>
      tf.grad((y: tf.Tensor) => {
        const [z] = scan((c: tf.Tensor) => [tf.mul(c, tf.sin(c)), null] as const, y, null, { length: 3 });
        return whileLoop(
          (c: tf.Tensor) => tf.less(tf.sum(c), 2),
          (c: tf.Tensor) => tf.add(c, tf.square(c)),
          z,
          { maxIterations: 3 },
        );
      })(a);
    const graph = trace(f, x);
    expect(ops(graph)).not.toContain('Scan');
    expect(ops(graph)).not.toContain('While');
    const expected = f(x);
    expect(
      Math.max(...interpret(graph, [values(x)])[0].map((v, i) => Math.abs(v - values(expected)[i]))),
    ).toBeLessThan(1e-6);
    tf.dispose([x, expected]);
  });

  it('is undone by an error inside', () => {
    const x = tf.ones([2]);
    expect(() =>
      trace((a: tf.Tensor) => {
        tf.sin(a);
        throw new Error('mine');
      }, x),
    ).toThrow('mine');
    expect(tf.getBackend()).toBe('cpu');
    expect(Math.random()).toBeLessThan(1);
    const y = tf.sin(x);
    expect(values(y)[0]).toBeCloseTo(Math.sin(1));
    tf.dispose([x, y]);
  });
});

describe('property: the interpreter computes what the function computes, bit for bit', () => {
  it.each([0, 1, 2, 3])('derivatives of order %i', (order) => {
    fc.assert(
      fc.property(recipes(order > 1 ? 6 : 12), (recipe) => {
        const f = derivativeOf(functionOf(recipe), order);
        tf.tidy(() => {
          const inputs = argumentsOf(recipe);
          const expected = eagerly(() => f(inputs));
          const graph = trace((...xs: tf.Tensor[]) => f(xs), ...inputs);
          const [got] = interpret(graph, inputs.map(values));
          expect(graph.values.get(graph.outputs[0])?.shape).toEqual(expected.shape);
          expect(got).toEqual(values(expected));
        });
      }),
      { numRuns: [150, 80, 40, 20][order] },
    );
  });
});
