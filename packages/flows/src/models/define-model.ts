import * as tf from '@tensorflow/tfjs';
import { safeNorm } from '@ebim/autodiff';
import { ConfigError, normal, split, treeTidy, type Key, type TensorTree } from '@ebim/runtime';
import { checkContext, checkRows, checkSizes } from '../transform/checks.js';
import type { AnyTransform } from '../transform/transform.js';
import type { DensityMode, FlowModel } from './model.js';

/** The formulas of a model; {@link defineModel} adds checks, ownership and what follows from them. */
export interface ModelRules<P extends TensorTree> {
  readonly name: string;
  readonly dataSize: number;
  readonly latentSize: number;
  readonly contextSize: number;
  readonly untrained: readonly string[];
  init(key: Key): P;
  coordinates(params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor;
  encode(params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor;
  decode(params: P, latent: tf.Tensor, context?: tf.Tensor): tf.Tensor;
  /** Without the inner flow, which cancels. Default `decode(encode(x))`. */
  project?(params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor;
  /** For each mode the log density, or why there is none. */
  readonly density: Readonly<
    Record<DensityMode, string | ((params: P, x: tf.Tensor, context?: tf.Tensor) => tf.Tensor)>
  >;
  /** Draws in the whole space, or why it cannot. */
  readonly full: string | ((key: Key, params: P, count: number, context?: tf.Tensor) => tf.Tensor);
}

/** A {@link FlowModel} from its formulas. */
export function defineModel<P extends TensorTree>(rules: ModelRules<P>): FlowModel<P> {
  const { name, dataSize, latentSize, contextSize, untrained } = rules;
  const check = (call: string, x: tf.Tensor, size: number, context: tf.Tensor | undefined): void => {
    checkRows(`${name}.${call}`, x, [size]);
    checkContext(`${name}.${call}`, x.shape[0], contextSize, context);
  };
  const projected = (params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor =>
    rules.project?.(params, x, context) ?? rules.decode(params, rules.encode(params, x, context), context);
  return {
    name,
    dataSize,
    latentSize,
    contextSize,
    untrained,
    init: (key) => rules.init(key),
    coordinates: (params, x, context) => {
      check('coordinates(params, x, context)', x, dataSize, context);
      return treeTidy(() => rules.coordinates(params, x, context));
    },
    encode: (params, x, context) => {
      check('encode(params, x, context)', x, dataSize, context);
      return treeTidy(() => rules.encode(params, x, context));
    },
    decode: (params, latent, context) => {
      check('decode(params, latent, context)', latent, latentSize, context);
      return treeTidy(() => rules.decode(params, latent, context));
    },
    project: (params, x, context) => {
      check('project(params, x, context)', x, dataSize, context);
      return treeTidy(() => projected(params, x, context));
    },
    reconstructionError: (params, x, context) => {
      check('reconstructionError(params, x, context)', x, dataSize, context);
      return treeTidy(() => safeNorm(tf.sub(x, projected(params, x, context)), 1) as tf.Tensor1D);
    },
    logDensity: (params, x, { context, mode = 'exact' } = {}) => {
      check('logDensity(params, x, { context })', x, dataSize, context);
      const density = Object.hasOwn(rules.density, mode) ? rules.density[mode] : 'there is no such mode';
      if (typeof density === 'string') throw cannot(`${name}.logDensity({ mode: '${mode}' })`, density);
      return treeTidy(() => density(params, x, context) as tf.Tensor1D);
    },
    sample: (key, params, count, { context, mode = 'manifold' } = {}) => {
      checkSizes(`${name}.sample`, { count }, 0);
      checkContext(`${name}.sample`, count, contextSize, context);
      if (mode === 'full') {
        const { full } = rules;
        if (typeof full === 'string') throw cannot(`${name}.sample({ mode: 'full' })`, full);
        return treeTidy(() => full(key, params, count, context));
      }
      return treeTidy(() => rules.decode(params, normal(key, [count, latentSize]), context));
    },
  };
}

const cannot = (where: string, why: string): ConfigError =>
  new ConfigError({
    code: 'not-defined-for-this-model',
    where,
    expected: 'something that the model defines',
    received: `a request it cannot serve: ${why}`,
  });

/** log N(z; 0, scale²), summed over the last axis: `[batch]`. */
export const normalLogDensity = (z: tf.Tensor, scale = 1): tf.Tensor =>
  tf.sub(
    tf.mul(-0.5, tf.sum(tf.square(tf.div(z, scale)), 1)),
    (z.shape[1] as number) * (0.5 * Math.log(2 * Math.PI) + Math.log(scale)),
  );

/** The context for a part that may have none. */
export const contextFor = (
  part: Pick<AnyTransform, 'contextSize'>,
  context: tf.Tensor | undefined,
): tf.Tensor | undefined => (part.contextSize === 0 ? undefined : context);

/**
 * The size of the context that parts share.
 *
 * @throws ConfigError `contexts-do-not-fit`
 */
export function sharedContext(where: string, parts: readonly { readonly contextSize: number }[]): number {
  const sizes = [...new Set(parts.map(({ contextSize }) => contextSize).filter((size) => size > 0))];
  if (sizes.length > 1)
    throw new ConfigError({
      code: 'contexts-do-not-fit',
      where,
      expected: 'parts that share one context',
      received: `contexts of size ${sizes.join(' and ')}`,
    });
  return sizes[0] ?? 0;
}

/** Keys by name, for the parts of a model. */
export function keysFor<N extends string>(key: Key, names: readonly N[]): Record<N, Key> {
  const keys = split(key, names.length);
  return Object.fromEntries(names.map((name, i) => [name, keys[i]])) as Record<N, Key>;
}
