import type { EnergyModel } from '@ebim/ebm';
import type { IntegrationNodes } from '@ebim/implicit';
import { foldIn, randint, type Key, type TensorTree } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';

/** Held-out points that are looked at in one step. */
const ROWS = 512;

/** Folded into the key of a step, so that a score does not use the draws of training. */
const SCORE = 1;

/**
 * Estimates, from so many random nodes, the negative log-likelihood of points that are not trained on.
 *
 * @param points on the manifold, `[count, n]`
 */
export function heldOutScore<P extends TensorTree>(
  model: EnergyModel<P>,
  points: tf.Tensor,
  perStep: number,
): (key: Key, params: P, nodes: IntegrationNodes) => tf.Scalar {
  const rows = points.shape[0];
  return (key, params, nodes) => {
    const scoreKey = foldIn(key, SCORE);
    const count = nodes.points.shape[0];
    const seen = rows <= ROWS ? points : tf.gather(points, randint(foldIn(scoreKey, 0), [ROWS], 0, rows));
    const drawn = randint(foldIn(scoreKey, 1), [perStep], 0, count);
    const energies = model.energy(params, tf.concat([seen, tf.gather(nodes.points, drawn)], 0));
    const [atPoints, atNodes] = tf.split(energies, [seen.shape[0], perStep]);
    const logWeights = tf.add(tf.gather(nodes.logWeights, drawn), Math.log(count / perStep));
    return tf.add(tf.mean(atPoints), tf.logSumExp(tf.sub(logWeights, atNodes)));
  };
}
