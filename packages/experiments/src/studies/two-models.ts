import type { Points } from '@ebim/datasets';
import { loadLearnedDensity } from '../run/run-data.js';
import type { DensityPanel } from './figures/density-panels.js';
import { countText, spreadText } from './format.js';
import { pushforwardRun, type PushforwardRun } from './pushforward-run.js';
import type { StudyContext, StudyRun, StudyTable } from './study.js';

/** EBIM and the pushforward model on one data set, a run each for every seed. */
export interface TwoModels {
  readonly ebim: readonly StudyRun[];
  readonly pebm: readonly PushforwardRun[];
  readonly warnings: readonly string[];
}

/** Runs both models of the papers on the data of an experiment. */
export async function runTwoModels(context: StudyContext, name: string): Promise<TwoModels> {
  const ebim: StudyRun[] = [];
  const pebm: PushforwardRun[] = [];
  for (const seed of context.seeds) {
    ebim.push(await context.experiment(name, { seed }));
    pebm.push(await pushforwardRun(context, name, { seed }));
  }
  return {
    ebim,
    pebm,
    warnings: [...runWarnings('EBIM', ebim), ...runWarnings('PEBM', pebm)],
  };
}

/** What a reader must know before believing the numbers of some runs: those without any, and what the others warn of. */
export const runWarnings = (
  label: string,
  runs: readonly {
    readonly seed: number;
    readonly status: string;
    readonly metrics: { readonly warnings: readonly string[] } | null;
  }[],
): string[] =>
  runs.flatMap(({ seed, status, metrics }) =>
    metrics === null
      ? [`${label} with seed ${seed} ${status}.`]
      : metrics.warnings.map((text) => `${label}, seed ${seed}: ${text}`),
  );

/** The learned densities of the first seed, as far as there are any. */
export async function twoDensityPanels({ ebim, pebm }: TwoModels): Promise<DensityPanel[]> {
  const panels: DensityPanel[] = [];
  const [first] = ebim;
  const [other] = pebm;
  if (other.lattice !== null) {
    const { points, density } = finite(other.lattice.points, other.lattice.density);
    panels.push({ title: 'Pushforward model', points, density });
  }
  if (first.metrics !== null) {
    const { points, logDensity } = await loadLearnedDensity(first.folder);
    panels.push({ title: 'EBIM', points, density: logDensity.map(Math.exp) });
  }
  return panels;
}

/** Without the rows whose density is no number, where a decoder is no immersion. */
function finite(points: Points, density: Float64Array): { points: Points; density: Float64Array } {
  const rows = Array.from(density.keys()).filter((row) => Number.isFinite(density[row]));
  const { columns } = points;
  const data = new Float64Array(rows.length * columns);
  rows.forEach((from, to) =>
    data.set(points.data.subarray(from * columns, (from + 1) * columns), to * columns),
  );
  return {
    points: { data, rows: rows.length, columns },
    density: Float64Array.from(rows, (row) => density[row]),
  };
}

/** The numbers of both models side by side. */
export function twoModelsTable({ ebim, pebm }: TwoModels): StudyTable {
  const e = ebim.flatMap(({ metrics }) => (metrics === null ? [] : [metrics]));
  const p = pebm.flatMap(({ metrics }) => (metrics === null ? [] : [metrics]));
  const row = (
    name: string,
    ofEbim: (metrics: (typeof e)[number]) => number | null | undefined,
    ofPebm: (metrics: (typeof p)[number]) => number | null | undefined,
  ) => [name, spreadText(e.map((m) => ofEbim(m) ?? NaN)), spreadText(p.map((m) => ofPebm(m) ?? NaN))];
  return {
    title: 'Both models',
    columns: ['', 'EBIM', 'pushforward model'],
    rows: [
      row(
        'Wasserstein score, published protocol',
        (m) => m.wasserstein?.published,
        (m) => m.wasserstein?.published,
      ),
      row(
        'true W1 at temperature 1',
        (m) => m.wasserstein?.atOne.w1,
        (m) => m.wasserstein?.atOne.w1,
      ),
      row(
        'true W1, cells by length or area',
        (m) => m.wasserstein?.atOne.w1ByArea,
        (m) => m.wasserstein?.atOne.w1ByArea,
      ),
      row(
        'uniform density scores',
        (m) => m.wasserstein?.uniform,
        (m) => m.wasserstein?.uniform,
      ),
      ...(['min', 'median', 'mean', 'max'] as const).map((name) =>
        row(
          `distance of data, ${name}`,
          (m) => m.distance[name],
          (m) => m.distance[name],
        ),
      ),
      [
        'topology right',
        countText(e.map(({ topology }) => topology?.asExpected === true)),
        'that of its latent space',
      ],
    ],
    note: 'Mean and standard error over seeds where there are several.',
  };
}

/** The numbers of both models for machines. */
export const twoModelsNumbers = ({ ebim, pebm }: TwoModels): unknown => ({
  ebim: ebim.map(({ seed, status, metrics }) => ({ seed, status, metrics })),
  pebm: pebm.map(({ seed, status, metrics }) => ({ seed, status, metrics })),
});
