import { pointsOf, type Points } from '@ebim/datasets';
import { flowModel, FLOW_PRESETS, type FlowModel } from '@ebim/flows';
import { key, normalArray, treeDispose, useBackend, type TensorTree } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { tourPictures } from './tour-pictures.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const { architecture } = FLOW_PRESETS.polynomialSurface.fast;
const model = flowModel('mFlow', {
  ...architecture,
  layers: { outer: 1, inner: 1, ambient: 1 },
  hidden: 8,
  bins: 4,
});
const data = pointsOf(normalArray(key(0), 3 * 100), 3);
const distance = (a: Points, i: number, b: Points, j: number): number =>
  Math.hypot(...[0, 1].map((c) => a.data[2 * i + c] - b.data[2 * j + c]));

/** The pictures of a model that is changed in some of its functions, and that nothing is left of them. */
async function picturesOf(changed: Partial<FlowModel<TensorTree>> = {}) {
  const params = model.init(key(1));
  const before = tf.memory().numTensors;
  const pictures = await tourPictures({ ...model, ...changed }, params, data, [0.5]);
  expect(tf.memory().numTensors).toBe(before);
  treeDispose(params);
  return pictures;
}

describe('tourPictures', () => {
  it('goes past encoded points in turn, a frame after the other', async () => {
    const pictures = await picturesOf();
    if (pictures === undefined) throw new Error('no tour');
    const { latents, points, stops, cloud } = pictures;
    expect([cloud.rows, cloud.columns, points.columns, points.rows]).toEqual([100, 2, 3, latents.rows]);
    expect(stops).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((k) => k * (latents.rows / 8)));
    for (const stop of stops) {
      const nearest = Math.min(
        ...Array.from({ length: cloud.rows }, (_, i) => distance(latents, stop, cloud, i)),
      );
      expect(nearest).toBeLessThan(1e-5);
    }
    const middle = [0, 1].map(
      (c) => cloud.data.filter((_, i) => i % 2 === c).reduce((sum, z) => sum + z, 0) / cloud.rows,
    );
    const angles = stops.map((stop) =>
      Math.atan2(latents.data[2 * stop + 1] - middle[1], latents.data[2 * stop] - middle[0]),
    );
    expect([...angles].sort((a, b) => a - b)).toEqual(angles);
  });

  it('is nothing where a model fails, and passes latents that are no numbers', async () => {
    const nothing: FlowModel<TensorTree>['encode'] = (_, x) => tf.fill([x.shape[0], 2], NaN);
    expect(await picturesOf({ encode: nothing })).toBeUndefined();
    expect(await picturesOf({ decode: (_, z) => tf.fill([z.shape[0], 3], Infinity) })).toBeUndefined();
    const some: FlowModel<TensorTree>['encode'] = (params, x, context) =>
      tf.tidy(() => {
        const row = tf.reshape(tf.range(0, x.shape[0]), [-1, 1]);
        return tf.where(tf.less(row, 50), nothing(params, x), model.encode(params, x, context));
      });
    const pictures = await picturesOf({ encode: some });
    expect(pictures?.points.data.every(Number.isFinite)).toBe(true);
  });
});
