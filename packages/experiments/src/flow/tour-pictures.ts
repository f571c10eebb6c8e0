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

/** Points that are encoded, at most; the first {@link STOPS} of them are the way-points. */
const CLOUD = 1000;
const STOPS = 8;
const FRAMES = 30 * STOPS;

/**
 * A latent tour past eight encoded points, one after the other round their middle, so that it does not cross itself much.
 *
 * @param theta of a conditional model
 */
export async function tourPictures<P extends TensorTree>(
  model: FlowModel<P>,
  params: P,
  data: Points,
  theta?: readonly number[],
): Promise<TourPictures> {
  const some = firstRows(data, CLOUD);
  const x = toTensor(some);
  const encoded = tf.tidy(() =>
    model.encode(params, x, theta && tf.tile(tf.tensor2d([[...theta]]), [some.rows, 1])),
  );
  const cloud = await hostPoints(encoded);
  x.dispose();
  const wayPoints = inTurn(toRows(firstRows(cloud, STOPS)));
  const tour = latentTour(model, params, wayPoints, {
    frames: FRAMES,
    ...(theta === undefined ? {} : { context: theta }),
  });
  return {
    latents: await hostPoints(tour.latents),
    points: await hostPoints(tour.points),
    stops: wayPoints.map((_, k) => (k * FRAMES) / wayPoints.length),
    cloud,
  };
}

/** The rows by their angle about their mean, in the first two coordinates. */
function inTurn(rows: readonly number[][]): number[][] {
  const middle = [0, 1].map((a) => rows.reduce((sum, row) => sum + (row[a] ?? 0), 0) / rows.length);
  const angle = (row: readonly number[]): number => Math.atan2((row[1] ?? 0) - middle[1], row[0] - middle[0]);
  return [...rows].sort((a, b) => angle(a) - angle(b));
}

/** Disposes the tensor. */
async function hostPoints(rows: tf.Tensor): Promise<Points> {
  const data = Float64Array.from(await rows.data());
  const [, columns] = rows.shape;
  rows.dispose();
  return pointsOf(data, columns);
}
