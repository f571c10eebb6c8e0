import * as tf from '@tensorflow/tfjs';
import type { Dtype, Graph, GraphNode, ValueId, ValueInfo } from '../graph/graph.js';

/** Writes graphs by hand in tests: the shapes of results come from running the kernel once. */
export interface GraphWriter {
  input(shape: readonly number[], dtype?: Dtype): ValueId;
  constant(data: Float32Array | Int32Array, shape: readonly number[], dtype?: Dtype): ValueId;
  /** A kernel of the cpu backend. */
  kernel(
    op: string,
    inputs: Readonly<Record<string, ValueId>> | readonly ValueId[],
    attrs?: Record<string, unknown>,
  ): ValueId;
  /** Any node, with its results described. */
  node(node: Omit<GraphNode, 'outputs'>, outputs: readonly ValueInfo[]): ValueId[];
  info(id: ValueId): ValueInfo;
  build(outputs: readonly ValueId[]): Graph;
}

/** An empty graph. */
export function graphWriter(): GraphWriter {
  const values = new Map<ValueId, ValueInfo>();
  const constants = new Map<ValueId, Float32Array | Int32Array>();
  const inputs: ValueId[] = [];
  const nodes: GraphNode[] = [];
  const value = (shape: readonly number[], dtype: Dtype): ValueId => {
    values.set(values.size, { shape, dtype });
    return values.size - 1;
  };
  const info = (id: ValueId): ValueInfo => values.get(id) as ValueInfo;
  const node: GraphWriter['node'] = (given, outputs) => {
    const ids = outputs.map(({ shape, dtype }) => value(shape, dtype));
    nodes.push({ ...given, outputs: ids });
    return ids;
  };
  return {
    info,
    node,
    input(shape, dtype = 'float32') {
      const id = value(shape, dtype);
      inputs.push(id);
      return id;
    },
    constant(data, shape, dtype = 'float32') {
      const id = value(shape, dtype);
      constants.set(id, data);
      return id;
    },
    kernel(op, given, attrs = {}) {
      const list = Array.isArray(given);
      const ids = list ? (given as ValueId[]) : Object.values(given as Record<string, ValueId>);
      const inputNames = list ? ids.map(() => null) : Object.keys(given);
      const outputs = tf.tidy(() => {
        // Zeros are valid indices.
        const tensors = ids.map((id) => tf.zeros([...info(id).shape], info(id).dtype));
        const named = list
          ? tensors
          : Object.fromEntries(tensors.map((t, i) => [inputNames[i] as string, t]));
        const result = tf.engine().runKernel(op, named as tf.NamedTensorMap, attrs as tf.NamedAttrMap);
        return [result].flat().map(({ shape, dtype }) => ({ shape, dtype: dtype as Dtype }));
      });
      return node({ op, inputs: ids, inputNames, attrs }, outputs)[0];
    },
    build: (outputs) => ({ values, inputs, constants, nodes, outputs }),
  };
}
