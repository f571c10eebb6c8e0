import * as tf from '@tensorflow/tfjs';
import { ConfigError, split } from '@ebim/runtime';
import type { ChainParams } from '../compose/chain.js';
import { defineTransform } from '../transform/define-transform.js';
import { overTangents } from '../transform/fold.js';
import { pathsBelow } from '../transform/trained-parameters.js';
import type { AnyTransform, Transform } from '../transform/transform.js';

/**
 * Levels of image transforms: after every level but the last, the first half of the channels is done, and the second
 * half goes on to the next level. The output is a vector of all that was done, level by level, each flattened channel
 * by channel, row by row.
 *
 * @param levels the second one takes what the first one leaves: `[h, w, c - ceil(c / 2)]`
 * @throws ConfigError `empty-chain`, `sizes-do-not-fit`, `contexts-do-not-fit`
 */
export function multiScale(levels: readonly AnyTransform[]): Transform<ChainParams> {
  const shapes = checkLevels(levels);
  const last = levels.length - 1;
  const sizes = shapes.map(({ done }) => done.reduce((product, size) => product * size, 1));
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const contextOf = (part: AnyTransform, context: tf.Tensor | undefined): tf.Tensor | undefined =>
    part.contextSize === 0 ? undefined : context;

  const flatten = (t: tf.Tensor): tf.Tensor =>
    tf.reshape(tf.transpose(t, [0, 3, 1, 2]), [t.shape[0], t.size / Math.max(1, t.shape[0])]);
  const flattenOf = (level: number) => (t: tf.Tensor) =>
    t.shape[0] === 0 ? tf.zeros([0, sizes[level]]) : flatten(t);
  const unflattenOf =
    (level: number) =>
    (t: tf.Tensor): tf.Tensor => {
      const [h, w, c] = shapes[level].done;
      const part = tf.slice(t, [0, starts[level]], [t.shape[0], sizes[level]]);
      return tf.transpose(tf.reshape(part, [t.shape[0], c, h, w]), [0, 2, 3, 1]);
    };
  /** Channels `begin … begin + count` of the last axis. */
  const channels = (t: tf.Tensor, begin: number, count: number): tf.Tensor =>
    tf.slice(
      t,
      t.shape.map((_, axis) => (axis === t.rank - 1 ? begin : 0)),
      [...t.shape.slice(0, -1), count],
    );
  const doneOf = (level: number, t: tf.Tensor): tf.Tensor => channels(t, 0, shapes[level].done[2]);
  const restOf = (level: number, t: tf.Tensor): tf.Tensor => {
    const done = shapes[level].done[2];
    return channels(t, done, t.shape[t.rank - 1] - done);
  };
  const levelsUp = levels.map((part, level) => [part, level] as const).reverse();

  return defineTransform<ChainParams>({
    name: 'multiScale',
    inputShape: levels[0].inputShape,
    outputShape: [sizes.reduce((sum, size) => sum + size, 0)],
    contextSize: Math.max(...levels.map(({ contextSize }) => contextSize)),
    untrained: levels.flatMap(({ untrained }, i) => pathsBelow(i, untrained)),
    init: (key) => split(key, levels.length).map((levelKey, i) => levels[i].init(levelKey)),
    initialiseFrom: (params, x, context) => {
      let rest = x;
      return levels.map((part, level) => {
        const own = part.initialiseFrom(params[level], rest, contextOf(part, context));
        if (level < last) rest = restOf(level, part.forward(own, rest, contextOf(part, context)).y);
        return own;
      });
    },
    forward: (params, x, context) => {
      let rest = x;
      const outputs: tf.Tensor[] = [];
      const terms = levels.map((part, level) => {
        const { y, logDetJacobian } = part.forward(params[level], rest, contextOf(part, context));
        outputs.push(flattenOf(level)(doneOf(level, y)));
        if (level < last) rest = restOf(level, y);
        return logDetJacobian;
      });
      return { y: tf.concat(outputs, 1), logDetJacobian: tf.addN(terms) };
    },
    inverse: (params, y, context) => {
      let rest: tf.Tensor | undefined;
      const terms = levelsUp.map(([part, level]) => {
        const done = unflattenOf(level)(y);
        const whole = rest === undefined ? done : tf.concat([done, rest], 3);
        const { x, logDetJacobian } = part.inverse(params[level], whole, contextOf(part, context));
        rest = x;
        return logDetJacobian;
      });
      return { x: rest as tf.Tensor, logDetJacobian: tf.addN(terms) };
    },
    forwardTangents: (params, x, tangents, context) => {
      let rest = { y: x, tangents };
      const outputs = levels.map((part, level) => {
        const pushed = part.forwardTangents(params[level], rest.y, rest.tangents, contextOf(part, context));
        if (level < last) rest = { y: restOf(level, pushed.y), tangents: restOf(level, pushed.tangents) };
        return {
          y: flattenOf(level)(doneOf(level, pushed.y)),
          tangents: overTangents(flattenOf(level), doneOf(level, pushed.tangents)),
        };
      });
      return {
        y: tf.concat(
          outputs.map((output) => output.y),
          1,
        ),
        tangents: tf.concat(
          outputs.map((output) => output.tangents),
          2,
        ),
      };
    },
    inverseTangents: (params, y, tangents, context) => {
      let rest: { readonly x: tf.Tensor; readonly tangents: tf.Tensor } | undefined;
      for (const [part, level] of levelsUp) {
        const done = { x: unflattenOf(level)(y), tangents: overTangents(unflattenOf(level), tangents) };
        const whole =
          rest === undefined
            ? done
            : { x: tf.concat([done.x, rest.x], 3), tangents: tf.concat([done.tangents, rest.tangents], 4) };
        rest = part.inverseTangents(params[level], whole.x, whole.tangents, contextOf(part, context));
      }
      return rest as { readonly x: tf.Tensor; readonly tangents: tf.Tensor };
    },
  });
}

/** Of every level the shape `[h, w, c]` of what is done after it. */
function checkLevels(levels: readonly AnyTransform[]): { readonly done: [number, number, number] }[] {
  const refuse = (code: string, expected: string, received: string): ConfigError =>
    new ConfigError({ code, where: 'multiScale(levels)', expected, received });
  if (levels.length === 0) throw refuse('empty-chain', 'at least one level', 'none');
  const contexts = new Set(levels.map(({ contextSize }) => contextSize).filter((size) => size > 0));
  if (contexts.size > 1)
    throw refuse('contexts-do-not-fit', 'levels that share one context', [...contexts].join(' and '));
  return levels.map(({ inputShape, outputShape }, level) => {
    if (inputShape.length !== 3 || outputShape.length !== 3)
      throw refuse('sizes-do-not-fit', 'transforms of images [h, w, c]', `[${inputShape.join(', ')}]`);
    const [h, w, c] = outputShape as [number, number, number];
    if (level === levels.length - 1) return { done: [h, w, c] };
    const done = Math.ceil(c / 2);
    const next = levels[level + 1].inputShape.join(', ');
    if (next !== `${h}, ${w}, ${c - done}`)
      throw refuse('sizes-do-not-fit', `level ${level + 1} to take [${h}, ${w}, ${c - done}]`, `[${next}]`);
    return { done: [h, w, done] };
  });
}
