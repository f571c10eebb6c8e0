import { mapRows, takeRows, type Points } from '@ebim/datasets';
import { figureGrid, planeFigure, sceneFigure, type SceneObject, type SceneOptions } from '@ebim/plots';
import type { TourPictures } from '../../flow/tour-pictures.js';
import type { Figure } from '../../report/report-input.js';

/** What a tour is seen with. */
export interface TourFigureOptions {
  readonly name: string;
  readonly title: string;
  /** Of the manifold in the caption and above the panel. */
  readonly manifold: string;
  /** The manifold in space, where the tour is drawn over it. */
  readonly objects: readonly SceneObject[];
  readonly scene: SceneOptions;
}

/** Standard deviations of the latents that are shown at least: a few outliers need not be. */
const REACH = 3.5;
/** Height of both panels. */
const HEIGHT = 420;
const GREY = [150, 160, 172] as const;

/** An animation of a walk through the latents of a flow (left) and over its manifold in space (right). */
export async function tourFigure(
  { latents, points, stops, cloud }: TourPictures,
  { name, title, manifold, objects, scene }: TourFigureOptions,
): Promise<Figure> {
  const inPlane = (rows: Points): Points => mapRows(rows, 2, (row, out) => out.set(row.subarray(0, 2)));
  const walk = (path: Points) => ({ path, wayPoints: takeRows(path, stops) });
  const reach = Math.max(REACH, ...latents.data.map((z) => 1.05 * Math.abs(z)));
  const plane = await planeFigure(
    [{ kind: 'points', points: inPlane(cloud), colour: GREY, size: 2.5, opacity: 0.7 }],
    {
      width: 420,
      height: HEIGHT,
      bounds: [
        [-reach, reach],
        [-reach, reach],
      ],
      xLabel: 'z0',
      yLabel: 'z1',
      tour: walk(inPlane(latents)),
    },
  );
  const space = sceneFigure(objects, { width: 560, height: HEIGHT, ...scene, tour: walk(points) });
  return {
    name,
    title,
    caption:
      `A smooth closed walk past the latents of ${stops.length} test points (left, among those of ${cloud.rows}), and the points of the manifold that they are decoded to (right), ` +
      'drawn over what would hide them. The dot moves where the page may.',
    svg: figureGrid([plane, space], { columns: 2, titles: ['latents', manifold] }),
  };
}
