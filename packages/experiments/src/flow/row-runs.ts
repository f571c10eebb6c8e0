import type { StudyContext } from '../studies/study.js';
import type { StageCurves } from './train-flow.js';

/** What one run of a row of a table found; plain data. */
export interface FlowRun<M> {
  /** `null` where training diverged. */
  readonly metrics: M | null;
  readonly curves: readonly StageCurves[];
}

/** A row with its runs, one a seed. */
export interface RowRuns<Row, R> {
  readonly row: Row;
  readonly runs: readonly R[];
}

/** What tables are made of: the measured runs of one row, one a seed. */
export interface MeasuredRuns<Row, M> {
  readonly row: Row;
  readonly metrics: readonly (M | null)[];
  /** Of training. */
  readonly seconds: readonly number[];
}

/** Runs every row with every seed of a study, seed by seed, as parts that are done once: `<row><suffix>-seed<seed>`. */
export async function runRows<Row extends { readonly name: string }, R>(
  { seeds, part }: Pick<StudyContext, 'seeds' | 'part'>,
  rows: readonly Row[],
  run: (row: Row, seed: number) => Promise<R>,
  suffix = '',
): Promise<RowRuns<Row, R>[]> {
  const results = rows.map((row) => ({ row, runs: [] as R[] }));
  // Data of one seed may fill much memory.
  for (const seed of seeds)
    for (const { row, runs } of results)
      runs.push(await part(`${row.name}${suffix}-seed${seed}`, () => run(row, seed)));
  return results;
}

/** The measured runs of each row. */
export const measuredRuns = <Row, M>(results: readonly RowRuns<Row, FlowRun<M>>[]): MeasuredRuns<Row, M>[] =>
  results.map(({ row, runs }) => ({
    row,
    metrics: runs.map(({ metrics }) => metrics),
    seconds: runs.map(({ curves }) => curves.reduce((sum, { seconds }) => sum + seconds, 0)),
  }));

/** Everything that was measured of runs, for `metrics.json`: without times, which differ between equal runs. */
export const numbersOfRuns = <M>(
  runs: readonly FlowRun<M>[],
  seeds: readonly number[],
): readonly Record<string, unknown>[] =>
  runs.map(({ metrics, curves }, i) => ({
    seed: seeds[i],
    metrics,
    stages: curves.map(({ stage, keptEpoch, statistics, validation }) => ({
      stage,
      keptEpoch,
      statistics,
      validation,
    })),
  }));

/** One sentence for each run that diverged. */
export const divergedRuns = (
  title: string,
  metrics: readonly unknown[],
  seeds: readonly number[],
): string[] =>
  metrics.flatMap((one, i) =>
    one === null ? [`${title}, seed ${seeds[i]}: training diverged, nothing is measured.`] : [],
  );
