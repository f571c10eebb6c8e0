import { toTensor, type SimulatedDataset } from '@ebim/datasets';
import { FLOW_PRESETS, flowModel, inspectBox, type FlowPreset } from '@ebim/flows';
import { foldIn, key as keyOf, treeDispose } from '@ebim/runtime';
import type { ChosenStart, TrialSizes } from '../../flow/choose-start.js';
import { hostFlow } from '../../flow/host-flow.js';
import { profileArchitecture } from '../../flow/profile-architecture.js';
import { divergedRuns, measuredRuns, numbersOfRuns, runRows, type FlowRun } from '../../flow/row-runs.js';
import { trainFlow } from '../../flow/train-flow.js';
import { format } from '../../report/result-rows.js';
import type { StudyContext, StudyResult } from '../study.js';
import { claimsTable, findings } from './claims.js';
import { surfaceFigures } from './figures.js';
import { measureSurface, type SurfaceMetrics } from './measure.js';
import { picturesOf, type SurfacePictures } from './pictures.js';
import { SURFACE_ROWS, type SurfaceRow } from './rows.js';
import { seedsTable, stuckRuns } from './seeds-table.js';
import { stagesOf, startOf } from './settings.js';
import { honestTable, table2 } from './tables.js';
import {
  OBSERVED,
  PUBLISHED_CHAINS,
  surfaceData,
  trueInference,
  type ChainSizes,
  type TrueInference,
} from './truth.js';

/** Sizes of a study. */
export interface SurfaceSizes {
  readonly preset: FlowPreset;
  /** Points to test on. */
  readonly test: number;
  /** Observed sets for inference, of {@link OBSERVED} test points each. */
  readonly sets: number;
  readonly chains: ChainSizes;
  /** Generated points. */
  readonly samples: number;
  /** Heights within a cell of the section's picture. */
  readonly heights: number;
  /** Starts of the `corrected` profile. */
  readonly trials: TrialSizes;
}

/** What one run of a row found; plain data. */
interface RowResult extends FlowRun<SurfaceMetrics> {
  readonly pictures: SurfacePictures | null;
  /** `null` where there was none to choose. */
  readonly start: ChosenStart | null;
}

/** Which of the models the figures show, the first that there is. */
const PICTURED_FIRST = [
  'mflow-alternating',
  'mflow-sequential',
  'meflow-sequential',
  'meflow-alternating',
  'af',
  'pie',
];

const EVALUATION_STREAM = 0x4556414c;

const sizesOf = (fast: boolean): SurfaceSizes => ({
  preset: FLOW_PRESETS.polynomialSurface[fast ? 'fast' : 'paper'],
  test: 10_000,
  sets: 10,
  chains: PUBLISHED_CHAINS,
  samples: 10_000,
  heights: 16,
  trials: fast ? { starts: 4, points: 5000, epochs: 2 } : { starts: 6, points: 20_000, epochs: 3 },
});

/** Trains and measures the rows of Table 2 that are wanted, with every seed. */
export const runPolynomialSurface = (context: StudyContext): Promise<StudyResult> =>
  polynomialSurfaceTable(context, sizesOf(context.fast));

/** {@link runPolynomialSurface} at any size. */
export async function polynomialSurfaceTable(
  context: StudyContext,
  sizes: SurfaceSizes,
): Promise<StudyResult> {
  const { members, seeds } = context;
  const rows = SURFACE_ROWS.filter(({ name }) => members.includes(name));
  const data = memo((seed: number) => surfaceData(seed, sizes.preset.training.points, sizes.test));
  const truth = memo((seed: number) =>
    trueInference(data(seed).test.points, sizes.sets, sizes.chains, foldIn(keyOf(seed), EVALUATION_STREAM)),
  );
  const results = await runRows(context, rows, async (row, seed) =>
    runRow(context, row, seed, sizes, data(seed), await truth(seed)),
  );
  const measured = measuredRuns(results);
  const { floor, priorAlone } = await truth(seeds[0]);
  const pictured = PICTURED_FIRST.flatMap((name) => {
    const found = results.find(({ row }) => row.name === name);
    const pictures = found?.runs[0]?.pictures;
    return found === undefined || pictures == null ? [] : [{ title: found.row.title, pictures }];
  });
  const box = await boxOf(data(seeds[0]), sizes);
  return {
    tables: [
      table2(measured, { floor, priorAlone }),
      ...(context.fast ? [] : [claimsTable(measured)]),
      seedsTable(measured, seeds),
      honestTable(measured),
    ],
    figures: await surfaceFigures(pictured),
    numbers: {
      rows: results.map(({ row: { name }, runs }) => ({
        name,
        runs: numbersOfRuns(runs, seeds).map((numbers, i) => ({ ...numbers, start: runs[i].start })),
      })),
      inference: { observed: OBSERVED, sets: sizes.sets, floor, priorAlone },
    },
    warnings: [
      ...measured.flatMap(({ row, metrics }) => divergedRuns(row.title, metrics, seeds)),
      ...stuckRuns(measured, seeds),
      ...(context.fast ? [] : findings(measured)),
      `${format(100 * box)} % of the training points lie outside of the box of the splines, where the flow is the identity in a coordinate.`,
    ],
  };
}

async function runRow(
  context: StudyContext,
  row: SurfaceRow,
  seed: number,
  { preset, samples, heights, trials }: SurfaceSizes,
  data: SimulatedDataset,
  truth: TrueInference,
): Promise<RowResult> {
  const label = `${row.name}-seed${seed}`;
  context.say(`${row.title}, seed ${seed}`);
  const model = flowModel(row.model, profileArchitecture(preset, context.profile));
  const start = await startOf(context, row, model, seed, preset.training, trials, data.train);
  const { points, context: thetas } = data.train;
  const rows = { x: toTensor(points), ...(thetas === null ? {} : { context: toTensor(thetas) }) };
  const trained = await trainFlow(context, {
    label,
    model,
    rows,
    stages: stagesOf(row, model, preset, context.profile),
    seed: start?.seed ?? seed,
    validation: preset.training.validation,
    about: { study: 'polynomial-surface', model: row.model, architecture: { ...preset.architecture } },
  }).finally(() => {
    treeDispose(rows);
  });
  const { params, status, curves } = trained;
  if (status === 'diverged') {
    treeDispose(params);
    return { metrics: null, pictures: null, curves, start };
  }
  const key = foldIn(foldIn(keyOf(seed), EVALUATION_STREAM), SURFACE_ROWS.indexOf(row));
  const flow = hostFlow(model, params, key);
  try {
    context.say(`${label}: measuring`);
    return {
      metrics: await measureSurface(
        row,
        { bound: preset.architecture.bound, samples },
        model,
        params,
        flow,
        data,
        truth,
        foldIn(key, 1),
      ),
      pictures: await picturesOf(row, model, params, flow, { test: data.test.points, heights }),
      curves,
      start,
    };
  } finally {
    flow.dispose();
    treeDispose(params);
  }
}

/** Share of the training points outside of the box. */
async function boxOf({ train }: SimulatedDataset, { preset }: SurfaceSizes): Promise<number> {
  const points = toTensor(train.points);
  const { shareOutside } = await inspectBox(points, preset.architecture.bound);
  points.dispose();
  return shareOutside;
}

/** A function whose value for an argument is computed once. */
function memo<V>(f: (seed: number) => V): (seed: number) => V {
  const known = new Map<number, V>();
  return (seed) => {
    const value = known.has(seed) ? (known.get(seed) as V) : f(seed);
    known.set(seed, value);
    return value;
  };
}
