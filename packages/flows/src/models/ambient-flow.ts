import * as tf from '@tensorflow/tfjs';
import type { TensorTree } from '@ebim/runtime';
import type { Transform } from '../transform/transform.js';
import { defineModel, normalLogDensity } from './define-model.js';
import type { FlowModel } from './model.js';

/**
 * The ambient flow (AF, spec 1.3): a normalising flow of the whole space, without a manifold. `log p(x) = log N(f(x); 0, 1)
 * + log |det df/dx|`.
 *
 * @param flow data -> latent, `[d] -> [d]`
 *
 * @example
 * ```ts
 * const model = ambientFlow(vectorFlow({ size: 3, layers: 10, bins: 10, bound: 6, contextSize: 1 }));
 * const params = model.init(key(0));
 * const logP = model.logDensity(params, tf.zeros([5, 3]), { context: tf.zeros([5, 1]) });
 * ```
 */
export function ambientFlow<P extends TensorTree>(flow: Transform<P>): FlowModel<P> {
  const [size] = flow.inputShape;
  const decode = (params: P, latent: tf.Tensor, context?: tf.Tensor): tf.Tensor =>
    flow.inverse(params, latent, context).x;
  const density = (params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor => {
    const { y, logDetJacobian } = flow.forward(params, x, context);
    return tf.add(normalLogDensity(y), logDetJacobian);
  };
  const none = 'an ambient flow has no manifold';
  return defineModel<P>({
    name: 'ambientFlow',
    dataSize: size,
    latentSize: size,
    contextSize: flow.contextSize,
    untrained: flow.untrained,
    init: (key) => flow.init(key),
    coordinates: (params, x, context) => flow.forward(params, x, context).y,
    encode: (params, x, context) => flow.forward(params, x, context).y,
    decode,
    density: { exact: density, ambient: density, fixedManifold: none, slice: none },
    full: 'an ambient flow has one way of sampling only; leave `mode` out',
  });
}
