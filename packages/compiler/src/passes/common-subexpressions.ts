import type { Graph, GraphNode, ValueId } from '../graph/graph.js';
import { replaceAll, rewrite, sameShape, withReplaced } from './rewrite.js';

/** Constants that are longer are not compared. */
const LONGEST = 1024;

/** Computes once what is computed more than once with the same inputs, and holds equal constants once. */
export function shareSubexpressions(graph: Graph): Graph {
  const merged = mergeConstants(graph);
  const seen = new Map<string, readonly ValueId[]>();
  return rewrite(merged, (node) => {
    if (node.bodies !== undefined) return undefined;
    const { op, inputs, inputNames, attrs, outputs } = node;
    const text = `${op}(${inputs.join()})${inputNames.join()}${textOf(attrs)}`;
    const before = seen.get(text);
    if (before !== undefined) return before;
    seen.set(text, outputs);
    return undefined;
  });
}

/** Texts of attributes: nodes that go from pass to pass keep theirs. */
const texts = new WeakMap<GraphNode['attrs'], string>();

function textOf(attrs: GraphNode['attrs']): string {
  let text = texts.get(attrs);
  if (text === undefined) {
    text = JSON.stringify(attrs, exactly);
    texts.set(attrs, text);
  }
  return text;
}

/** Lets JSON tell apart numbers that it does not: for `JSON.stringify(value, exactly)`. */
export const exactly = (_: string, value: unknown): unknown =>
  typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
    ? `#${Object.is(value, -0) ? '-0' : value}`
    : value;

function mergeConstants(graph: Graph): Graph {
  const byText = new Map<string, ValueId[]>();
  const replaced = new Map<ValueId, ValueId>();
  for (const [id, data] of graph.constants) {
    if (data.length > LONGEST) continue;
    const info = graph.values.get(id) as { shape: number[]; dtype: string };
    const text = `${info.dtype}[${info.shape.join()}]${data.length > 4 ? `${data[0]},${data[1]},${data[2]}` : data.join()}`;
    const candidates = byText.get(text) ?? [];
    const same = candidates.find((other) => equal(graph.constants.get(other) as Float32Array, data));
    if (same !== undefined) replaced.set(id, same);
    else byText.set(text, [...candidates, id]);
  }
  if (replaced.size === 0) return graph;
  return {
    ...graph,
    nodes: withReplaced(graph.nodes, replaced),
    outputs: replaceAll(graph.outputs, replaced),
  };
}

/** Bit for bit, so that -0 stays -0. */
function equal(a: Float32Array | Int32Array, b: Float32Array | Int32Array): boolean {
  const bits = (x: Float32Array | Int32Array) => new Int32Array(x.buffer, x.byteOffset, x.length);
  return sameShape(Array.from(bits(a)), Array.from(bits(b)));
}
