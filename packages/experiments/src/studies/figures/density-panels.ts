import type { Points } from '@ebim/datasets';
import { densityColouring, figureGrid, planeFigure } from '@ebim/plots';

/** A density at points of the plane. */
export interface DensityPanel {
  readonly title: string;
  readonly points: Points;
  /** With respect to length; `[count]`. */
  readonly density: ArrayLike<number>;
}

/** How the panels look. */
export interface DensityPanelOptions {
  readonly bounds: readonly [readonly [number, number], readonly [number, number]];
  readonly columns: number;
  /** Least colour: GnBu(1.3 p + offset), spec 4. */
  readonly offset: number;
  /** Pixels of a panel without its colour bar. Default 300. */
  readonly width?: number;
  /** Diameter of a point in pixels. Default 8. */
  readonly size?: number;
}

/** Densities along curves of the plane, side by side in the colours of the papers, so that they can be compared. */
export async function densityPanels(
  panels: readonly DensityPanel[],
  { bounds, columns, offset, width = 300, size = 8 }: DensityPanelOptions,
): Promise<string> {
  const figures = await Promise.all(
    panels.map(({ points, density }) =>
      planeFigure([{ kind: 'points', points, size, ...densityColouring(density, offset, 1.3) }], {
        bounds,
        width: width + 76,
        colourLabel: 'density',
      }),
    ),
  );
  return figureGrid(figures, { columns, titles: panels.map(({ title }) => title) });
}
