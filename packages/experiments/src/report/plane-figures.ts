import {
  densityColouring,
  figureGrid,
  gnBu,
  graphSurface,
  makeGrid,
  planeFigure,
  sceneFigure,
  interactiveScene,
  type PlaneOptions,
  type SceneObject,
} from '@ebim/plots';
import { hostFunction, type HostFunction } from '../evaluation/host-function.js';
import { densityLabel, densityValues } from './density-values.js';
import type { Figure, ReportInput } from './report-input.js';

/** The panels of P2 Figure 1 for points of the plane: data, F and E as surfaces, ground truth, learned density. */
export async function planeFigures(input: ReportInput): Promise<Figure[]> {
  const { plan, evaluation, model } = input;
  const { box } = plan.config.evaluation;
  const bounds = [
    [box.lower[0], box.upper[0]],
    [box.lower[1], box.upper[1]],
  ] as const;
  const options: PlaneOptions = { bounds, xLabel: 'x', yLabel: 'y', width: 400 };
  // A colour bar takes its room from the figure: all panels shall have axes of one size.
  const withBar = { ...options, width: 476 };
  const { covering, levelSet } = evaluation;
  const learned = densityValues(plan.config, evaluation, covering.energy);
  const coloured = (values: ArrayLike<number>) =>
    plan.published === null
      ? { values, range: [0, Math.max(...Array.from(values))] as const }
      : densityColouring(values, 0.25, 1.3);

  const panels = [
    planeFigure(
      [{ kind: 'points', points: plan.data.points, size: 5, opacity: 0.5, colour: [8, 104, 172] }],
      options,
    ),
    ...(plan.data.groundTruth === null
      ? []
      : [
          planeFigure(
            [
              {
                kind: 'points',
                points: plan.data.groundTruth.points,
                size: 9,
                ...coloured(plan.data.groundTruth.density),
              },
            ],
            { ...withBar, colourLabel: 'density' },
          ),
        ]),
    planeFigure([{ kind: 'points', points: covering.points, size: 9, ...coloured(learned) }], {
      ...withBar,
      colourLabel: densityLabel(plan.config),
    }),
  ];
  const titles = [
    'Data',
    ...(plan.data.groundTruth === null ? [] : ['Ground truth']),
    'Learned density on the learned manifold',
  ];
  const figures: Figure[] = [
    {
      name: 'density',
      title: 'Data and learned density',
      caption:
        'The model saw the points only. Its manifold is where the points lie, and the colour is its density along it.',
      svg: figureGrid(await Promise.all(panels), { titles }),
    },
  ];
  if (levelSet?.kind === 'curve')
    figures.push({
      name: 'manifold',
      title: 'Learned manifold',
      caption: 'The zero set of F, cut by marching squares, over the data.',
      svg: await planeFigure(
        [
          { kind: 'points', points: plan.data.points, size: 4, opacity: 0.4, colour: [140, 140, 140] },
          { kind: 'curve', curve: levelSet.curve, width: 2.5, colour: [8, 104, 172] },
        ],
        options,
      ),
    });
  figures.push(
    await surfaceFigure(input, 'constraint', hostFunction(model.constraint), bounds, {
      title: 'Manifold-defining function F',
      caption: 'F over the plane, with the data at height zero: it is zero on the data and steep across it.',
      height: [-1.5, 1.5],
    }),
    await surfaceFigure(input, 'energy', hostFunction(model.energy), bounds, {
      title: 'Energy E',
      caption: 'E over the plane, with the data at height zero; only its values on the manifold matter.',
      height: [-5, 8],
    }),
  );
  return figures;
}

interface SurfaceText {
  readonly title: string;
  readonly caption: string;
  /** Heights shown; what exceeds them is cut off. */
  readonly height: readonly [number, number];
}

/** A function of the plane as a surface with the data at height zero (P2 Figure 1 top). */
async function surfaceFigure(
  { plan }: ReportInput,
  name: string,
  f: HostFunction,
  bounds: readonly (readonly [number, number])[],
  text: SurfaceText,
): Promise<Figure> {
  const mesh = await graphSurface(f, makeGrid(bounds, 60));
  const { points } = plan.data;
  const raised = new Float64Array(3 * points.rows);
  for (let i = 0; i < points.rows; i++) raised.set(points.data.subarray(2 * i, 2 * i + 2), 3 * i);
  const heights = mesh.vertices.filter((_, i) => i % 3 === 2);
  const low = heights.reduce((a, b) => Math.min(a, b), 0);
  const high = heights.reduce((a, b) => Math.max(a, b), 0);
  const objects: SceneObject[] = [
    { kind: 'surface', mesh, values: heights, colourMap: gnBu, opacity: 0.9 },
    {
      kind: 'points',
      points: { data: raised, rows: points.rows, columns: 3 },
      size: 3,
      colour: [200, 80, 30],
      showHidden: true,
    },
  ];
  const options = {
    bounds: [
      bounds[0],
      bounds[1],
      [Math.max(low, text.height[0]) - 1e-3, Math.min(high, text.height[1]) + 1e-3],
    ] as const,
    view: { elevation: 30, azimuth: -60 },
    aspect: [1, 1, 0.7] as const,
    axes: ['x', 'y', name === 'energy' ? 'E' : 'F'] as const,
    colourLabel: name === 'energy' ? 'E' : 'F',
  };
  return {
    name,
    title: text.title,
    caption: text.caption,
    svg: sceneFigure(objects, options),
    interactive: interactiveScene(objects, { ...options, title: text.title }),
  };
}
