import * as tf from '@tensorflow/tfjs';
import { useBackend } from '@ebim/runtime';
import { beforeAll, expect, it } from 'vitest';
import { difference, inputsFor } from '../program/test-data.js';
import { traced } from '../test-support/traced.js';

beforeAll(() => useBackend('cpu'));

/** How often the program copies, and whether it computes what the graph says. */
function copiesOf(f: (...args: tf.Tensor[]) => unknown, ...shapes: number[][]): number {
  const graph = traced(f, ...shapes);
  const { problem, program } = difference(graph, inputsFor(graph, 1));
  expect(problem).toBeNull();
  program.dispose();
  return program.steps.filter((step) => step.trimStart().startsWith('Copy')).length;
}

it('transposes weights once', () => {
  const slope = (x: tf.Tensor, w: tf.Tensor): tf.Tensor[] => {
    const back = (y: tf.Tensor): tf.Tensor => tf.matMul(y, w, false, true);
    return [back(tf.exp(x)), back(tf.tanh(x))];
  };
  expect(copiesOf(slope, [9, 6], [7, 6])).toBe(1);
});

it.each([
  ['fill with infinities', (x: tf.Tensor) => [tf.pad(x, [[1, 1]], Infinity), tf.pad(x, [[1, 1]], -Infinity)]],
  ['fill with NaN', (x: tf.Tensor) => [tf.pad(x, [[1, 1]], Infinity), tf.pad(x, [[1, 1]], NaN)]],
  ['differ in length', (x: tf.Tensor) => [tf.pad(x, [[0, 1]], 7), tf.pad(x, [[0, 20]], 7)]],
])('keeps copies that %s', (_, f) => {
  expect(copiesOf(f, [3])).toBe(2);
});

it('fills with 0 for -0, as the kernel does', () => {
  expect(copiesOf((x) => tf.div(1, tf.pad(x, [[1, 1]], -0)), [3])).toBe(1);
});
