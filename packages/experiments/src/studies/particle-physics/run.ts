import { toTensor } from '@ebim/datasets';
import { FLOW_PRESETS, inspectBox } from '@ebim/flows';
import { foldIn, key as keyOf } from '@ebim/runtime';
import { measuredRuns, numbersOfRuns, runRows } from '../../flow/row-runs.js';
import type { Figure } from '../../report/report-input.js';
import { format } from '../../report/result-rows.js';
import type { StudyContext, StudyResult } from '../study.js';
import { particleAnchors, type ParticleAnchors } from './anchors.js';
import { brokenClaims, claimsTable, structureClaims } from './claims.js';
import { particleFolder, simulatedParticles, storedParticles, type ParticleData } from './data.js';
import { posteriorFigure, type PicturedPosterior } from './figures.js';
import { FAST_CHAINS, PUBLISHED_CHAINS } from './inference.js';
import type { ParticleMetrics } from './measure.js';
import { PARTICLE_ROWS, type ParticleRow } from './rows.js';
import { EVALUATION_STREAM, runRow, type ParticleSizes } from './run-row.js';
import { honestTable, table3, type MeasuredRow } from './tables.js';

/** Which posteriors the figure shows, at most {@link PICTURES} of them. */
const PICTURED_FIRST = ['mflow', 'mflow-scandal', 'alices', 'pie', 'af', 'meflow'];
const PICTURES = 4;

function sizesOf(fast: boolean): Omit<ParticleSizes, 'files'> {
  const preset = FLOW_PRESETS.particlePhysics[fast ? 'fast' : 'paper'];
  const { points, validation } = preset.training;
  return {
    preset,
    ratio: { events: points, epochs: 50, validation },
    test: 10_000,
    samples: 10_000,
    sets: fast ? 4 : 10,
    chains: fast ? FAST_CHAINS : PUBLISHED_CHAINS,
  };
}

/** Trains and measures the rows of Table 3 that are wanted, with every seed. */
export const runParticlePhysics = async (context: StudyContext): Promise<StudyResult> =>
  particlePhysicsTable(context, { ...sizesOf(context.fast), files: await particleFolder() });

/** {@link runParticlePhysics} at any size. */
export async function particlePhysicsTable(
  context: StudyContext,
  sizes: ParticleSizes,
): Promise<StudyResult> {
  const { members, seeds } = context;
  const source = sizes.files === null ? 'simulator' : 'files';
  const wanted = PARTICLE_ROWS.filter(({ name }) => members.includes(name));
  // The files lack the joint ratios that a ratio estimator learns from.
  const rows = wanted.filter(({ model }) => source === 'simulator' || model !== null);
  const data = dataOf(sizes);
  const anchors = await context.part(`anchors-${source}`, async () =>
    particleAnchors(await data(seeds[0]), {
      sets: sizes.sets,
      key: foldIn(keyOf(0), EVALUATION_STREAM),
      chains: sizes.chains,
    }),
  );
  const results = await runRows(
    context,
    rows,
    async (row, seed) => runRow(context, row, seed, sizes, await data(seed)),
    `-${source}`,
  );
  const measured = measuredRuns(results);
  const claims = structureClaims(measured);
  return {
    tables: [
      table3(measured, anchors, { source, sets: sizes.sets }),
      // Single rows bear no claim out.
      ...(claims.length === 0 ? [] : [claimsTable(claims)]),
      honestTable(measured),
    ],
    figures: await figuresOf(measured, anchors),
    numbers: {
      source,
      rows: results.map(({ row: { name }, runs }) => ({
        name,
        runs: numbersOfRuns(
          runs.map(({ metrics, curves }) => ({ metrics: withoutDraws(metrics), curves })),
          seeds,
        ),
      })),
      anchors: {
        ...anchors,
        partons: anchors.partons === null ? null : { ...anchors.partons, draws: undefined },
      },
      claims,
    },
    warnings: [
      ...(wanted.length > rows.length
        ? ['ALICES is left out: the reference files have no joint likelihood ratios.']
        : []),
      ...measured.flatMap(({ row, metrics }) => metrics.flatMap((one, i) => failures(row, one, seeds[i]))),
      ...brokenClaims(claims),
      `${format(100 * (await outsideBox(await data(seeds[0]), sizes)))} % of the training events lie outside of the box of the splines, where the flow is the identity in a feature.`,
    ],
  };
}

/** The events of a seed, those of the last one kept. */
function dataOf({ preset, test, files }: ParticleSizes): (seed: number) => Promise<ParticleData> {
  const counts = { train: preset.training.points, test };
  let last: { readonly seed: number; readonly data: Promise<ParticleData> } | null = null;
  return (seed) => {
    if (last?.seed !== seed)
      last = {
        seed,
        data:
          files === null ? Promise.resolve(simulatedParticles(seed, counts)) : storedParticles(files, counts),
      };
    return last.data;
  };
}

function failures({ title, model }: ParticleRow, metrics: ParticleMetrics | null, seed: number): string[] {
  if (metrics === null) return [`${title}, seed ${seed}: training diverged, nothing is measured.`];
  const { closure, inference } = metrics;
  return [
    ...(closure !== null && closure.failures > 0
      ? [`${title}, seed ${seed}: ${closure.failures} generated events are no numbers and count as worst.`]
      : []),
    ...(inference === null && model !== 'probabilisticAutoencoder'
      ? [`${title}, seed ${seed}: likelihoods at the true theta are no numbers, so there is no posterior.`]
      : []),
  ];
}

/** Draws are for figures: too many for the numbers. */
const withoutDraws = (metrics: ParticleMetrics | null): unknown =>
  metrics === null || metrics.inference === null
    ? metrics
    : { ...metrics, inference: { ...metrics.inference, draws: undefined } };

async function figuresOf(rows: readonly MeasuredRow[], { partons }: ParticleAnchors): Promise<Figure[]> {
  const models: PicturedPosterior[] = PICTURED_FIRST.flatMap((name) => {
    const found = rows.find(({ row }) => row.name === name);
    const draws = found?.metrics[0]?.inference?.draws;
    return found === undefined || draws === undefined ? [] : [{ title: found.row.title, draws }];
  }).slice(0, PICTURES);
  if (models.length === 0) return [];
  const reference =
    partons === null
      ? null
      : { title: 'the exact posterior given the hidden variables', draws: partons.draws };
  return [await posteriorFigure(models, reference)];
}

/** Share of the training events outside of the box. */
async function outsideBox({ train }: ParticleData, { preset }: ParticleSizes): Promise<number> {
  const points = toTensor(train.points);
  const { shareOutside } = await inspectBox(points, preset.architecture.bound);
  points.dispose();
  return shareOutside;
}
