import {
  figureGrid,
  gnBu,
  graphSurface,
  interactiveScene,
  makeGrid,
  sceneFigure,
  type SceneObject,
  type SceneOptions,
} from '@ebim/plots';
import type { Points } from '@ebim/datasets';
import { findExperiment } from '../../definitions/registry.js';
import type { Figure } from '../../report/report-input.js';
import { format } from '../../report/result-rows.js';
import { runKeys } from '../../run/keys.js';
import { spreadText } from '../format.js';
import type { StudyContext, StudyResult } from '../study.js';
import { FUNCTIONS, trainFunction, type FunctionName, type TrainedFunction } from './functions.js';

const LABELS: Readonly<Record<FunctionName, string>> = {
  healthy: 'network, whole loss (Figure 1)',
  mlp: 'network, mean |F| alone',
  'left-inverse': 'left inverse of a flow, mean |F| alone',
};
/** The plot box of Figure 1. */
const GRID = makeGrid(
  [
    [-1.3, 1.3],
    [-1.3, 1.3],
  ],
  60,
);
/** A function counts as degenerate when its largest value is less than this share of the healthy one's. */
const DEGENERATE = 0.2;

/** Runs and draws Figure 2. */
export async function runFig2({
  profile,
  fast,
  seeds,
  part,
  say,
  signal,
}: StudyContext): Promise<StudyResult> {
  const experiment = findExperiment('von-mises');
  const config = experiment.config(profile, fast);
  const runs: { seed: number; functions: Record<FunctionName, TrainedFunction>; points: Points }[] = [];
  for (const seed of seeds) {
    // The healthy function is that of Figure 1's run of this seed.
    const { data: dataKey, manifold } = runKeys(seed);
    const { points } = await experiment.load(config, dataKey, { signal });
    const functions: Partial<Record<FunctionName, TrainedFunction>> = {};
    for (const name of FUNCTIONS)
      functions[name] = await part(`${name}-seed${seed}`, () => {
        say(`${LABELS[name]}, seed ${seed}: ${config.manifold.epochs} epochs`);
        return trainFunction(name, config, points, GRID, manifold, signal);
      });
    runs.push({ seed, functions: functions as Record<FunctionName, TrainedFunction>, points });
  }
  const [first] = runs;
  const spread = (name: FunctionName, pick: (f: TrainedFunction) => number) =>
    spreadText(runs.map(({ functions }) => pick(functions[name])));
  return {
    tables: [
      {
        title: 'Three functions on the same points',
        columns: [
          '',
          'largest |F| in the plot box',
          'mean |F| on the data',
          'smallest singular value on the data',
          'median singular value',
        ],
        rows: FUNCTIONS.map((name) => [
          LABELS[name],
          spread(name, ({ largest }) => largest),
          spread(name, ({ onData }) => onData),
          spread(name, ({ singular }) => singular.minimum),
          spread(name, ({ singular }) => singular.median),
        ]),
        note: 'Without negatives and without the rank regulariser the loss asks for nothing but small values: both functions become flat. The papers show pictures only, and say nothing of the size of the flow.',
      },
    ],
    figures: await surfaces(first.functions, first.points, first.seed),
    numbers: {
      runs: runs.map(({ seed, functions }) => ({
        seed,
        functions: Object.fromEntries(
          FUNCTIONS.map((name) => {
            const { values: _, ...numbers } = functions[name];
            return [name, numbers];
          }),
        ),
      })),
    },
    warnings: runs.flatMap(({ seed, functions }) => warningsOf(seed, functions)),
  };
}

function warningsOf(seed: number, functions: Record<FunctionName, TrainedFunction>): string[] {
  const { healthy } = functions;
  return FUNCTIONS.flatMap((name) => {
    const { status, largest } = functions[name];
    if (status !== 'completed') return [`Seed ${seed}: training of "${LABELS[name]}" ${status}.`];
    if (name === 'healthy' || largest < DEGENERATE * healthy.largest) return [];
    return [
      `Seed ${seed}: "${LABELS[name]}" did not become flat (largest |F| ${format(largest)}, healthy ${format(healthy.largest)}): train longer.`,
    ];
  });
}

async function surfaces(
  functions: Record<FunctionName, TrainedFunction>,
  points: Points,
  seed: number,
): Promise<Figure[]> {
  const raised = new Float64Array(3 * points.rows);
  for (let i = 0; i < points.rows; i++) raised.set(points.data.subarray(2 * i, 2 * i + 2), 3 * i);
  const options: SceneOptions = {
    bounds: [GRID.bounds[0], GRID.bounds[1], [-1.5, 1.5]],
    view: { elevation: 30, azimuth: -60 },
    aspect: [1, 1, 0.7],
    axes: ['x', 'y', 'F'],
    colourLabel: 'F',
    width: 440,
    height: 380,
  };
  const scenes = await Promise.all(
    FUNCTIONS.map(async (name): Promise<SceneObject[]> => {
      const { values } = functions[name];
      return [
        {
          kind: 'surface',
          mesh: await graphSurface(() => values, GRID),
          values,
          range: [-1, 1],
          colourMap: gnBu,
          opacity: 0.9,
        },
        {
          kind: 'points',
          points: { data: raised, rows: points.rows, columns: 3 },
          size: 3,
          colour: [200, 80, 30],
          showHidden: true,
        },
      ];
    }),
  );
  const [, , flow] = scenes;
  return [
    {
      name: 'fig2',
      title: 'A healthy function and two degenerate ones',
      caption: `Seed ${seed}. F over the plane with the data at height zero, all on one scale. Left the whole loss; the others were trained on mean |F| alone.`,
      svg: figureGrid(
        scenes.map((scene) => sceneFigure(scene, options)),
        { titles: FUNCTIONS.map((name) => LABELS[name]) },
      ),
    },
    {
      name: 'fig2-flow',
      title: 'Left inverse of a flow',
      caption: 'The right panel, to turn. Its Jacobian has full rank everywhere, and yet it is nearly zero.',
      svg: sceneFigure(flow, options),
      interactive: interactiveScene(flow, { ...options, title: 'Left inverse of a flow' }),
    },
  ];
}
