import * as tf from '@tensorflow/tfjs';
import { ConfigError, split, type TensorTree } from '@ebim/runtime';
import { defineTransform } from '../transform/define-transform.js';
import { pathsBelow } from '../transform/trained-parameters.js';
import type { AnyTransform, Transform } from '../transform/transform.js';

/** Parameters of a chain: those of its parts, in their order. */
export type ChainParams = readonly TensorTree[];

/**
 * One transform after the other; the first one sees x. The context goes to every part that has one.
 *
 * @throws ConfigError `empty-chain`, `sizes-do-not-fit`, `contexts-do-not-fit`
 *
 * @example
 * ```ts
 * const flow = chain([permutation({ size: 3 }), rationalQuadraticCoupling({ size: 3 })]);
 * const params = flow.init(key(0));
 * const { y, logDetJacobian } = flow.forward(params, tf.zeros([5, 3]));
 * ```
 */
export function chain(transforms: readonly AnyTransform[]): Transform<ChainParams> {
  checkChain(transforms);
  const contextOf = (part: AnyTransform, context: tf.Tensor | undefined): tf.Tensor | undefined =>
    part.contextSize === 0 ? undefined : context;
  const backwards = transforms.map((part, i) => [part, i] as const).reverse();
  return defineTransform<ChainParams>({
    name: 'chain',
    inputShape: transforms[0].inputShape,
    outputShape: transforms[transforms.length - 1].outputShape,
    contextSize: Math.max(...transforms.map(({ contextSize }) => contextSize)),
    untrained: transforms.flatMap(({ untrained }, i) => pathsBelow(i, untrained)),
    init: (key) => split(key, transforms.length).map((partKey, i) => transforms[i].init(partKey)),
    initialiseFrom: (params, x, context) => {
      let y = x;
      return transforms.map((part, i) => {
        const partParams = part.initialiseFrom(params[i], y, contextOf(part, context));
        y = part.forward(partParams, y, contextOf(part, context)).y;
        return partParams;
      });
    },
    forward: (params, x, context) => {
      let y = x;
      const terms = transforms.map((part, i) => {
        const result = part.forward(params[i], y, contextOf(part, context));
        y = result.y;
        return result.logDetJacobian;
      });
      return { y, logDetJacobian: tf.addN(terms) };
    },
    inverse: (params, y, context) => {
      let x = y;
      const terms = backwards.map(([part, i]) => {
        const result = part.inverse(params[i], x, contextOf(part, context));
        x = result.x;
        return result.logDetJacobian;
      });
      return { x, logDetJacobian: tf.addN(terms) };
    },
    forwardTangents: (params, x, tangents, context) =>
      transforms.reduce(
        (at, part, i) => part.forwardTangents(params[i], at.y, at.tangents, contextOf(part, context)),
        { y: x, tangents },
      ),
    inverseTangents: (params, y, tangents, context) =>
      backwards.reduce(
        (at, [part, i]) => part.inverseTangents(params[i], at.x, at.tangents, contextOf(part, context)),
        { x: y, tangents },
      ),
  });
}

function checkChain(transforms: readonly AnyTransform[]): void {
  if (transforms.length === 0)
    throw new ConfigError({
      code: 'empty-chain',
      where: 'chain(transforms)',
      expected: 'at least one transform',
      received: 'none',
    });
  transforms.slice(1).forEach((part, i) => {
    const before = transforms[i];
    if (before.outputShape.join() !== part.inputShape.join())
      throw new ConfigError({
        code: 'sizes-do-not-fit',
        where: `chain(transforms): ${part.name} after ${before.name}, at position ${i + 1}`,
        expected: `a transform of [${before.outputShape.join(', ')}]`,
        received: `one of [${part.inputShape.join(', ')}]`,
      });
  });
  const sizes = [...new Set(transforms.map(({ contextSize }) => contextSize).filter((size) => size > 0))];
  if (sizes.length > 1)
    throw new ConfigError({
      code: 'contexts-do-not-fit',
      where: 'chain(transforms)',
      expected: 'parts that share one context',
      received: `contexts of size ${sizes.join(' and ')}`,
    });
}
