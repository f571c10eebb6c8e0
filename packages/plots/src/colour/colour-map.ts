import { ConfigError } from '@ebim/runtime';

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** A colour for each number from 0 to 1; numbers outside get the colour of the nearer end. */
export type ColourMap = (t: number) => Rgb;

/** ColorBrewer's nine-class GnBu, light green to dark blue: the colour map of the paper's figures. */
const GN_BU = 'f7fcf0 e0f3db ccebc5 a8ddb5 7bccc4 4eb3d3 2b8cbe 0868ac 084081';

/** Viridis at every 15th of its 256 entries. */
const VIRIDIS =
  '440154 481769 472a7a 433d84 3d4e8a 355e8d 2e6d8e 297b8e 23898e 1f978b 21a585 2eb37c 46c06f 65cb5e 89d548 b0dd2f d8e219 fde725';

/** Reads `rrggbb`, with or without a leading `#`. */
export function parseHex(hex: string): Rgb {
  const number = Number.parseInt(hex.replace('#', ''), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

/** A colour as `#rrggbb`. */
export function toHex([r, g, b]: Rgb): string {
  return `#${[r, g, b].map((c) => Math.round(c).toString(16).padStart(2, '0')).join('')}`;
}

/**
 * Colour map through equally spaced colours, linear in between.
 *
 * @param colours at least two
 */
export function interpolateColours(colours: readonly Rgb[]): ColourMap {
  const last = colours.length - 1;
  return (t) => {
    const position = Math.min(Math.max(Number.isNaN(t) ? 0 : t, 0), 1) * last;
    const index = Math.min(Math.floor(position), last - 1);
    const [from, to] = [colours[index], colours[index + 1]];
    const mix = (c: 0 | 1 | 2): number => from[c] + (position - index) * (to[c] - from[c]);
    return [mix(0), mix(1), mix(2)];
  };
}

/** Light green to dark blue. */
export const gnBu: ColourMap = interpolateColours(GN_BU.split(' ').map(parseHex));

/** Dark violet to yellow, even in lightness. */
export const viridis: ColourMap = interpolateColours(VIRIDIS.split(' ').map(parseHex));

/**
 * The part of a colour map from `low` to `high`.
 *
 * @throws ConfigError when not 0 <= low < high <= 1.
 */
export function truncateColourMap(map: ColourMap, low: number, high: number): ColourMap {
  if (!(low >= 0 && low < high && high <= 1)) {
    throw new ConfigError({
      code: 'colour-range',
      where: 'truncateColourMap',
      expected: '0 <= low < high <= 1',
      received: `[${low}, ${high}]`,
    });
  }
  return (t) => map(low + (high - low) * Math.min(Math.max(t, 0), 1));
}

/** GnBu without its nearly white fifth, for density on surfaces. */
export const gnBuSurface: ColourMap = truncateColourMap(gnBu, 0.2, 1);
