import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';
import type { TensorTree } from '@ebim/runtime';

/** The same transform in the other direction, with the same parameters. */
export function inverted<P extends TensorTree>(transform: Transform<P>): Transform<P> {
  return defineTransform<P>({
    name: `inverted ${transform.name}`,
    inputShape: transform.outputShape,
    outputShape: transform.inputShape,
    contextSize: transform.contextSize,
    untrained: transform.untrained,
    init: (key) => transform.init(key),
    // What a transform needs is a batch on its own side.
    initialiseFrom: (params, x, context) =>
      transform.initialiseFrom(params, transform.inverse(params, x, context).x, context),
    forward: (params, x, context) => {
      const result = transform.inverse(params, x, context);
      return { y: result.x, logDetJacobian: result.logDetJacobian };
    },
    inverse: (params, y, context) => {
      const result = transform.forward(params, y, context);
      return { x: result.y, logDetJacobian: result.logDetJacobian };
    },
    forwardTangents: (params, x, tangents, context) => {
      const result = transform.inverseTangents(params, x, tangents, context);
      return { y: result.x, tangents: result.tangents };
    },
    inverseTangents: (params, y, tangents, context) => {
      const result = transform.forwardTangents(params, y, tangents, context);
      return { x: result.y, tangents: result.tangents };
    },
  });
}
