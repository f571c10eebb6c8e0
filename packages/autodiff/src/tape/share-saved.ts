import * as tf from '@tensorflow/tfjs';
import { engineState } from './engine.js';

/** The hidden part of the engine that saves tensors for backward passes. */
interface SavingEngine {
  clone: (x: tf.Tensor) => tf.Tensor;
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
 * Runs `f` with saved tensors that share the data of the originals instead of being copied by a kernel each, which
 * is a third of all kernel calls of a small network's derivative. Tensors are never written to, so sharing is safe;
 * the backend counts the references.
 */
export function sharingSaved<T>(f: () => T): T {
  const engine = tf.engine() as unknown as SavingEngine;
  const original = Object.getOwnPropertyDescriptor(engine, 'clone');
  const copy = engine.clone;
  engine.clone = (x) => {
    const home = engineState().tensorInfo.get(x.dataId)?.backend;
    // Data that has to move to the active backend first, and compound types, are left to the engine.
    if (home !== engine.backend || x.dtype === 'complex64' || x.dtype === 'string')
      return copy.call(engine, x);
    home.incRef(x.dataId);
    const y = engine.makeTensorFromTensorInfo({ dataId: x.dataId, shape: x.shape, dtype: x.dtype });
    engine.addTapeNode('', { x }, [y], (dy) => ({ x: () => dy }), [], {});
    return y;
  };
  try {
    return f();
  } finally {
    if (original === undefined) Reflect.deleteProperty(engine, 'clone');
    else Object.defineProperty(engine, 'clone', original);
  }
}
