import type { Graph, GraphNode, ValueId } from '../graph/graph.js';
import { runKernel } from '../program/interpret.js';
import { LARGEST_CONSTANT, replaceAll, rewrite, sizeOf, withReplaced, type Visit } from './rewrite.js';

/** Computes what depends on constants alone, and hands constants into the bodies of loops. */
export const foldConstant: Visit = (node, r) => {
  if (node.bodies !== undefined) return bodiesWithConstants(node, (id) => r.constant(id));
  if (node.inputs.some((id) => r.constant(id) === undefined)) return undefined;
  const infos = node.outputs.map((id) => r.info(id));
  if (infos.some((info) => sizeOf(info) > LARGEST_CONSTANT)) return undefined;
  const values = runKernel(
    node,
    node.inputs.map((id) => r.constant(id) as Float32Array),
    node.inputs.map((id) => r.info(id)),
    infos,
  );
  return values.map((data, i) =>
    // The kernel may have handed on the data of its input.
    r.addConstant(infos[i], infos[i].dtype === 'float32' ? Float32Array.from(data) : Int32Array.from(data)),
  );
};

/** {@link foldConstant} for all operations of a graph. */
export const foldConstants = (graph: Graph): Graph => rewrite(graph, foldConstant);

function bodiesWithConstants(
  node: GraphNode,
  constant: (id: ValueId) => Float32Array | Int32Array | undefined,
): GraphNode | undefined {
  const first = node.inputs.length - (node.attrs.captureCount as number);
  if (!node.inputs.some((id, i) => i >= first && constant(id) !== undefined)) return undefined;
  const bodies = node.bodies?.map((body): Graph => {
    // Scan slices keep their places: inputs of a node and of its bodies correspond one to one.
    const replaced = new Map<ValueId, ValueId>();
    const constants = new Map(body.constants);
    const values = new Map(body.values);
    node.inputs.forEach((id, i) => {
      const data = i >= first ? constant(id) : undefined;
      if (data === undefined) return;
      const inner = body.inputs[i];
      const held = -1 - inner;
      replaced.set(inner, held);
      constants.set(held, data);
      values.set(held, body.values.get(inner) as never);
    });
    return {
      inputs: body.inputs,
      constants,
      values,
      nodes: withReplaced(body.nodes, replaced),
      outputs: replaceAll(body.outputs, replaced),
    };
  });
  return { ...node, bodies };
}
