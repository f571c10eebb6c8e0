import { ConfigError, permutation, randint, ShapeError, split, type Key } from '@ebim/runtime';
import { constrainedLangevin, type Constraint } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import type { IntegrationNodes } from './integration-nodes.js';
import { normalsAt } from './normals-at.js';
import {
  alongNormals,
  isOtherBranch,
  kernelDensity,
  tangentKernels,
  type TangentKernels,
} from './tangent-kernels.js';

/** Options of {@link importanceNodes}. */
export interface ImportanceNodesOptions {
  /** Points uniform with respect to area on the whole manifold, `[any, n]`. */
  readonly uniform: tf.Tensor;
  /** Length, area or volume of the manifold. */
  readonly volume: number;
  /** Points of the manifold where the density is large, `[any, n]`: those to be learned from. */
  readonly centres: tf.Tensor;
  /** Standard deviations of the Gaussians around the centres, in units of length; each is used equally often. */
  readonly scales: readonly number[];
  /** How many nodes to draw. A few that find no place on the manifold are left out. */
  readonly count: number;
  /** Share of the nodes that lies near a centre. Default 0.5. */
  readonly localShare?: number;
  readonly key: Key;
}

/**
 * Nodes for integrals of peaked densities: a share of them uniform on the manifold, the others in Gaussians around
 * given points of it (each in the tangent space of its centre, carried to the manifold along the normals there).
 * A node weighs `1 / (count q)` with the density q of the whole mixture, so that integrals have the right
 * expectation, no weight exceeds `volume / (count (1 - localShare))`, and peaks near the centres are resolved however
 * narrow. Exact for manifolds on which a kernel is narrower than the distance between sheets; needs centres on the
 * manifold (`projectToManifold`).
 *
 * @returns tensors that the caller owns
 * @throws ConfigError `bad-option`; ShapeError `bad-nodes`
 * @example
 * ```ts
 * import { circle, importanceNodes } from '@ebim/implicit';
 * import { key } from '@ebim/runtime';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const angles = tf.range(0, 1000).mul((2 * Math.PI) / 1000);
 * const nodes = await importanceNodes(circle().constraint, {
 *   uniform: tf.stack([tf.cos(angles), tf.sin(angles)], 1),
 *   volume: 2 * Math.PI,
 *   centres: tf.tensor2d([[1, 0]]),
 *   scales: [0.05],
 *   count: 2000,
 *   key: key(0),
 * });
 * nodes.logWeights.exp().sum().print(); // about 6.28
 * ```
 */
export async function importanceNodes(
  constraint: Constraint,
  options: ImportanceNodesOptions,
): Promise<IntegrationNodes> {
  const { uniform, volume, centres, scales, count, localShare = 0.5, key } = options;
  check('count', count, Number.isInteger(count) && count >= 1, 'a whole number of at least 1');
  check('localShare', localShare, localShare >= 0 && localShare < 1, 'a number in [0, 1)');
  check(
    'scales',
    scales[0],
    scales.length > 0 && scales.every((s) => s > 0 && s < Infinity),
    'positive numbers',
  );
  check('volume', volume, volume > 0 && volume < Infinity, 'a positive number');
  const [rows, n] = uniform.shape;
  for (const points of [uniform, centres])
    if (points.rank !== 2 || points.shape[0] === 0 || points.shape[1] !== n)
      throw new ShapeError({
        code: 'bad-nodes',
        where: 'importanceNodes({ uniform, centres })',
        expected: 'points of shape [count, n], at least one, of one n',
        received: `[${uniform.shape.join(', ')}] and [${centres.shape.join(', ')}]`,
      });

  const [uniformKey, localKey] = split(key);
  const perScale = Math.round((count * localShare) / scales.length);
  const uniformCount = count - perScale * scales.length;
  const parts = [tf.tidy(() => tf.gather(uniform, randint(uniformKey, [uniformCount], 0, rows)))];
  const keys = split(localKey, scales.length);
  const kernels: ScaledKernels[] = [];
  try {
    for (const [i, scale] of scales.entries()) {
      const drawn = await drawLocal(constraint, centres, scale, perScale, count, keys[i]);
      kernels.push(drawn.kernels);
      parts.push(drawn.points);
    }
    const points = tf.concat(parts, 0);
    const data = await points.data();
    const normals = await normalsAt(constraint, points);
    const density = new Float64Array(points.shape[0]).fill(uniformCount / count / volume);
    for (const { scale, kernels: of } of kernels)
      kernelDensity(of, scale, data, normals.rows).forEach((q, i) => {
        density[i] += (perScale / count) * q;
      });
    const logWeights = tf.tensor1d(Float32Array.from(density, (q) => -Math.log(q * count)));
    return { points, logWeights };
  } finally {
    tf.dispose(parts);
  }
}

interface ScaledKernels {
  readonly scale: number;
  readonly kernels: TangentKernels;
}

/** Pairs of a node and a centre that may be looked at for one scale: about a tenth of a second. */
const PAIRS = 1e7;

/** Points around random centres at one scale, and the kernels that they come from. */
async function drawLocal(
  constraint: Constraint,
  all: tf.Tensor,
  scale: number,
  draws: number,
  nodes: number,
  key: Key,
): Promise<{ kernels: ScaledKernels; points: tf.Tensor }> {
  const [subsetKey, centreKey, noiseKey] = split(key, 3);
  // Wide kernels overlap, so that few of them cover as much as all would.
  const wanted = Math.ceil(PAIRS / nodes / (await shareWithin(all, 8 * scale)));
  const centres = tf.tidy(() => {
    const size = Math.min(all.shape[0], wanted);
    return tf.gather(all, tf.slice(permutation(subsetKey, all.shape[0]), 0, size));
  });
  const n = all.shape[1] as number;
  const { rows, codimension } = await normalsAt(constraint, centres);
  const positions = await centres.data();
  const kernels = tangentKernels(positions, rows, n, codimension);
  const chosen = randint(centreKey, [draws], 0, centres.shape[0]);
  const { ends, accepted } = tf.tidy(() => {
    // One step of the chain without an energy is the kernel: tangent noise, then along the normals of the start.
    const kernel = constrainedLangevin({ constraint, noiseScale: scale });
    const [state, info] = kernel.step(noiseKey, { position: tf.gather(centres, chosen) });
    return { ends: state.position, accepted: info.accepted };
  });
  const [from, to, moved] = [await chosen.data(), await ends.data(), await accepted.data()];
  const offset = new Float64Array(n);
  const frame = { normals: rows, codimension, ambientDimension: n };
  const kept = Array.from(from.keys()).filter((i) => {
    for (let d = 0; d < n; d++) offset[d] = to[i * n + d] - positions[from[i] * n + d];
    const square = offset.reduce((sum, value) => sum + value * value, 0);
    return moved[i] && !isOtherBranch(square, alongNormals(frame, from[i], offset));
  });
  const points = tf.tidy(() => tf.gather(ends, tf.tensor1d(kept, 'int32')));
  tf.dispose([centres, chosen, ends, accepted]);
  return { kernels: { scale, kernels }, points };
}

/** Share of the pairs of points, of the first few hundred, that are within a distance; at least one in a thousand. */
async function shareWithin(points: tf.Tensor, distance: number): Promise<number> {
  const [count, n] = points.shape;
  const used = Math.min(count, 300);
  const stride = Math.floor(count / used);
  const data = await points.data();
  let near = 0;
  for (let i = 0; i < used; i++)
    for (let j = 0; j < used; j++) {
      let square = 0;
      for (let d = 0; d < n; d++) square += (data[i * stride * n + d] - data[j * stride * n + d]) ** 2;
      if (square <= distance * distance) near++;
    }
  return Math.max(1e-3, near / (used * used));
}

function check(name: string, value: number, good: boolean, expected: string): void {
  if (good) return;
  throw new ConfigError({
    code: 'bad-option',
    where: `importanceNodes({ ${name} })`,
    expected,
    received: String(value),
  });
}
