import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { firstRows, fromRows, pointsOf, row, takeRows, toRows, toTensor } from './points.js';

const points = fromRows([
  [1, 2, 3],
  [4, 5, 6],
]);

describe('points', () => {
  it('come from rows and go back', () => {
    expect(points).toEqual({ data: Float64Array.of(1, 2, 3, 4, 5, 6), rows: 2, columns: 3 });
    expect(toRows(points)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(toRows(fromRows([Float64Array.of(0.5)]))).toEqual([[0.5]]);
    expect(fromRows([])).toEqual({ data: new Float64Array(0), rows: 0, columns: 0 });
  });

  it('give views of rows and copies of selections', () => {
    expect([...row(points, 1)]).toEqual([4, 5, 6]);
    expect(row(points, 0).buffer).toBe(points.data.buffer);
    const taken = takeRows(points, [1, 1, 0]);
    expect([...taken.data]).toEqual([4, 5, 6, 4, 5, 6, 1, 2, 3]);
    expect(taken.data.buffer).not.toBe(points.data.buffer);
    expect(firstRows(points, 1)).toEqual(takeRows(points, [0]));
    expect(firstRows(points, 9)).toEqual(points);
    expect(firstRows(points, 9).data.buffer).not.toBe(points.data.buffer);
  });

  it('become a float32 tensor that the caller owns', async () => {
    const before = tf.memory().numTensors;
    const tensor = toTensor(fromRows([[0.1, 2 ** 24 + 1]]));
    expect(tensor.shape).toEqual([1, 2]);
    expect(tensor.dtype).toBe('float32');
    expect([...(await tensor.data())]).toEqual([Math.fround(0.1), 2 ** 24]);
    expect(tf.memory().numTensors).toBe(before + 1);
    tensor.dispose();
  });

  it('refuse wrong shapes', () => {
    expect(() => fromRows([[1, 2], [3]])).toThrow(/2 values in every row.*1 values in row 1/);
    expect(() => pointsOf(new Float64Array(5), 2)).toThrow(/multiple of 2/);
    expect(() => pointsOf(new Float64Array(5), 0)).toThrow(/0 columns/);
    expect(() => row(points, 2)).toThrow(/0 to 1, got 2/);
    expect(() => row(points, -1)).toThrow(/got -1/);
    expect(() => toTensor(fromRows([]))).toThrow(/at least one row/);
  });
});
