import {
  figureGrid,
  gnBuSurface,
  interactiveScene,
  sceneFigure,
  type SceneObject,
  type SceneOptions,
} from '@ebim/plots';
import { densityLabel, densityRange, densityValues } from './density-values.js';
import type { Figure, ReportInput } from './report-input.js';

const DEFAULT_VIEWS = [
  [25, 300],
  [25, 120],
] as const;

/** The panels of P2 Figures 5 and 6 for points of space: data, and the learned surface coloured by its density. */
export function spaceFigures({ plan, evaluation }: ReportInput): Figure[] {
  const { meshBox: box } = plan.config.evaluation;
  const bounds = [0, 1, 2].map((d) => [box.lower[d], box.upper[d]] as const) as unknown as NonNullable<
    SceneOptions['bounds']
  >;
  const views = plan.views.length > 0 ? plan.views : DEFAULT_VIEWS;
  const { points } = plan.data;
  const data: SceneObject[] = [{ kind: 'points', points, size: 3, opacity: 0.6, colour: [8, 104, 172] }];
  const learned = learnedObjects();
  const label = densityLabel(plan.config);
  const looks = views.map(([elevation, azimuth]) => ({ elevation, azimuth }));
  const stills = looks.flatMap((view) => [
    sceneFigure(data, { bounds, view, width: 460, height: 420 }),
    sceneFigure(learned, { bounds, view, width: 540, height: 420, colourLabel: label }),
  ]);
  const titles = looks.flatMap(({ elevation, azimuth }) => [
    `Data (elevation ${elevation}, azimuth ${azimuth})`,
    'Learned density on the learned manifold',
  ]);
  const overlay: SceneObject[] = [
    ...learned,
    { kind: 'points', points, size: 3, opacity: 0.8, colour: [200, 80, 30] },
  ];
  return [
    {
      name: 'density',
      title: 'Data and learned density',
      caption:
        'Left the data, right the learned zero set of F (marching cubes), coloured by the learned density on it, up to its 99th percentile.',
      svg: figureGrid(stills, { titles, columns: 2 }),
    },
    {
      name: 'density-with-data',
      title: 'Learned surface and data',
      caption: 'The same surface with the data on it. Drag to turn, pinch or Ctrl and wheel to zoom.',
      svg: sceneFigure(overlay, { bounds, view: looks[0], colourLabel: label }),
      interactive: interactiveScene(overlay, {
        bounds,
        view: looks[0],
        title: 'Learned surface and data',
        colourLabel: label,
      }),
    },
  ];

  function learnedObjects(): SceneObject[] {
    const { levelSet, vertexEnergy, covering } = evaluation;
    const coloured = (energy: Float64Array) => {
      const values = densityValues(plan.config, evaluation, energy);
      return { values, range: densityRange(values), colourMap: gnBuSurface };
    };
    if (levelSet?.kind === 'surface' && vertexEnergy !== null && levelSet.mesh.triangles.length > 0)
      return [
        {
          kind: 'surface',
          mesh: levelSet.mesh,
          ...coloured(vertexEnergy),
        },
      ];
    // A curve in space, or no zero set: the covering points.
    return [{ kind: 'points', points: covering.points, size: 4, ...coloured(covering.energy) }];
  }
}
