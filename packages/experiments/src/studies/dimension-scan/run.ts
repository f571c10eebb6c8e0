import { foldIn, key as keyOf } from '@ebim/runtime';
import type { StudyContext, StudyResult } from '../study.js';
import { divergedRuns, runRows } from '../../flow/row-runs.js';
import { elbow, type ErrorAt } from './elbow.js';
import { scanFigure } from './figures.js';
import { dataEstimates, errorOfMean, scanOne, type ScanData, type ScanResult } from './scan.js';
import { drawPoints, scanSets, type ScanSet } from './sets.js';
import { dimensionTable, errorTable, findings, type ScannedSet } from './tables.js';

/** Points to measure errors at. */
const HELD_OUT = 2000;
/** All seeds see the same points: what differs is the training. */
const DATA_KEY = keyOf(0);

/** One data set with all its runs. */
interface Scan extends ScannedSet {
  readonly runs: readonly { readonly dimension: number; readonly results: readonly ScanResult[] }[];
}

/** Scans the data sets that are wanted. */
export const runDimensionScan = (context: StudyContext): Promise<StudyResult> =>
  dimensionScanOf(
    context,
    scanSets(context.fast).filter(({ name }) => context.members.includes(name)),
  );

/** {@link runDimensionScan} of any data sets. */
export async function dimensionScanOf(context: StudyContext, sets: readonly ScanSet[]): Promise<StudyResult> {
  const scans: Scan[] = [];
  for (const set of sets) scans.push(await scanSet(context, set));
  return {
    tables: [errorTable(scans), dimensionTable(scans)],
    figures: [await scanFigure(scans)],
    numbers: {
      sets: scans.map(({ set, errors, chosen, estimates, runs }) => ({
        name: set.name,
        ambientDimension: set.simulator.ambientDimension,
        manifoldDimension: set.simulator.manifoldDimension,
        points: set.preset.training.points,
        epochs: set.preset.training.epochs,
        chosen,
        estimates,
        errors,
        runs: runs.map(({ dimension, results }) => ({
          dimension,
          seeds: results.map(({ error, curves, start }, i) => ({
            seed: context.seeds[i],
            error,
            start,
            reconstruction: curves[0].statistics['reconstruction'],
          })),
        })),
      })),
    },
    warnings: [
      ...scans.flatMap(({ set: { title }, runs }) =>
        runs.flatMap(({ dimension, results }) =>
          divergedRuns(
            `${title}, n = ${dimension}`,
            results.map(({ error }) => error),
            context.seeds,
          ),
        ),
      ),
      ...findings(scans),
    ],
  };
}

async function scanSet(context: StudyContext, set: ScanSet): Promise<Scan> {
  const data: ScanData = {
    train: drawPoints(set, foldIn(DATA_KEY, 0), set.preset.training.points),
    heldOut: drawPoints(set, foldIn(DATA_KEY, 1), HELD_OUT),
  };
  const estimates = await context.part(`${set.name}-estimates`, () => Promise.resolve(dataEstimates(data)));
  const rows = set.dimensions.map((dimension) => ({ name: `${set.name}-n${dimension}`, dimension }));
  const scanned = await runRows(context, rows, ({ dimension }, seed) =>
    scanOne(context, set, dimension, seed, data),
  );
  const runs = scanned.map(({ row: { dimension }, runs: results }) => ({ dimension, results }));
  const errors: ErrorAt[] = [
    { dimension: 0, error: errorOfMean(data) },
    ...runs.flatMap(({ dimension, results }) => {
      const means = results.flatMap(({ error }) => (error === null ? [] : [error.mean]));
      return means.length === 0 ? [] : [{ dimension, error: Math.min(...means) }];
    }),
  ];
  return { set, errors, chosen: elbow(errors), estimates, runs };
}
