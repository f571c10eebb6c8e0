import { toTensor, vonMisesCircle } from '@ebim/datasets';
import { energyModel } from '@ebim/ebm';
import { circle, constrainedEbm, quadratureEbm, uniformNodes } from '@ebim/implicit';
import { mlp } from '@ebim/nn';
import { lineFigure } from '@ebim/plots';
import { key, split, treeDispose, type Key } from '@ebim/runtime';
import { adam, batches, cosineSchedule, fit } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import { format } from '../../report/result-rows.js';
import { spreadText } from '../format.js';
import type { StudyContext, StudyResult } from '../study.js';

const KAPPA = 2;
const POINTS = 1000;
const GRID = 720;
const angles = Array.from({ length: GRID }, (_, i) => (2 * Math.PI * (i + 0.5)) / GRID);

/** Values at the angles in the order of a picture with the mode, angle 0, in its middle. */
const centred = (values: readonly number[]): number[] => [
  ...values.slice(GRID / 2),
  ...values.slice(0, GRID / 2),
];
const aroundMode = centred(angles.map((t) => (t < Math.PI ? t : t - 2 * Math.PI)));

/** Ways to train, from the published one on. */
const WAYS = {
  'chains as published (step 1, noise 0.3, clamp 0.1)': { noiseScale: 0.3, stepSize: 1, gradClamp: 0.1 },
  'unadjusted chains (noise 0.3)': { noiseScale: 0.3 },
  'adjusted chains (size 0.6)': { noiseScale: 0.6, metropolisAdjusted: true },
  quadrature: null,
} as const;

type Way = keyof typeof WAYS;

interface CurveScores {
  /** Of a training that diverged, the numbers are those of its last good state. */
  readonly status: string;
  /** Of the von Mises density with the same E[cos]. */
  readonly kappa: number;
  /** Maximum likelihood estimate from the points themselves. */
  readonly kappaOfData: number;
  /** Integral of |p - exact| over the circle, half of it: 0 to 1. */
  readonly totalVariation: number;
  /** exp(-energy) / Z at {@link GRID} equal angles. */
  readonly density: readonly number[];
}

/** Trains every way on every seed and compares with the exact curve. */
export async function runCalibration({ seeds, fast, part, say, signal }: StudyContext): Promise<StudyResult> {
  const results: Record<string, CurveScores[]> = {};
  for (const way of Object.keys(WAYS) as Way[]) {
    results[way] = [];
    for (const [i, seed] of seeds.entries()) {
      say(`${way}, seed ${seed}`);
      const name = `${Object.keys(WAYS).indexOf(way)}-seed${seed}`;
      results[way][i] = await part(name, () => trainAndCompare(way, key(seed), fast ? 20 : 150, signal));
    }
  }
  // Fisher information of kappa is the variance of cos t: 1 - A^2 - A / kappa.
  const a = meanCosine(KAPPA);
  const limit = 1 / Math.sqrt(POINTS * (1 - a * a - a / KAPPA));
  return {
    tables: [
      {
        title: `Von Mises with kappa = ${KAPPA}, ${POINTS} points`,
        columns: [
          'training',
          'kappa of the energy',
          'kappa of the data (maximum likelihood)',
          'total variation to the exact density',
        ],
        rows: Object.entries(results).map(([way, scores]) => [
          way,
          spreadText(scores.map(({ kappa }) => kappa)),
          spreadText(scores.map(({ kappaOfData }) => kappaOfData)),
          spreadText(scores.map(({ totalVariation }) => totalVariation)),
        ]),
        note: `The standard error of the best estimate of kappa from so many points is ${format(limit)}. Densities are exp(-energy) at temperature 1, normalised on the exact circle. All ways have the same network, data, epochs, batches and falling learning rate, not those of Figure 1: of the published settings only the chains and the weight of the magnitudes are kept; no profile changes anything.`,
      },
    ],
    figures: [
      {
        name: 'curve',
        title: 'Density along the circle',
        caption: `Seed ${seeds[0]}; the exact density and what each way of training finds, at temperature 1.`,
        svg: await lineFigure(
          [
            ...Object.entries(results).map(([way, scores]) => ({
              label: way.replace(/ \(.*/, ''),
              x: aroundMode,
              y: centred(scores[0].density),
            })),
            // Last, so that nothing hides it.
            { label: 'exact', x: aroundMode, y: centred(exactDensity()) },
          ],
          { xLabel: 'angle from the mode', yLabel: 'density', width: 760 },
        ),
      },
    ],
    numbers: { limit, results },
    warnings: Object.entries(results).flatMap(([way, scores]) =>
      scores.flatMap(({ status }, i) =>
        status === 'completed' ? [] : [`${way}, seed ${seeds[i]}: training ${status}.`],
      ),
    ),
  };
}

async function trainAndCompare(
  way: Way,
  from: Key,
  epochs: number,
  signal: AbortSignal,
): Promise<CurveScores> {
  const [dataKey, fitKey] = split(from);
  const sample = vonMisesCircle({ concentration: KAPPA }).sample(dataKey, POINTS);
  const points = toTensor(sample);
  const cover = tf.tensor2d(angles.map((t) => [Math.cos(t), Math.sin(t)]));
  const model = energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [32, 32] }));
  const data = batches(points, { batchSize: 200, shuffle: true });
  const learningRate = cosineSchedule({ initial: 0.01, steps: epochs * data.count });
  const sampler = WAYS[way];
  const nodes = uniformNodes(cover, 2 * Math.PI);
  const optimizer = adam({ learningRate });
  const options = { data, epochs, key: fitKey, signal };
  const { params, status } =
    sampler === null
      ? await paramsOf(fit({ ...quadratureEbm({ model, optimizer, nodes, nodesPerStep: 360 }), ...options }))
      : await paramsOf(
          fit({
            ...constrainedEbm({
              constraint: circle().constraint,
              model,
              optimizer,
              starts: cover,
              magnitudeWeight: 'gradClamp' in sampler ? 0.1 : 0,
              sampler: { steps: 10, ...sampler },
            }),
            ...options,
          }),
        );
  const energies = model.energy(params, cover);
  const weights = Float64Array.from(await energies.data(), (energy) => Math.exp(-energy));
  treeDispose([points, cover, nodes, params, energies]);
  const mass = (weights.reduce((sum, w) => sum + w, 0) * 2 * Math.PI) / GRID;
  const exact = exactDensity();
  const cosine = angles.reduce(
    (sum, t, i) => sum + ((weights[i] / mass) * Math.cos(t) * 2 * Math.PI) / GRID,
    0,
  );
  let [east, north] = [0, 0];
  for (let i = 0; i < POINTS; i++) {
    east += sample.data[2 * i] / POINTS;
    north += sample.data[2 * i + 1] / POINTS;
  }
  return {
    status,
    density: Array.from(weights, (w) => w / mass),
    kappa: kappaOf(cosine),
    kappaOfData: kappaOf(Math.hypot(east, north)),
    totalVariation: (exact.reduce((sum, p, i) => sum + Math.abs(p - weights[i] / mass), 0) * Math.PI) / GRID,
  };
}

/** The exact density at the angles. */
function exactDensity(): number[] {
  const weights = angles.map((t) => Math.exp(KAPPA * (Math.cos(t) - 1)));
  const mass = (weights.reduce((sum, w) => sum + w, 0) * 2 * Math.PI) / GRID;
  return weights.map((w) => w / mass);
}

/** The parameters of a finished run and how it ended; the rest of its state is freed. */
async function paramsOf<P>(
  run: Promise<{ readonly state: { readonly params: P }; readonly status: string }>,
): Promise<{ readonly params: P; readonly status: string }> {
  const { state, status } = await run;
  const { params, ...rest } = state;
  treeDispose(rest);
  return { params, status };
}

/** A(kappa) = I1 / I0, the mean of cos t under von Mises. */
function meanCosine(kappa: number): number {
  const weights = angles.map((t) => Math.exp(kappa * (Math.cos(t) - 1)));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return angles.reduce((sum, t, i) => sum + (weights[i] * Math.cos(t)) / total, 0);
}

/** The kappa of a mean of cos t, by bisection up to 1000. */
function kappaOf(mean: number): number {
  let [low, high] = [0, 1000];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (meanCosine(middle) < mean) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
