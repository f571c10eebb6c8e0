import type * as tf from '@tensorflow/tfjs';
import type { Dtype, Graph, GraphNode, ValueId, ValueInfo } from '../graph/graph.js';
import { leakedTensor } from './compile-errors.js';

/** Data of a constant. */
export type ConstantData = Float32Array | Int32Array;

/** The graph under construction: of the function, or of a loop's body. */
export interface Frame {
  readonly parent: Frame | null;
  readonly values: Map<ValueId, ValueInfo>;
  readonly inputs: ValueId[];
  readonly constants: Map<ValueId, ConstantData>;
  readonly nodes: GraphNode[];
  /** Values of the parent that are used here, and what they are called here. */
  readonly captures: Map<ValueId, ValueId>;
}

/** A tensor from the surroundings of the function, and the line that uses it. */
export interface Captured {
  readonly tensor: tf.Tensor;
  readonly line: string | undefined;
}

/** Writes down what a function does while it runs. */
export interface Recorder {
  /** The innermost graph under construction. */
  frame: Frame;
  nextId: ValueId;
  /** Which value a piece of data stands for. */
  readonly ids: WeakMap<tf.DataId, ValueId>;
  readonly owners: Map<ValueId, Frame>;
  readonly captured: Captured[];
  readonly constants: Map<ValueId, { readonly info: ValueInfo; readonly data: ConstantData }>;
}

const newFrame = (parent: Frame | null): Frame => ({
  parent,
  values: new Map(),
  inputs: [],
  constants: new Map(),
  nodes: [],
  captures: new Map(),
});

/** A recorder that has seen nothing. */
export const newRecorder = (): Recorder => ({
  frame: newFrame(null),
  nextId: 0,
  ids: new WeakMap(),
  owners: new Map(),
  captured: [],
  constants: new Map(),
});

/** A value of the current graph that nothing computes yet. */
export function addValue(recorder: Recorder, info: ValueInfo, frame = recorder.frame): ValueId {
  const id = recorder.nextId++;
  frame.values.set(id, info);
  recorder.owners.set(id, frame);
  return id;
}

/** An input of the current graph. */
export function addInput(recorder: Recorder, info: ValueInfo): ValueId {
  const id = addValue(recorder, info);
  recorder.frame.inputs.push(id);
  return id;
}

/** A constant; every graph that uses it holds it. */
export function addConstant(recorder: Recorder, info: ValueInfo, data: ConstantData): ValueId {
  const id = recorder.nextId++;
  recorder.constants.set(id, { info, data });
  return id;
}

/** An operation of the current graph; returns its results. */
export function addNode(
  recorder: Recorder,
  node: Omit<GraphNode, 'outputs'>,
  outputs: readonly ValueInfo[],
): ValueId[] {
  const ids = outputs.map((info) => addValue(recorder, info));
  recorder.frame.nodes.push({ ...node, outputs: ids });
  return ids;
}

/**
 * What a value is called in the current graph: values of outer graphs become inputs of the inner ones.
 *
 * @throws CompileError `leaked-tensor` if the value belongs to a graph that is finished
 */
export function useValue(recorder: Recorder, id: ValueId, frame = recorder.frame): ValueId {
  const constant = recorder.constants.get(id);
  if (constant !== undefined) {
    frame.constants.set(id, constant.data);
    frame.values.set(id, constant.info);
    return id;
  }
  if (recorder.owners.get(id) === frame) return id;
  if (frame.parent === null) throw leakedTensor();
  const outer = useValue(recorder, id, frame.parent);
  const known = frame.captures.get(outer);
  if (known !== undefined) return known;
  const info = frame.parent.values.get(outer) as ValueInfo;
  const inner = addValue(recorder, info, frame);
  frame.captures.set(outer, inner);
  return inner;
}

/** Runs `f` with a graph of its own, the body of a loop, and hands back that graph. */
export function withBody<T>(recorder: Recorder, f: () => T): { result: T; frame: Frame } {
  const parent = recorder.frame;
  const frame = newFrame(parent);
  recorder.frame = frame;
  try {
    return { result: f(), frame };
  } finally {
    recorder.frame = parent;
  }
}

/**
 * The finished graph of a frame.
 *
 * @param captured values of the parent, in the order in which they follow the inputs
 */
export function finishGraph(
  recorder: Recorder,
  frame: Frame,
  outputs: readonly ValueId[],
  captured: readonly ValueId[] = [],
): Graph {
  const captures = captured.map((id) => {
    const known = frame.captures.get(id);
    // A loop hands the same captures to its condition and its body, whichever of them uses them.
    return known ?? addValue(recorder, (frame.parent as Frame).values.get(id) as ValueInfo, frame);
  });
  const { values, constants, nodes } = frame;
  return { values, inputs: [...frame.inputs, ...captures], constants, nodes, outputs };
}

/** True for the element types that a graph can hold. */
export const isDtype = (dtype: string): dtype is Dtype =>
  dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
