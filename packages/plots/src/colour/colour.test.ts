import { ConfigError } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  gnBu,
  gnBuSurface,
  interpolateColours,
  parseHex,
  toHex,
  truncateColourMap,
  viridis,
} from './colour-map.js';
import { colourOf, densityColouring, resolveColours } from './colouring.js';

const luminance = ([r, g, b]: readonly number[]): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

describe('colour maps', () => {
  it('have the published ends and middles', () => {
    expect(toHex(gnBu(0))).toBe('#f7fcf0');
    expect(toHex(gnBu(0.5))).toBe('#7bccc4');
    expect(toHex(gnBu(1))).toBe('#084081');
    expect(toHex(viridis(0))).toBe('#440154');
    expect(toHex(viridis(1))).toBe('#fde725');
    // Entry 128 of 256 is 21918c.
    expect(viridis(128 / 255).every((c, n) => Math.abs(c - parseHex('21918c')[n]) < 2)).toBe(true);
    expect(gnBuSurface(0)).toEqual(gnBu(0.2));
    expect(gnBuSurface(1)).toEqual(gnBu(1));
    expect(toHex(gnBuSurface(0.5))).toBe(toHex(gnBu(0.6)));
  });

  it('change evenly in lightness and hold their ends', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.98, noNaN: true }), (t) => {
        expect(luminance(viridis(t + 0.02))).toBeGreaterThan(luminance(viridis(t)));
        expect(luminance(gnBu(t + 0.02))).toBeLessThan(luminance(gnBu(t)));
      }),
    );
    expect(gnBu(-3)).toEqual(gnBu(0));
    expect(gnBu(7)).toEqual(gnBu(1));
    expect(gnBu(NaN)).toEqual(gnBu(0));
    expect(gnBuSurface(-1)).toEqual(gnBu(0.2));
  });

  it('are linear in between', () => {
    const map = interpolateColours([
      [0, 0, 0],
      [100, 200, 50],
    ]);
    expect(map(0.25)).toEqual([25, 50, 12.5]);
    expect(toHex(parseHex('#0a0b0c'))).toBe('#0a0b0c');
    expect(() => truncateColourMap(map, 0.5, 0.5)).toThrow(ConfigError);
    expect(() => truncateColourMap(map, -0.1, 0.5)).toThrow(ConfigError);
  });
});

describe('colourings', () => {
  it('scale to the range of the values, or to a given one', () => {
    const auto = resolveColours({ values: [2, 3, 4], colourMap: viridis }, 3, [0, 0, 0]);
    expect([...auto.slice(0, 3)]).toEqual([...viridis(0)]);
    expect([...auto.slice(6)]).toEqual([...viridis(1)]);
    const fixed = resolveColours({ values: [2], colourMap: gnBu, range: [0, 4] }, 1, [0, 0, 0]);
    expect(toHex([fixed[0], fixed[1], fixed[2]])).toBe(toHex(gnBu(0.5)));
    expect([...resolveColours({}, 2, [1, 2, 3])]).toEqual([1, 2, 3, 1, 2, 3]);
    expect([...resolveColours({ colour: [9, 8, 7] }, 1, [1, 2, 3])]).toEqual([9, 8, 7]);
    expect(colourOf(5, gnBu, [5, 5])).toEqual(gnBu(0.5));
  });

  it('colour density absolutely, as the published figures do', () => {
    const coloured = (p: number): string => {
      const { colourMap, range } = densityColouring([p], 0.25, 1.3);
      return toHex(colourOf(p, colourMap!, range!));
    };
    for (const p of [0, 0.1, 0.3, 0.5]) expect(coloured(p)).toBe(toHex(gnBu(1.3 * p + 0.25)));
    expect(coloured(4)).toBe('#084081');
  });
});
