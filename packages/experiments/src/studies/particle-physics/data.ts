import { join } from 'node:path';
import {
  firstRows,
  readParticleFiles,
  simulateDataset,
  standardiseParticles,
  weakBosonFusion,
  type ParticleSplit,
  type Points,
} from '@ebim/datasets';
import { DataError, foldIn, key as keyOf } from '@ebim/runtime';
import { exists } from '../../run/run-folder.js';

/** theta of the three test sets. */
export const TRUE_THETAS = [
  [0, 0],
  [0.5, 0],
  [-1, -1],
] as const;

/** Events of a run. Points are standardised features. */
export interface ParticleData {
  readonly source: 'simulator' | 'files';
  readonly train: { readonly points: Points; readonly context: Points; readonly jointScore: Points };
  /** One set for each of {@link TRUE_THETAS}. */
  readonly tests: readonly Points[];
  /** The hidden variables of the test events, which files do not have. */
  readonly partons: readonly Points[] | null;
  /** Events whose features come from different events at the same theta; only of the simulator. */
  readonly reshuffled: readonly Points[] | null;
}

/** How many events. */
export interface ParticleDataSizes {
  readonly train: number;
  /** Of each test set. */
  readonly test: number;
}

/** Test events are those of one draw, whatever the run. */
const DATA_KEY = keyOf(0);
const TEST_STREAM = 0x54455354;
const RESHUFFLED_STREAM = 0x52455348;

/** Events of our own simulator: a training set for every run, and the test sets that all runs share. */
export function simulatedParticles(run: number, { train: count, test }: ParticleDataSizes): ParticleData {
  const { points, context, jointScore } = simulateDataset('weak-boson-fusion', DATA_KEY, {
    train: count,
    test: 0,
    run,
  }).train;
  if (context === null || jointScore === null) throw new Error('The simulator knows its joint scores.');
  const simulator = weakBosonFusion();
  const keyAt = (stream: number, i: number) => foldIn(foldIn(DATA_KEY, stream), i);
  const tests = TRUE_THETAS.map((theta, i) => simulator.simulate(keyAt(TEST_STREAM, i), test, theta));
  return {
    source: 'simulator',
    train: { points, context, jointScore },
    tests: tests.map(({ features }) => standardiseParticles(features)),
    partons: tests.map(({ partons }) => partons),
    reshuffled: TRUE_THETAS.map((theta, i) =>
      simulator.sampleOutOfDistribution(keyAt(RESHUFFLED_STREAM, i), test, theta),
    ),
  };
}

const SPLITS: readonly ParticleSplit[] = ['test', 'test1', 'test2'];

/**
 * The reference events, the first ones of each file; all runs share the training set.
 *
 * @throws DataError of the files
 */
export async function storedParticles(
  folder: string,
  { train: count, test }: ParticleDataSizes,
): Promise<ParticleData> {
  const { points, context, jointScore } = await readParticleFiles(folder);
  if (jointScore === null) throw new Error('Training files have joint scores.');
  const tests: Points[] = [];
  for (const [i, split] of SPLITS.entries()) {
    const stored = await readParticleFiles(folder, { split });
    const [theta, expected] = [Array.from(stored.context.data.subarray(0, 2)), TRUE_THETAS[i]];
    // In float32 all of them are exact.
    if (theta.join() !== expected.join())
      throw new DataError({
        code: 'wrong-theta',
        where: join(folder, `theta_${split}.npy`),
        expected: `events at theta = (${expected.join(', ')})`,
        received: `(${theta.join(', ')})`,
      });
    tests.push(firstRows(stored.points, test));
  }
  return {
    source: 'files',
    train: {
      points: firstRows(points, count),
      context: firstRows(context, count),
      jointScore: firstRows(jointScore, count),
    },
    tests,
    partons: null,
    reshuffled: null,
  };
}

/** Where the reference files are: `lhc40d` in the folder that `EBIM_DATA_DIR` names, or `null` where it has none. */
export async function particleFolder(): Promise<string | null> {
  const data = process.env.EBIM_DATA_DIR;
  if (data === undefined || data === '') return null;
  const folder = join(data, 'lhc40d');
  return (await exists(join(folder, 'x_train.npy'))) ? folder : null;
}
