import { finiteRange } from '../points.js';
import { gnBu, gnBuSurface, truncateColourMap, type ColourMap, type Rgb } from './colour-map.js';

/** How things get their colour: one for all, or from a number each. */
export interface Colouring {
  /** One number per item, e.g. its density. */
  readonly values?: ArrayLike<number>;
  /** Default {@link gnBuSurface}, which shows on white; for heat maps {@link gnBu}. */
  readonly colourMap?: ColourMap;
  /** Values that get the first and last colour. Default: the smallest and largest value. */
  readonly range?: readonly [number, number];
  /** Colour when there are no values. */
  readonly colour?: Rgb;
}

/** Resolved range of a colouring. */
export function colourRange(colouring: Colouring): readonly [number, number] {
  return colouring.range ?? finiteRange(colouring.values ?? []);
}

/** Colour of a value under a map and a range; a range without width gives the middle. */
export function colourOf(value: number, map: ColourMap, [low, high]: readonly [number, number]): Rgb {
  return map(high > low ? (value - low) / (high - low) : 0.5);
}

/**
 * Colours of `count` items, `[count, 3]` flat, 0 to 255.
 *
 * @param fallback colour when the colouring has neither values nor a colour
 */
export function resolveColours(colouring: Colouring, count: number, fallback: Rgb): Float32Array {
  const { values, colourMap = gnBuSurface, colour = fallback } = colouring;
  const colours = new Float32Array(3 * count);
  const range = colourRange(colouring);
  for (let i = 0; i < count; i++) {
    colours.set(values === undefined ? colour : colourOf(values[i], colourMap, range), 3 * i);
  }
  return colours;
}

/**
 * Colours a density p by GnBu(gain * p + offset), as the paper's scatter plots do, so that panels can be
 * compared: gain 1.3 in the plane and 1 in space, offset 0.2 or 0.25. The colour bar starts at density 0.
 */
export function densityColouring(values: ArrayLike<number>, offset: number, gain = 1): Colouring {
  return { values, colourMap: truncateColourMap(gnBu, offset, 1), range: [0, (1 - offset) / gain] };
}
