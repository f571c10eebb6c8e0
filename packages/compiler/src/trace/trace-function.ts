import * as tf from '@tensorflow/tfjs';
import { CompileError, isKey, isKeySequence, tracedKey, tracedKeys } from '@ebim/runtime';
import { flatten, withLeaves, type Leaf } from '../compile/leaves.js';
import type { Graph, ValueInfo } from '../graph/graph.js';
import { infoOf } from './bodies.js';
import { impureRandom, isAsync, usesVariable } from './compile-errors.js';
import { allVariables, withBackend } from './engine.js';
import { addInput, finishGraph, newRecorder, type Captured } from './recorder.js';
import { TRACE_BACKEND, traceBackend } from './trace-backend.js';

/** What a result leaf is. */
export type LeafKind = 'tensor' | 'key' | 'keys';

/** A function as a graph. */
export interface TracedFunction {
  readonly graph: Graph;
  /** The result with its leaves; see {@link withLeaves}. They are disposed: only their places are of use. */
  readonly result: unknown;
  readonly resultKinds: readonly LeafKind[];
  /** Tensors whose values are constants of the graph. */
  readonly captured: readonly Captured[];
}

/** The tensor shape and type of a leaf; keys are int32 words. */
export const leafInfo = (leaf: Leaf): ValueInfo =>
  leaf instanceof tf.Tensor ? infoOf(leaf) : { shape: isKey(leaf) ? [2] : [leaf.length, 2], dtype: 'int32' };

/** Whether a leaf is a tensor, a key or a sequence of keys. */
export const leafKind = (leaf: Leaf): LeafKind =>
  isKey(leaf) ? 'key' : isKeySequence(leaf) ? 'keys' : 'tensor';

/**
 * Runs `f` once on tensors that stand for its arguments and writes down what it does. The values of the arguments are
 * not read.
 *
 * @throws CompileError if it does what cannot be written down
 */
export function traceFunction(f: (...args: never[]) => unknown, args: readonly unknown[]): TracedFunction {
  const tracer = traceBackend();
  const recorder = newRecorder();
  /* eslint-disable no-restricted-properties -- hidden draws are caught where they come from, and put back below */
  const { random } = Math;
  let traced: TracedFunction | undefined;
  tracer.recorder = recorder;
  Math.random = () => {
    throw impureRandom();
  };
  /* eslint-enable no-restricted-properties */
  try {
    withBackend(TRACE_BACKEND, tracer.backend, () =>
      tf.tidy(() => {
        const inputs = flatten(args).leaves.map((leaf) => {
          const info = leafInfo(leaf);
          const tensor = tracer.tensorOf(addInput(recorder, info), info);
          return isKey(leaf) ? tracedKey(tensor) : isKeySequence(leaf) ? tracedKeys(tensor) : tensor;
        });
        const result = f(...(withLeaves(args, inputs) as never[]));
        if (result instanceof Promise) {
          // It may fail later, when nobody waits for it any more.
          result.catch(() => undefined);
          throw isAsync();
        }
        const assigned = allVariables().find((variable) => recorder.ids.has(variable.dataId));
        if (assigned !== undefined) throw usesVariable(assigned.name);
        const leaves = flattenResult(result);
        const outputs = leaves.map((leaf) => tracer.valueOf(leafTensor(leaf)));
        const graph = finishGraph(recorder, recorder.frame, outputs);
        traced = { graph, result, resultKinds: leaves.map(leafKind), captured: recorder.captured };
      }),
    );
    return traced as unknown as TracedFunction;
  } finally {
    // eslint-disable-next-line no-restricted-properties -- what it was
    Math.random = random;
    tracer.release();
    tracer.recorder = null;
  }
}

function flattenResult(result: unknown): readonly Leaf[] {
  try {
    return flatten(result).leaves;
  } catch (error) {
    if (!CompileError.isInstance(error)) throw error;
    throw new CompileError({
      code: 'bad-result',
      where: 'result of a compiled function',
      expected: error.expected,
      received: error.received,
      cause: error,
    });
  }
}

/** A key that does not depend on the arguments is a constant. */
const leafTensor = (leaf: Leaf): tf.Tensor => {
  if (leaf instanceof tf.Tensor) return leaf;
  const { shape } = leafInfo(leaf);
  return (
    leaf.traced ??
    tf.tensor(
      Int32Array.from(leaf.words, (word) => word | 0),
      [...shape],
      'int32',
    )
  );
};
