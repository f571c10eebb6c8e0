import * as tf from '@tensorflow/tfjs';
import { treeEntries, type TensorTree } from '@ebim/runtime';

/** An entry of the info, reduced over the batch, one number a step. */
export interface InfoSummary {
  /** Of a flag: the share of chains for which it is true. */
  readonly mean: Float32Array;
  readonly max: Float32Array;
}

/** Collects the info of step after step as two numbers a leaf. */
export interface InfoLog {
  /** Mean and maximum of every leaf, `[2 * leaves]`; a pure function of tensors. */
  readonly reduce: (info: TensorTree) => tf.Tensor;
  /** Takes over a row made by `reduce`. */
  readonly add: (row: tf.Tensor) => void;
  /** Reads the rows to the host and frees them. */
  readonly flush: () => Promise<void>;
  /** What was read, by the path of the leaf. */
  readonly summary: () => Readonly<Record<string, InfoSummary>>;
  /** Frees what was not read. */
  readonly dispose: () => void;
}

/** A log with room for `steps` rows. */
export function infoLog(steps: number): InfoLog {
  let paths: readonly string[] = [];
  let table = new Float32Array(0);
  let rows = 0;
  let waiting: tf.Tensor[] = [];
  const dispose = (): void => {
    tf.dispose(waiting);
    waiting = [];
  };
  return {
    reduce: (info) => {
      const entries = treeEntries(info);
      if (entries.length === 0) return tf.zeros([0]);
      paths = entries.map(([path]) => path);
      return tf.stack(
        entries.flatMap(([, leaf]) => {
          const values = tf.cast(leaf, 'float32');
          return [tf.mean(values), tf.max(values)];
        }),
      );
    },
    add: (row) => void waiting.push(row),
    flush: async () => {
      if (waiting.length === 0) return;
      const block = tf.stack(waiting);
      dispose();
      const width = block.shape[1] ?? 0;
      if (rows === 0) table = new Float32Array(steps * width);
      table.set(await block.data(), rows * width);
      rows += block.shape[0];
      block.dispose();
    },
    summary: () => {
      const column = (index: number): Float32Array =>
        Float32Array.from({ length: rows }, (_, row) => table[row * 2 * paths.length + index]);
      return Object.fromEntries(
        paths.map((path, i) => [path, { mean: column(2 * i), max: column(2 * i + 1) }]),
      );
    },
    dispose,
  };
}
