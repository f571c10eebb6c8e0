import { lineMoments, NORMAL_MOMENTS, type LineMoments } from '@ebim/flows';
import { key as keyOf, normalArray } from '@ebim/runtime';
import { format } from '../../report/result-rows.js';
import type { StudyContext, StudyResult, StudyTable } from '../study.js';
import { instabilityFigure } from './figure.js';
import {
  atTruth,
  bestOfAngle,
  fooledUpTo,
  leastOnGrid,
  TRUTH,
  valueOf,
  type LinePoint,
  type Objective,
} from './objectives.js';

/** Points of the demonstration. */
export const POINTS = 1000;

/** The angles of the table, as parts of pi. */
const ANGLES = [0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.99] as const;

const OBJECTIVES: Readonly<Record<Objective, string>> = {
  negativeLogLikelihood: 'negative log likelihood',
  reconstructionError: 'reconstruction error',
  combined: 'reconstruction - 0.3 log likelihood',
};

/** The points x₁ of a seed, all on the line x₀ = 0. */
export const linePoints = (seed: number): Float64Array => normalArray(keyOf(seed), POINTS);

/** The demonstration of flow spec 3.1, of sampled points beside the closed forms. */
export async function runInstability({ seeds }: Pick<StudyContext, 'seeds'>): Promise<StudyResult> {
  const samples = seeds.map((seed) => ({ seed, moments: lineMoments([...linePoints(seed)]) }));
  const [{ moments }] = samples;
  return {
    tables: [anglesTable(moments), minimaTable(moments)],
    figures: [await instabilityFigure(moments, POINTS)],
    numbers: {
      closedForm: numbersOf(NORMAL_MOMENTS),
      sampled: samples.map((sample) => ({ seed: sample.seed, ...numbersOf(sample.moments) })),
    },
    warnings: [],
  };
}

/** The cosine of pi / 2 is not 0 to the last bit. */
const numberText = (value: number): string => format(Math.abs(value) < 1e-12 ? 0 : value);

const numbersOf = (moments: LineMoments) => ({
  moments,
  bestOfAngles: ANGLES.map((part) => bestOfAngle(part * Math.PI, moments)),
  least: Object.fromEntries(
    (Object.keys(OBJECTIVES) as Objective[]).map((objective) => [objective, leastOnGrid(objective, moments)]),
  ),
  truth: atTruth(moments),
  fooledUpTo: fooledUpTo(moments),
});

function anglesTable(moments: LineMoments): StudyTable {
  const pairs = (pick: (point: LinePoint) => number) => (alpha: number) => [
    numberText(pick(bestOfAngle(alpha, NORMAL_MOMENTS))),
    numberText(pick(bestOfAngle(alpha, moments))),
  ];
  const cells = [
    pairs(({ sigma }) => sigma),
    pairs(({ logLikelihood }) => logLikelihood),
    pairs(({ reconstructionError }) => reconstructionError),
    pairs(({ combined }) => combined),
  ];
  return {
    title: 'The best width of each angle',
    columns: [
      'angle',
      'best σ',
      'sampled',
      'log likelihood',
      'sampled',
      'reconstruction error',
      'sampled',
      'combined',
      'sampled',
    ],
    rows: ANGLES.map((part) => [`${part} π`, ...cells.flatMap((cell) => cell(part * Math.PI))]),
    note: `Closed forms for x₁ ~ N(0, 1), and the same of ${POINTS} sampled points. The best likelihood is -½ ln 2π - ½ - ln |sin α|: lowest at the truth, α = π/2. Combined: reconstruction error - 0.3 log likelihood.`,
  };
}

function minimaTable(moments: LineMoments): StudyTable {
  const line = (objective: Objective, of: string, from: LineMoments): string[] => {
    const least = leastOnGrid(objective, from);
    // It does not depend on the width.
    const sigma = objective === 'reconstructionError' ? 'any' : format(least.sigma);
    return [
      OBJECTIVES[objective],
      of,
      `${format(least.alpha / Math.PI)} π`,
      sigma,
      numberText(valueOf(objective, least)),
      numberText(valueOf(objective, atTruth(from))),
    ];
  };
  return {
    title: 'Where each objective is least',
    columns: ['objective', 'of', 'angle', 'σ', 'value there', 'value at the truth'],
    rows: (Object.keys(OBJECTIVES) as Objective[]).flatMap((objective) => [
      line(objective, 'closed form', NORMAL_MOMENTS),
      line(objective, `${POINTS} points`, moments),
    ]),
    note: `On the grid of the figure, 100 angles from 0 to π and 100 widths from 1e-9 to 1.5; the truth is α = ${TRUTH.alpha / Math.PI} π, σ = ${TRUTH.sigma}. Both likelihood and combined loss are least in the corner of the smallest width, hence have no minimum. At its best width every line with an angle below ${format(fooledUpTo(NORMAL_MOMENTS))} (${format(fooledUpTo(moments))} for the sampled points) has a smaller combined loss than the true one.`,
  };
}
