import { fromRows, pointsOf, toRows } from '@ebim/datasets';
import { mFlow, probabilisticAutoencoder, scalarAffine, vectorFlow } from '@ebim/flows';
import { residualNet } from '@ebim/nn';
import { key, treeDispose, useBackend } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostFlow, thetaRows } from './host-flow.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const inner = () => scalarAffine({ size: 1 });
const conditional = () => vectorFlow({ size: 2, layers: 1, contextSize: 1, hidden: 4 });

describe('hostFlow', () => {
  it('gives what the model gives, row by row, with one theta a row or one for all', async () => {
    const model = mFlow({ outer: vectorFlow({ size: 3, layers: 2, hidden: 4 }), inner: conditional() });
    const params = model.init(key(0));
    const flow = hostFlow(model, params, key(1));
    const x = fromRows([
      [0.1, 0.2, 0.3],
      [-1, 0.5, 2],
      [0.4, -0.4, 0],
    ]);
    const theta = pointsOf(Float64Array.of(-1, 0, 1), 1);
    const direct = (read: (x: tf.Tensor, context: tf.Tensor) => tf.Tensor): number[] =>
      tf.tidy(() => Array.from(read(tf.tensor2d(toRows(x)), tf.tensor2d([[-1], [0], [1]])).dataSync()));
    const close = (a: ArrayLike<number>, b: readonly number[]) => {
      expect(a).toHaveLength(b.length);
      b.forEach((value, i) => {
        expect(a[i]).toBeCloseTo(value, 4);
      });
    };
    close(
      await flow.logDensity(x, { theta }),
      direct((at, context) => model.logDensity(params, at, { context })),
    );
    close(
      await flow.logDensity(x, { theta, mode: 'fixedManifold' }),
      direct((at, context) => model.logDensity(params, at, { context, mode: 'fixedManifold' })),
    );
    close(
      (await flow.project(x, [0.5])).data,
      direct((at, context) => model.project(params, at, context)),
    );
    close(
      await flow.reconstructionError(x, theta),
      direct((at, context) => model.reconstructionError(params, at, context)),
    );
    expect((await flow.coordinates(x, theta)).columns).toBe(3);
    flow.dispose();
    treeDispose(params);
  });

  it('samples any number of rows, the same for the same key, others for another', async () => {
    const model = probabilisticAutoencoder({
      inner: inner(),
      encoder: residualNet({ inputSize: 2, outputSize: 1, hidden: 4, blocks: 1 }),
      decoder: residualNet({ inputSize: 1, outputSize: 2, hidden: 4, blocks: 1 }),
    });
    const params = model.init(key(0));
    const flow = hostFlow(model, params, key(1));
    const first = await flow.sample(key(5), 1003);
    expect([first.rows, first.columns]).toEqual([1003, 2]);
    expect(new Set(first.data).size).toBeGreaterThan(1990);
    expect(await flow.sample(key(5), 1003)).toEqual(first);
    expect((await flow.sample(key(6), 1003)).data).not.toEqual(first.data);
    expect(await flow.sample(key(5), 0)).toMatchObject({ rows: 0, columns: 2 });
    flow.dispose();
    treeDispose(params);
  });

  it('holds no tensors once it is disposed of', async () => {
    const model = mFlow({
      outer: vectorFlow({ size: 2, layers: 1, hidden: 4 }),
      inner: inner(),
    });
    const params = model.init(key(0));
    const before = tf.memory().numTensors;
    const flow = hostFlow(model, params, key(1));
    await flow.logDensity(fromRows([[0, 1]]));
    await flow.sample(key(0), 5);
    flow.dispose();
    expect(tf.memory().numTensors).toBe(before);
    treeDispose(params);
  });
});

describe('thetaRows', () => {
  it('refuses parameters of another size, number, or none', () => {
    const refused = (theta: Parameters<typeof thetaRows>[0]) => () => thetaRows(theta, 2, 3);
    expect(refused(undefined)).toThrow('none');
    expect(refused([1])).toThrow('1 parameters');
    expect(refused(pointsOf(new Float64Array(4), 2))).toThrow('2 rows of 2');
    expect(thetaRows([1, 2], 2, 3)(2)).toEqual([1, 2]);
    expect(thetaRows(undefined, 0, 3)(0)).toEqual([]);
  });
});
