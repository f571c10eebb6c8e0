import type { Graph, GraphNode, ScanAttrs, ValueId, WhileAttrs } from '../graph/graph.js';

/**
 * Drops operations, constants and values whose results nobody uses; of loops also the carries, stacked outputs,
 * sequences and captures that serve nothing.
 */
export function dropDeadCode(graph: Graph): Graph {
  const live = new Set(graph.outputs);
  const nodes: GraphNode[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    if (!node.outputs.some((id) => live.has(id))) continue;
    const trimmed =
      node.op === 'Scan' ? trimScan(node, live) : node.op === 'While' ? trimWhile(node, live) : node;
    trimmed.inputs.forEach((id) => live.add(id));
    nodes.push(trimmed);
  }
  nodes.reverse();
  for (const node of nodes) for (const id of node.outputs) live.add(id);
  for (const id of graph.inputs) live.add(id);
  return { ...graph, nodes, values: only(graph.values, live), constants: only(graph.constants, live) };
}

function only<V>(map: ReadonlyMap<ValueId, V>, ids: ReadonlySet<ValueId>): Map<ValueId, V> {
  const kept = new Map<ValueId, V>();
  for (const [id, value] of map) if (ids.has(id)) kept.set(id, value);
  return kept;
}

/** Values that the given ones are computed from. */
function ancestors(graph: Graph, ids: readonly ValueId[]): Set<ValueId> {
  const found = new Set(ids);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    if (node.outputs.some((id) => found.has(id))) node.inputs.forEach((id) => found.add(id));
  }
  return found;
}

/** Carries that the wanted outputs of the body need, from step to step. */
function liveCarries(
  body: Graph,
  count: number,
  wanted: ReadonlySet<number>,
): { carries: Set<number>; needed: Set<ValueId> } {
  const carries = new Set([...wanted].filter((i) => i < count));
  for (;;) {
    const outputs = body.outputs.filter((_, i) => (i < count ? carries.has(i) : wanted.has(i)));
    const needed = ancestors(body, outputs);
    const before = carries.size;
    for (let i = 0; i < count; i++) if (needed.has(body.inputs[i])) carries.add(i);
    if (carries.size === before) return { carries, needed };
  }
}

const pick = <T>(list: readonly T[], keep: (i: number) => boolean): T[] => list.filter((_, i) => keep(i));

/** What loops inside need is known when they have been trimmed. */
const withoutDeadLoops = (graph: Graph): Graph =>
  graph.nodes.some(({ bodies }) => bodies !== undefined) ? dropDeadCode(graph) : graph;

function trimScan(node: GraphNode, live: ReadonlySet<ValueId>): GraphNode {
  const attrs = node.attrs as unknown as ScanAttrs;
  const { carryCount, sequenceCount } = attrs;
  const [body] = (node.bodies as readonly Graph[]).map(withoutDeadLoops);
  const wanted = new Set(node.outputs.flatMap((id, i) => (live.has(id) ? [i] : [])));
  if (attrs.counted === true) wanted.add(0);
  const { carries, needed } = liveCarries(body, carryCount, wanted);
  const keepOutput = (i: number): boolean => (i < carryCount ? carries.has(i) : wanted.has(i));
  const keepInput = (i: number): boolean => (i < carryCount ? carries.has(i) : needed.has(body.inputs[i]));
  const count = (from: number, to: number): number =>
    body.inputs.filter((_, i) => i >= from && i < to && keepInput(i)).length;
  const sequenceEnd = carryCount + sequenceCount;
  const trimmed: ScanAttrs = {
    length: attrs.length,
    carryCount: carries.size,
    sequenceCount: count(carryCount, sequenceEnd),
    captureCount: count(sequenceEnd, body.inputs.length),
    outputCount: [...wanted].filter((i) => i >= carryCount).length,
    ...(attrs.counted === true ? { counted: true } : {}),
  };
  return {
    ...node,
    attrs: { ...trimmed },
    inputs: pick(node.inputs, keepInput),
    inputNames: pick(node.inputNames, keepInput),
    outputs: pick(node.outputs, keepOutput),
    bodies: [
      dropDeadCode({
        ...body,
        inputs: pick(body.inputs, keepInput),
        outputs: pick(body.outputs, keepOutput),
      }),
    ],
  };
}

function trimWhile(node: GraphNode, live: ReadonlySet<ValueId>): GraphNode {
  const attrs = node.attrs as unknown as WhileAttrs;
  const { carryCount } = attrs;
  const [condition, body] = (node.bodies as readonly Graph[]).map(withoutDeadLoops);
  const tested = ancestors(condition, condition.outputs);
  const wanted = new Set(
    node.outputs.flatMap((id, i) => (live.has(id) || tested.has(condition.inputs[i]) ? [i] : [])),
  );
  const { carries, needed } = liveCarries(body, carryCount, wanted);
  const keepInput = (i: number): boolean =>
    i < carryCount ? carries.has(i) : needed.has(body.inputs[i]) || tested.has(condition.inputs[i]);
  const trimmed: WhileAttrs = {
    maxIterations: attrs.maxIterations,
    carryCount: carries.size,
    captureCount: node.inputs.filter((_, i) => i >= carryCount && keepInput(i)).length,
  };
  const keepOutput = (i: number): boolean => carries.has(i);
  return {
    ...node,
    attrs: { ...trimmed },
    inputs: pick(node.inputs, keepInput),
    inputNames: pick(node.inputNames, keepInput),
    outputs: pick(node.outputs, keepOutput),
    bodies: [
      dropDeadCode({ ...condition, inputs: pick(condition.inputs, keepInput) }),
      dropDeadCode({
        ...body,
        inputs: pick(body.inputs, keepInput),
        outputs: pick(body.outputs, keepOutput),
      }),
    ],
  };
}
