import type { GraphNode, ValueId, ValueInfo } from '../../graph/graph.js';
import { sameShape, sizeOf, type Rewriter } from '../rewrite.js';
import { commonShape, type AlgebraRule } from './rule.js';

/** Operations on two operands that are repeated to a common shape. */
export const BROADCASTING = new Set(
  (
    'Add Sub Multiply RealDiv Maximum Minimum SquaredDifference Pow Atan2 Mod ' +
    'Greater GreaterEqual Less LessEqual Equal NotEqual LogicalAnd LogicalOr'
  ).split(' '),
);

/** An operation that repeats its inputs to a common shape needs none that is repeated before. */
export const repeatedInput: AlgebraRule = (node, r) => {
  const sources = node.inputs.map((id) => repeatedFrom(id, r));
  const target = r.info(node.outputs[0]).shape;
  const [a, b] = node.inputs;
  const [x, y] = sources;
  for (const inputs of [
    [x ?? a, y ?? b],
    [x ?? a, b],
    [a, y ?? b],
  ]) {
    if (inputs[0] === a && inputs[1] === b) continue;
    const shape = commonShape(r.info(inputs[0]).shape, r.info(inputs[1]).shape);
    if (sameShape(shape, target)) return { ...node, inputs };
  }
  return undefined;
};

/** What `id` is a repetition of, if it repeats single elements only. */
function repeatedFrom(id: ValueId, r: Rewriter): ValueId | undefined {
  const producer = r.producer(id);
  if (producer?.op !== 'Tile') return undefined;
  const { shape } = r.info(producer.inputs[0]);
  const reps = producer.attrs.reps as number[];
  return reps.every((n, i) => n === 1 || shape[i] === 1) ? producer.inputs[0] : undefined;
}

/** The sum of a value that was repeated along the summed axes is a multiple of it. */
export const sumOfRepeated: AlgebraRule = (node, r) => {
  const x = repeatedFrom(node.inputs[0], r);
  const result = r.info(node.outputs[0]);
  if (x === undefined || result.dtype !== 'float32') return undefined;
  // Only where the whole repetition is summed up, so that what is left is the source in another shape.
  const source = r.info(x);
  if (sizeOf(source) !== sizeOf(result) || sizeOf(result) === 0) return undefined;
  if (!sameShape(withoutOnes(source), withoutOnes(result)) || !summedAxesAreRepeated(node, source, r))
    return undefined;
  const [shaped] = sameShape(source.shape, result.shape)
    ? [x]
    : r.emit({ op: 'Reshape', inputs: [x], inputNames: ['x'], attrs: { shape: [...result.shape] } }, [
        result,
      ]);
  if (node.op === 'Mean') return [shaped];
  const times = sizeOf(r.info(node.inputs[0])) / sizeOf(result);
  const factor = r.addConstant({ shape: [], dtype: 'float32' }, Float32Array.of(times));
  return {
    op: 'Multiply',
    inputs: [shaped, factor],
    inputNames: ['a', 'b'],
    attrs: {},
    outputs: node.outputs,
  };
};

const withoutOnes = ({ shape }: ValueInfo): number[] => shape.filter((size) => size !== 1);

function summedAxesAreRepeated(node: GraphNode, source: ValueInfo, r: Rewriter): boolean {
  const { shape } = r.info(node.inputs[0]);
  const { axis: axes } = node.attrs;
  if (!Array.isArray(axes)) return false;
  return (axes as number[]).every(
    (axis) => shape[axis] === 1 || (source.shape[axis - shape.length + source.shape.length] ?? 1) === 1,
  );
}
