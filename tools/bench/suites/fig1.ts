/** Fig 1 of the paper: points on the unit circle, F = 2-8-8-8-1, batches of 50 (spec 3.1). */
import { manifoldModel, manifoldTrainer } from '@ebim/implicit';
import { mlp } from '@ebim/nn';
import { foldIn, key, treeDispose, uniform } from '@ebim/runtime';
import { type Bounds, type Constraint } from '@ebim/samplers';
import { adam } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';

export const batchSize = 50;

export const bounds: Bounds = { lower: [-1.5, -1.5], upper: [1.5, 1.5] };

/** `[count, 2]`, always the same. */
export function pointsOnCircle(count: number): tf.Tensor {
  return tf.tidy(() => {
    const angles = uniform(key(2), [count], { min: 0, max: 2 * Math.PI });
    return tf.stack([tf.cos(angles), tf.sin(angles)], 1);
  });
}

/** |F| as an energy, one number a row. */
export function normOfConstraint(constraint: Constraint): (x: tf.Tensor) => tf.Tensor {
  return (x) => tf.tidy(() => tf.abs(tf.squeeze(constraint(x), [1])));
}

/** The model and its trainer, at the published settings. */
export function manifoldTrainerOfFig1() {
  const model = manifoldModel(mlp({ inputSize: 2, outputSize: 1, hidden: [8, 8, 8] }));
  const trainer = manifoldTrainer({
    model,
    optimizer: adam({ learningRate: 0.01 }),
    bounds,
    weights: { minSingularValue: 1, negativeWeight: 0.3, rankWeight: 10, magnitudeWeight: 1 },
    sampler: { steps: 20, noiseScale: 0.1, stepSize: 10, gradClamp: 0.03 },
    bufferCapacity: 10_000,
  });
  return { model, trainer };
}

/** F after some training, so that its zero set is a curve for chains to run on. The caller owns `params`. */
export function trainedManifold(trainingSteps = 150) {
  const { model, trainer } = manifoldTrainerOfFig1();
  const batch = pointsOnCircle(batchSize);
  let state = trainer.init(key(1));
  for (let count = 0; count < trainingSteps; count++) {
    const next = trainer.step(foldIn(key(4), count), state, batch);
    treeDispose([state, next.stats]);
    state = next.state;
  }
  const { params, ...rest } = state;
  treeDispose([rest, batch]);
  return { constraint: model.constraint(params), params };
}
