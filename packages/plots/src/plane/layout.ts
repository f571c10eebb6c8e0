import { ConfigError } from '@ebim/runtime';
import { COLOUR_BAR_WIDTH } from '../figure/colour-bar.js';
import { svgDocument, textElement, placeSvg } from '../figure/svg.js';
import type { AxesOptions } from './plane-types.js';

/** Sizes of a figure with two axes, in pixels. */
export interface PlaneLayout {
  readonly width: number;
  readonly height: number;
  /** Room above the axes for title and legend. */
  readonly top: number;
  /** Room around the plot area below that. */
  readonly margins: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
}

/** What a layout must fit. */
export interface LayoutNeeds {
  readonly colourBar: boolean;
  /** Extra lines above the axes, in pixels. */
  readonly legend: number;
  /** Height of a unit square's plot area over its width, for equal units. */
  readonly aspect?: number;
}

/**
 * Sizes for given options.
 *
 * @throws ConfigError when the figure is too small for its labels.
 */
export function planeLayout(options: AxesOptions, needs: LayoutNeeds): PlaneLayout {
  const { width = 480 } = options;
  const top = (options.title === undefined ? 4 : 30) + needs.legend;
  const margins = { left: 58, right: 16 + (needs.colourBar ? COLOUR_BAR_WIDTH : 0), top: 8, bottom: 46 };
  const innerWidth = width - margins.left - margins.right;
  const natural = needs.aspect === undefined ? 340 - margins.top - margins.bottom : innerWidth * needs.aspect;
  const height = options.height ?? Math.round(top + margins.top + margins.bottom + natural);
  const innerHeight = height - top - margins.top - margins.bottom;
  if (!(innerWidth >= 40 && innerHeight >= 20)) {
    throw new ConfigError({
      code: 'figure-size',
      where: 'figure({ width, height })',
      expected: 'a figure that leaves at least 40 x 20 pixels beside its labels',
      received: `${width} x ${height}`,
      hint: 'Make it larger, or do without equal units when one axis is much longer than the other.',
    });
  }
  if (needs.aspect === undefined) return { width, height, top, margins };
  // Equal units in a given size: the shorter direction decides, the rest becomes margin.
  const spareWidth = Math.max(0, innerWidth - innerHeight / needs.aspect);
  const spareHeight = Math.max(0, innerHeight - innerWidth * needs.aspect);
  return {
    width,
    height,
    top,
    margins: {
      left: margins.left + spareWidth / 2,
      right: margins.right + spareWidth / 2,
      top: margins.top + spareHeight / 2,
      bottom: margins.bottom + spareHeight / 2,
    },
  };
}

/** The options of Plot that a layout decides. */
export function plotFrame(layout: PlaneLayout): {
  readonly width: number;
  readonly height: number;
  readonly marginLeft: number;
  readonly marginRight: number;
  readonly marginTop: number;
  readonly marginBottom: number;
} {
  const { margins } = layout;
  return {
    width: layout.width,
    height: layout.height - layout.top,
    marginLeft: margins.left,
    marginRight: margins.right,
    marginTop: margins.top,
    marginBottom: margins.bottom,
  };
}

/** Puts title, plot and whatever stands beside it together. */
export function assemble(layout: PlaneLayout, options: AxesOptions, plot: string, extra: string): string {
  const { title, description } = options;
  const heading =
    title === undefined ? '' : textElement(layout.width / 2, 20, title, { size: 14, weight: 'bold' });
  return svgDocument(
    {
      width: layout.width,
      height: layout.height,
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
    },
    heading + placeSvg(plot, 0, layout.top) + extra,
  );
}
