import type * as tf from '@tensorflow/tfjs';
import { ShapeError, treeEntries, treeUnflatten, type TensorTree } from '@ebim/runtime';
import type { Transform } from './transform.js';

/** Parameters by their path: a tree that an optimiser can work on. */
export type ParametersByPath = { readonly [path: string]: tf.Tensor };

/**
 * The parameters that are trained, by path: what to differentiate by and to give to an optimiser. The leaves are those
 * of `params`, not copies.
 *
 * @example
 * ```ts
 * const flow = vectorFlow({ size: 2, layers: 1, hidden: 8 });
 * const params = flow.init(key(0));
 * const loss = (trained: ReturnType<typeof trainedParameters>) =>
 *   tf.neg(tf.mean(flow.forward(replaceParameters(params, trained), tf.zeros([5, 2])).logDetJacobian));
 * const gradient = grad(loss)(trainedParameters(flow, params));
 * ```
 */
export function trainedParameters<P extends TensorTree>(
  transform: Pick<Transform<P>, 'untrained'>,
  params: P,
): ParametersByPath {
  const untrained = new Set(transform.untrained);
  return Object.fromEntries(treeEntries(params).filter(([path]) => !untrained.has(path)));
}

/**
 * `params` with the leaves of `some` in place of those at their paths. Copies nothing.
 *
 * @throws ShapeError `unknown-parameter` for a path that is not in `params`
 */
export function replaceParameters<P extends TensorTree>(params: P, some: ParametersByPath): P {
  const entries = treeEntries(params);
  const known = new Set(entries.map(([path]) => path));
  const unknown = Object.keys(some).find((path) => !known.has(path));
  if (unknown !== undefined)
    throw new ShapeError({
      code: 'unknown-parameter',
      where: 'replaceParameters(params, some)',
      expected: `one of ${[...known].slice(0, 8).join(', ')}${known.size > 8 ? ', …' : ''}`,
      received: unknown,
      hint: 'These parameters belong to another transform.',
    });
  return treeUnflatten(
    params,
    entries.map(([path, leaf]) => some[path] ?? leaf),
  );
}

/** Untrained paths of a part, as seen from the tree that holds it under `name`. */
export const pathsBelow = (name: string | number, paths: readonly string[]): string[] =>
  paths.map((path) => (path === '' ? `${name}` : `${name}/${path}`));
