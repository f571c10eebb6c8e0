import { ConfigError, DataError } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { gnBu, gnBuSurface } from '../colour/colour-map.js';
import { svgSize } from '../figure/svg.js';
import { evaluateOnGrid, makeGrid } from '../level-sets/grid.js';
import { levelCurveOf } from '../level-sets/level-set-of.js';
import { pointwise } from '../level-sets/pointwise.js';

import { near, picture, type Picture } from '../testing/pixels.js';
import { lineFigure } from './line-figure.js';
import { planeFigure } from './plane-figure.js';
import { keepExtremes, runningMean } from './smoothing.js';

const points = (...rows: (readonly [number, number])[]) => ({
  data: Float64Array.from(rows.flat()),
  rows: rows.length,
  columns: 2,
});
const RED = [255, 0, 0] as const;

/** Smallest rectangle around the pixels of a colour. */
function extent(seen: Picture, colour: readonly number[]): { x: number[]; y: number[]; area: number } {
  const found = { x: [Infinity, -Infinity], y: [Infinity, -Infinity], area: 0 };
  found.area = seen.count((rgb, x, y) => {
    if (!near(rgb, colour)) return false;
    found.x = [Math.min(found.x[0], x), Math.max(found.x[1], x)];
    found.y = [Math.min(found.y[0], y), Math.max(found.y[1], y)];
    return true;
  });
  return found;
}

describe('planeFigure', () => {
  it('shows one unit as long on both axes, whatever the size of the figure', async () => {
    const curve = await levelCurveOf(
      pointwise((x, y) => Math.hypot(x - 1, y) - 1),
      makeGrid(
        [
          [-1, 3],
          [-1.4, 1.4],
        ],
        60,
      ),
    );
    for (const size of [{}, { height: 300 }, { width: 700, height: 260 }, { width: 300, height: 600 }]) {
      const svg = await planeFigure([{ kind: 'curve', curve, colour: RED, width: 3 }], {
        ...size,
        bounds: [
          [-1, 4],
          [-2, 1.5],
        ],
      });
      const { x, y } = extent(picture(svg), RED);
      expect(Math.abs(x[1] - x[0] - (y[1] - y[0]))).toBeLessThanOrEqual(2);
      expect(svgSize(svg).width).toBe('width' in size ? size.width : 480);
      if ('height' in size) expect(svgSize(svg).height).toBe(size.height);
    }
  });

  it('puts larger x to the right and larger y up', async () => {
    const blue = [0, 0, 255] as const;
    const svg = await planeFigure([
      { kind: 'points', points: points([0, 0]), colour: RED, size: 10 },
      { kind: 'points', points: points([1, 2]), colour: blue, size: 10 },
    ]);
    const seen = picture(svg);
    const [red, other] = [extent(seen, RED), extent(seen, blue)];
    expect(other.x[0]).toBeGreaterThan(red.x[1]);
    expect(other.y[1]).toBeLessThan(red.y[0]);
    expect(red.area).toBeGreaterThan(50);
  });

  it('colours points and curves by their values and shows the scale', async () => {
    const seen = picture(
      await planeFigure([{ kind: 'points', points: points([0, 0], [1, 1]), values: [0, 5], size: 12 }]),
    );
    // The dark end is there twice: at a point and in the colour bar.
    const dark = extent(seen, gnBuSurface(1));
    expect(dark.x[1] - dark.x[0]).toBeGreaterThan(40);
    expect(seen.count((rgb) => near(rgb, gnBuSurface(0), 4))).toBeGreaterThan(60);
    const bare = await planeFigure([{ kind: 'points', points: points([0, 0], [1, 1]), values: [0, 5] }], {
      colourBar: false,
    });
    expect(picture(bare).count((rgb, x) => x > 470 && !near(rgb, [255, 255, 255], 60))).toBe(0);
    const edges = { vertices: Float64Array.of(0, 0, 1, 0, 2, 0), edges: Uint32Array.of(0, 1, 1, 2) };
    const perEdge = await planeFigure([{ kind: 'curve', curve: edges, values: [0, 1], width: 12 }], {
      colourBar: false,
    });
    const perVertex = await planeFigure([{ kind: 'curve', curve: edges, values: [0, 0, 2], width: 12 }], {
      colourBar: false,
    });
    expect(extent(picture(perEdge), gnBuSurface(1)).area).toBeGreaterThan(100);
    expect(extent(picture(perVertex), gnBuSurface(0.5)).area).toBeGreaterThan(100);
    expect(extent(picture(perVertex), gnBuSurface(1)).area).toBe(0);
  });

  it('shows heat maps the right way round and fills the frame', async () => {
    const grid = makeGrid(
      [
        [0, 2],
        [0, 1],
      ],
      [20, 10],
    );
    const values = await evaluateOnGrid(
      pointwise((x, y) => (x > 1.6 && y > 0.6 ? 1 : 0)),
      grid,
    );
    const svg = await planeFigure([{ kind: 'heatMap', values, grid }], { colourBar: false });
    const seen = picture(svg);
    const dark = extent(seen, gnBu(1));
    const light = extent(seen, gnBu(0));
    expect(dark.area).toBeGreaterThan(500);
    expect(dark.x[0]).toBeGreaterThan((light.x[0] + light.x[1]) / 2);
    expect(dark.y[1]).toBeLessThan((light.y[0] + light.y[1]) / 2);
    expect(Math.abs(dark.x[1] - light.x[1])).toBeLessThan(4);
  });

  it('is the same text each time, with clip paths of its own and no style sheet', async () => {
    const draw = (y: number) =>
      planeFigure([{ kind: 'points', points: points([0, 0], [1, y]) }], { title: 'a<b' });
    const [first, second, other] = [await draw(1), await draw(1), await draw(2)];
    expect(second).toBe(first);
    const id = (svg: string): string => /id="(clip[^"]+)"/.exec(svg)![1];
    expect(id(other)).not.toBe(id(first));
    expect(first).toContain(`url(#${id(first)})`);
    expect(first).not.toContain('<style');
    expect(first).not.toContain('currentColor');
    expect(first).toContain('a&#60;b');
  });

  it('keeps what is outside the bounds out of the picture', async () => {
    const svg = await planeFigure(
      [{ kind: 'points', points: points([0, 0], [50, 0]), colour: RED, size: 20 }],
      {
        bounds: [
          [1, 2],
          [-1, 1],
        ],
      },
    );
    expect(extent(picture(svg), RED).area).toBe(0);
  });

  it('draws without data, with one point and with values that are not numbers', async () => {
    expect(svgSize(await planeFigure([])).width).toBe(480);
    const one = picture(await planeFigure([{ kind: 'points', points: points([3, 3]), colour: RED }]));
    expect(extent(one, RED).area).toBeGreaterThan(5);
    const odd = await planeFigure([
      { kind: 'points', points: points([0, 0], [NaN, 1], [1, 1]), values: [NaN, 1, 2], colourMap: gnBu },
    ]);
    expect(odd).not.toContain('NaN');
  });

  it('refuses mismatched sizes and impossible bounds', async () => {
    const grid = makeGrid(
      [
        [0, 1],
        [0, 1],
      ],
      3,
    );
    await expect(planeFigure([{ kind: 'heatMap', grid, values: [1] }])).rejects.toThrow(DataError);
    await expect(planeFigure([{ kind: 'points', points: points([0, 0]), values: [1, 2] }])).rejects.toThrow(
      DataError,
    );
    const flat = { data: new Float64Array(3), rows: 1, columns: 3 };
    await expect(planeFigure([{ kind: 'points', points: flat }])).rejects.toThrow(DataError);
    await expect(
      planeFigure([], {
        bounds: [
          [1, 0],
          [0, 1],
        ],
      }),
    ).rejects.toThrow(ConfigError);
    await expect(planeFigure([], { width: 60 })).rejects.toThrow(ConfigError);
  });
});

describe('lineFigure', () => {
  it('draws a line for each series and names them', async () => {
    const svg = await lineFigure(
      [
        { label: 'up & up', y: [1, 2, 3], colour: '#ff0000' },
        { label: 'down', y: [3, 2, 1], colour: '#0000ff' },
      ],
      { title: 'Loss', xLabel: 'epoch', yLabel: 'loss' },
    );
    for (const text of ['up &#38; up', 'down', 'Loss', 'epoch', 'loss']) expect(svg).toContain(`>${text}<`);
    const seen = picture(svg);
    const lines = (colour: readonly number[], left: boolean): number[] => {
      const rows: number[] = [];
      seen.count((rgb, x, y) => {
        if (near(rgb, colour, 90) && y > 40 && (left ? x < 100 && x > 60 : x > 420)) rows.push(y);
        return false;
      });
      return rows;
    };
    const middle = (values: number[]): number => values.reduce((sum, y) => sum + y, 0) / values.length;
    expect(middle(lines(RED, true))).toBeGreaterThan(middle(lines(RED, false)));
    expect(middle(lines([0, 0, 255], true))).toBeLessThan(middle(lines([0, 0, 255], false)));
  });

  it('marks the values of a line with dots where they are wanted, gaps not', async () => {
    const y = [1, 3, NaN, 2];
    const circles = async (dots: boolean) =>
      [...(await lineFigure([{ label: 'a', y, dots }])).matchAll(/<circle /g)].length;
    expect([await circles(false), await circles(true)]).toEqual([0, 3]);
  });

  it('labels powers of ten on a logarithmic scale and skips what is not positive', async () => {
    const svg = await lineFigure([{ label: 'a', y: [100, 1, 0, -5, 0.01, NaN] }], { logScale: true });
    for (const tick of ['100', '10', '1', '0.1', '0.01']) expect(svg).toContain(`>${tick}<`);
    expect(svg).not.toContain('NaN');
    expect(svg).not.toContain('Infinity');
    expect(await lineFigure([{ label: 'none', y: [0, -1] }], { logScale: true })).toContain('none');
  });

  it('draws the running mean over the raw line only when asked', async () => {
    const y = Float64Array.from({ length: 50 }, (_, n) => (n % 2) + n / 50);
    const paths = (svg: string): number => (svg.match(/aria-label="line"/g) ?? []).length;
    expect(paths(await lineFigure([{ label: 'a', y }]))).toBe(1);
    expect(paths(await lineFigure([{ label: 'a', y }], { smooth: 5 }))).toBe(2);
  });

  it('has no half epochs', async () => {
    const svg = await lineFigure([{ label: 'a', y: [7, 8, 9] }]);
    for (const tick of ['1', '2', '3']) expect(svg).toContain(`>${tick}<`);
    expect(svg).not.toContain('>1.5<');
    expect(await lineFigure([{ label: 'a', y: [7, 8], x: [0, 0.5] }])).toContain('>0.5<');
  });

  it('draws constant, single and missing values', async () => {
    for (const y of [[2, 2, 2], [7], [], [NaN, Infinity]]) {
      const svg = await lineFigure([{ label: 'a', y }]);
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
  });

  it('refuses no lines, x of another length and a window below one', async () => {
    await expect(lineFigure([])).rejects.toThrow(DataError);
    await expect(lineFigure([{ label: 'a', y: [1, 2], x: [1] }])).rejects.toThrow(DataError);
    await expect(lineFigure([{ label: 'a', y: [1] }], { smooth: 0 })).rejects.toThrow(ConfigError);
  });
});

describe('runningMean', () => {
  it('keeps straight lines, ignores what is not a number and averages the rest', () => {
    const straight = Float64Array.from({ length: 9 }, (_, n) => 3 * n - 1);
    [...runningMean(straight, 5)].forEach((value, n) => expect(value).toBeCloseTo(straight[n], 12));
    expect([...runningMean([0, 3, NaN, 6, 0], 3)]).toEqual([0, 1.5, 4.5, 3, 0]);
    expect([...runningMean([1, 2], 1)]).toEqual([1, 2]);
    expect([...runningMean([], 3)]).toEqual([]);
    expect([...runningMean([NaN], 3)]).toEqual([NaN]);
  });
});

describe('keepExtremes', () => {
  it('keeps spikes, order, gaps and short lines', () => {
    const line = Array.from({ length: 10_000 }, (_, n): [number, number] => [n, Math.sin(n / 900)]);
    line[5003][1] = 50;
    line[7777][1] = -50;
    for (let n = 2000; n < 3000; n++) line[n][1] = NaN;
    const kept = keepExtremes(line, 400);
    expect(kept.length).toBeLessThanOrEqual(400);
    expect(kept).toContainEqual([5003, 50]);
    expect(kept).toContainEqual([7777, -50]);
    expect(kept.filter(([x]) => x >= 2000 && x < 2950).every(([, y]) => Number.isNaN(y))).toBe(true);
    expect(kept.filter(([x]) => x >= 2000 && x < 2950).length).toBeGreaterThan(0);
    kept.slice(1).forEach(([x], n) => expect(x).toBeGreaterThan(kept[n][0]));
    expect(keepExtremes(line.slice(0, 50), 400)).toEqual(line.slice(0, 50));
  });
});
