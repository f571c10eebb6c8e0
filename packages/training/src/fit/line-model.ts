import * as tf from '@tensorflow/tfjs';
import { normal, split, treeTidy, type Key } from '@ebim/runtime';
import { batches, type BatchSource } from '../data/batches.js';
import { adam, type AdamState } from '../optimizers/adam.js';
import type { FitOptions } from './fit.js';

/** Fits y = w x + c to noisy points of y = 2 x - 1; the state holds all sorts of tensors. */
export type LineState = {
  readonly params: { readonly w: tf.Tensor; readonly c: tf.Tensor };
  readonly optimizer: AdamState;
  /** The last noise drawn: a buffer that is replaced as a whole. */
  readonly noise: tf.Tensor;
  /** Handed on unchanged. */
  readonly frozen: tf.Tensor;
};

const optimizer = adam({ learningRate: 0.05 });

/** `size` points `[x, 2 x - 1]`, x from -1 to 1. */
export const linePoints = (size = 20): tf.Tensor =>
  tf.tidy(() => {
    const x = tf.linspace(-1, 1, size);
    return tf.stack([x, tf.sub(tf.mul(x, 2), 1)], 1);
  });

/** Its batches of 6, the last one of 2. */
export const lineData = (points: tf.Tensor): BatchSource => batches(points, { batchSize: 6, shuffle: true });

/** The loss has noise from the step's key, so that a wrong key shows. */
export const lineModel: Pick<FitOptions<LineState>, 'init' | 'step'> = {
  init: (key: Key) =>
    treeTidy(() => {
      const [forW, forC] = split(key);
      const params = { w: normal(forW, []), c: normal(forC, []) };
      return {
        params,
        optimizer: optimizer.init(params),
        noise: tf.zeros([4]),
        frozen: tf.tensor1d([7], 'int32'),
      };
    }),
  step: (key, state, batch) => {
    const noise = tf.mul(normal(key, [4]), 0.1);
    const [x, y] = tf.unstack(batch, 1);
    const { w, c } = state.params;
    const residual = tf.sub(tf.add(tf.add(tf.mul(w, x), c), tf.mean(noise)), y);
    const gradients = { w: tf.mean(tf.mul(tf.mul(residual, x), 2)), c: tf.mean(tf.mul(residual, 2)) };
    const next = optimizer.update(gradients, state.optimizer, state.params);
    return {
      state: { params: next.params, optimizer: next.state, noise, frozen: state.frozen },
      stats: { loss: tf.mean<tf.Scalar>(tf.square(residual)), slope: next.params.w as tf.Scalar },
    };
  },
};
