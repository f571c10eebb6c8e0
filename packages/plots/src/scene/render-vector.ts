import { toHex, type Rgb } from '../colour/colour-map.js';
import { round2 } from '../figure/svg.js';
import type { PreparedScene } from './render-raster.js';
import { lambert } from './shading.js';

/** One shape and where it stands in the queue. */
interface Shape {
  readonly near: number;
  readonly svg: string;
}

/** Points and lines are painted after the faces that lie within this share of the eye's distance. */
const BIAS = 1.015;

/** Draws a scene as shapes, the farthest first (painter's algorithm). */
export function renderVector(scene: PreparedScene): string {
  const shapes: Shape[] = [...surfaceShapes(scene), ...lineShapes(scene)];
  const onTop: Shape[] = [];
  for (const points of scene.points) {
    const target = points.showHidden ? onTop : shapes;
    for (let at = 0; at < points.positions.length; at += 3) {
      const [x, y, near] = project(scene, points.positions, at);
      const colour = rgb(points.colours, at);
      const rim = toHex([colour[0] * 0.7, colour[1] * 0.7, colour[2] * 0.7]);
      target.push({
        near: biased(near),
        svg: `<circle cx="${round2(x)}" cy="${round2(y)}" r="${round2(points.size / 2)}" fill="${toHex(colour)}" stroke="${rim}" stroke-width=".5"${opacity(points.opacity)}/>`,
      });
    }
  }
  const queue = (list: Shape[]): string =>
    list
      .sort((a, b) => a.near - b.near)
      .map((shape) => shape.svg)
      .join('');
  return `<g stroke-linejoin="round">${queue(shapes)}${queue(onTop)}</g>`;
}

function surfaceShapes(scene: PreparedScene): Shape[] {
  const shapes: Shape[] = [];
  for (const surface of scene.surfaces) {
    const { positions, normals, colours } = surface;
    for (let at = 0; at < positions.length; at += 9) {
      const [a, b, c] = [
        project(scene, positions, at),
        project(scene, positions, at + 3),
        project(scene, positions, at + 6),
      ];
      const area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
      if (area === 0 || Number.isNaN(area)) continue;
      const facing = area < 0 ? 1 : -1;
      const mean = [0, 0, 0];
      for (let corner = 0; corner < 3; corner++) {
        const n = at + 3 * corner;
        const factor = lambert([normals[n], normals[n + 1], normals[n + 2]], facing, scene.light);
        for (let k = 0; k < 3; k++) mean[k] += (colours[n + k] * factor) / 3;
      }
      const fill = toHex(mean as unknown as Rgb);
      const corners = [a, b, c].map(([x, y]) => `${round2(x)},${round2(y)}`).join(' ');
      shapes.push({
        near: (a[2] + b[2] + c[2]) / 3,
        // The stroke closes the hairline between neighbours; translucent faces would show it.
        svg: `<polygon points="${corners}" fill="${fill}"${surface.opacity < 1 ? opacity(surface.opacity) : ` stroke="${fill}" stroke-width=".6"`}/>`,
      });
    }
  }
  return shapes;
}

function lineShapes(scene: PreparedScene): Shape[] {
  return scene.surfaces.flatMap(({ lines, lineColour }) => {
    const stroke = toHex(lineColour);
    return Array.from({ length: lines.length / 6 }, (_, n) => {
      const [ax, ay, an] = project(scene, lines, 6 * n);
      const [bx, by, bn] = project(scene, lines, 6 * n + 3);
      return {
        near: biased((an + bn) / 2),
        svg: `<path d="M${round2(ax)} ${round2(ay)}L${round2(bx)} ${round2(by)}" stroke="${stroke}" stroke-width=".6"/>`,
      };
    });
  });
}

function project(scene: PreparedScene, positions: Float64Array, at: number): [number, number, number] {
  return scene.camera.project(positions[at], positions[at + 1], positions[at + 2]);
}

function biased(near: number): number {
  return near > 0 ? near * BIAS : near / BIAS;
}

function rgb(colours: Float32Array, at: number): Rgb {
  return [colours[at], colours[at + 1], colours[at + 2]];
}

function opacity(value: number): string {
  return value < 1 ? ` opacity="${round2(value)}"` : '';
}
