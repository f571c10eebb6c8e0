import type { Colouring } from '../colour/colouring.js';
import type { Tour } from '../figure/tour.js';
import type { Grid } from '../level-sets/grid.js';
import type { Curve } from '../level-sets/marching-squares.js';
import type { Points } from '../points.js';

/** Points of the plane; `values` has one number per point. */
export interface PlanePoints extends Colouring {
  readonly kind: 'points';
  /** `[n, 2]` */
  readonly points: Points;
  /** Diameter in pixels. Default 5. */
  readonly size?: number;
  /** 0 to 1. Default 1. */
  readonly opacity?: number;
}

/** A curve; `values` has one number per edge or per vertex. */
export interface PlaneCurve extends Colouring {
  readonly kind: 'curve';
  readonly curve: Curve;
  /** Thickness in pixels. Default 3. */
  readonly width?: number;
}

/** Colours on a grid, `values` `[...resolution]` flat. */
export interface PlaneHeatMap extends Omit<Colouring, 'values' | 'colour'> {
  readonly kind: 'heatMap';
  readonly values: ArrayLike<number>;
  readonly grid: Grid;
}

/** A line of text. */
export interface PlaneText {
  readonly kind: 'text';
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** What a figure of the plane consists of, drawn in order. */
export type PlaneLayer = PlanePoints | PlaneCurve | PlaneHeatMap | PlaneText;

/** What every figure with two axes can be told. */
export interface AxesOptions {
  readonly title?: string;
  /** For who cannot see the figure. */
  readonly description?: string;
  /** With unit. */
  readonly xLabel?: string;
  /** With unit. */
  readonly yLabel?: string;
  /** Pixels. Default 480. */
  readonly width?: number;
  /** Pixels. Default: what equal units ask for, else 340. */
  readonly height?: number;
}

/** Options of {@link planeFigure}. */
export interface PlaneOptions extends AxesOptions {
  /** What is shown. Default: the range of the layers with a little room. */
  readonly bounds?: readonly [readonly [number, number], readonly [number, number]];
  /** One unit is as long on both axes. Default true. */
  readonly equal?: boolean;
  /** Shows the colours of the first layer with values. Default: true when there is one. */
  readonly colourBar?: boolean;
  /** What the colour bar measures, e.g. `density`. */
  readonly colourLabel?: string;
  /** A point that travels through the figure; what of its path lies beyond the bounds is drawn too. */
  readonly tour?: Tour;
}
