import * as tf from '@tensorflow/tfjs';
import { ConfigError, normal, split, type TensorTree } from '@ebim/runtime';
import { checkDimensions } from '../charts/pad.js';
import { chartPoint, chartTangents } from '../tangents/chart.js';
import { logVolumeOfTangents } from '../tangents/log-volume.js';
import { checkPositive } from '../transform/checks.js';
import { pathsBelow } from '../transform/trained-parameters.js';
import type { Transform } from '../transform/transform.js';
import { contextFor, defineModel, keysFor, normalLogDensity, sharedContext } from './define-model.js';
import type { FlowModel } from './model.js';

/** Parameters of {@link mFlow} and {@link pie}. */
export type ManifoldFlowParams<O extends TensorTree, I extends TensorTree> = {
  readonly outer: O;
  readonly inner: I;
};

/** Options of {@link pie}. */
export interface PieOptions<O extends TensorTree, I extends TensorTree> extends ManifoldFlowOptions<O, I> {
  /**
   * Coordinates off the manifold count in the ambient density as if no longer than so many epsilon; then it does not
   * integrate to one. Default: as they are.
   */
  readonly clip?: number;
}

/** Options of {@link mFlow} and {@link pie}. */
export interface ManifoldFlowOptions<O extends TensorTree, I extends TensorTree> {
  /** f: data -> (coordinates on the manifold, coordinates off it), `[d] -> [d]`. */
  readonly outer: Transform<O>;
  /** h: coordinates on the manifold -> standard normal latents, `[n] -> [n]`, n < d. */
  readonly inner: Transform<I>;
  /** Width of the normal distribution off the manifold in the ambient density. Default 0.01. */
  readonly epsilon?: number;
}

/**
 * The manifold-learning flow (M-flow, spec 1.6): the manifold is all f⁻¹(u, 0), and the density of a point on it
 * `log p(x) = log N(ũ) + log |det dh/du| - ½ log det JᵀJ`, J the Jacobian of u -> f⁻¹(u, 0). The density of a point off
 * the manifold is that of its projection.
 *
 * @throws ConfigError `bad-manifold-dimension`, `contexts-do-not-fit`, `bad-option`
 *
 * @example
 * ```ts
 * const model = mFlow({
 *   outer: vectorFlow({ size: 3, layers: 5, bins: 10, bound: 6 }),
 *   inner: vectorFlow({ size: 2, layers: 5, bins: 10, bound: 6, contextSize: 1 }),
 * });
 * const params = model.init(key(0));
 * const distance = model.reconstructionError(params, tf.zeros([5, 3]), tf.zeros([5, 1]));
 * ```
 */
export const mFlow = <O extends TensorTree, I extends TensorTree>(
  options: ManifoldFlowOptions<O, I>,
): FlowModel<ManifoldFlowParams<O, I>> => manifoldFlow('mFlow', options);

/**
 * The pseudo-invertible encoder (PIE, spec 1.5): the networks of an M-flow with a density in the whole space, `log p(x) =
 * log N(ũ) + log N(v; 0, epsilon²) + log |det df/dx| + log |det dh/du|`, v the coordinates off the manifold. Samples on
 * the manifold (v = 0, the default) are not draws from that density; `mode: 'full'` gives those. With an outer flow
 * that has a context the manifold depends on it, as in the original; without, only the density does.
 *
 * @throws ConfigError `bad-manifold-dimension`, `contexts-do-not-fit`, `bad-option`
 */
export const pie = <O extends TensorTree, I extends TensorTree>(
  options: PieOptions<O, I>,
): FlowModel<ManifoldFlowParams<O, I>> => manifoldFlow('pie', options);

function manifoldFlow<O extends TensorTree, I extends TensorTree>(
  name: 'mFlow' | 'pie',
  { outer, inner, epsilon = 0.01, clip }: PieOptions<O, I>,
): FlowModel<ManifoldFlowParams<O, I>> {
  type P = ManifoldFlowParams<O, I>;
  const [[d], [n]] = [outer.inputShape, inner.inputShape];
  if (
    [outer.inputShape, outer.outputShape, inner.inputShape, inner.outputShape].some(
      ({ length }) => length !== 1,
    )
  )
    throw new ConfigError({
      code: 'sizes-do-not-fit',
      where: `${name}({ outer, inner })`,
      expected: 'transforms of vectors',
      received: `[${outer.inputShape.join(', ')}] and [${inner.inputShape.join(', ')}]`,
    });
  checkDimensions(`${name}({ outer, inner })`, n, d);
  checkPositive(name, { epsilon });
  if (clip !== undefined) checkPositive(name, { clip });

  const coordinates = (
    { outer: params }: P,
    x: tf.Tensor,
    context?: tf.Tensor,
  ): { u: tf.Tensor; v: tf.Tensor; logDetJacobian: tf.Tensor } => {
    const { y, logDetJacobian } = outer.forward(params, x, contextFor(outer, context));
    const batch = x.shape[0];
    return { u: tf.slice(y, [0, 0], [batch, n]), v: tf.slice(y, [0, n], [batch, d - n]), logDetJacobian };
  };
  const point = ({ outer: params }: P, u: tf.Tensor, context?: tf.Tensor): tf.Tensor =>
    chartPoint(outer, params, u, contextFor(outer, context));
  const onManifold = ({ inner: params }: P, u: tf.Tensor, context?: tf.Tensor): tf.Tensor => {
    const { y, logDetJacobian } = inner.forward(params, u, contextFor(inner, context));
    return tf.add(normalLogDensity(y), logDetJacobian);
  };
  const projected = (params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor =>
    point(params, coordinates(params, x, context).u, context);
  const exact = (params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor => {
    const { u } = coordinates(params, x, context);
    const { jacobian } = chartTangents(outer, params.outer, u, contextFor(outer, context));
    return tf.sub(onManifold(params, u, context), logVolumeOfTangents(jacobian));
  };
  const fixedManifold = (params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor =>
    onManifold(params, coordinates(params, x, context).u, context);
  const ambient = (params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor => {
    const { u, v, logDetJacobian } = coordinates(params, x, context);
    const off = clip === undefined ? v : tf.clipByValue(v, -clip * epsilon, clip * epsilon);
    return tf.addN([onManifold(params, u, context), normalLogDensity(off, epsilon), logDetJacobian]);
  };
  const latentsToU = ({ inner: params }: P, latent: tf.Tensor, context?: tf.Tensor): tf.Tensor =>
    inner.inverse(params, latent, contextFor(inner, context)).x;
  return defineModel<P>({
    name,
    dataSize: d,
    latentSize: n,
    contextSize: sharedContext(`${name}({ outer, inner })`, [outer, inner]),
    untrained: [...pathsBelow('inner', inner.untrained), ...pathsBelow('outer', outer.untrained)],
    init: (key) => {
      const keys = keysFor(key, ['outer', 'inner']);
      return { outer: outer.init(keys.outer), inner: inner.init(keys.inner) };
    },
    coordinates: (params, x, context) => outer.forward(params.outer, x, contextFor(outer, context)).y,
    encode: (params, x, context) =>
      inner.forward(params.inner, coordinates(params, x, context).u, contextFor(inner, context)).y,
    decode: (params, latent, context) => point(params, latentsToU(params, latent, context), context),
    project: projected,
    density: {
      exact: name === 'pie' ? ambient : exact,
      fixedManifold:
        outer.contextSize > 0
          ? 'its outer flow depends on the context, so that nothing cancels between contexts; use exact'
          : fixedManifold,
      ambient,
      slice: (params, x, context) => ambient(params, projected(params, x, context), context),
    },
    full: (key, params, count, context) => {
      const [latentKey, offKey] = split(key);
      const u = latentsToU(params, normal(latentKey, [count, n]), context);
      const v = tf.mul(epsilon, normal(offKey, [count, d - n]));
      return outer.inverse(params.outer, tf.concat([u, v], 1), contextFor(outer, context)).x;
    },
  });
}
