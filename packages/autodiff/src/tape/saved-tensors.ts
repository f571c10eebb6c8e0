import * as tf from '@tensorflow/tfjs';
import { engineState } from './engine.js';

type CustomGradient = (...args: unknown[]) => {
  value: tf.Tensor;
  gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => unknown;
};

/** The hidden part of the engine that saves tensors for backward passes. */
interface SavingEngine {
  clone: (x: tf.Tensor) => tf.Tensor;
  customGrad: (f: CustomGradient) => (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly backend: tf.KernelBackend;
  makeTensorFromTensorInfo: (info: tf.TensorInfo) => tf.Tensor;
  addTapeNode: (
    name: string,
    inputs: Record<string, tf.Tensor>,
    outputs: tf.Tensor[],
    gradient: (dy: tf.Tensor) => Record<string, () => tf.Tensor>,
    saved: tf.Tensor[],
    attributes: Record<string, unknown>,
  ) => void;
}

/**
 * Runs a recorded function with another way of saving tensors for the backward pass:
 *
 * - Saved tensors share the data of the originals instead of being copied by a kernel each, which is a third of all
 *   kernel calls of a small network's derivative. Tensors are never written to, so sharing is safe; the backend
 *   counts the references.
 * - Where `f` calls `tf.customGrad`, the gradient may read the arguments of its function instead of what it saved:
 *   they live as long as the recording. `tf.logSigmoid` does so; without this its gradient at an intermediate result
 *   finds a disposed tensor. Its saved tensors may also be intermediate results, as in
 *   `tf.losses.softmaxCrossEntropy`, whose second derivative is silently wrong otherwise.
 */
export function savingForGradients<T>(f: () => T): T {
  const engine = tf.engine() as unknown as SavingEngine;
  const { clone, customGrad } = engine;
  // An outer recording has arranged all this already.
  if (Object.hasOwn(engine, 'clone')) return f();
  engine.clone = (x) => shareData(engine, x) ?? clone.call(engine, x);
  engine.customGrad = (g) => customGrad.call(engine, keepingArguments(engine, g));
  try {
    return f();
  } finally {
    Reflect.deleteProperty(engine, 'clone');
    Reflect.deleteProperty(engine, 'customGrad');
  }
}

/** Another tensor with the same data, tied to the first on the tape; undefined for what only the engine can copy. */
function shareData(engine: SavingEngine, x: tf.Tensor): tf.Tensor | undefined {
  const home = engineState().tensorInfo.get(x.dataId)?.backend;
  // Data that has to move to the active backend first, and compound types.
  if (home !== engine.backend || x.dtype === 'complex64' || x.dtype === 'string') return undefined;
  home.incRef(x.dataId);
  const y = engine.makeTensorFromTensorInfo({ dataId: x.dataId, shape: x.shape, dtype: x.dtype });
  engine.addTapeNode('', { x }, [y], (dy) => ({ x: () => dy }), [], {});
  return y;
}

/** Runs the inside of an operation as if it was outside. */
function recorded<T>(f: () => T): T {
  const state = engineState();
  const { kernelDepth } = state;
  state.kernelDepth = 0;
  try {
    return f();
  } finally {
    state.kernelDepth = kernelDepth;
  }
}

/** The function of a `tf.customGrad`, called with copies that are freed with the tape. */
function keepingArguments(engine: SavingEngine, f: CustomGradient): CustomGradient {
  return (...args) => {
    const { activeTape, gradientDepth, kernelDepth } = engineState();
    // Depth 1 is this operation itself; deeper ones are not recorded.
    if (activeTape === null || gradientDepth === 0 || kernelDepth > 1) return f(...args);
    const kept: tf.Tensor[] = [];
    const copies = args.map((arg) => {
      if (!(arg instanceof tf.Tensor)) return arg;
      const copy = engine.clone(arg);
      copy.kept = true;
      kept.push(copy);
      return copy;
    });
    activeTape.push({ kernelName: 'Keep', inputs: {}, outputs: [], saved: kept });
    // With second derivatives to come, what it computes on the way to a saved tensor is recorded too; the value is
    // not, since it has the given gradient.
    const { value, gradFunc } = gradientDepth > 1 ? recorded(() => f(...copies)) : f(...copies);
    return { value: value.clone(), gradFunc };
  };
}
