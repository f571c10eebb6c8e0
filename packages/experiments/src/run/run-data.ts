import { readPoints, writeNpy, type Points } from '@ebim/datasets';
import { DataError, ShapeError } from '@ebim/runtime';
import type { ExperimentData } from '../definitions/experiment.js';
import type { Evaluation } from '../evaluation/evaluate.js';
import { exists, RUN_FILES, type RunFolder } from './run-folder.js';

/** Keeps the data of a run in its folder, so that it can be measured again without the source. */
export async function storeData(
  folder: RunFolder,
  { points, groundTruth, heldOut = null }: ExperimentData,
): Promise<void> {
  await writeNpy(folder.file(RUN_FILES.points), points);
  for (const name of ['validation', 'test'] as const) {
    const part = heldOut?.[name] ?? null;
    if (part !== null) await writeNpy(folder.file(RUN_FILES[name]), part);
  }
  if (groundTruth !== null)
    await writeNpy(folder.file(RUN_FILES.groundTruth), withColumn(groundTruth.points, groundTruth.density));
}

/** A learned density at points that cover the learned manifold. */
export interface CoveringLogDensity {
  /** `[count, n]` */
  readonly points: Points;
  /** Nats, with respect to length, area, …; `[count]` */
  readonly logDensity: Float64Array;
}

/** Keeps the learned density at the covering points in the folder of a run, for other programs and for figures. */
export const storeLearnedDensity = (
  folder: RunFolder,
  { covering, logZ }: Pick<Evaluation, 'covering' | 'logZ'>,
): Promise<void> =>
  writeNpy(
    folder.file(RUN_FILES.density),
    withColumn(
      covering.points,
      covering.energy.map((energy) => -energy - logZ),
    ),
  );

/**
 * The learned density of a finished run.
 *
 * @throws DataError `missing-file`, `truncated`, …
 */
export async function loadLearnedDensity(folder: RunFolder): Promise<CoveringLogDensity> {
  const { points, values } = withoutColumn(
    await readPoints(folder.file(RUN_FILES.density), { requireVariation: 'ignore' }),
  );
  return { points, logDensity: values };
}

/**
 * The data of an earlier run.
 *
 * @throws DataError `missing-file`, `truncated`, …; ShapeError `wrong-columns`
 */
export async function loadData(folder: RunFolder, columns: number): Promise<ExperimentData> {
  const points = await readPart(folder, RUN_FILES.points, columns);
  const [validation, test] = await Promise.all(
    (['validation', 'test'] as const).map(async (name) =>
      (await exists(folder.file(RUN_FILES[name]))) ? readPart(folder, RUN_FILES[name], columns) : null,
    ),
  );
  const heldOut = validation === null && test === null ? null : { validation, test };
  const path = folder.file(RUN_FILES.groundTruth);
  if (!(await exists(path))) return { points, groundTruth: null, heldOut };
  const known = withoutColumn(await readPoints(path, { requireVariation: 'ignore' }));
  return { points, groundTruth: { points: known.points, density: known.values }, heldOut };
}

async function readPart(folder: RunFolder, name: string, columns: number): Promise<Points> {
  const points = await readPoints(folder.file(name), { requireVariation: 'ignore' });
  if (points.columns !== columns)
    throw new ShapeError({
      code: 'wrong-columns',
      where: folder.file(name),
      expected: `${columns} columns, as ${RUN_FILES.run} says`,
      received: String(points.columns),
      hint: 'The file was altered; start the run again.',
    });
  return points;
}

/**
 * Refuses to go on with data other than a run began with.
 *
 * @throws DataError `other-data`
 */
export async function requireSameData(folder: RunFolder, points: Points): Promise<void> {
  if (!(await exists(folder.file(RUN_FILES.points)))) return;
  const stored = await readPoints(folder.file(RUN_FILES.points), { requireVariation: 'ignore' });
  const same = stored.rows === points.rows && stored.data.every((value, i) => value === points.data[i]);
  if (same) return;
  throw new DataError({
    code: 'other-data',
    where: '--resume',
    expected: `the ${stored.rows} points that the run in ${folder.path} began with`,
    received: stored.rows === points.rows ? 'other values' : `${points.rows} points`,
    hint: 'Start a new run without --resume, or bring back the file as it was.',
  });
}

function withColumn(points: Points, values: Float64Array): Points {
  const columns = points.columns + 1;
  const data = new Float64Array(points.rows * columns);
  for (let i = 0; i < points.rows; i++) {
    data.set(points.data.subarray(i * points.columns, (i + 1) * points.columns), i * columns);
    data[(i + 1) * columns - 1] = values[i];
  }
  return { data, rows: points.rows, columns };
}

function withoutColumn(table: Points): { readonly points: Points; readonly values: Float64Array } {
  const columns = table.columns - 1;
  const data = new Float64Array(table.rows * columns);
  const values = new Float64Array(table.rows);
  for (let i = 0; i < table.rows; i++) {
    data.set(table.data.subarray(i * table.columns, i * table.columns + columns), i * columns);
    values[i] = table.data[(i + 1) * table.columns - 1];
  }
  return { points: { data, rows: table.rows, columns }, values };
}
