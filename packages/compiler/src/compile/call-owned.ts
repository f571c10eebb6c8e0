import * as tf from '@tensorflow/tfjs';
import { isAsync } from '../trace/compile-errors.js';
import { isPlain } from './leaves.js';

/**
 * Calls `f` itself as a program of it would behave: what the caller gets are tensors of its own, also where `f` returns
 * an argument or one tensor twice, and what `f` made besides is disposed.
 *
 * @throws CompileError `async-function`
 */
export function callOwned<A extends unknown[], R>(f: (...args: A) => R, args: A): R {
  return tf.tidy(() => {
    const result: unknown = f(...args);
    if (result instanceof Promise) {
      // It may fail later, when nobody waits for it any more.
      result.catch(() => undefined);
      throw isAsync();
    }
    return ownTensors(result) as tf.TensorContainer;
  }) as R;
}

function ownTensors(node: unknown): unknown {
  if (node instanceof tf.Tensor) return node.clone();
  if (Array.isArray(node)) return node.map(ownTensors);
  if (!isPlain(node)) return node;
  return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, ownTensors(child)]));
}
