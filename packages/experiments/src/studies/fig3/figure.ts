import { projectedNormalMixture, sphereFromDegrees } from '@ebim/datasets';
import {
  figureGrid,
  gnBuSurface,
  interactiveScene,
  levelSurfaceOf,
  makeGrid,
  meshPoints,
  parametricSurface,
  sceneFigure,
  type Box3,
  type Mesh,
  type SceneObject,
} from '@ebim/plots';
import type { Constraint, Energy } from '@ebim/samplers';
import { hostFunction } from '../../evaluation/host-function.js';
import type { Figure } from '../../report/report-input.js';
import { UNION_BOX, type ArithmeticPart } from './arithmetic.js';

const VIEW = { elevation: 30, azimuth: -60 };
const BOX: Box3 = [
  [-1.1, 1.1],
  [-1.1, 1.1],
  [-1.03, 1.03],
];
const UNION: Box3 = [
  [UNION_BOX.lower[0], UNION_BOX.upper[0]],
  [UNION_BOX.lower[1], UNION_BOX.upper[1]],
  [UNION_BOX.lower[2], UNION_BOX.upper[2]],
];
const SIZE = { width: 500, height: 400, view: VIEW };

/** The panels of P2 Figure 3 and the exact density. */
export async function arithmeticFigures(
  model: { readonly constraint: Constraint; readonly energy: Energy },
  part: ArithmeticPart,
  seed: number,
): Promise<Figure[]> {
  // The learned surface may reach a little over the papers' box of the picture.
  const wide: [number, number][] = BOX.map(([low, high]) => [1.1 * low, 1.1 * high]);
  const mesh = await levelSurfaceOf(hostFunction(model.constraint), makeGrid(wide, 128));
  const energy = await hostFunction(model.energy)(meshPoints(mesh));
  const density = energy.map((e) => Math.exp(-e - part.logZ.sphere));
  const truth = await exactDensity();
  // Every surface over its own range, as the papers have it: the learned density is much flatter than the exact one.
  const coloured = (values: Float64Array) => ({ values, range: rangeOf(values), colourMap: gnBuSurface });
  const halved = density.map((p) => p / 2);
  const copies = [-0.5, 0.5].map((shift): SceneObject => ({
    kind: 'surface',
    mesh: moved(mesh, shift),
    ...coloured(halved),
  }));
  const ring: SceneObject[] = [
    {
      kind: 'points',
      points: { data: part.points, rows: part.density.length, columns: 3 },
      size: 6,
      values: part.density,
      range: [0, rangeOf(part.density)[1]],
    },
  ];
  const panels = [
    sceneFigure([{ kind: 'surface', mesh: truth.mesh, ...coloured(truth.values) }], {
      ...SIZE,
      bounds: BOX,
      colourLabel: 'density',
    }),
    sceneFigure([{ kind: 'surface', mesh, ...coloured(density) }], {
      ...SIZE,
      bounds: BOX,
      colourLabel: 'density',
    }),
    sceneFigure(copies, { ...SIZE, bounds: UNION, colourLabel: 'density' }),
    sceneFigure(ring, { ...SIZE, bounds: UNION, colourLabel: 'density' }),
  ];
  const titles = ['Exact density', 'Learned sphere', 'Union', 'Intersection'];
  const description =
    'Four panels: the exact and the learned density on a sphere, two copies that overlap, and the circle where they meet.';
  return [
    {
      name: 'fig3',
      title: 'A learned sphere, the union of two copies, and their intersection',
      caption: `Seed ${seed}. The copies are moved by half a unit to either side; nothing was trained after the move. Colours are densities by area, and by length on the circle; every panel has a scale of its own.`,
      svg: figureGrid(panels, { titles, columns: 2, description }),
    },
    {
      name: 'fig3-union',
      title: 'The union and the circle',
      caption: 'Drag to turn, pinch or Ctrl and wheel to zoom.',
      svg: sceneFigure([...copies, ...ring], { bounds: UNION, view: VIEW, colourLabel: 'density' }),
      interactive: interactiveScene([...copies, ...ring], {
        bounds: UNION,
        view: VIEW,
        title: 'The union and the circle',
        colourLabel: 'density',
      }),
    },
  ];
}

/** The exact density on the unit sphere, on a net of meridians and parallels. */
async function exactDensity(): Promise<{ readonly mesh: Mesh; readonly values: Float64Array }> {
  const mesh = await parametricSurface(
    ({ data, rows }) => sphereFromDegrees({ data: data.slice(), rows, columns: 2 }),
    [
      [-90, 90],
      [-180, 180],
    ],
    [61, 121],
  );
  // Vertices lie on the sphere to rounding.
  return { mesh, values: projectedNormalMixture().logDensity(meshPoints(mesh)).map(Math.exp) };
}

function rangeOf(values: Float64Array): readonly [number, number] {
  const sorted = values.slice().sort();
  return [sorted[0], sorted[sorted.length - 1]];
}

const moved = (mesh: Mesh, shift: number): Mesh => ({
  ...mesh,
  vertices: mesh.vertices.map((value, i) => (i % 3 === 0 ? value + shift : value)),
});
