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

/**
 * Goes through the nodes in order; inputs of a visited node are replaced already. Bodies are left alone. A graph in which
 * nothing is replaced is handed back as it is.
 */
export function rewrite(graph: Graph, visit: Visit): Graph {
  const values = new Map<ValueId, ValueInfo>();
  const constants = new Map<ValueId, Float32Array | Int32Array>();
  const nodes: GraphNode[] = [];
  const producers = new Map<ValueId, GraphNode>();
  const replaced = new Map<ValueId, ValueId>();
  let isChanged = false;
  const push = (node: GraphNode): void => {
    nodes.push(node);
    for (const id of node.outputs) producers.set(id, node);
  };
  const rewriter: Rewriter = {
    info: (id) => (graph.values.get(id) ?? values.get(id)) as ValueInfo,
    constant: (id) => graph.constants.get(id) ?? constants.get(id),
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
    const inputs = replaceAll(old.inputs, replaced);
    const node = inputs === old.inputs ? old : { ...old, inputs };
    const result = visit(node, rewriter);
    isChanged ||= result !== undefined;
    if (result === undefined) push(node);
    else if ('op' in result) push(result);
    else node.outputs.forEach((id, i) => replaced.set(id, result[i]));
  }
  if (!isChanged) return graph;
  return {
    values: merged(graph.values, values),
    constants: merged(graph.constants, constants),
    nodes,
    inputs: graph.inputs,
    outputs: replaceAll(graph.outputs, replaced),
  };
}

/** The same list where nothing in it is replaced. */
export function replaceAll(
  ids: readonly ValueId[],
  replaced: ReadonlyMap<ValueId, ValueId>,
): readonly ValueId[] {
  return ids.some((id) => replaced.has(id)) ? ids.map((id) => replaced.get(id) ?? id) : ids;
}

/** Operations that read other values. */
export const withReplaced = (
  nodes: readonly GraphNode[],
  replaced: ReadonlyMap<ValueId, ValueId>,
): GraphNode[] =>
  nodes.map((node) => {
    const inputs = replaceAll(node.inputs, replaced);
    return inputs === node.inputs ? node : { ...node, inputs };
  });

const merged = <V>(
  known: ReadonlyMap<ValueId, V>,
  added: ReadonlyMap<ValueId, V>,
): ReadonlyMap<ValueId, V> => (added.size === 0 ? known : new Map([...known, ...added]));

/** One visit after the other, until one puts other values in place of the node. */
export const inTurn =
  (visits: readonly Visit[]): Visit =>
  (node, r) => {
    let current = node;
    for (const visit of visits) {
      const result = visit(current, r);
      if (result === undefined) continue;
      if (!('op' in result)) return result;
      current = result;
    }
    return current === node ? undefined : current;
  };

/** Applies a pass to the bodies of loops too, the innermost first. */
export const inBodies =
  (pass: (graph: Graph) => Graph) =>
  (graph: Graph): Graph => {
    const deep = inBodies(pass);
    let isChanged = false;
    const nodes = graph.nodes.map((node) => {
      if (node.bodies === undefined) return node;
      const bodies = node.bodies.map(deep);
      if (sameItems(bodies, node.bodies)) return node;
      isChanged = true;
      return { ...node, bodies };
    });
    return pass(isChanged ? { ...graph, nodes } : graph);
  };

/** Values with more elements are left to the program: as constants they would make it large. */
export const LARGEST_CONSTANT = 4096;

/** The number of elements. */
export const sizeOf = ({ shape }: ValueInfo): number => shape.reduce((n, d) => n * d, 1);

const sameItems = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

/** True for equal lists of numbers. */
export const sameShape: (a: readonly number[], b: readonly number[]) => boolean = sameItems;
