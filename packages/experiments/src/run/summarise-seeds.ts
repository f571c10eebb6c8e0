import type { RunMetrics } from '../evaluation/run-metrics.js';
import type { RunPlan } from './plan.js';

/** A number over several seeds. */
export interface SeedStatistics {
  readonly mean: number;
  /** Standard deviation of the seeds over the root of their number; `null` for one seed. */
  readonly standardError: number | null;
  readonly values: readonly number[];
}

/** A seed without numbers. */
export interface FailedSeed {
  readonly seed: number;
  readonly reason: string;
}

/** The numbers of several runs that differ in their seed only. */
export interface SeedSummary {
  readonly name: string;
  readonly profile: string;
  readonly fast: boolean;
  /** Of the runs that came to their end. */
  readonly seeds: readonly number[];
  /** Of those that did not, with the reason. */
  readonly failed: readonly FailedSeed[];
  /** By path in `metrics.json`; only what every run has. A truth value counts as 0 or 1. */
  readonly metrics: Readonly<Record<string, SeedStatistics>>;
}

/** Mean and standard error of every number of the metrics. */
export function summariseMetrics(
  { name, profile, fast }: RunPlan,
  runs: readonly { readonly seed: number; readonly metrics: RunMetrics }[],
  failed: readonly FailedSeed[] = [],
): SeedSummary {
  const tables = runs.map((run) => numbersOf(run.metrics, ''));
  const metrics: Record<string, SeedStatistics> = {};
  for (const path of tables.at(0)?.keys() ?? []) {
    const values = tables.map((table) => table.get(path)).filter((value) => value !== undefined);
    if (values.length === tables.length) metrics[path] = statistics(values);
  }
  return { name, profile, fast, seeds: runs.map(({ seed }) => seed), failed, metrics };
}

function statistics(values: readonly number[]): SeedStatistics {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: n < 2 ? null : Math.sqrt(squares / (n - 1) / n), values };
}

function numbersOf(value: unknown, path: string): Map<string, number> {
  if (typeof value === 'number') return new Map([[path, value]]);
  if (typeof value === 'boolean') return new Map([[path, value ? 1 : 0]]);
  // Lists (pieces of a manifold, places) are of other lengths in other runs.
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
  return new Map(
    Object.entries(value).flatMap(([name, inner]) => [
      ...numbersOf(inner, path === '' ? name : `${path}.${name}`),
    ]),
  );
}

const rounded = (value: number): string => Number(value.toPrecision(4)).toString();

/** `[path, mean, standard error]` of each number, with a header. */
export const summaryRows = ({ metrics }: SeedSummary): string[][] => [
  ['metric', 'mean', '± standard error'],
  ...Object.entries(metrics).map(([path, { mean, standardError }]) => [
    path,
    rounded(mean),
    standardError === null ? '' : `± ${rounded(standardError)}`,
  ]),
];

/** The summary as a page of Markdown. */
export function markdownSummary(summary: SeedSummary): string {
  const { name, profile, fast, seeds, failed } = summary;
  const [header, ...rows] = summaryRows(summary);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const title = `# ${name}, ${profile} profile${fast ? ', fast' : ''}, seeds ${seeds.join(', ')}`;
  const without = failed.flatMap(({ seed, reason }) => [`Seed ${seed} has no numbers: ${reason}`, '']);
  return `${[title, '', ...without, line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}
