import { toTensor } from '@ebim/datasets';
import { logPartition } from '@ebim/ebm';
import { evaluateOnGrid, gridPoints, makeGrid, type Grid } from '@ebim/plots';
import { foldIn, key, split, treeDispose } from '@ebim/runtime';
import { folderStore } from '@ebim/training';
import type { Profile } from '../../definitions/experiment.js';
import { hostFunction } from '../../evaluation/host-function.js';
import { ambientModelOf, trainAmbient, type AmbientConfig } from '../../pipeline/train-ambient.js';
import type { StudyContext } from '../study.js';

/** The picture's box of the papers. */
export const BOUNDS: readonly [[number, number], [number, number]] = [
  [-3.3, 3.3],
  [-1.5, 1.5],
];

/** An ambient model that was trained; plain data. */
export interface AmbientPart {
  readonly status: 'completed' | 'diverged';
  /** Statistics of the last epoch. */
  readonly stats: Readonly<Record<string, number>>;
  readonly logZ: number;
  readonly logZError: number;
  /** exp(-E) / Z at the corners of the grid, per area. */
  readonly density: Float64Array;
  /** Share of its probability within 0.1 of the true circles, by the grid of the picture. */
  readonly massNearData: number;
  readonly seconds: number;
}

/** Grid of the picture; the papers' has twice as many lines an axis. */
export const GRID: Grid = makeGrid(BOUNDS, [331, 151]);

/** Settings of spec 3.4; the text has 10 steps, the reference 20 (D31), `corrected` runs at temperature 1 (D27). */
export function ambientSettings(profile: Profile, fast: boolean): AmbientConfig {
  const corrected = profile === 'corrected';
  return {
    hidden: [32, 32, 32],
    epochs: fast ? 40 : 200,
    batchSize: 100,
    shuffle: corrected,
    learningRate: 0.01,
    bufferCapacity: 1000,
    bufferFraction: 0.95,
    clipNorm: 1,
    magnitudeWeight: 0.5,
    sampler: {
      steps: profile === 'paper' ? 10 : 20,
      noiseScale: 0.1,
      stepSize: corrected ? null : 10,
      gradClamp: corrected ? null : 0.03,
    },
  };
}

/** Sets the randomness of the ambient model apart from that of the runs of the same seed. */
const STREAM = 0xa3b1;
/** How near to a circle counts, for the share of the mass. */
const NEAR = 0.1;

/** Trains and evaluates the ambient model on the data of the mixture. */
export async function trainAmbientPart(context: StudyContext, seed: number): Promise<AmbientPart> {
  const { folder, signal } = context;
  const plan = await context.plan('mixture', { seed });
  const settings = ambientSettings(context.profile, context.fast);
  const [trainKey, partitionKey] = split(foldIn(key(seed), STREAM));
  const points = toTensor(plan.data.points);
  const { bounds } = plan.config;
  const result = await trainAmbient(settings, bounds, points, trainKey, {
    signal,
    checkpoint: { store: folderStore(folder.file(`checkpoints/ambient-seed${seed}`)), everyEpochs: 50 },
  }).finally(() => points.dispose());
  const { state, status, history } = result;
  try {
    signal.throwIfAborted();
    const seconds = history.reduce((sum, epoch) => sum + epoch.seconds, 0);
    if (status === 'diverged')
      return {
        status,
        stats: {},
        logZ: NaN,
        logZError: NaN,
        density: new Float64Array(0),
        massNearData: NaN,
        seconds,
      };
    const model = ambientModelOf(settings, 2);
    const energy = (x: Parameters<typeof model.energy>[1]) => model.energy(state.params, x);
    // The papers take 1000 points; more cost nothing here.
    const { logZ, standardError } = await logPartition(energy, {
      bounds,
      dimension: 2,
      key: partitionKey,
      samples: 100_000,
    });
    const density = (await evaluateOnGrid(hostFunction(energy), GRID)).map((e) => Math.exp(-e - logZ));
    return {
      status: 'completed',
      stats: history.at(-1)?.stats ?? {},
      logZ,
      logZError: standardError,
      density,
      massNearData: massNear(density, plan.config.data.circleOffset ?? 0),
      seconds,
    };
  } finally {
    treeDispose(state);
  }
}

function massNear(density: Float64Array, offset: number): number {
  const { data, rows } = gridPoints(GRID);
  const cell = GRID.bounds.reduce(
    (area, [low, high], d) => (area * (high - low)) / (GRID.resolution[d] - 1),
    1,
  );
  let near = 0;
  for (let i = 0; i < rows; i++) {
    const [x, y] = [data[2 * i], data[2 * i + 1]];
    const distances = [-offset, offset].map((center) => Math.abs(Math.hypot(x - center, y) - 1));
    if (Math.min(...distances) <= NEAR) near += density[i] * cell;
  }
  return near;
}
