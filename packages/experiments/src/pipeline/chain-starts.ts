import { uniformArray, type Key } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import type { LearnedDensity } from './models.js';
import type { RunDensityState } from './train-density.js';

/** Starts that are drawn from nodes. */
const COUNT = 10_000;

/**
 * Where chains that sample a trained density start: ends of the chains of its training, or nodes drawn by their share
 * of the probability, which are samples themselves.
 *
 * @returns `[any, n]`; the caller owns it
 */
export async function chainStarts(
  { energy }: Pick<LearnedDensity, 'energy'>,
  state: RunDensityState,
  key: Key,
): Promise<tf.Tensor> {
  const training = 'training' in state ? state.training : state;
  if ('buffer' in training) return training.buffer.clone();
  const { points, logWeights } = training.nodes;
  const shares = tf.tidy(() => tf.softmax(tf.sub<tf.Tensor1D>(logWeights, energy(points))));
  const sums = Float64Array.from(await shares.data());
  shares.dispose();
  for (let i = 1; i < sums.length; i++) sums[i] += sums[i - 1];
  const total = sums[sums.length - 1];
  // One draw in each of equal shares of the probability.
  const draws = uniformArray(key, COUNT);
  let node = 0;
  const chosen = Int32Array.from(draws, (u, i) => {
    const level = ((i + u) / COUNT) * total;
    while (sums[node] <= level && node < sums.length - 1) node++;
    return node;
  });
  return tf.tidy(() => tf.gather(points, tf.tensor1d(chosen, 'int32')));
}
