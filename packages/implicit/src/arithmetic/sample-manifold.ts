import { ConfigError, ConvergenceError, foldIn, split, uniformArray, type Key } from '@ebim/runtime';
import { constrainedLangevin, insideBounds, projectToManifold, runSteps } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import { coveringPoints } from '../density/covering-points.js';
import type { ImplicitManifold, ManifoldComponent } from './implicit-manifold.js';
import { emptyManifold, tubeAbout, type SearchOptions, type Tube } from './tube.js';

/**
 * Share of the tube's radius within which samples start: weights of all parts of a tube are right only to the second
 * order of its radius, which an integral corrects for and a sample cannot.
 */
const CLOSE = 0.5;

/** Options of {@link sampleManifold}. */
export interface SampleManifoldOptions extends SearchOptions {
  readonly count: number;
  /** Steps of constrained Langevin dynamics that every sample takes at its end. Default 20. */
  readonly steps?: number;
  /** Standard deviation of the noise of such a step. Default: a quarter of the width at which covering points overlap. */
  readonly noiseScale?: number;
}

/** Points of a manifold and where they come from. */
export interface ManifoldSamples {
  /** `[count, n]`; the caller owns it. */
  readonly points: tf.Tensor2D;
  /** Index of the component of each point. */
  readonly components: Int32Array;
}

/**
 * Samples the density on a manifold. Of a union, each sample first draws its component by the shares (P2 section 4.1:
 * chains on the product of the functions are unstable) and then a point of it: from points near the component that are
 * weighted by exp(-E) and their density, so that pieces which no chain connects get their due, projected and followed
 * by constrained Langevin dynamics at temperature 1.
 *
 * @throws ConfigError `not-normalised` for several components without known shares, `overdetermined`, `bad-option`
 * @throws ConvergenceError `empty-manifold`
 */
export async function sampleManifold(
  manifold: ImplicitManifold,
  options: SampleManifoldOptions,
): Promise<ManifoldSamples> {
  const where = 'sampleManifold(manifold)';
  const { count, key, steps = 20 } = options;
  checkCount(`${where}: count`, count, 1);
  checkCount(`${where}: steps`, steps, 0);
  const [categoryKey, pointKey] = split(key);
  const components = drawComponents(where, manifold, categoryKey, count);
  return {
    points: await gatherComponents(manifold, components, (component, size, i) =>
      sampleComponent(component, manifold.ambientDimension, size, { ...options, key: foldIn(pointKey, i) }),
    ),
    components,
  };
}

/**
 * Points that cover a manifold: noise of the box projected onto each component in turn, as many points for each
 * component that is not known to be empty (spec 1.11). They are for pictures and for starts of chains, no samples.
 *
 * @throws ConvergenceError `empty-manifold`; ConfigError `bad-option`
 */
export async function coverManifold(
  manifold: ImplicitManifold,
  { count, key, bounds }: Pick<SampleManifoldOptions, 'count' | 'key' | 'bounds'>,
): Promise<ManifoldSamples> {
  const where = 'coverManifold(manifold)';
  checkCount(`${where}: count`, count, 1);
  const present = [...manifold.components.keys()].filter(
    (i) => manifold.components[i].logZ !== -Infinity && manifold.components[i].share !== 0,
  );
  if (present.length === 0) throw emptyManifold(where, 'the manifold');
  const components = Int32Array.from({ length: count }, (_, row) => present[row % present.length]);
  const points = await gatherComponents(manifold, components, async ({ constraint }, size, i) => {
    const dimension = manifold.ambientDimension;
    const cover = await coveringPoints(constraint, {
      count: size,
      key: foldIn(key, i),
      bounds,
      dimension,
    });
    return cover.points;
  });
  return { points, components };
}

/** Calls `make` for every component that occurs and puts its points into the rows that belong to it. */
async function gatherComponents(
  { components, ambientDimension }: ImplicitManifold,
  labels: Int32Array,
  make: (component: ManifoldComponent, size: number, index: number) => Promise<tf.Tensor>,
): Promise<tf.Tensor2D> {
  const data = new Float32Array(labels.length * ambientDimension);
  for (const [i, component] of components.entries()) {
    const rows = [...labels.keys()].filter((row) => labels[row] === i);
    if (rows.length === 0) continue;
    const points = await make(component, rows.length, i);
    const values = await points.data();
    points.dispose();
    rows.forEach((row, j) =>
      data.set(values.subarray(j * ambientDimension, (j + 1) * ambientDimension), row * ambientDimension),
    );
  }
  return tf.tensor2d(data, [labels.length, ambientDimension]);
}

function drawComponents(
  where: string,
  { components }: ImplicitManifold,
  key: Key,
  count: number,
): Int32Array {
  const shares = components.map(({ share }) => {
    if (share === null)
      throw new ConfigError({
        code: 'not-normalised',
        where,
        expected: 'components with known shares',
        received: 'an intersection with a union, whose shares depend on Z',
        hint: 'Call `await normalised(manifold, { bounds, key })` first.',
      });
    return share;
  });
  const last = shares.findLastIndex((share) => share > 0);
  return Int32Array.from(uniformArray(key, count), (u) => {
    let below = 0;
    const drawn = shares.findIndex((share) => u < (below += share));
    // The sum of the shares can be rounded to less than 1.
    return drawn < 0 ? last : drawn;
  });
}

async function sampleComponent(
  component: ManifoldComponent,
  dimension: number,
  count: number,
  options: SampleManifoldOptions,
): Promise<tf.Tensor> {
  const { key, bounds, steps = 20 } = options;
  const [tubeKey, drawKey, chainKey] = split(key, 3);
  const tube = await tubeAbout(component, dimension, { ...options, key: tubeKey });
  if (tube === null || !tube.distance.some((r) => r <= CLOSE))
    throw emptyManifold('sampleManifold', 'a component');
  const starts = await startsFrom(tube, component, count, options, drawKey);
  if (steps === 0 || component.manifoldDimension === 0) return starts;
  const kernel = constrainedLangevin({
    constraint: component.constraint,
    energy: component.energy,
    noiseScale: options.noiseScale ?? tube.width / 4,
    bounds,
  });
  const initial = kernel.init(starts);
  const [state, info] = runSteps(kernel, chainKey, initial, steps);
  tf.dispose([starts, initial, { ...info }]);
  return state.position;
}

/** Points of the component by the weights of the tube, `[count, n]`. */
async function startsFrom(
  tube: Tube,
  { constraint }: ManifoldComponent,
  count: number,
  { bounds }: SampleManifoldOptions,
  key: Key,
): Promise<tf.Tensor> {
  const spare = Math.ceil(1.2 * count) + 20;
  const chosen = resample(tube, spare, key);
  const { position, good } = tf.tidy(() => {
    const { position, status } = projectToManifold(
      constraint,
      tf.tensor2d(Float32Array.from(chosen), [spare, tube.dimension]),
    );
    const usable = tf.logicalAnd(status.finite, status.converged);
    return { position, good: tf.logicalAnd(usable, insideBounds(position, bounds)) };
  });
  const flags = await good.data();
  const rows = [...flags.keys()].filter((row) => flags[row]).slice(0, count);
  const starts = tf.tidy(() => tf.gather(position, tf.tensor1d(rows, 'int32')));
  tf.dispose([position, good]);
  if (rows.length === count) return starts;
  starts.dispose();
  throw new ConvergenceError({
    code: 'empty-manifold',
    where: 'sampleManifold',
    expected: `${count} points on the component inside the box`,
    received: `${rows.length} of ${spare} projected`,
    hint: 'The Jacobian may lose rank on much of it: see rankReport.',
  });
}

/** Independent rows of the middle of the tube, each with a probability proportional to its weight. */
function resample({ data, logWeight, distance, dimension }: Tube, count: number, key: Key): Float64Array {
  const largest = logWeight.reduce((a, b) => Math.max(a, b), -Infinity);
  let total = 0;
  const cumulative = logWeight.map((w, i) => (total += distance[i] <= CLOSE ? Math.exp(w - largest) : 0));
  const out = new Float64Array(count * dimension);
  uniformArray(key, count).forEach((u, i) => {
    let [low, high] = [0, cumulative.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (u * total < cumulative[middle]) high = middle;
      else low = middle + 1;
    }
    out.set(data.subarray(low * dimension, (low + 1) * dimension), i * dimension);
  });
  return out;
}

function checkCount(where: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new ConfigError({
      code: 'bad-option',
      where,
      expected: `a whole number of at least ${least}`,
      received: String(value),
    });
}
