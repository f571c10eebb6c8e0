import { ConfigError, DataError, ShapeError, key, uniformArray } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import type { Points } from '../points.js';
import { cellHistogram } from './cell-histogram.js';
import { cellOf, tickAt, type CellGrid } from './cell-grid.js';
import { publishedProtocol2d, publishedProtocol3d, wassersteinScores } from './published-protocol.js';
import { wassersteinDiscretised } from './wasserstein-discretised.js';

const points = (rows: number[][]): Points => ({
  data: Float64Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0].length,
});

describe('cell grid', () => {
  const grid: CellGrid = { lower: [-1.3], upper: [1.3], ticks: 100 };

  it('has half-open cells whose ticks belong to the right-hand cell', () => {
    for (let i = 0; i < 99; i++) {
      expect(cellOf(grid, [tickAt(grid, 0, i)], 0)).toBe(i);
      expect(cellOf(grid, [(tickAt(grid, 0, i) + tickAt(grid, 0, i + 1)) / 2], 0)).toBe(i);
    }
    expect(cellOf(grid, [1.3], 0)).toBe(-1);
    expect(cellOf(grid, [-1.3000001], 0)).toBe(-1);
    expect(cellOf(grid, [NaN], 0)).toBe(-1);
  });

  it('numbers cells row by row', () => {
    const plane: CellGrid = { lower: [0, 0], upper: [4, 2], ticks: 5 };
    expect(cellOf(plane, [9, 3.5, 0.6], 1)).toBe(3 * 4 + 1);
  });
});

describe('cellHistogram', () => {
  const grid: CellGrid = { lower: [0, 0], upper: [2, 2], ticks: 3 };
  const input = {
    points: points([
      [0.1, 0.1],
      [0.2, 0.3],
      [1.5, 0.5],
      [1.5, 1.5],
      [5, 5],
    ]),
    density: [1, 3, 4, 0, 100],
  };

  it('averages the density in each cell, normalises, and drops what is outside', () => {
    const { positions, masses, inside, dropped } = cellHistogram(input, { grid });
    expect(Array.from(positions.data)).toEqual([0.5, 0.5, 1.5, 0.5, 1.5, 1.5]);
    expect(Array.from(masses)).toEqual([2 / 6, 4 / 6, 0]);
    expect([inside, dropped]).toEqual([4, 1]);
  });

  it('anchors cells at their corner when asked', () => {
    const { positions } = cellHistogram(input, { grid, anchor: 'corner' });
    expect(Array.from(positions.data)).toEqual([0, 0, 1, 0, 1, 1]);
  });

  it('weighs cells by the manifold they hold', () => {
    expect(Array.from(cellHistogram(input, { grid, area: 'counted' }).masses)).toEqual([0.5, 0.5, 0]);
    const area = points([
      [0.5, 0.5],
      [0.6, 0.6],
      [0.7, 0.6],
      [1.9, 0.1],
    ]);
    const { masses, positions } = cellHistogram(input, { grid, area });
    expect(positions.rows).toBe(2);
    expect(Array.from(masses)).toEqual([0.6, 0.4]);
  });

  it('refuses what does not fit', () => {
    expect(() => cellHistogram({ ...input, density: [1] }, { grid })).toThrow(ShapeError);
    expect(() => cellHistogram({ ...input, density: [1, 3, -4, 0, 1] }, { grid })).toThrow(DataError);
    expect(() => cellHistogram({ ...input, density: [1, 3, NaN, 0, 1] }, { grid })).toThrow(DataError);
    expect(() => cellHistogram({ ...input, density: [0, 0, 0, 0, 1] }, { grid })).toThrow(/inside the box/);
    expect(() => cellHistogram(input, { grid: { lower: [0], upper: [1], ticks: 3 } })).toThrow(ShapeError);
    expect(() => cellHistogram(input, { grid: { lower: [0, 0], upper: [1, 0], ticks: 3 } })).toThrow(
      ConfigError,
    );
    expect(() => cellHistogram(input, { grid: { ...grid, ticks: 1 } })).toThrow(ConfigError);
    expect(() => cellHistogram(input, { grid, anchor: 'middle' as 'corner' })).toThrow(ConfigError);
  });
});

describe('wassersteinDiscretised', () => {
  const grid: CellGrid = { lower: [0], upper: [10], ticks: 11 };
  const model = { points: points([[0.2], [4.9]]), density: [1, 3] };

  it('is right by hand, for both metrics and both references', () => {
    const atoms = { kind: 'points', points: points([[2.5], [8.5]]), weights: [1, 1] } as const;
    // 1/4 from 0.5 to 2.5, 1/4 from 4.5 to 2.5, 1/2 from 4.5 to 8.5.
    expect(wassersteinDiscretised(model, atoms, { grid }).value).toBeCloseTo(3, 12);
    expect(wassersteinDiscretised(model, atoms, { grid, metric: 'sqeuclidean' }).value).toBeCloseTo(10, 12);
    const scaled = wassersteinDiscretised(model, atoms, { grid, normalise: true });
    expect(scaled.largestCost).toBe(8); // cell 0.5 to the atom at 8.5
    expect(scaled.value).toBeCloseTo(3 / 8, 12);
    const density = { kind: 'density', points: points([[1.1], [1.9]]), density: [5, 9] } as const;
    const other = wassersteinDiscretised(model, density, { grid, normalise: true });
    expect(other.largestCost).toBe(9); // all cells of the grid, occupied or not
    expect(other.value).toBeCloseTo((0.25 * 1 + 0.75 * 3) / 9, 12);
  });

  it('does not care about corners or centres when both sides are on cells', () => {
    const density = { kind: 'density', points: points([[1.1], [7.9]]), density: [5, 9] } as const;
    const centre = wassersteinDiscretised(model, density, { grid });
    const corner = wassersteinDiscretised(model, density, { grid, anchor: 'corner' });
    expect(corner.value).toBeCloseTo(centre.value, 12);
    expect(corner.largestCost).toBeCloseTo(centre.largestCost, 12);
  });

  it('weighs the reference by its own area', () => {
    const density = {
      kind: 'density',
      points: points([[0.1], [0.2], [0.3], [4.5]]),
      density: [1, 1, 1, 1],
    } as const;
    expect(wassersteinDiscretised(model, { ...density, area: 'counted' }, { grid }).value).toBeCloseTo(2, 12);
    expect(wassersteinDiscretised(model, density, { grid }).value).toBeCloseTo(1, 12);
  });

  it('refuses references that do not fit', () => {
    const plane = { kind: 'points', points: points([[1, 2]]) } as const;
    expect(() => wassersteinDiscretised(model, plane, { grid })).toThrow(ShapeError);
    const bad = { kind: 'points', points: points([[NaN]]) } as const;
    expect(() => wassersteinDiscretised(model, bad, { grid })).toThrow(DataError);
    const few = { kind: 'points', points: points([[1], [2]]), weights: [1] } as const;
    expect(() => wassersteinDiscretised(model, few, { grid })).toThrow(ShapeError);
  });
});

const circle = (angles: number[], centre = 0): number[][] =>
  angles.map((t) => [centre + Math.cos(t), Math.sin(t)]);
const even = (count: number) => Array.from({ length: count }, (_, i) => (2 * Math.PI * i) / count);
const random = (seed: number, count: number) =>
  Array.from(uniformArray(key(seed), count), (u) => 2 * Math.PI * u);
const vonMises =
  (kappa: number, mode = 0) =>
  (t: number) =>
    Math.exp(kappa * Math.cos(t - mode));

describe('anchors of the published protocol', () => {
  const protocol = publishedProtocol2d({ lower: [-1.3, -1.3], upper: [1.3, 1.3] });
  const angles = random(1, 3000);
  const truth = even(500);
  const reference = {
    kind: 'density',
    points: points(circle(truth)),
    density: truth.map(vonMises(2)),
  } as const;
  const score = (kappa: number) =>
    wassersteinScores(
      { points: points(circle(angles)), density: angles.map(vonMises(kappa)) },
      reference,
      protocol,
    );

  it('has the published diameter and number of cells on the circle', () => {
    const { diameter, details } = score(2);
    expect(diameter).toBeCloseTo(3.64, 3);
    expect(details.squared.modelCells).toBeGreaterThan(290);
    expect(details.squared.modelCells).toBeLessThan(310);
    expect(Math.abs(details.squared.referencePlaces - 278)).toBeLessThan(6);
  });

  it.each([
    [0, 0.0645, 0.193],
    [1, 0.0117, 0.071],
    [4, 0.0078, 0.057],
  ])('von Mises circle, kappa %d in place of 2', (kappa, published, w1) => {
    const { published: squared, w1Relative, w1: absolute, diameter } = score(kappa);
    expect(Math.abs(squared / published - 1)).toBeLessThan(0.06);
    expect(Math.abs(w1Relative / w1 - 1)).toBeLessThan(0.03);
    expect(absolute).toBeCloseTo(w1Relative * diameter, 12);
  });

  it('von Mises circle, exact density: only discretisation remains', () => {
    const { published, w1Relative } = score(2);
    expect(published).toBeLessThan(1e-4);
    expect(w1Relative).toBeLessThan(0.005);
  });

  it.each([
    ['exact', true, 0.0005, 0.0052],
    ['uniform', false, 0.0107, 0.08],
  ])('von Mises mixture, %s density', (_, exact, published, w1) => {
    const [left, right] = [random(2, 2000), random(3, 2000)];
    const half = even(250);
    const both = (l: number[], r: number[]) => points([...circle(l, -1.8), ...circle(r, 1.8)]);
    const density = (l: number[], r: number[]) => [...l.map(vonMises(2)), ...r.map(vonMises(2, Math.PI))];
    const flat = new Float64Array(4000).fill(1);
    const scores = wassersteinScores(
      { points: both(left, right), density: exact ? density(left, right) : flat },
      { kind: 'density', points: both(half, half), density: density(half, half) },
      publishedProtocol2d({ lower: [-3.3, -3.3], upper: [3.3, 3.3] }),
    );
    expect(scores.diameter).toBeCloseTo(9.24, 2);
    // The exact density scores pure sampling noise, so the anchor gives its size only.
    const slack = exact ? 0.6 : 0.1;
    expect(Math.abs(scores.published / published - 1)).toBeLessThan(slack);
    expect(Math.abs(scores.w1Relative / w1 - 1)).toBeLessThan(slack);
  });

  it('uses 29 cells an axis and their centres in space', () => {
    const box = { lower: [-1.3, -1.3, -1.3], upper: [1.3, 1.3, 1.3] };
    const model = { points: points([[-1.29, -1.29, -1.29]]), density: [1] };
    const atoms = {
      kind: 'points',
      points: points([[Math.sqrt(1 / 3), Math.sqrt(1 / 3), Math.sqrt(1 / 3)]]),
    } as const;
    const scores = wassersteinScores(model, atoms, publishedProtocol3d(box));
    const corner = 1.3 * (1 - 1 / 29) * Math.sqrt(3);
    expect(scores.diameter).toBeCloseTo(corner + 1, 12);
    expect(scores.diameter).toBeCloseTo(3.174, 3);
    expect(scores.published).toBeCloseTo(1, 12);
  });
});
