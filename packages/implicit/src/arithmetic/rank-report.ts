import { jacobian } from '@ebim/autodiff';
import { ConfigError } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import type { ImplicitManifold } from './implicit-manifold.js';
import { componentOf } from './mixture.js';
import { singularValues } from './singular-values.js';

/** Options of {@link rankReport}. */
export interface RankReportOptions {
  /** Singular values below it count as lost rank. Default 0.01. */
  readonly threshold?: number;
  /** Points evaluated at once. Default 5000. */
  readonly chunkSize?: number;
}

/** Where the Jacobian of a manifold loses rank. */
export interface RankReport {
  /** Of every point the smallest singular value that full rank needs: number n - m in falling order. */
  readonly smallest: Float64Array;
  readonly minimum: number;
  readonly median: number;
  readonly threshold: number;
  /** Rows whose value is below the threshold. */
  readonly deficient: Int32Array;
  /** Their share of the points. */
  readonly share: number;
}

/**
 * Is F a manifold at these points? The Jacobian of F needs rank n - m there (P2, full-rank zero set theorem). The
 * product that defines a union has Jacobian 0 where components meet, an intersection loses rank where its parts touch,
 * a collapsed network everywhere.
 *
 * @param x points on the manifold, `[batch, n]`
 * @throws ConfigError `bad-option`
 */
export async function rankReport(
  manifold: ImplicitManifold,
  x: tf.Tensor,
  options: RankReportOptions = {},
): Promise<RankReport> {
  const { threshold = 0.01, chunkSize = 5000 } = options;
  for (const [name, value] of Object.entries({ threshold, chunkSize }))
    if (!(value > 0 && Number.isFinite(value)))
      throw new ConfigError({
        code: 'bad-option',
        where: `rankReport({ ${name} })`,
        expected: 'a positive number',
        received: String(value),
      });
  const { ambientDimension: n, outputs: k, components, constraint } = manifold;
  const rows = x.shape[0];
  const smallest = new Float64Array(rows);
  for (let start = 0; start < rows; start += chunkSize) {
    const count = Math.min(chunkSize, rows - start);
    const [derivative, labels] = tf.tidy(() => {
      const part = tf.slice(x, [start, 0], [count, -1]);
      return [jacobian(constraint)(part), componentOf(manifold, part)] as const;
    });
    const [values, component] = [await derivative.data(), await labels.data()];
    tf.dispose([derivative, labels]);
    for (let row = 0; row < count; row++) {
      const all = singularValues(values.subarray(row * k * n, (row + 1) * k * n), k, n);
      const rank = Math.min(components[component[row]].codimension, n);
      smallest[start + row] = all[rank - 1];
    }
  }
  const deficient = Int32Array.from([...smallest.keys()].filter((row) => !(smallest[row] >= threshold)));
  const sorted = smallest.slice().sort();
  return {
    smallest,
    minimum: sorted[0] ?? Number.NaN,
    median: sorted[Math.floor((rows - 1) / 2)] ?? Number.NaN,
    threshold,
    deficient,
    share: rows === 0 ? 0 : deficient.length / rows,
  };
}
