import type { ConditionalNetwork, ResidualNetParams } from '@ebim/nn';
import * as tf from '@tensorflow/tfjs';
import { ConfigError, type TensorTree } from '@ebim/runtime';
import { checkDimensions } from '../charts/pad.js';
import { chartPoint, chartTangents } from '../tangents/chart.js';
import { logVolumeOfTangents } from '../tangents/log-volume.js';
import { pathsBelow } from '../transform/trained-parameters.js';
import type { Transform } from '../transform/transform.js';
import { contextFor, defineModel, keysFor, normalLogDensity, sharedContext } from './define-model.js';
import type { FlowModel } from './model.js';

/** Parameters of {@link mFlowWithEncoder}. */
export type EncoderFlowParams<O extends TensorTree, I extends TensorTree> = {
  readonly outer: O;
  readonly inner: I;
  readonly encoder: ResidualNetParams;
};

/** Options of {@link mFlowWithEncoder}. */
export interface EncoderFlowOptions<O extends TensorTree, I extends TensorTree> {
  /** f: data -> latent, `[d] -> [d]`; only its inverse is used. */
  readonly outer: Transform<O>;
  /** h: coordinates on the manifold -> standard normal latents, `[n] -> [n]`, n < d. */
  readonly inner: Transform<I>;
  /** e: data -> coordinates on the manifold, d -> n. */
  readonly encoder: ConditionalNetwork<ResidualNetParams>;
}

/**
 * The M-flow with a separate encoder (Me-flow, spec 1.7): coordinates come from a network e instead of the inverse of
 * the outer flow, whose data -> latent direction is never evaluated. Densities are exact ones of the projection
 * f⁻¹(e(x), 0).
 *
 * @throws ConfigError `bad-manifold-dimension`, `sizes-do-not-fit`, `contexts-do-not-fit`
 *
 * @example
 * ```ts
 * const model = mFlowWithEncoder({
 *   outer: vectorFlow({ size: 3, layers: 5 }),
 *   inner: vectorFlow({ size: 2, layers: 5 }),
 *   encoder: residualNet({ inputSize: 3, outputSize: 2, blocks: 5 }),
 * });
 * const params = model.init(key(0));
 * const latents = model.encode(params, tf.zeros([5, 3])); // [5, 2]
 * ```
 */
export function mFlowWithEncoder<O extends TensorTree, I extends TensorTree>(
  options: EncoderFlowOptions<O, I>,
): FlowModel<EncoderFlowParams<O, I>> {
  type P = EncoderFlowParams<O, I>;
  const { outer, inner, encoder } = options;
  const [[d], [n]] = [outer.inputShape, inner.inputShape];
  checkDimensions('mFlowWithEncoder({ outer, inner })', n, d);
  checkNetwork('mFlowWithEncoder({ encoder })', encoder, d, n);
  const coordinates = (params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor =>
    encoder.apply(params.encoder, x, contextFor(encoder, context));
  const point = (params: P, u: tf.Tensor, context?: tf.Tensor): tf.Tensor =>
    chartPoint(outer, params.outer, u, contextFor(outer, context));
  const onManifold = (params: P, u: tf.Tensor, context?: tf.Tensor): tf.Tensor => {
    const { y, logDetJacobian } = inner.forward(params.inner, u, contextFor(inner, context));
    return tf.add(normalLogDensity(y), logDetJacobian);
  };
  const off = 'off the manifold a separate encoder has no inverse, hence no density';
  const conditional = outer.contextSize > 0 || encoder.contextSize > 0;
  return defineModel<P>({
    name: 'mFlowWithEncoder',
    dataSize: d,
    latentSize: n,
    contextSize: sharedContext('mFlowWithEncoder({ outer, inner, encoder })', [outer, inner, encoder]),
    untrained: [...pathsBelow('inner', inner.untrained), ...pathsBelow('outer', outer.untrained)],
    init: (key) => {
      const keys = keysFor(key, ['outer', 'inner', 'encoder']);
      return {
        outer: outer.init(keys.outer),
        inner: inner.init(keys.inner),
        encoder: encoder.init(keys.encoder),
      };
    },
    coordinates,
    encode: (params, x, context) =>
      inner.forward(params.inner, coordinates(params, x, context), contextFor(inner, context)).y,
    decode: (params, latent, context) =>
      point(params, inner.inverse(params.inner, latent, contextFor(inner, context)).x, context),
    project: (params, x, context) => point(params, coordinates(params, x, context), context),
    density: {
      exact: (params, x, context) => {
        const u = coordinates(params, x, context);
        const { jacobian } = chartTangents(outer, params.outer, u, contextFor(outer, context));
        return tf.sub(onManifold(params, u, context), logVolumeOfTangents(jacobian));
      },
      fixedManifold: conditional
        ? 'its manifold or encoder depends on the context, so that nothing cancels; use exact'
        : (params, x, context) => onManifold(params, coordinates(params, x, context), context),
      ambient: off,
      slice: off,
    },
    full: off,
  });
}

/** Parameters of {@link probabilisticAutoencoder}. */
export type ProbabilisticAutoencoderParams<I extends TensorTree> = {
  readonly inner: I;
  readonly encoder: ResidualNetParams;
  readonly decoder: ResidualNetParams;
};

/** Options of {@link probabilisticAutoencoder}. */
export interface ProbabilisticAutoencoderOptions<I extends TensorTree> {
  /** h: codes -> standard normal latents, `[n] -> [n]`. */
  readonly inner: Transform<I>;
  /** e: data -> codes, d -> n; without a context. */
  readonly encoder: ConditionalNetwork<ResidualNetParams>;
  /** g: codes -> data, n -> d; without a context. */
  readonly decoder: ConditionalNetwork<ResidualNetParams>;
}

/**
 * The probabilistic autoencoder (PAE, spec 1.8): two unconstrained networks and a flow of the codes between them. Its
 * only density, `fixedManifold`, is one of codes, not of points.
 *
 * @throws ConfigError `bad-manifold-dimension`, `sizes-do-not-fit`
 */
export function probabilisticAutoencoder<I extends TensorTree>(
  options: ProbabilisticAutoencoderOptions<I>,
): FlowModel<ProbabilisticAutoencoderParams<I>> {
  type P = ProbabilisticAutoencoderParams<I>;
  const { inner, encoder, decoder } = options;
  const [[d], [n]] = [encoder.inputShape, inner.inputShape];
  checkDimensions('probabilisticAutoencoder({ inner, encoder })', n, d);
  checkNetwork('probabilisticAutoencoder({ encoder })', encoder, d, n);
  checkNetwork('probabilisticAutoencoder({ decoder })', decoder, n, d);
  for (const part of [encoder, decoder])
    if (part.contextSize > 0)
      throw new ConfigError({
        code: 'contexts-do-not-fit',
        where: 'probabilisticAutoencoder({ encoder, decoder })',
        expected: 'networks without a context',
        received: `one of size ${part.contextSize}`,
      });
  const none =
    'a decoder that is no flow has no tractable density of points; only codes have one, fixedManifold';
  return defineModel<P>({
    name: 'probabilisticAutoencoder',
    dataSize: d,
    latentSize: n,
    contextSize: inner.contextSize,
    untrained: pathsBelow('inner', inner.untrained),
    init: (key) => {
      const keys = keysFor(key, ['inner', 'encoder', 'decoder']);
      return {
        inner: inner.init(keys.inner),
        encoder: encoder.init(keys.encoder),
        decoder: decoder.init(keys.decoder),
      };
    },
    coordinates: (params, x) => encoder.apply(params.encoder, x),
    encode: (params, x, context) => inner.forward(params.inner, encoder.apply(params.encoder, x), context).y,
    decode: (params, latent, context) =>
      decoder.apply(params.decoder, inner.inverse(params.inner, latent, context).x),
    project: (params, x) => decoder.apply(params.decoder, encoder.apply(params.encoder, x)),
    density: {
      exact: none,
      fixedManifold: (params, x, context) => {
        const codes = encoder.apply(params.encoder, x);
        const { y, logDetJacobian } = inner.forward(params.inner, codes, context);
        return tf.add(normalLogDensity(y), logDetJacobian);
      },
      ambient: none,
      slice: none,
    },
    full: 'an autoencoder has no coordinates off its manifold',
  });
}

function checkNetwork(
  where: string,
  { inputShape, outputShape }: Pick<ConditionalNetwork<ResidualNetParams>, 'inputShape' | 'outputShape'>,
  inputs: number,
  outputs: number,
): void {
  if (inputShape.join() !== String(inputs) || outputShape.join() !== String(outputs))
    throw new ConfigError({
      code: 'sizes-do-not-fit',
      where,
      expected: `a network from [${inputs}] to [${outputs}]`,
      received: `one from [${inputShape.join(', ')}] to [${outputShape.join(', ')}]`,
    });
}
