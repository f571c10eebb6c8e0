import { DataError } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { planeFigure } from '../plane/plane-figure.js';
import { near, picture } from '../testing/pixels.js';
import { sceneFigure } from '../scene/scene-figure.js';
import type { Tour } from './tour.js';

const pointsOf = (...rows: readonly (readonly number[])[]) => ({
  data: Float64Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0].length,
});
const RED = [255, 0, 0] as const;
const square = pointsOf([0, 0], [1, 0], [1, 1], [0, 1]);
const inPlane = (tour: Tour) => planeFigure([], { tour, width: 300 });

/** The values of the animations of a figure, by attribute. */
const animated = (svg: string): Record<string, number[]> =>
  Object.fromEntries(
    [
      ...svg.matchAll(
        /<animate attributeName="(\w+)" values="([^"]*)" dur="7s" repeatCount="indefinite"\/>/g,
      ),
    ].map(([, name, values]) => [name, values.split(';').map(Number)]),
  );

describe('a tour in the plane', () => {
  it('travels along the path by the scales of the axes, and closes', async () => {
    const svg = await inPlane({ path: square, seconds: 7, colour: RED });
    const { cx, cy } = animated(svg);
    const [left, right, top, bottom] = [cx[0], cx[1], cy[2], cy[0]];
    expect(cx).toEqual([left, right, right, left, left]);
    expect(cy).toEqual([bottom, bottom, top, top, bottom]);
    // One unit is as long on both axes.
    expect(right - left).toBeCloseTo(bottom - top, 1);
  });

  it('shows the path, its way-points and the point at the beginning where nothing moves', async () => {
    const svg = await inPlane({ path: square, wayPoints: pointsOf([1, 1]), seconds: 7, colour: RED });
    const { cx, cy } = animated(svg);
    const seen = picture(svg);
    expect(near(seen.at(Math.round(cx[0]), Math.round(cy[0])), RED)).toBe(true);
    expect(near(seen.at(Math.round((cx[0] + cx[1]) / 2), Math.round(cy[0])), RED, 120)).toBe(true);
    expect(seen.at(Math.round(cx[2]), Math.round(cy[2]))).toEqual([255, 255, 255]);
  });
});

describe('a tour in space', () => {
  it('is where points of the scene are, over shapes and over pixels', () => {
    const path = pointsOf([-1, 0, 0.5], [1, 0.3, 0.5], [0, 1, -1]);
    for (const render of ['vector', 'raster'] as const) {
      const options = { render, width: 300 };
      const svg = sceneFigure([], { ...options, tour: { path, seconds: 7 } });
      const { cx, cy } = animated(svg);
      expect(cx).toHaveLength(4);
      const dots = sceneFigure([{ kind: 'points', points: path }], {
        render: 'vector',
        width: 300,
        colourBar: false,
      });
      const circles = [...dots.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [+x, +y]);
      expect(circles).toHaveLength(3);
      for (const [x, y] of circles) expect(cx.some((value, i) => value === x && cy[i] === y)).toBe(true);
    }
  });
});

describe('a figure', () => {
  it('refuses tours that are no paths', async () => {
    const refused: readonly Tour[] = [
      { path: pointsOf([0, 0]) },
      { path: pointsOf([0, 0], [NaN, 1]) },
      { path: pointsOf([0, 0, 0], [1, 1, 1]) },
      { path: square, wayPoints: pointsOf([0, Infinity]) },
      { path: square, wayPoints: pointsOf([0]) },
      { path: square, seconds: 0 },
    ];
    for (const tour of refused) await expect(inPlane(tour)).rejects.toThrow(DataError);
    expect(() => sceneFigure([], { tour: { path: square } })).toThrow(DataError);
  });
});
