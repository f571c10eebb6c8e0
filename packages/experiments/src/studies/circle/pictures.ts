import { pointsOf, toTensor, type Points } from '@ebim/datasets';
import type { FlowModel } from '@ebim/flows';
import { gridPoints, makeGrid, type Grid } from '@ebim/plots';
import type { Key, TensorTree } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import type { HostFlow } from '../../flow/host-flow.js';
import type { CircleRow } from './rows.js';

/** What the figures show of one trained model; plain data. */
export interface CirclePictures {
  /** Log density on {@link planeGrid}, of models with a density in the plane. */
  readonly plane: Float64Array | null;
  /** The learned curve, from the smallest to the largest latent of the test points. */
  readonly curve: {
    readonly points: Points;
    /** By length, where the model has such a density. */
    readonly logDensity: Float64Array | null;
  } | null;
  readonly samples: Points;
}

/** The square that is drawn. */
export const PLANE_BOUNDS = [
  [-1.5, 1.5],
  [-1.5, 1.5],
] as const;
const CURVE_POINTS = 400;
const SAMPLES = 300;

/** {@link PLANE_BOUNDS} as a grid. */
export const planeGrid = (size: number): Grid => makeGrid(PLANE_BOUNDS, size);

/** Evaluates one trained model for the figures, with `size` grid points along each axis. */
export async function picturesOf<P extends TensorTree>(
  { model: name }: CircleRow,
  model: FlowModel<P>,
  params: P,
  flow: HostFlow,
  { test, size, key }: { readonly test: Points; readonly size: number; readonly key: Key },
): Promise<CirclePictures> {
  const hasPlane = name === 'ambientFlow' || name === 'pie';
  const hasLength = !hasPlane && name !== 'probabilisticAutoencoder';
  const points = name === 'ambientFlow' ? null : await learnedCurve(model, params, test);
  return {
    plane: hasPlane ? await flow.logDensity(gridPoints(planeGrid(size))) : null,
    curve: points === null ? null : { points, logDensity: hasLength ? await flow.logDensity(points) : null },
    samples: await flow.sample(key, SAMPLES),
  };
}

/** Points of the curve, in order. */
async function learnedCurve<P extends TensorTree>(
  model: FlowModel<P>,
  params: P,
  test: Points,
): Promise<Points> {
  const x = toTensor(test);
  const decoded = tf.tidy(() => {
    const latents = model.encode(params, x);
    const [low, high] = [tf.min(latents), tf.max(latents)];
    const along = tf.reshape(tf.linspace(0, 1, CURVE_POINTS), [CURVE_POINTS, 1]);
    return model.decode(params, tf.add(low, tf.mul(along, tf.sub(high, low))));
  });
  const data = Float64Array.from(await decoded.data());
  tf.dispose([x, decoded]);
  return pointsOf(data, 2);
}
