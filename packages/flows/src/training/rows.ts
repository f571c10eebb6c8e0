import * as tf from '@tensorflow/tfjs';
import { DataError, permutationArray, ShapeError, type Key } from '@ebim/runtime';
import { checkRows } from '../transform/checks.js';

/**
 * What is known of every training point, by name, each `[N, size]` with the same N: `x` are the points, `context` the
 * parameters that they were generated with, `scores` the joint scores of SCANDAL.
 */
export type Rows = { readonly [name: string]: tf.Tensor };

/** Names and widths of the columns of {@link joinRows}. */
export type RowLayout = readonly { readonly name: string; readonly size: number }[];

/** Names and widths of rows, in their order. */
export const layoutOf = (rows: Rows): RowLayout =>
  Object.entries(rows).map(([name, { shape }]) => ({ name, size: shape[1] as number }));

/**
 * All rows side by side, `[N, sum of sizes]`: one tensor, as `batches` deals it. The caller owns it.
 *
 * @throws ShapeError `bad-rows`
 */
export function joinRows(rows: Rows): tf.Tensor2D {
  const entries = Object.entries(rows);
  const count = entries[0]?.[1].shape[0];
  const wrong = entries.find(
    ([, t]) => t.rank !== 2 || t.dtype !== 'float32' || t.shape[0] !== count || t.shape[1] === 0,
  );
  if (count === undefined || wrong !== undefined)
    throw new ShapeError({
      code: 'bad-rows',
      where: `joinRows({ ${wrong?.[0] ?? ''} })`,
      expected: `float32 [${count ?? 'N'}, size]`,
      received: wrong === undefined ? 'nothing' : `${wrong[1].dtype} [${wrong[1].shape.join(', ')}]`,
      hint: 'One row for each point, in all of them; a parameter of size 1 is a column [N, 1].',
    });
  const tensors = entries.map(([, t]) => t as tf.Tensor2D);
  return tensors.length === 1 ? tensors[0].clone() : tf.concat(tensors, 1);
}

/**
 * The inverse of {@link joinRows}, for a batch of it. The caller owns the tensors.
 *
 * @throws ShapeError `bad-input-shape`
 */
export function splitRows(joined: tf.Tensor, layout: RowLayout): Rows {
  const width = layout.reduce((sum, { size }) => sum + size, 0);
  checkRows('splitRows(joined, layout)', joined, [width]);
  let from = 0;
  return Object.fromEntries(
    layout.map(({ name, size }) => {
      const part = tf.slice(joined, [0, from], [joined.shape[0], size]);
      from += size;
      return [name, part];
    }),
  );
}

/**
 * Joined rows for training and for validation, chosen at random once. The caller owns both.
 *
 * @param fraction share of the rows for validation, rounded; 0: `validation` is `null`
 * @throws DataError `too-few-rows`
 */
export function splitForValidation(
  key: Key,
  all: Rows,
  fraction: number,
): { train: tf.Tensor; validation: tf.Tensor | null } {
  if (fraction === 0) return { train: joinRows(all), validation: null };
  const rows = Object.values(all)[0]?.shape[0] ?? 0;
  const held = Math.round(rows * fraction);
  if (held === 0 || held === rows)
    throw new DataError({
      code: 'too-few-rows',
      where: 'splitForValidation(key, rows, fraction)',
      expected: 'at least one row for training and one for validation',
      received: `${rows} rows, of which ${held} for validation`,
    });
  const order = permutationArray(key, rows);
  const joined = joinRows(all);
  const take = (part: Int32Array): tf.Tensor => tf.tidy(() => tf.gather(joined, tf.tensor1d(part, 'int32')));
  const result = { train: take(order.slice(held)), validation: take(order.slice(0, held)) };
  joined.dispose();
  return result;
}
