import { simulateDataset, toTensor, type SimulatedDataset } from '@ebim/datasets';
import { FLOW_PRESETS, type FlowPreset } from '@ebim/flows';
import { foldIn, key as keyOf, treeDispose, type Key } from '@ebim/runtime';
import { hostFlow } from '../../flow/host-flow.js';
import { measuredRuns, numbersOfRuns, runRows, type FlowRun } from '../../flow/row-runs.js';
import { trainFlow } from '../../flow/train-flow.js';
import type { StudyContext, StudyResult } from '../study.js';
import { circleFigures } from './figures.js';
import { measureCircle, measureTruth, type CircleMetrics } from './measure.js';
import { affineDensityBound, circleModel, circleStages } from './models.js';
import { picturesOf, type CirclePictures } from './pictures.js';
import { CIRCLE_ROWS, type CircleRow } from './rows.js';
import { circleTable, circleWarnings, detailsTable } from './tables.js';

/** Sizes of a study. */
export interface CircleSizes {
  readonly preset: FlowPreset;
  /** Points to test on, and as many out of distribution. */
  readonly test: number;
  /** Grid points of the figure along each axis. */
  readonly grid: number;
}

/** What one run of a row found; plain data. */
interface RowResult extends FlowRun<CircleMetrics> {
  readonly pictures: CirclePictures | null;
}

const EVALUATION_STREAM = 0x43495243;
/** Test points are those of one draw, whatever the run. */
const DATA_KEY = keyOf(0);

/** Trains and measures the rows that are wanted, with every seed. */
export const runCircle = (context: StudyContext): Promise<StudyResult> =>
  circleStudy(context, {
    preset: FLOW_PRESETS.circle[context.fast ? 'fast' : 'paper'],
    test: 1000,
    grid: 200,
  });

/** {@link runCircle} at any size. */
export async function circleStudy(context: StudyContext, sizes: CircleSizes): Promise<StudyResult> {
  const { members, seeds } = context;
  const { preset } = sizes;
  const rows = CIRCLE_ROWS.filter(({ name }) => members.includes(name));
  const data = seeds.map((run) =>
    simulateDataset('circle-gaussian', DATA_KEY, { train: preset.training.points, test: sizes.test, run }),
  );
  const keys = seeds.map((seed) => foldIn(keyOf(seed), EVALUATION_STREAM));
  const results = await runRows(context, rows, (row, seed) => {
    const i = seeds.indexOf(seed);
    return runRow(context, row, { seed, sizes, data: data[i], key: keys[i] });
  });
  const truth = data.map((one, i) => measureTruth(one, foldIn(keys[i], CIRCLE_ROWS.length)));
  const measured = {
    truth,
    rows: measuredRuns(results),
  };
  const pictured = results.flatMap(({ row: { title }, runs: [{ pictures }] }) =>
    pictures === null ? [] : [{ title, pictures }],
  );
  return {
    tables: [
      circleTable(measured, affineDensityBound(preset.architecture.layers.ambient)),
      detailsTable(measured),
    ],
    figures: await circleFigures(pictured, { data: data[0].test.points, size: sizes.grid }),
    numbers: {
      truth,
      rows: results.map(({ row: { name }, runs }) => ({
        name,
        runs: numbersOfRuns(runs, seeds),
      })),
    },
    warnings: circleWarnings(measured, seeds),
  };
}

async function runRow(
  context: StudyContext,
  row: CircleRow,
  {
    seed,
    sizes: { preset, grid },
    data,
    key,
  }: {
    readonly seed: number;
    readonly sizes: CircleSizes;
    readonly data: SimulatedDataset;
    readonly key: Key;
  },
): Promise<RowResult> {
  const { profile, say } = context;
  const { architecture, training } = preset;
  const label = `${row.name}-seed${seed}`;
  say(`${row.title}, seed ${seed}`);
  const model = circleModel(row, architecture, profile);
  const rows = { x: toTensor(data.train.points) };
  const { params, status, curves } = await trainFlow(context, {
    label,
    model,
    rows,
    stages: circleStages(row, model, training, profile),
    seed,
    validation: training.validation,
    about: { study: 'circle', model: row.model, profile, architecture: { ...architecture } },
  }).finally(() => {
    treeDispose(rows);
  });
  const rowKey = foldIn(key, CIRCLE_ROWS.indexOf(row));
  const flow = hostFlow(model, params, rowKey);
  try {
    if (status === 'diverged') return { metrics: null, pictures: null, curves };
    say(`${label}: measuring`);
    const pictureKey = foldIn(rowKey, 1);
    return {
      metrics: await measureCircle(row, flow, data, rowKey),
      pictures: await picturesOf(row, model, params, flow, {
        test: data.test.points,
        size: grid,
        key: pictureKey,
      }),
      curves,
    };
  } finally {
    flow.dispose();
    treeDispose(params);
  }
}
