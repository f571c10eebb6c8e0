import type { TensorTree } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';

/** Numbers that a training step reports. */
export type Stats = { readonly [name: string]: tf.Scalar };

/**
 * Batch means of what a kernel reports about a step (`converged`, `constraintViolation`, …), under `sampler/…`.
 *
 * @param info tree of tensors; entries that are trees themselves are left out
 */
export function samplerStats(info: TensorTree): Stats {
  if (info instanceof tf.Tensor || Array.isArray(info)) return {};
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(info as { readonly [name: string]: TensorTree })
        .filter((entry): entry is [string, tf.Tensor] => entry[1] instanceof tf.Tensor)
        .map(([name, value]) => [`sampler/${name}`, tf.mean<tf.Scalar>(tf.cast(value, 'float32'))]),
    ),
  );
}
