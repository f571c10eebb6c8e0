import { element, INK, textElement } from '../figure/svg.js';
import { formatTicks } from '../figure/ticks.js';
import type { Camera, Vector3 } from './camera.js';
import { sceneTicks, type SceneFrame } from './prepare.js';

/**
 * The three far walls of the box with grid lines, and ticks and labels along its outline.
 *
 * @param labels of the axes
 */
export function axesBox(
  frame: SceneFrame,
  camera: Camera,
  labels: readonly [string, string, string],
): string {
  const { sides, bounds } = frame;
  // On each axis the wall away from the eye: -1 the lower, 1 the upper.
  const far = camera.towardEye.map((component) => (component > 0 ? -1 : 1));
  const at = (position: readonly number[]): [number, number, number] =>
    camera.project(position[0], position[1], position[2]);
  const ticks = bounds.map((_, axis) => sceneTicks(frame, axis));
  let walls = '';
  let grid = '';
  for (let axis = 0; axis < 3; axis++) {
    const [u, v] = [(axis + 1) % 3, (axis + 2) % 3] as [number, number];
    const corner = (su: number, sv: number): number[] => {
      const position = [0, 0, 0];
      position[axis] = (far[axis] * sides[axis]) / 2;
      position[u] = (su * sides[u]) / 2;
      position[v] = (sv * sides[v]) / 2;
      return position;
    };
    const outline = [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)].map(at);
    walls += element('polygon', {
      points: outline.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
      fill: ['#f4f5f7', '#eef0f3', '#f8f9fa'][axis],
      stroke: '#d5d9de',
      'stroke-width': 0.8,
    });
    for (const [line, across] of [
      [u, v],
      [v, u],
    ] as const) {
      for (const tick of ticks[line]) {
        const ends = [-1, 1].map((sign) => {
          const position = corner(0, 0);
          position[line] = frame.toScene(line, tick);
          position[across] = (sign * sides[across]) / 2;
          return at(position);
        });
        grid += lineElement(ends[0], ends[1], '#dfe3e8', 0.7);
      }
    }
  }
  const axes = [0, 1, 2].map((axis) => axisElement(frame, camera, far, axis, ticks[axis], labels[axis]));
  return `<g>${walls}${grid}${axes.join('')}</g>`;
}

function lineElement(a: readonly number[], b: readonly number[], stroke: string, width: number): string {
  return element('line', { x1: a[0], y1: a[1], x2: b[0], y2: b[1], stroke, 'stroke-width': width });
}

/** One axis along an edge of the box's outline: where exactly one of the two walls that meet is a far one. */
function axisElement(
  frame: SceneFrame,
  camera: Camera,
  far: readonly number[],
  axis: number,
  ticks: readonly number[],
  label: string,
): string {
  const { sides, bounds } = frame;
  const [u, v] = [(axis + 1) % 3, (axis + 2) % 3] as [number, number];
  const place = (su: number, sv: number, along: number): [number, number, number] => {
    const position = [0, 0, 0];
    position[u] = (su * sides[u]) / 2;
    position[v] = (sv * sides[v]) / 2;
    position[axis] = along;
    return camera.project(...(position as unknown as Vector3));
  };
  const candidates = [
    [far[u], -far[v]],
    [-far[u], far[v]],
  ] as const;
  // x and y along the bottom of the picture, z at its left.
  const height = ([su, sv]: readonly [number, number]): number => place(su, sv, 0)[axis === 2 ? 0 : 1];
  const [su, sv] = [...candidates].sort((a, b) =>
    axis === 2 ? height(a) - height(b) : height(b) - height(a),
  )[0];
  const start = place(su, sv, frame.toScene(axis, bounds[axis][0]));
  const end = place(su, sv, frame.toScene(axis, bounds[axis][1]));
  const middle = camera.project(0, 0, 0);
  const centre = [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2] as const;
  // Outward: square to the axis on the sheet, away from the middle of the box.
  const length = Math.hypot(end[0] - start[0], end[1] - start[1]);
  let [ox, oy] = length > 1 ? [(end[1] - start[1]) / length, (start[0] - end[0]) / length] : [0, 1];
  if (ox * (centre[0] - middle[0]) + oy * (centre[1] - middle[1]) < 0) [ox, oy] = [-ox, -oy];
  const anchor = ox > 0.5 ? 'start' : ox < -0.5 ? 'end' : 'middle';
  let svg = lineElement(start, end, INK, 0.9);
  // Looking along an axis leaves no room for its ticks.
  if (length < 30) return svg + textElement(centre[0] + 14 * ox, centre[1] + 14 * oy, label);
  const texts = formatTicks(ticks);
  const widest = Math.max(...texts.map((text) => text.length), 1);
  ticks.forEach((tick, n) => {
    const p = place(su, sv, frame.toScene(axis, tick));
    svg += lineElement(p, [p[0] + 4 * ox, p[1] + 4 * oy], INK, 0.8);
    svg += textElement(p[0] + 9 * ox, p[1] + 11 * oy + 3.5, texts[n], { size: 10, anchor });
  });
  const away = 20 + Math.abs(ox) * 5.5 * widest;
  const isSteep = Math.abs(ox) > 0.8;
  const rotate = isSteep ? -90 : undefined;
  return (
    svg +
    textElement(centre[0] + (away + 4) * ox, centre[1] + (away + 6) * oy + 4, label, {
      size: 12,
      ...(rotate === undefined ? {} : { rotate }),
    })
  );
}
