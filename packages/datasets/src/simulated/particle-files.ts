import { DataError } from '@ebim/runtime';
import { pointsOf, row, type Points } from '../points/points.js';
import { readPoints } from '../readers/read-points.js';
import { requireOption } from '../synthetic/distribution.js';
import { particleFeatures, standardiseParticles } from './particle-features.js';

/** A set of events of the M-flow paper's authors. */
export type ParticleSplit = 'train' | 'test' | 'test1' | 'test2';

/** theta at which the three test sets were made. */
const TEST_CONTEXT: Readonly<Record<ParticleSplit, readonly [number, number] | null>> = {
  train: null,
  test: [0, 0],
  test1: [0.5, 0],
  test2: [-1, -1],
};

/** Options of {@link readParticleFiles}. */
export interface ReadParticleFilesOptions {
  /** Default `'train'`. */
  readonly split?: ParticleSplit;
  /** Subtract the means and divide by the standard deviations of `particleFeatures`. Default true. */
  readonly standardise?: boolean;
}

/** Events of the reference files. */
export interface ParticleFiles {
  /** `[rows, 40]`, standardised or in GeV. */
  readonly points: Points;
  /** theta, `[rows, 2]`. */
  readonly context: Points;
  /** Joint score `[rows, 2]`, which only the training set has. */
  readonly jointScore: Points | null;
}

/**
 * Reads the 40-dimensional particle-physics set as its authors store it: NumPy arrays `x_<split>.npy` `[rows, 40]` in GeV,
 * `theta_<split>.npy` `[rows, 2]` and, for training, the joint score `t_xz_train.npy` `[rows, 2]`. Where a test set has no
 * theta file, the published theta is taken. (Node only.)
 *
 * @param folder where the files are
 * @throws DataError as `readPoints` does, `wrong-features`, `rows-differ`; ConfigError `bad-option`
 * @example
 * ```ts no-run
 * import { readParticleFiles } from '@ebim/datasets';
 * const { points, context } = await readParticleFiles('lhc40d', { split: 'test1' });
 * console.log(points.rows, context.data.slice(0, 2));
 * ```
 */
export async function readParticleFiles(
  folder: string,
  options: ReadParticleFilesOptions = {},
): Promise<ParticleFiles> {
  const { split = 'train', standardise = true } = options;
  requireOption(
    Object.hasOwn(TEST_CONTEXT, split),
    'readParticleFiles({ split })',
    `one of ${Object.keys(TEST_CONTEXT).join(', ')}`,
    split,
  );
  const path = (name: string) => `${folder.replace(/\/$/, '')}/${name}_${split}.npy`;
  const read = (name: string) => readPoints(path(name), { requireVariation: 'ignore', minRows: 1 });
  const features = await read('x');
  requireShape(features, particleFeatures.length, features.rows, path('x'));
  const context = await orNull(read('theta'));
  const published = TEST_CONTEXT[split];
  if (context === null && published === null) await read('theta');
  const theta = context ?? pointsOf(Float64Array.from(published ?? []), 2);
  const repeated = theta.rows === 1 ? repeat(theta, features.rows) : theta;
  requireShape(repeated, 2, features.rows, path('theta'));
  const jointScore = split === 'train' ? await read('t_xz') : null;
  if (jointScore !== null) requireShape(jointScore, 2, features.rows, path('t_xz'));
  return { points: standardise ? standardiseParticles(features) : features, context: repeated, jointScore };
}

const repeat = (theta: Points, rows: number): Points =>
  pointsOf(
    Float64Array.from({ length: rows * theta.columns }, (_, i) => row(theta, 0)[i % theta.columns]),
    theta.columns,
  );

/** What is read, or null where there is no such file. */
async function orNull(points: Promise<Points>): Promise<Points | null> {
  try {
    return await points;
  } catch (error) {
    if (DataError.isInstance(error) && error.code === 'missing-file') return null;
    throw error;
  }
}

function requireShape(points: Points, columns: number, rows: number, where: string): void {
  if (points.columns !== columns)
    throw new DataError({
      code: 'wrong-features',
      where,
      expected: `${columns} columns`,
      received: `${points.columns}`,
      hint:
        points.columns === 48
          ? 'This is the version with azimuths; the set of the published table has 40 features without them.'
          : undefined,
    });
  if (points.rows !== rows)
    throw new DataError({
      code: 'rows-differ',
      where,
      expected: `${rows} rows, one an event`,
      received: `${points.rows}`,
    });
}
