import type { Graph, GraphNode, ValueInfo } from '../graph/graph.js';
import { rewrite, sameShape, sizeOf, type Visit } from './rewrite.js';

/**
 * Drops an operation that hands on its input unchanged, and turns one that only renames axes into a `Reshape`, which
 * costs nothing in a program. A chain of them becomes one.
 */
export const dropAlias: Visit = (node, r) => {
  const [x] = node.inputs;
  if (node.outputs.length !== 1 || node.inputs.length === 0) return undefined;
  const [from, to] = [r.info(x), r.info(node.outputs[0])];
  if (!onlyRenames(node, from, to)) return undefined;
  if (sameShape(from.shape, to.shape)) return [x];
  const before = r.producer(x);
  const source = before?.op === 'Reshape' ? before.inputs[0] : x;
  if (sameShape(r.info(source).shape, to.shape)) return [source];
  return node.op === 'Reshape' && source === x ? undefined : reshape(node, source, to);
};

/** {@link dropAlias} for all operations of a graph. */
export const dropAliases = (graph: Graph): Graph => rewrite(graph, dropAlias);

const reshape = (node: GraphNode, x: number, { shape }: ValueInfo): GraphNode => ({
  op: 'Reshape',
  inputs: [x],
  inputNames: ['x'],
  attrs: { shape: [...shape] },
  outputs: node.outputs,
});

/** True if the result has the elements of the first input in the same order. */
function onlyRenames({ op, inputs, attrs }: GraphNode, from: ValueInfo, to: ValueInfo): boolean {
  if (from.dtype !== to.dtype) return false;
  const sameSize = sameShape(from.shape, to.shape);
  switch (op) {
    case 'Identity':
    case 'Reshape':
    case 'ExpandDims':
      return true;
    case 'Cast':
    case 'Slice':
    case 'StridedSlice':
      // A slice of the size of its input is the input, unless it goes backwards.
      return sameSize && (op !== 'StridedSlice' || (attrs.strides as number[]).every((step) => step === 1));
    case 'Tile':
    case 'PadV2':
      return sameSize;
    case 'Concat':
    case 'AddN':
      return inputs.length === 1;
    case 'Pack':
      return inputs.length === 1;
    case 'Transpose':
      return movesNothing(attrs.perm as number[], from.shape);
    case 'Sum':
    case 'Mean':
    case 'Max':
    case 'Min':
    case 'Prod':
    case 'All':
    case 'Any':
      return sizeOf(from) === sizeOf(to) && sizeOf(to) > 0;
    default:
      return false;
  }
}

/** True for a permutation that leaves the axes longer than 1 in their order. */
function movesNothing(perm: readonly number[], shape: readonly number[]): boolean {
  const long = perm.filter((axis) => shape[axis] !== 1);
  return long.every((axis, i) => i === 0 || long[i - 1] < axis);
}
