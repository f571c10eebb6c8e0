import { FLOW_PRESETS, type FlowPreset } from '@ebim/flows';
import { divergedRuns, measuredRuns, numbersOfRuns, runRows, type RowRuns } from '../../flow/row-runs.js';
import type { Figure } from '../../report/report-input.js';
import { format } from '../../report/result-rows.js';
import type { StudyContext, StudyResult } from '../study.js';
import { lorenzFigures } from './figures.js';
import { LORENZ_SIZES, trainingText, type LorenzSize } from './sizes.js';
import { findings, lorenzTable, samplesTable } from './tables.js';
import { trainSize, type SizeResult } from './train-size.js';

/** One size with its runs, one a seed. */
type TrainedSize = RowRuns<LorenzSize, SizeResult>;

/** Trains and draws the sizes that are wanted; in a fast study the shortest of them. */
export function runLorenz(context: StudyContext): Promise<StudyResult> {
  const wanted = LORENZ_SIZES.filter(({ name }) => context.members.includes(name));
  return lorenzStudyOf(context, context.fast ? wanted.slice(0, 1) : wanted);
}

/** {@link runLorenz} at any sizes, with any networks. */
export async function lorenzStudyOf(
  context: StudyContext,
  sizes: readonly LorenzSize[],
  { architecture, training }: FlowPreset = FLOW_PRESETS.lorenz.paper,
): Promise<StudyResult> {
  const { seeds } = context;
  const results = await runRows(context, sizes, (size, seed) => {
    const { points, epochs } = size;
    return trainSize(context, size, seed, { architecture, training: { ...training, points, epochs } });
  });
  const measured = measuredRuns(results);
  const figures: Figure[] = [];
  for (const { row: size, runs } of results) {
    const { pictures } = runs[0];
    if (pictures !== null) figures.push(...(await lorenzFigures(size, pictures)));
  }
  return {
    tables: [lorenzTable(measured), samplesTable(measured)],
    figures,
    numbers: { sizes: results.map((trained) => numbersOf(trained, seeds)) },
    warnings: [...results.flatMap((trained) => warningsOf(trained, seeds)), ...findings(measured)],
  };
}

const numbersOf = ({ row, runs }: TrainedSize, seeds: readonly number[]) => ({
  ...row,
  runs: numbersOfRuns(runs, seeds).map((numbers, i) => ({
    ...numbers,
    start: runs[i].start,
    outside: runs[i].outside,
  })),
});

function warningsOf({ row: size, runs }: TrainedSize, seeds: readonly number[]): string[] {
  const about = trainingText(size);
  const { outside } = runs[0];
  return [
    ...runs.map(
      ({ start: { losses } }, i) =>
        `${about}, seed ${seeds[i]}: of ${losses.length} starts that were trained shortly, with losses of ${losses.map(format).join(', ')}, the best went on. The paper does not say that its was chosen.`,
    ),
    ...divergedRuns(
      about,
      runs.map(({ metrics }) => metrics),
      seeds,
    ),
    ...(outside > 0
      ? [
          `${about}: ${format(100 * outside)} % of the training points lie outside of the box of the splines, where the flow is the identity in a coordinate.`,
        ]
      : []),
  ];
}
