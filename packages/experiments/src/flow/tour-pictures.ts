import { firstRows, pointsOf, toRows, toTensor, type Points } from '@ebim/datasets';
import { latentTour, type FlowModel } from '@ebim/flows';
import type { TensorTree } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';

/** A walk through the latents of a trained flow, and where it is on the manifold; plain data, a row a frame. */
export interface TourPictures {
  /** `[frames, n]` */
  readonly latents: Points;
  /** `[frames, d]` */
  readonly points: Points;
  /** Frames at which it passes a way-point. */
  readonly stops: readonly number[];
  /** Latents of data, to see the walk among, `[count, n]`. */
  readonly cloud: Points;
}

/** Points that are encoded, at most. */
const CLOUD = 1000;
/** Way-points, at most. */
const STOPS = 8;
/** Between two of them: enough for a smooth line where the manifold is steep. */
const STEPS = 60;

/**
 * A latent tour past encoded points, one in each direction from their middle, so that it goes round.
 *
 * @param theta of a conditional model
 * @returns nothing where too few points have latents, or the model does not decode them to numbers
 */
export async function tourPictures<P extends TensorTree>(
  model: FlowModel<P>,
  params: P,
  data: Points,
  theta?: readonly number[],
): Promise<TourPictures | undefined> {
  const some = firstRows(data, CLOUD);
  const x = toTensor(some);
  const encoded = tf.tidy(() =>
    model.encode(params, x, theta && tf.tile(tf.tensor2d([[...theta]]), [some.rows, 1])),
  );
  const cloud = await hostPoints(encoded);
  x.dispose();
  const wayPoints = inTurn(toRows(cloud).filter((latent) => latent.every(Number.isFinite)));
  if (wayPoints.length < 2) return undefined;
  const tour = latentTour(model, params, wayPoints, {
    frames: STEPS * wayPoints.length,
    ...(theta === undefined ? {} : { context: theta }),
  });
  const [latents, points] = [await hostPoints(tour.latents), await hostPoints(tour.points)];
  if (!points.data.every(Number.isFinite)) return undefined;
  return { latents, points, stops: wayPoints.map((_, k) => k * STEPS), cloud };
}

/** In each eighth of the turn about the mean, in the first two coordinates, the row of median distance from it. */
function inTurn(rows: readonly number[][]): number[][] {
  const middle = [0, 1].map((a) => rows.reduce((sum, row) => sum + (row[a] ?? 0), 0) / rows.length);
  const parts = Array.from({ length: STOPS }, (): { row: number[]; distance: number }[] => []);
  for (const row of rows) {
    const [x, y] = [row[0] - middle[0], (row[1] ?? 0) - middle[1]];
    const turn = 0.5 + Math.atan2(y, x) / (2 * Math.PI);
    parts[Math.min(Math.floor(STOPS * turn), STOPS - 1)].push({ row, distance: Math.hypot(x, y) });
  }
  return parts
    .filter(({ length }) => length > 0)
    .map((part) => {
      part.sort((a, b) => a.distance - b.distance);
      return part[Math.floor(part.length / 2)].row;
    });
}

/** Disposes the tensor. */
async function hostPoints(rows: tf.Tensor): Promise<Points> {
  const data = Float64Array.from(await rows.data());
  const [, columns] = rows.shape;
  rows.dispose();
  return pointsOf(data, columns);
}
