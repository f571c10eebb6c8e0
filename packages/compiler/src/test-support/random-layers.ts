import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { scan } from '../scan.js';
import type { RecipeStep } from './random-functions.js';
import { ROW_OPERATIONS } from './row-operations.js';

/** One step of random layers: an operation, or a loop of steps. */
export interface LayerStep extends RecipeStep {
  /** Whether its result is one of the function. */
  readonly isKept: boolean;
  /** Of a loop. */
  readonly body?: readonly LayerStep[];
}

/** A random function of matrices of so many rows. */
export interface LayerRecipe {
  readonly rows: number;
  readonly columns: number;
  readonly steps: readonly LayerStep[];
  readonly seed: number;
}

/** Wider matrices only cost time. */
const MOST_COLUMNS = 40;
/** Enough for all products of a step. */
const WEIGHTS = 600;
const LOOP_LENGTH = 3;
/** Enough elements for the buffer of a loop to be shifted where it lies. */
const BUFFER = 300;

const numbers = {
  op: fc.nat(999),
  a: fc.nat(999),
  b: fc.nat(999),
  n: fc.nat(999),
  // Few, so that there is much that only a chain reads.
  isKept: fc.nat(3).map((choice) => choice === 0),
};

/** Steps with loops, and loops in those, so deep. */
function stepsOf(depth: number, minLength: number, maxLength: number): fc.Arbitrary<LayerStep[]> {
  const operation = fc.noBias(fc.record<LayerStep>(numbers));
  if (depth === 0) return fc.array(operation, { minLength, maxLength, size: 'max' });
  const loop = fc.record({ ...numbers, body: stepsOf(depth - 1, 1, 6) });
  const step = fc.oneof({ weight: 6, arbitrary: operation }, { weight: 1, arbitrary: loop });
  return fc.array<LayerStep>(step, { minLength, maxLength, size: 'max' });
}

/** Random layers with loops and loops in loops. */
export const layerRecipes: fc.Arbitrary<LayerRecipe> = fc.record({
  rows: fc.integer({ min: 5, max: 44 }),
  columns: fc.integer({ min: 1, max: 9 }),
  steps: stepsOf(2, 4, 14),
  seed: fc.nat(1000),
});

/** Shapes of the arguments of the function of a recipe: a matrix, and numbers for all weights. */
export const layerShapes = ({ rows, columns }: LayerRecipe): number[][] => [[rows, columns], [WEIGHTS]];

/** The function of a recipe: the results of the steps that are kept, and the last one. */
export const layersOf =
  ({ steps }: LayerRecipe) =>
  (x: tf.Tensor, numbers: tf.Tensor): tf.Tensor[] => {
    const { made, kept } = grow([x as tf.Tensor2D], steps, numbers as tf.Tensor1D);
    return [...kept, ...made.slice(-1)];
  };

/** Results of steps, each of which may take what is there before it. */
function grow(
  before: readonly tf.Tensor2D[],
  steps: readonly LayerStep[],
  numbers: tf.Tensor1D,
): { readonly made: tf.Tensor2D[]; readonly kept: tf.Tensor2D[] } {
  const made: tf.Tensor2D[] = [];
  const kept: tf.Tensor2D[] = [];
  const [rows] = before[0].shape;
  for (const step of steps) {
    const pool = [...before, ...made];
    const { op, a, b, n, body, isKept } = step;
    // Mostly something late, so that chains become long.
    const x = pool[pool.length - 1 - (a % Math.min(3, pool.length))];
    const y = pool[b % pool.length];
    const weight = (height: number, width: number): tf.Tensor2D =>
      tf.reshape<tf.Rank.R2>(tf.slice(numbers, n % 4, height * width), [height, width]);
    const results =
      body === undefined
        ? [ROW_OPERATIONS[op % ROW_OPERATIONS.length](x, y, { n, weight })]
        : loop(x, pool, step, body, numbers);
    for (const result of results) {
      if (result.size > rows * MOST_COLUMNS) continue;
      const matrix = tf.reshape<tf.Rank.R2>(result, [rows, -1]);
      made.push(matrix);
      if (isKept) kept.push(matrix);
    }
  }
  return { made, kept };
}

/**
 * A loop whose body reads what is around it, and keeps the last matrices in a long buffer, to the end of which it shifts
 * each: the last matrix, some rows of the buffer and an output.
 */
function loop(
  start: tf.Tensor2D,
  around: readonly tf.Tensor2D[],
  { b, n }: LayerStep,
  body: readonly LayerStep[],
  numbers: tf.Tensor1D,
): tf.Tensor[] {
  const [rows, columns] = start.shape;
  const length = 2 * rows + Math.ceil(BUFFER / columns);
  const buffer = tf.sin(tf.reshape<tf.Rank.R2>(tf.range(0, length * columns), [length, columns]));
  const from = n % (length - rows + 1);
  const someRows = (of: tf.Tensor): tf.Tensor2D => tf.slice(of as tf.Tensor2D, [from, 0], [rows, -1]);
  const step = (state: readonly tf.Tensor[], x: tf.Tensor): [tf.Tensor[], tf.Tensor] => {
    const [carry, old] = state as readonly tf.Tensor2D[];
    const own = [carry, tf.tile(tf.reshape<tf.Rank.R2>(x, [1, -1]), [rows, 1]), someRows(old)];
    const { made } = grow([...around.slice(-4), ...own], body, numbers);
    const all = [...own, ...made];
    const final = all[all.length - 1];
    const next = tf.tanh(tf.add(carry, fitted(all[b % all.length], columns)));
    // Reads all of the buffer, and maybe later than there is what is shifted into it.
    const output = tf.add(final, tf.mean(tf.tanh(tf.add(old, tf.mean(final)))));
    return [[next, tf.concat([tf.slice(old, [rows, 0], [-1, -1]), next], 0)], output];
  };
  const xs = tf.reshape<tf.Rank.R2>(tf.slice(numbers, 0, 2 * LOOP_LENGTH), [LOOP_LENGTH, 2]);
  const [[last, history], outputs] = scan(step, [start, buffer] as tf.Tensor[], xs);
  return [last, someRows(history), tf.slice(outputs, [1, 0, 0], [1, -1, -1])];
}

/** The matrix with as many columns as wanted: cut, or with zeros. */
function fitted(x: tf.Tensor2D, columns: number): tf.Tensor2D {
  const there = Math.min(columns, x.shape[1]);
  return tf.pad(tf.slice(x, [0, 0], [-1, there]), [
    [0, 0],
    [0, columns - there],
  ]);
}
