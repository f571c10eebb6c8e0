import { coveringPoints, type CoveringPoints } from '@ebim/implicit';
import { randint, type Key } from '@ebim/runtime';
import { lbfgs, newton, type Constraint } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import type { EbimConfig } from '../config/schema.js';

/**
 * Noise projected onto the learned manifold as the profile wants it: from the box and by Newton's method, or from
 * the replay buffer of the manifold and by L-BFGS, as the reference does (spec 1.11, D10).
 *
 * @param manifoldBuffer `[capacity, n]`
 */
export function coverManifold(
  config: EbimConfig,
  constraint: Constraint,
  manifoldBuffer: tf.Tensor,
  count: number,
  key: Key,
): Promise<CoveringPoints> {
  const fromBuffer = config.density.freshNoise === 'manifoldBuffer';
  const byLbfgs = config.density.sampler.constraintSolver === 'lbfgs';
  return coveringPoints(constraint, {
    count,
    key,
    bounds: config.bounds,
    solver: byLbfgs ? lbfgs({ steps: 100, strongWolfe: true }) : newton(),
    // A batch that L-BFGS treats as one problem ends near the manifold, not at float32 precision.
    ...(byLbfgs ? { tolerance: 1e-2 } : {}),
    ...(fromBuffer
      ? {
          starts: (from: Key, size: number) =>
            tf.tidy(() => tf.gather(manifoldBuffer, randint(from, [size], 0, manifoldBuffer.shape[0]))),
        }
      : {}),
  });
}
