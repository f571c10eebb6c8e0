import { DataError } from '@ebim/runtime';
import { toHex, type Rgb } from '../colour/colour-map.js';
import { checkPoints, type Points } from '../points.js';
import { element, round2 } from './svg.js';

/**
 * A closed path with a point that travels along it, drawn over everything else in a figure, hidden parts included. It moves
 * where SVG may move (in a page, not in a PNG file); a still picture shows the path and the point at its beginning. Tours
 * of equal length within one document keep step.
 */
export interface Tour {
  /** `[n, 2]` in a plane, `[n, 3]` in space: where the point is after equal times. The last is joined to the first. */
  readonly path: Points;
  /** Places on the path to mark. Default none. */
  readonly wayPoints?: Points;
  /** Of one round. Default 12. */
  readonly seconds?: number;
  /** Default a dark red. */
  readonly colour?: Rgb;
}

/**
 * Refuses a path of fewer than two points, of points of another space, and of what is no number.
 *
 * @throws DataError `points-shape`, `tour-path`
 */
export function checkTour({ path, wayPoints, seconds = 12 }: Tour, columns: number): void {
  const refuse = (expected: string, received: string): DataError =>
    new DataError({ code: 'tour-path', where: 'figure({ tour })', expected, received });
  if (!(seconds > 0 && seconds < Infinity)) throw refuse('a positive number of seconds', String(seconds));
  for (const [name, points] of [
    ['path', path],
    ['way-points', wayPoints],
  ] as const) {
    if (points === undefined) continue;
    checkPoints(points, columns, `tour ${name}`);
    const bad = points.data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw refuse(`finite ${name}`, `${points.data[bad]} in row ${Math.floor(bad / columns)}`);
  }
  if (path.rows < 2) throw refuse('a path of two points at least', String(path.rows));
}

/** A tour as SVG elements; `place` says where a row of points is on the sheet, in pixels. */
export function tourElement(
  { path, wayPoints, seconds = 12, colour = [176, 36, 54] }: Tour,
  place: (point: Float64Array) => readonly [number, number],
): string {
  const ink = toHex(colour);
  const placesOf = ({ data, rows, columns }: Points) =>
    Array.from({ length: rows }, (_, i) => place(data.subarray(i * columns, (i + 1) * columns)));
  const places = placesOf(path);
  const moved = (attributeName: string, axis: 0 | 1): string =>
    element('animate', {
      attributeName,
      // The first place at the end again, so that the last step is as long as the others.
      values: [...places, places[0]].map((at) => round2(at[axis])).join(';'),
      dur: `${round2(seconds)}s`,
      repeatCount: 'indefinite',
    });
  return element(
    'g',
    { 'stroke-linejoin': 'round' },
    element('path', {
      d: `M${places.map(([x, y]) => `${round2(x)} ${round2(y)}`).join('L')}Z`,
      fill: 'none',
      stroke: ink,
      'stroke-width': 1.8,
    }) +
      (wayPoints === undefined ? [] : placesOf(wayPoints))
        .map(([cx, cy]) =>
          element('circle', { cx, cy, r: 3.2, fill: '#ffffff', stroke: ink, 'stroke-width': 1.5 }),
        )
        .join('') +
      element(
        'circle',
        { cx: places[0][0], cy: places[0][1], r: 6.5, fill: ink, stroke: '#ffffff', 'stroke-width': 1.5 },
        moved('cx', 0) + moved('cy', 1),
      ),
  );
}
