import * as tf from '@tensorflow/tfjs';
import { grad } from '@ebim/autodiff';
import type { Activation, ConditionalNetwork, ResidualNetParams } from '@ebim/nn';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';
import type { ElementwiseMap } from './elementwise-map.js';
import { pushThroughConditioner } from './conditioner-tangents.js';
import { joinByMask, splitByMask, type CouplingMask } from './mask.js';

/** Parameters of a coupling layer: those of its conditioner. */
export type CouplingParams = { readonly conditioner: ResidualNetParams };

/** What {@link coupling} is made of. */
export interface CouplingParts {
  readonly name: string;
  readonly mask: CouplingMask;
  readonly map: ElementwiseMap;
  /** From the identity features (and the context) to the raw parameters of all the others, feature by feature. */
  readonly conditioner: ConditionalNetwork<ResidualNetParams>;
  /** That of the conditioner. */
  readonly activation: Activation | 'relu';
}

/**
 * A coupling layer: some features stay as they are, the others are mapped one by one, by maps whose parameters a
 * network computes from those that stay (and from the context).
 */
export function coupling({
  name,
  mask,
  map,
  conditioner,
  activation,
}: CouplingParts): Transform<CouplingParams> {
  const size = mask.transformed.length + mask.identity.length;
  type Direction = ElementwiseMap['forward'];
  const apply = (
    direction: Direction,
    params: CouplingParams,
    x: tf.Tensor,
    context: tf.Tensor | undefined,
  ): { value: tf.Tensor; logDetJacobian: tf.Tensor } => {
    const { changed, kept } = splitByMask(x, mask);
    const raw = conditioner.apply(params.conditioner, kept, context);
    const { value, logDerivative } = direction(changed, raw);
    return { value: joinByMask(value, kept, mask), logDetJacobian: tf.sum(logDerivative, 1) };
  };
  // Every value depends on its own argument and its own raw parameters only, so that one backward pass with ones
  // gives all derivatives; the tangents of the conditioner are then contracted with them.
  const push = (
    direction: Direction,
    params: CouplingParams,
    x: tf.Tensor,
    tangents: tf.Tensor,
    context: tf.Tensor | undefined,
  ): { value: tf.Tensor; tangents: tf.Tensor } => {
    const { changed, kept } = splitByMask(x, mask);
    const parts = splitByMask(tangents, mask);
    const { value: raw, against } = pushThroughConditioner(
      params.conditioner,
      activation,
      kept,
      parts.kept,
      context,
    );
    const mapped = direction(changed, raw);
    const slopes = grad((at: { changed: tf.Tensor; raw: tf.Tensor }) =>
      tf.sum(direction(at.changed, at.raw).value),
    )({ changed, raw });
    const own = tf.mul(parts.changed, tf.expandDims(slopes.changed, 1));
    const moved = tf.add(own, against(slopes.raw, mask.transformed.length, map.order));
    return {
      value: joinByMask(mapped.value, kept, mask),
      tangents: joinByMask(moved, parts.kept, mask),
    };
  };
  return defineTransform<CouplingParams>({
    name,
    inputShape: [size],
    contextSize: conditioner.contextSize,
    init: (key) => ({ conditioner: conditioner.init(key) }),
    forward: (params, x, context) => {
      const { value, logDetJacobian } = apply(map.forward, params, x, context);
      return { y: value, logDetJacobian };
    },
    inverse: (params, y, context) => {
      const { value, logDetJacobian } = apply(map.inverse, params, y, context);
      return { x: value, logDetJacobian };
    },
    forwardTangents: (params, x, tangents, context) => {
      const result = push(map.forward, params, x, tangents, context);
      return { y: result.value, tangents: result.tangents };
    },
    inverseTangents: (params, y, tangents, context) => {
      const result = push(map.inverse, params, y, tangents, context);
      return { x: result.value, tangents: result.tangents };
    },
  });
}
