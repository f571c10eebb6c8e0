import { ConfigError, DataError } from '@ebim/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { gnBuSurface } from '../colour/colour-map.js';
import { svgSize } from '../figure/svg.js';
import { makeGrid } from '../level-sets/grid.js';
import { levelSurfaceOf } from '../level-sets/level-set-of.js';
import type { Mesh } from '../level-sets/marching-cubes.js';
import { latticeLines } from '../mesh/parametric.js';
import { sphereField } from '../testing/fields.js';
import { near, picture, type Picture } from '../testing/pixels.js';
import { makeCamera } from './camera.js';
import { clipSurface } from './clip.js';
import { sceneFigure } from './scene-figure.js';
import type { Box3, SceneObject } from './scene-types.js';

const RED = [255, 0, 0] as const;
const GREEN = [0, 255, 0] as const;
const BOX: Box3 = [
  [-1.2, 1.2],
  [-1.2, 1.2],
  [-1.2, 1.2],
];

const point = (x: number, y: number, z: number, colour: readonly [number, number, number]): SceneObject => ({
  kind: 'points',
  points: { data: Float64Array.of(x, y, z), rows: 1, columns: 3 },
  colour,
  size: 14,
});
/** Coloured pixels, dimmed ones included, and their mean place. */
function blob(seen: Picture, colour: readonly number[]): { area: number; x: number; y: number } {
  let [sx, sy] = [0, 0];
  const area = seen.count((rgb, x, y) => {
    if (!near(rgb, colour, 20)) return false;
    [sx, sy] = [sx + x, sy + y];
    return true;
  });
  return { area, x: sx / area, y: sy / area };
}

let sphere: Mesh;
beforeAll(async () => {
  sphere = await levelSurfaceOf(sphereField(), makeGrid(BOX, 22));
});

describe('makeCamera', () => {
  it('looks from where matplotlib looks', () => {
    const front = makeCamera({ elevation: 0, azimuth: 0 });
    // The eye is on the x-axis: y to the right, z up, larger x nearer.
    expect(front.project(0, 0.5, 0)[0]).toBeGreaterThan(0);
    expect(front.project(0, 0, 0.5)[1]).toBeLessThan(0);
    expect(front.project(0.5, 0, 0)[2]).toBeGreaterThan(front.project(0, 0, 0)[2]);
    const above = makeCamera({ elevation: 90, azimuth: -90 });
    // A map: x to the right, y up.
    expect(above.project(0.5, 0, 0)[0]).toBeGreaterThan(0);
    expect(above.project(0, 0.5, 0)[1]).toBeLessThan(0);
    expect(above.project(0, 0, 0.5)[2]).toBeGreaterThan(above.project(0, 0, 0)[2]);
    const usual = makeCamera({});
    expect(usual.towardEye.map((c) => Math.round(c * 1000) / 1000)).toEqual([0.433, -0.75, 0.5]);
  });

  it('enlarges what is near in perspective only, with nearness linear on the sheet', () => {
    const size = (projection: 'perspective' | 'orthographic', x: number): number =>
      makeCamera({ elevation: 0, azimuth: 0, projection }).project(x, 1, 0)[0];
    expect(size('perspective', 0.5)).toBeGreaterThan(1.1 * size('perspective', -0.5));
    expect(size('orthographic', 0.5)).toBe(size('orthographic', -0.5));
    for (const projection of ['perspective', 'orthographic'] as const) {
      const camera = makeCamera({ elevation: 33, azimuth: 12, projection });
      const [a, b] = [camera.project(-0.4, 0.3, 0.1), camera.project(0.5, 0.2, -0.3)];
      // Points of the line between them, found on the sheet.
      for (const t of [0.2, 0.5, 0.9]) {
        const m = camera.project(-0.4 + 0.9 * t, 0.3 - 0.1 * t, 0.1 - 0.4 * t);
        const s = (m[0] - a[0]) / (b[0] - a[0]);
        expect(m[2]).toBeCloseTo(a[2] + s * (b[2] - a[2]), 12);
      }
    }
  });
});

describe('clipSurface', () => {
  it('cuts triangles at the box and interpolates what they carry', () => {
    const cut = clipSurface(
      {
        positions: Float64Array.of(-2, 0, 0, 2, 0, 0, 0, 0.25, 0),
        normals: Float64Array.of(0, 0, 1, 0, 0, 1, 0, 0, 1),
        colours: Float32Array.of(0, 0, 0, 200, 0, 0, 100, 0, 0),
      },
      [1, 1, 1],
    );
    const xs = [...cut.positions].filter((_, n) => n % 3 === 0);
    expect(Math.max(...xs)).toBeCloseTo(0.5, 6);
    expect(Math.min(...xs)).toBeCloseTo(-0.5, 6);
    // Colour is 50 x + 100 all over the triangle.
    xs.forEach((x, n) => expect(cut.colours[3 * n]).toBeCloseTo(50 * x + 100, 3));
    expect([...cut.normals].filter((_, n) => n % 3 === 2).every((z) => z === 1)).toBe(true);
  });

  it('leaves alone what is inside and drops what is outside or not a number', () => {
    const at = (...positions: number[]) => ({
      positions: Float64Array.from(positions),
      normals: new Float64Array(9),
      colours: new Float32Array(9),
    });
    const inside = at(0, 0, 0, 0.1, 0, 0, 0, 0.1, 0);
    expect(clipSurface(inside, [1, 1, 1])).toBe(inside);
    expect(clipSurface(at(3, 0, 0, 4, 0, 0, 3, 1, 0), [1, 1, 1]).positions).toHaveLength(0);
    expect(clipSurface(at(0, 0, NaN, 0.1, 0, 0, 0, 0.1, 0), [1, 1, 1]).positions).toHaveLength(0);
  });
});

describe.each(['vector', 'raster'] as const)('sceneFigure as %s', (render) => {
  const draw = (objects: SceneObject[], options = {}): Picture =>
    picture(
      sceneFigure(objects, {
        bounds: BOX,
        view: { elevation: 0, azimuth: 0 },
        render,
        pixelRatio: 1,
        ...options,
      }),
    );

  it('hides points behind a surface, shows those on and before it', () => {
    const surface: SceneObject = { kind: 'surface', mesh: sphere, colour: [40, 60, 220] };
    const seen = draw([surface, point(1, 0, 0, RED), point(-1, 0, 0, GREEN)]);
    expect(blob(seen, RED).area).toBeGreaterThan(80);
    expect(blob(seen, GREEN).area).toBe(0);
    const turned = draw([surface, point(1, 0, 0, RED), point(-1, 0, 0, GREEN)], {
      view: { elevation: 0, azimuth: 180 },
    });
    expect(blob(turned, RED).area).toBe(0);
    expect(blob(turned, GREEN).area).toBeGreaterThan(80);
    const shown = draw([surface, { ...point(-1, 0, 0, GREEN), showHidden: true } as SceneObject]);
    expect(blob(shown, GREEN).area).toBeGreaterThan(80);
  });

  it('lets nearer points cover farther ones, in whatever order they come', () => {
    const pair = { data: Float64Array.of(1, 0, 0, -1, 0, 0), rows: 2, columns: 3 };
    const seen = draw([{ kind: 'points', points: pair, values: [1, 0], range: [0, 1], size: 30 }]);
    expect(seen.count((rgb) => near(rgb, gnBuSurface(0), 3))).toBeLessThan(300);
    const other = draw([{ kind: 'points', points: pair, values: [1, 0], range: [0, 1], size: 30 }], {
      view: { elevation: 0, azimuth: 180 },
    });
    expect(other.count((rgb) => near(rgb, gnBuSurface(0), 3))).toBeGreaterThan(500);
  });

  it('puts things where the view says', () => {
    const seen = draw([point(0, 1, 0, RED), point(0, 0, 1, GREEN)]);
    const [red, green] = [blob(seen, RED), blob(seen, GREEN)];
    expect(red.x).toBeGreaterThan(green.x + 50);
    expect(green.y).toBeLessThan(red.y - 50);
  });

  it('lights the side that faces the light', () => {
    const light = { elevation: 0, azimuth: 90 };
    const seen = draw([{ kind: 'surface', mesh: sphere, colour: [200, 200, 200] }], { light, axes: false });
    const y = seen.height / 2;
    const grey = (x: number): number => seen.at(x, y)[0];
    const [left, right] = [0.3, 0.7].map((share) => grey(Math.round(seen.width * share)));
    expect(right - left).toBeGreaterThan(30);
  });

  it('colours vertices and triangles by value', () => {
    const heights = Float64Array.from(
      { length: sphere.vertices.length / 3 },
      (_, v) => sphere.vertices[3 * v + 2],
    );
    const perTriangle = Float64Array.from({ length: sphere.triangles.length / 3 }, (_, t) =>
      heights[sphere.triangles[3 * t]] > 0 ? 1 : 0,
    );
    for (const values of [heights, perTriangle]) {
      const seen = draw([{ kind: 'surface', mesh: sphere, values }], { colourBar: false, axes: false });
      const [top, bottom] = [0.2, 0.8].map((share) => seen.at(seen.width / 2, seen.height * share));
      const greenish = (rgb: readonly number[]): number => rgb[1] - rgb[2];
      // Blue where high, green where low.
      expect(greenish(top)).toBeLessThan(-40);
      expect(greenish(bottom)).toBeGreaterThan(0);
    }
  });

  it('keeps out what is beyond the bounds and what is not a number', () => {
    const high: Mesh = {
      vertices: Float64Array.of(0, -1, -9, 0, 1, -9, 0, 0, 9),
      triangles: Uint32Array.of(0, 1, 2),
    };
    const seen = draw([{ kind: 'surface', mesh: high, colour: [255, 0, 0] }, point(0, 0, 5, GREEN)], {
      light: { elevation: 0, azimuth: 0 },
    });
    const box = blob(seen, RED);
    expect(box.area).toBeGreaterThan(1000);
    expect(blob(seen, GREEN).area).toBe(0);
    const odd: Mesh = {
      vertices: Float64Array.of(0, 0, 0, 0, 1, NaN, 0, 0, 1),
      triangles: Uint32Array.of(0, 1, 2),
    };
    expect(blob(draw([{ kind: 'surface', mesh: odd, colour: [255, 0, 0] }]), RED).area).toBe(0);
  });

  it('draws nets on the visible side and translucent surfaces over what they cover', () => {
    const wall: Mesh = {
      vertices: Float64Array.of(0, -1, -1, 0, -1, 1, 0, 1, -1, 0, 1, 1),
      triangles: Uint32Array.of(0, 2, 3, 0, 3, 1),
    };
    const net = draw([
      {
        kind: 'surface',
        mesh: wall,
        colour: [255, 255, 0],
        lines: latticeLines([2, 2], 1),
        lineColour: [0, 0, 0],
      },
    ]);
    expect(net.count((rgb) => near(rgb, [60, 60, 0], 80) && rgb[2] < 40)).toBeGreaterThan(200);
    const veil = draw(
      [
        { kind: 'surface', mesh: sphere, colour: [255, 0, 0] },
        {
          kind: 'surface',
          mesh: { ...wall, vertices: wall.vertices.map((x, n) => (n % 3 === 0 ? 1.1 : x)) },
          colour: [0, 0, 255],
          opacity: 0.5,
        },
      ],
      { light: { elevation: 0, azimuth: 0 } },
    );
    const middle = veil.at((veil.width - 0) / 2, veil.height / 2);
    expect(near(middle, [128, 0, 128], 12)).toBe(true);
  });
});

describe('sceneFigure', () => {
  it('looks the same drawn as shapes and as pixels', () => {
    const [shapes, pixels] = (['vector', 'raster'] as const).map((render) =>
      picture(sceneFigure([{ kind: 'surface', mesh: sphere, colour: [90, 160, 200] }], { render })),
    ) as [Picture, Picture];
    const differing = shapes.count((rgb, x, y) => !near(rgb, pixels.at(x, y), 25));
    expect(differing / (shapes.width * shapes.height)).toBeLessThan(0.02);
  });

  it('turns to pixels by itself when there are many shapes', async () => {
    const many = await levelSurfaceOf(sphereField(), makeGrid(BOX, 60));
    expect(sceneFigure([{ kind: 'surface', mesh: many }])).toContain('data:image/png');
    expect(sceneFigure([{ kind: 'surface', mesh: sphere }])).not.toContain('data:image/png');
  });

  it('keeps one unit as long on every axis unless told otherwise', () => {
    const flat: SceneObject[] = [
      point(0, 0, 0, RED),
      point(4, 0, 0, RED),
      point(0, 4, 0, RED),
      point(0, 0, 1, GREEN),
    ];
    const rise = (aspect: 'equal' | [number, number, number]): number => {
      const seen = picture(sceneFigure(flat, { aspect, height: 420, view: { elevation: 0, azimuth: 0 } }));
      return blob(seen, RED).y - blob(seen, GREEN).y;
    };
    expect(rise([1, 1, 1])).toBeGreaterThan(2.5 * rise('equal'));
  });

  it('names axes, shows ticks, title and scale, and is the same each time', () => {
    const objects: SceneObject[] = [
      { kind: 'surface', mesh: sphere, values: sphere.vertices.filter((_, n) => n % 3 === 0) },
    ];
    const options = {
      title: 'a < b',
      axes: ['longitude', 'y', 'z'],
      colourLabel: 'density',
      bounds: BOX,
      description: 'what it shows',
    } as const;
    const svg = sceneFigure(objects, options);
    for (const text of ['longitude', 'density', 'a &#60; b', '−1.0', '0.5', 'what it shows'])
      expect(svg).toContain(`>${text}<`);
    expect(sceneFigure(objects, options)).toBe(svg);
    expect(sceneFigure(objects, { ...options, axes: false })).not.toContain('longitude');
  });

  it('draws every view without numbers that are none', () => {
    for (const elevation of [-90, -20, 0, 45, 90]) {
      for (const azimuth of [0, 90, 123, 280]) {
        const svg = sceneFigure([{ kind: 'surface', mesh: sphere }], {
          view: { elevation, azimuth },
          bounds: BOX,
        });
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      }
    }
  });

  it('draws nothing, one point, and points in a plane', () => {
    for (const objects of [[], [point(1, 2, 3, RED)]]) {
      const svg = sceneFigure(objects);
      expect(svg).not.toMatch(/NaN|Infinity/);
      expect(svgSize(svg).width).toBe(560);
    }
    const plane = { data: Float64Array.of(0, 0, 5, 1, 1, 5, 1, 0, 5), rows: 3, columns: 3 };
    expect(
      blob(picture(sceneFigure([{ kind: 'points', points: plane, colour: RED, size: 12 }])), RED).area,
    ).toBeGreaterThan(150);
  });

  it('refuses mismatched sizes, impossible bounds and figures without room', () => {
    expect(() => sceneFigure([{ kind: 'surface', mesh: sphere, values: [1, 2] }])).toThrow(DataError);
    const two = { data: new Float64Array(4), rows: 2, columns: 2 };
    expect(() => sceneFigure([{ kind: 'points', points: two }])).toThrow(DataError);
    expect(() =>
      sceneFigure([point(0, 0, 0, RED)], {
        bounds: [
          [0, 0],
          [0, 1],
          [0, 1],
        ],
      }),
    ).toThrow(ConfigError);
    expect(() => sceneFigure([point(0, 0, 0, RED)], { width: 80, height: 60 })).toThrow(ConfigError);
  });
});
