import { foldIn, key, normal } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';

/** What an operation has besides its arguments, which have the same rows. */
export interface Choices {
  /** Chooses among what is possible. */
  readonly n: number;
  /** A matrix of weights. */
  readonly weight: (rows: number, columns: number) => tf.Tensor2D;
}

/** Something that can be done with matrices `x` and `y` of as many rows; the result has a multiple of them. */
type RowOperation = (x: tf.Tensor2D, y: tf.Tensor2D, choices: Choices) => tf.Tensor;

const columnsOf = (x: tf.Tensor2D): number => x.shape[1];
const firstColumns = (x: tf.Tensor2D, count: number): tf.Tensor2D => tf.slice(x, [0, 0], [-1, count]);
const lastColumns = (x: tf.Tensor2D, count: number): tf.Tensor2D =>
  tf.slice(x, [0, columnsOf(x) - count], [-1, count]);
const fromRow = (x: tf.Tensor2D, row: number): tf.Tensor2D => tf.slice(x, [row, 0], [-1, -1]);
const toRow = (x: tf.Tensor2D, row: number): tf.Tensor2D => tf.slice(x, [0, 0], [row, -1]);
const someRow = (x: tf.Tensor2D, n: number): number => 1 + (n % (x.shape[0] - 1));
const indices = (x: tf.Tensor2D, of: (row: number) => number): tf.Tensor1D =>
  tf.tensor1d(
    Array.from({ length: x.shape[0] }, (_, row) => of(row) % x.shape[0]),
    'int32',
  );

/** Numbers stay finite: which sign a NaN has may change when the engine compiles code again. */
const products: readonly RowOperation[] = [
  (x, _, { n, weight }) => tf.tanh(tf.matMul(x, weight(columnsOf(x), 1 + (n % 12)))),
  (x, _, { n, weight }) => tf.matMul(tf.tanh(x), weight(columnsOf(x), 1 + (n % 12))),
  (x, _, { n, weight }) => tf.matMul(tf.tanh(x), weight(1 + (n % 9), columnsOf(x)), false, true),
  // Each row is a batch of its own.
  (x, y) => tf.tanh(tf.matMul(tf.expandDims(x, 2), tf.expandDims(y, 1))),
  (x, _, { weight }) => {
    const rows = tf.tile(tf.expandDims(tf.tanh(x), 1), [1, 2, 1]);
    return tf.matMul(rows, tf.tile(tf.expandDims(weight(columnsOf(x), 3), 0), [x.shape[0], 1, 1]));
  },
  (x) => tf.matMul(tf.tanh(x), tf.tanh(tf.matMul(x, x, true))),
  (x) => tf.tanh(tf.matMul(tf.tanh(tf.matMul(x, x, false, true)), x)),
  (x, _, { weight }) => tf.grad((z) => tf.sum(tf.tanh(tf.matMul(z, weight(columnsOf(x), 5)))))(x),
];

const alongRows: readonly RowOperation[] = [
  (x) => tf.sum(x, 1),
  (x) => tf.mul(tf.tanh(x), tf.sum(tf.sigmoid(x), 1, true)),
  (x) => tf.max(x, 1),
  (x) => tf.softmax(x),
  (x) => tf.norm(tf.expandDims(tf.tanh(x), 1), 2, 2),
  (x) => tf.argMax(x, 1).toFloat(),
  (x) => tf.sum(tf.mul(tf.tanh(x), 3).toInt(), 1).toFloat(),
  (x) => tf.cumsum(x, 1),
  (x) => tf.where(tf.greater(x, tf.mean(x, 1, true)), x, tf.neg(x)),
  (x) => tf.where(tf.tile(tf.any(tf.greater(x, 0.5), 1, true), [1, columnsOf(x)]), x, tf.zerosLike(x)),
  // Rows of half the length.
  (x) => {
    const halves = tf.reshape(tf.concat([x, x], 1), [2 * x.shape[0], -1]);
    return tf.sub(halves, tf.max(halves, 1, true));
  },
];

const acrossRows: readonly RowOperation[] = [
  (x) => tf.sub(x, tf.mean(x, 0)),
  (x) => tf.cumsum(tf.mul(x, 0.1), 0),
  (x, _, { n }) => tf.concat([fromRow(x, someRow(x, n)), toRow(x, someRow(x, n))], 0),
  (x) => tf.reverse(x, 0),
  (x, _, { n }) =>
    tf.pad(fromRow(x, someRow(x, n)), [
      [someRow(x, n), 0],
      [0, 0],
    ]),
  (x, _, { n }) => toRow(tf.tile(x, [1 + (n % 3), 1]), x.shape[0]),
  (x) => tf.add(x, tf.tile(toRow(x, 1), [x.shape[0], 1])),
  (x) => tf.tanh(tf.transpose(x)),
  (x) => {
    const both = tf.concat([x, tf.neg(x)], 0);
    const [rows] = x.shape;
    return tf.add(fromRow(both, rows), tf.slice(both, [rows - 1, 0], [rows, -1]));
  },
  (x, _, { n }) =>
    tf.gather(
      x,
      indices(x, (row) => 3 * row + n),
    ),
];

const columns: readonly RowOperation[] = [
  (x, y) => {
    const count = Math.min(columnsOf(x), columnsOf(y));
    return tf.add(firstColumns(x, count), tf.mul(lastColumns(y, count), 0.5));
  },
  (x, y) => tf.concat([x, y], 1),
  (x) => tf.concat([x, firstColumns(x, 1)], 1),
  (x, y) => tf.split(tf.concat([x, y, x], 1), [columnsOf(x), columnsOf(y), columnsOf(x)], 1)[1],
  (x) => tf.reverse(x, 1),
  (x, _, { n }) =>
    tf.pad(
      x,
      [
        [0, 0],
        [n % 4, (n + 1) % 3],
      ],
      n % 2,
    ),
  (x, _, { n }) => tf.tile(x, [1, 1 + (n % 3)]),
  (x) => tf.stridedSlice(x, [0, 0], x.shape, [1, 2]),
  (x, _, { weight }) => tf.add(x, weight(1, columnsOf(x))),
  (x, _, { weight }) => tf.add(tf.expandDims(x, 2), tf.reshape(weight(1, 4), [1, 1, 4])),
  (x) => tf.mul(tf.tanh(x), 3).toInt().toFloat(),
  // The host computes sines of large numbers.
  (x) => tf.sin(x),
  (x, _, { n }) => tf.mul(normal(foldIn(key(3), n), x.shape), tf.tanh(x)),
];

/** What random layers are made of. */
export const ROW_OPERATIONS: readonly RowOperation[] = [...products, ...alongRows, ...acrossRows, ...columns];
