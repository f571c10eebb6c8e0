import { compile } from '@ebim/compiler';
import { ConfigError, ConvergenceError, foldIn, type Key } from '@ebim/runtime';
import {
  insideBounds,
  projectToManifold,
  uniformBox,
  type Bounds,
  type Constraint,
  type GradientDescentSolver,
  type LbfgsSolver,
  type NewtonSolver,
} from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';

/** Options of {@link coveringPoints}. */
export interface CoveringPointsOptions {
  /** How many points. */
  readonly count: number;
  readonly key: Key;
  /** Points outside are drawn again; without `starts`, noise is uniform in this box. */
  readonly bounds: Bounds;
  /** Dimensions of a point; needed when the bounds are plain numbers and there are no `starts`. */
  readonly dimension?: number;
  /**
   * Noise before projection, `[count, n]`. Default: uniform in the box (P2); the reference code draws from the
   * replay buffer of the manifold instead (spec D10).
   */
  readonly starts?: (key: Key, count: number) => tf.Tensor;
  /** Default `newton()`. */
  readonly solver?: NewtonSolver | LbfgsSolver | GradientDescentSolver;
  /** Largest distance (first order) to the manifold of a point that counts as on it. Default 1e-5. */
  readonly tolerance?: number;
  /** `false` keeps points whose projection failed, as the reference code does. Default `true`: drawn again. */
  readonly redraw?: boolean;
  /** Points projected at once. Default 3000, as in the reference code. */
  readonly chunkSize?: number;
}

/** Points that cover a manifold, and how often that failed. */
export interface CoveringPoints {
  /** `[count, n]`; the caller owns it. */
  readonly points: tf.Tensor;
  /** Share of the projected points that did not reach the manifold or left the box. */
  readonly failed: number;
}

/** Rounds of redrawing after which a manifold counts as empty. */
const ROUNDS = 20;

/**
 * Noise projected onto a manifold (spec 1.11): points wherever the manifold is, not samples of a density. They are
 * the starts of chains, and what the papers draw and score.
 *
 * @throws ConvergenceError `empty-manifold` if too few of the points reach the manifold inside the box
 * @throws ConfigError `bad-option`, `bad-bounds`
 */
export async function coveringPoints(
  constraint: Constraint,
  options: CoveringPointsOptions,
): Promise<CoveringPoints> {
  const { count, key, bounds, dimension, solver, tolerance, redraw = true, chunkSize = 3000 } = options;
  if (!Number.isInteger(count) || count < 1)
    throw new ConfigError({
      code: 'bad-option',
      where: 'coveringPoints({ count })',
      expected: 'a whole number of at least 1',
      received: String(count),
    });
  const starts = options.starts ?? ((from: Key, size: number) => uniformBox(from, size, bounds, dimension));

  // Rounds of one size, so that they share a program.
  const size = Math.min(chunkSize, count);
  const project = compile(
    (noise: tf.Tensor) => {
      const { position, status } = projectToManifold(
        constraint,
        noise,
        solver,
        tolerance === undefined ? {} : { tolerance },
      );
      const usable = tf.logicalAnd(status.finite, insideBounds(position, bounds));
      return { chunk: position, good: redraw ? tf.logicalAnd(usable, status.converged) : status.finite };
    },
    { fallback: true },
  );
  const kept: tf.Tensor[] = [];
  let found = 0;
  let tried = 0;
  try {
    const rounds = ROUNDS * Math.ceil(count / chunkSize);
    for (let round = 0; found < count && round < rounds; round++) {
      const { chunk, good } = tf.tidy(() => project(starts(foldIn(key, round), size)));
      const flags = await good.data();
      const all = Array.from(flags.keys()).filter((i) => flags[i]);
      const rows = all.slice(0, count - found);
      // Of a last round, the points up to the last one wanted count as tried.
      tried += rows.length < all.length ? rows[rows.length - 1] + 1 : size;
      found += rows.length;
      kept.push(tf.tidy(() => tf.gather(chunk, tf.tensor1d(rows, 'int32'))));
      tf.dispose([chunk, good]);
    }
    if (found < count)
      throw new ConvergenceError({
        code: 'empty-manifold',
        where: 'coveringPoints(constraint)',
        expected: `${count} points on the manifold inside the box`,
        received: `${found} of ${tried} projected`,
        hint: 'F may have no zeros in the box, or be zero everywhere: train longer, or raise rankWeight.',
        details: { found, tried },
      });
    return { points: tf.concat(kept, 0), failed: 1 - found / tried };
  } finally {
    tf.dispose(kept);
    project.dispose();
  }
}
