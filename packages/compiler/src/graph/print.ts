import type { Graph, GraphNode, ValueId, ValueInfo } from './graph.js';

/** A graph as text, one operation a line. */
export function printGraph(graph: Graph, indent = ''): string {
  const value = (id: ValueId): string => `%${id}`;
  const typed = (id: ValueId): string => {
    const { shape, dtype } = graph.values.get(id) as ValueInfo;
    return `%${id} ${dtype}[${shape.join()}]`;
  };
  const constants = [...graph.constants].map(([id, data]) => {
    const shown = Array.from(data.subarray(0, 6), (x) => `${x}`).join(', ');
    return `${indent}const ${typed(id)} = ${shown}${data.length > 6 ? ', …' : ''}`;
  });
  const line = (node: GraphNode): string => {
    const attrs = Object.entries(node.attrs)
      .filter(([, x]) => x !== undefined && x !== null)
      .map(([name, x]) => `${name}=${JSON.stringify(x)}`);
    const head = `${indent}${node.outputs.map(typed).join(', ')} = ${node.op}(${node.inputs.map(value).join(', ')})`;
    const bodies = (node.bodies ?? []).map((body) => `\n${printGraph(body, `${indent}  | `)}`);
    return [head, ...attrs].join(' ') + bodies.join(`\n${indent}  |--`);
  };
  return [
    `${indent}inputs ${graph.inputs.map(typed).join(', ')}`,
    ...constants,
    ...graph.nodes.map(line),
    `${indent}outputs ${graph.outputs.map(value).join(', ')}`,
  ].join('\n');
}
