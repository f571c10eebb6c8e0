import type { Graph, GraphNode, ValueId, ValueInfo } from '../graph/graph.js';

/** A graph that becomes another, node by node. */
export interface Rewriter {
  info(id: ValueId): ValueInfo;
  /** The data of a constant, `undefined` for other values. */
  constant(id: ValueId): Float32Array | Int32Array | undefined;
  addConstant(info: ValueInfo, data: Float32Array | Int32Array): ValueId;
  /** Adds an operation and returns its results. */
  emit(node: Omit<GraphNode, 'outputs'>, outputs: readonly ValueInfo[]): ValueId[];
  /** The operation that makes a value, in the new graph; `undefined` for inputs and constants. */
  producer(id: ValueId): GraphNode | undefined;
}

/** What to put in place of a node: other values for its outputs, another node, or `undefined` to keep it. */
export type Visit = (node: GraphNode, rewriter: Rewriter) => readonly ValueId[] | GraphNode | undefined;

let freshId = 1e9;

/** A name that no graph uses. */
export const newId = (): ValueId => freshId++;

/** Goes through the nodes in order; inputs of a visited node are replaced already. Bodies are left alone. */
export function rewrite(graph: Graph, visit: Visit): Graph {
  const values = new Map(graph.values);
  const constants = new Map(graph.constants);
  const nodes: GraphNode[] = [];
  const producers = new Map<ValueId, GraphNode>();
  const replaced = new Map<ValueId, ValueId>();
  const current = (id: ValueId): ValueId => replaced.get(id) ?? id;
  const push = (node: GraphNode): void => {
    nodes.push(node);
    for (const id of node.outputs) producers.set(id, node);
  };
  const rewriter: Rewriter = {
    info: (id) => values.get(id) as ValueInfo,
    constant: (id) => constants.get(id),
    addConstant: (info, data) => {
      const id = newId();
      values.set(id, info);
      constants.set(id, data);
      return id;
    },
    emit: (node, outputs) => {
      const ids = outputs.map((info) => {
        const id = newId();
        values.set(id, info);
        return id;
      });
      push({ ...node, outputs: ids });
      return ids;
    },
    producer: (id) => producers.get(id),
  };
  for (const old of graph.nodes) {
    const inputs = old.inputs.map(current);
    const node = inputs.every((id, i) => id === old.inputs[i]) ? old : { ...old, inputs };
    const result = visit(node, rewriter);
    if (result === undefined) push(node);
    else if ('op' in result) push(result);
    else node.outputs.forEach((id, i) => replaced.set(id, result[i]));
  }
  return { values, constants, nodes, inputs: graph.inputs, outputs: graph.outputs.map(current) };
}

/** Applies a pass to the bodies of loops too, the innermost first. */
export const inBodies =
  (pass: (graph: Graph) => Graph) =>
  (graph: Graph): Graph => {
    const deep = inBodies(pass);
    const nodes = graph.nodes.map((node) =>
      node.bodies === undefined ? node : { ...node, bodies: node.bodies.map(deep) },
    );
    return pass({ ...graph, nodes });
  };

/** Values with more elements are left to the program: as constants they would make it large. */
export const LARGEST_CONSTANT = 4096;

/** The number of elements. */
export const sizeOf = ({ shape }: ValueInfo): number => shape.reduce((n, d) => n * d, 1);

/** True for equal lists of numbers. */
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);
