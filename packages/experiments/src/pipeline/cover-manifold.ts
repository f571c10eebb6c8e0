import { coveringPoints, type CoveringPoints } from '@ebim/implicit';
import { normal, randint, split, type Key } from '@ebim/runtime';
import { lbfgs, newton, type Constraint } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import type { EbimConfig } from '../config/schema.js';

/** Points from which noise can be made. */
export interface CoverSources {
  /** Replay buffer of the manifold's training, `[capacity, n]`. */
  readonly buffer: tf.Tensor;
  /** Training points, `[count, n]`. */
  readonly points: tf.Tensor;
}

/** Standard deviation of what is added to data, as a share of the longest side of the box. */
const DATA_NOISE = 0.05;

/**
 * Noise projected onto the learned manifold as the configuration wants it: from the box and by Newton's method; from
 * the replay buffer of the manifold and by L-BFGS, as the reference does (spec 1.11, D10); or from about the data,
 * where the box is mostly too far from a thin manifold in many dimensions for a projection to find it.
 */
export function coverManifold(
  config: EbimConfig,
  constraint: Constraint,
  sources: CoverSources,
  count: number,
  key: Key,
): Promise<CoveringPoints> {
  const starts = startsOf(config, sources);
  const byLbfgs = config.density.sampler.constraintSolver === 'lbfgs';
  return coveringPoints(constraint, {
    count,
    key,
    bounds: config.bounds,
    solver: byLbfgs ? lbfgs({ steps: 100, strongWolfe: true }) : newton(),
    // A batch that L-BFGS treats as one problem ends near the manifold, not at float32 precision.
    ...(byLbfgs ? { tolerance: 1e-2 } : {}),
    ...(starts === null ? {} : { starts }),
  });
}

/** Noise of another kind than uniform in the box. */
function startsOf(
  { density, bounds }: EbimConfig,
  { buffer, points }: CoverSources,
): ((key: Key, count: number) => tf.Tensor) | null {
  const draw = (key: Key, rows: tf.Tensor, count: number) =>
    tf.gather(rows, randint(key, [count], 0, rows.shape[0]));
  switch (density.freshNoise) {
    case 'box':
      return null;
    case 'manifoldBuffer':
      return (key, count) => tf.tidy(() => draw(key, buffer, count));
    case 'data': {
      const size = DATA_NOISE * Math.max(...bounds.upper.map((high, d) => high - bounds.lower[d]));
      return (key, count) =>
        tf.tidy(() => {
          const [drawKey, noiseKey] = split(key);
          const drawn = draw(drawKey, points, count);
          return tf.add(drawn, tf.mul(normal(noiseKey, drawn.shape), size));
        });
    }
  }
}
