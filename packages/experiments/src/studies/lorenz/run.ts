import { FLOW_PRESETS, type FlowPreset } from '@ebim/flows';
import type { Figure } from '../../report/report-input.js';
import { format } from '../../report/result-rows.js';
import type { StudyContext, StudyResult } from '../study.js';
import { lorenzFigures } from './figures.js';
import { LORENZ_SIZES, trainingText, type LorenzSize } from './sizes.js';
import { findings, lorenzTable, samplesTable, type MeasuredSize } from './tables.js';
import { trainSize, type SizeResult } from './train-size.js';

/** One size with its runs, one a seed. */
interface TrainedSize {
  readonly size: LorenzSize;
  readonly runs: readonly SizeResult[];
}

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
  const results: TrainedSize[] = [];
  for (const size of sizes) {
    const { points, epochs } = size;
    const preset = { architecture, training: { ...training, points, epochs } };
    const runs: SizeResult[] = [];
    for (const seed of seeds)
      runs.push(await context.part(`${size.name}-seed${seed}`, () => trainSize(context, size, seed, preset)));
    results.push({ size, runs });
  }
  const measured: MeasuredSize[] = results.map(({ size, runs }) => ({
    size,
    metrics: runs.map(({ metrics }) => metrics),
    seconds: runs.map(({ curves }) => curves.reduce((sum, { seconds }) => sum + seconds, 0)),
  }));
  const figures: Figure[] = [];
  for (const { size, runs } of results) {
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

const numbersOf = ({ size, runs }: TrainedSize, seeds: readonly number[]) => ({
  ...size,
  runs: runs.map(({ metrics, start, outside, curves }, i) => ({
    seed: seeds[i],
    start,
    metrics,
    outside,
    stages: curves.map(({ stage, keptEpoch, statistics, validation }) => ({
      stage,
      keptEpoch,
      statistics,
      validation,
    })),
  })),
});

function warningsOf({ size, runs }: TrainedSize, seeds: readonly number[]): string[] {
  const about = trainingText(size);
  const { outside } = runs[0];
  return [
    ...runs.map(
      ({ start: { errors } }, i) =>
        `${about}, seed ${seeds[i]}: of ${errors.length} starts that were trained shortly, with mean square errors of ${errors.map(format).join(', ')}, the best went on. The paper does not say that its was chosen.`,
    ),
    ...runs.flatMap(({ metrics }, i) =>
      metrics === null ? [`${about}, seed ${seeds[i]}: training diverged, nothing is measured.`] : [],
    ),
    ...(outside > 0
      ? [
          `${about}: ${format(100 * outside)} % of the training points lie outside of the box of the splines, where the flow is the identity in a coordinate.`,
        ]
      : []),
  ];
}
