import { inflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { makeGrid } from '../level-sets/grid.js';
import { levelSurfaceOf } from '../level-sets/level-set-of.js';
import { meshTopology } from '../mesh/topology.js';
import { sphereField } from '../testing/fields.js';
import { interactiveScene } from './interactive-scene.js';
import { packScene, type PackedScene } from './pack.js';
import { VIEWER_SCRIPT } from './viewer-script.js';
import { weldCorners } from './weld.js';

const grid = makeGrid(
  [
    [-1.2, 1.2],
    [-1.2, 1.2],
    [-1.2, 1.2],
  ],
  16,
);

/** Reads what {@link packScene} wrote, as the page does. */
function unpack(packed: PackedScene): { places: number[]; colours: number[]; triangles: number[] }[] {
  const bytes = inflateSync(Uint8Array.from(Buffer.from(packed.data, 'base64')));
  let at = 0;
  const numbers = (count: number, width: number, step: number): number[] => {
    const out: number[] = [];
    for (let i = 0; i < count; i++) {
      let value = 0;
      for (let b = 0; b < width; b++) value += bytes[at + b * count + i] * 256 ** b;
      out.push((value + (i < step ? 0 : out[i - step])) % 256 ** width);
    }
    at += count * width;
    return out;
  };
  const objects = packed.objects.map(({ count, corners }) => {
    const places = numbers(3 * count, 2, 3).map((value) => value / 65535 - 0.5);
    const colours = [...bytes.subarray(at, (at += 3 * count))];
    return { places, colours, triangles: corners > 0 ? numbers(corners, 4, 1) : [] };
  });
  expect(at).toBe(bytes.length);
  return objects;
}

describe('packScene', () => {
  it('keeps places to a 65535th of the box, colours and triangles exactly', () => {
    const surface = {
      positions: Float64Array.of(-0.5, -0.25, 0, 0.5, 0.25, 0.123, 0.1, -0.2, -0.1),
      colours: Float32Array.of(0, 1, 2, 253, 254, 255, 7.4, 8.6, 9),
      triangles: Uint32Array.of(0, 1, 2, 2, 1, 0),
      opacity: 0.5,
    };
    const points = {
      positions: Float64Array.of(0.3, 0.2, 0.1),
      colours: Float32Array.of(1, 2, 3),
      size: 6,
      opacity: 1,
      showHidden: true,
    };
    const sides = [1, 0.5, 0.25] as const;
    const packed = packScene([surface], [points], sides);
    const [first, second] = unpack(packed);
    first.places.forEach((place, n) =>
      expect(Math.abs(place * sides[n % 3] - surface.positions[n])).toBeLessThan(1 / 65535),
    );
    expect(first.colours).toEqual([0, 1, 2, 253, 254, 255, 7, 9, 9]);
    expect(first.triangles).toEqual([...surface.triangles]);
    expect(second.places[1] * 0.5).toBeCloseTo(0.2, 4);
    expect(packed.objects).toEqual([
      { kind: 'surface', count: 3, corners: 6, opacity: 0.5, size: 0, showHidden: false },
      { kind: 'points', count: 1, corners: 0, opacity: 1, size: 6, showHidden: true },
    ]);
  });

  it('makes a mesh small', async () => {
    const mesh = await levelSurfaceOf(sphereField(), makeGrid(grid.bounds, 60));
    const colours = new Float32Array(mesh.vertices.length).fill(100);
    const packed = packScene(
      [{ positions: mesh.vertices, colours, triangles: mesh.triangles, opacity: 1 }],
      [],
      [2.4, 2.4, 2.4],
    );
    const raw = 4 * (mesh.vertices.length + mesh.triangles.length);
    expect(packed.data.length).toBeLessThan(0.45 * raw);
  });
});

describe('weldCorners', () => {
  it('puts a mesh together again from its corners', async () => {
    const mesh = await levelSurfaceOf(sphereField(), grid);
    const positions = Float64Array.from(
      { length: 3 * mesh.triangles.length },
      (_, n) => mesh.vertices[3 * mesh.triangles[Math.floor(n / 3)] + (n % 3)],
    );
    const welded = weldCorners(
      { positions, normals: positions, colours: new Float32Array(positions.length) },
      1,
    );
    expect(welded.positions).toHaveLength(mesh.vertices.length);
    expect(meshTopology({ vertices: welded.positions, triangles: welded.triangles })).toMatchObject({
      closed: true,
      eulerCharacteristic: 2,
    });
  });

  it('keeps corners of different colours apart and drops triangles without area', () => {
    const corner = [0, 0, 0, 1, 0, 0, 0, 1, 0];
    const positions = Float64Array.of(...corner, ...corner, 0, 0, 0, 0, 0, 0, 1, 1, 1);
    const colours = new Float32Array(27);
    colours.fill(50, 9, 18);
    const welded = weldCorners({ positions, normals: positions, colours }, 1);
    expect(welded.triangles).toHaveLength(6);
    expect(new Set(welded.triangles).size).toBe(6);
  });
});

describe('interactiveScene', () => {
  it('is one piece of HTML that asks for nothing else', async () => {
    const mesh = await levelSurfaceOf(sphereField(), grid);
    const values = mesh.vertices.filter((_, n) => n % 3 === 0);
    const points = { data: Float64Array.of(1, 0, 0), rows: 1, columns: 3 };
    const html = interactiveScene(
      [
        { kind: 'surface', mesh, values },
        { kind: 'points', points },
      ],
      { title: '</script><b>', colourLabel: 'density', axes: ['<x>', 'y', 'z'] },
    );
    expect(html.match(/<\/script/g)).toHaveLength(1);
    expect(html).not.toContain('<b>');
    // Names of name spaces are no addresses.
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|import\(/);
    expect(html).toContain('>density<');
    // The still picture for pages without script.
    expect(html.indexOf('data:image/png')).toBeLessThan(html.indexOf('<script>'));
    const call = /<script>([\s\S]*)<\/script>/.exec(html)![1];
    let given: { view: object; sides: number[]; objects: object[] } | undefined;
    new Function('document', 'seen', call.replace(VIEWER_SCRIPT, 'seen'))(
      { currentScript: { parentElement: null } },
      (_root: unknown, scene: typeof given) => {
        given = scene;
      },
    );
    expect(given!.view).toEqual({ elevation: 30, azimuth: -60 });
    expect(given!.objects).toHaveLength(2);
    given!.sides.forEach((side) => expect(side).toBeCloseTo(1, 1));
  });

  it('carries a program that parses', () => {
    expect(() => new Function(`return ${VIEWER_SCRIPT}`)).not.toThrow();
    expect(VIEWER_SCRIPT.length).toBeLessThan(16_000);
    expect(VIEWER_SCRIPT).not.toContain('</');
  });
});
