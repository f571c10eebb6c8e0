import { fromRows } from '@ebim/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseCoordinates } from './choose-coordinates.js';
import { embed, toAmbient, toFile, toModel } from './coordinates.js';

const table = (limits: readonly number[]) =>
  fc
    .array(fc.tuple(...limits.map((limit) => fc.double({ min: -limit, max: limit, noNaN: true }))), {
      minLength: 2,
      maxLength: 20,
    })
    .map((rows) => fromRows(rows));
const close = (a: Float64Array, b: Float64Array, tolerance: number) =>
  a.forEach((value, i) => {
    expect(Math.abs(value - b[i])).toBeLessThanOrEqual(tolerance);
  });

describe('coordinates', () => {
  it('of any file come back, and fill the box from -1 to 1', () =>
    fc.assert(
      fc.property(table([1e6, 10, 1e3]), (points) => {
        fc.pre(points.data.some((value) => Math.abs(value - points.data[0]) > 1e-3));
        const { coordinates } = chooseCoordinates(points, null, 'auto', 'test');
        fc.pre(coordinates.scale > 1e-3);
        const model = toModel(points, coordinates);
        expect(Math.max(...model.data.map(Math.abs))).toBeCloseTo(1, 9);
        close(toFile(model, coordinates).data, points.data, 1e-8);
      }),
    ));

  it('of degrees and angles come back', () => {
    fc.assert(
      fc.property(table([89, 179]), (points) => {
        const { coordinates } = chooseCoordinates(points, null, 'lat-lon', 'test');
        close(toFile(toModel(points, coordinates), coordinates).data, points.data, 1e-9);
      }),
    );
    fc.assert(
      fc.property(table([3.14, 3.14]), (points) => {
        const { coordinates } = chooseCoordinates(points, null, 'angles', 'test');
        close(toFile(toModel(points, coordinates), coordinates).data, points.data, 1e-9);
      }),
    );
  });

  it.each([
    [['lat', 'lon'], 'lat-lon'],
    [['LATITUDE', 'LONGITUDE'], 'lat-lon'],
    [['lat', 'long'], 'lat-lon'],
    [['lng', 'lat'], 'lat-lon'],
    [['phi', 'psi'], 'angles'],
    [['x', 'y'], 'cartesian'],
    [['lat', 'depth'], 'cartesian'],
    [['lateral', 'longest'], 'cartesian'],
    [null, 'cartesian'],
  ] as const)('%j are %s', (names, embedding) => {
    const points = fromRows([
      [1, 2],
      [2, 3],
    ]);
    expect(chooseCoordinates(points, names, 'auto', 'test').coordinates.embedding).toBe(embedding);
  });

  it('puts latitude first', () => {
    const points = fromRows([
      [120, 30],
      [100, -20],
    ]);
    const { points: ordered } = chooseCoordinates(points, ['lon', 'lat'], 'auto', 'test');
    expect([...ordered.data]).toEqual([30, 120, -20, 100]);
    expect(embed(ordered, 'lat-lon').data[2]).toBeCloseTo(0.5, 12);
  });

  it('refuses an embedding of other than two columns', () => {
    const points = fromRows([
      [1, 2, 3],
      [2, 3, 4],
    ]);
    expect(() => chooseCoordinates(points, null, 'lat-lon', 'test')).toThrow(/expected two columns, got 3/);
    expect(toAmbient(points, chooseCoordinates(points, null, 'auto', 'test').coordinates).rows).toBe(2);
  });
});
