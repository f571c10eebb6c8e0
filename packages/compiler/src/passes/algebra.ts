import type { Graph, GraphNode, ValueId, ValueInfo } from '../graph/graph.js';
import { LARGEST_CONSTANT, rewrite, sameShape, sizeOf, type Rewriter } from './rewrite.js';

/**
 * Rewrites by rules of arithmetic that change no result beyond rounding: neutral elements, powers with small
 * exponents, double negation, transposes into the products that use them, repetitions into operations that repeat by
 * themselves.
 */
export const simplifyAlgebra = (graph: Graph): Graph =>
  rewrite(graph, (node, r) => {
    for (const rule of RULES) {
      const result = rule(node, r);
      if (result !== undefined) return result;
    }
    return undefined;
  });

type AlgebraRule = (node: GraphNode, r: Rewriter) => readonly ValueId[] | GraphNode | undefined;

/** The value that all elements have, of a constant or of repetitions of one. */
function uniformValue(id: ValueId, r: Rewriter): number | undefined {
  const data = r.constant(id);
  if (data === undefined) {
    const producer = r.producer(id);
    const repeats = producer?.op === 'Tile' || producer?.op === 'Reshape';
    return repeats ? uniformValue(producer.inputs[0], r) : undefined;
  }
  if (data.length === 0) return undefined;
  const [first] = data;
  return data.every((value) => Object.is(value, first)) ? first : undefined;
}

/** `x` in the shape of the node's result. */
function spread(node: GraphNode, x: ValueId, r: Rewriter): readonly ValueId[] | GraphNode {
  const { shape } = r.info(node.outputs[0]);
  const from = r.info(x);
  if (sameShape(from.shape, shape)) return [x];
  const padded = [...shape.slice(from.shape.length).map(() => 1), ...from.shape];
  const [aligned] =
    padded.length === from.shape.length
      ? [x]
      : r.emit({ op: 'Reshape', inputs: [x], inputNames: ['x'], attrs: { shape: padded } }, [
          { shape: padded, dtype: from.dtype },
        ]);
  const attrs = { reps: shape.map((size, i) => (padded[i] === 1 ? size : 1)) };
  return { op: 'Tile', inputs: [aligned], inputNames: ['x'], attrs, outputs: node.outputs };
}

/** Zeros and ones in the shape of another value need nothing of that value. */
const constantLike: AlgebraRule = (node, r) => {
  const value = node.op === 'ZerosLike' ? 0 : node.op === 'OnesLike' ? 1 : undefined;
  if (value === undefined) return undefined;
  const info = r.info(node.outputs[0]);
  const data = (size: number) =>
    info.dtype === 'float32' ? new Float32Array(size).fill(value) : new Int32Array(size).fill(value);
  const size = sizeOf(info);
  if (size <= LARGEST_CONSTANT) return [r.addConstant(info, data(size))];
  return spread(node, r.addConstant({ shape: [], dtype: info.dtype }, data(1)), r);
};

/** Division by a constant is multiplication with its reciprocal. */
const division: AlgebraRule = (node, r) => {
  if (node.op !== 'RealDiv') return undefined;
  const [a, b] = node.inputs;
  const divisor = uniformValue(b, r);
  if (r.info(a).dtype !== 'float32' || divisor === undefined || !isSafeDivisor(divisor)) return undefined;
  const info = r.info(b);
  if (!sameShape(commonShape(r.info(a).shape, []), r.info(node.outputs[0]).shape)) return undefined;
  const reciprocal = r.addConstant({ ...info, shape: [], dtype: 'float32' }, Float32Array.of(1 / divisor));
  return { ...node, op: 'Multiply', inputs: [a, reciprocal] };
};

/** Neither it nor its reciprocal overflows or loses bits. */
const isSafeDivisor = (x: number): boolean => Math.abs(x) > 1e-30 && Math.abs(x) < 1e30;

/** x + 0, x - 0, x * 1, x / 1, max(x, -inf), min(x, inf). */
const neutral: AlgebraRule = (node, r) => {
  const element = NEUTRAL[node.op];
  if (element === undefined || node.inputs.length !== 2) return undefined;
  const [a, b] = node.inputs;
  if (r.info(a).dtype !== r.info(node.outputs[0]).dtype) return undefined;
  if (r.info(a).dtype !== r.info(b).dtype) return undefined;
  if (element.includes(uniformValue(b, r) as number)) return spread(node, a, r);
  const commutes = node.op !== 'Sub' && node.op !== 'RealDiv';
  return commutes && element.includes(uniformValue(a, r) as number) ? spread(node, b, r) : undefined;
};

const NEUTRAL: Readonly<Record<string, readonly number[]>> = {
  // -0 is neutral for a sum, 0 up to the sign of a zero.
  Add: [0, -0],
  Sub: [0, -0],
  Multiply: [1],
  RealDiv: [1],
  Maximum: [-Infinity],
  Minimum: [Infinity],
};

/** x^1, x^2, x^0.5, x^-1. */
const power: AlgebraRule = (node, r) => {
  if (node.op !== 'Pow' || r.info(node.inputs[0]).dtype !== 'float32') return undefined;
  const [x, exponent] = node.inputs;
  if (!sameShape(r.info(x).shape, r.info(node.outputs[0]).shape)) return undefined;
  const value = uniformValue(exponent, r);
  if (value === 1) return [x];
  const op = value === 2 ? 'Square' : value === -1 ? 'Reciprocal' : undefined;
  return op === undefined ? undefined : { ...node, op, inputs: [x], inputNames: ['x'], attrs: {} };
};

/** -(-x), a + (-b), a - (-b). */
const negation: AlgebraRule = (node, r) => {
  const negated = (id: ValueId): ValueId | undefined => {
    const producer = r.producer(id);
    return producer?.op === 'Neg' ? producer.inputs[0] : undefined;
  };
  const [a, b] = node.inputs;
  if (node.op === 'Neg') {
    const x = negated(a);
    return x === undefined ? undefined : [x];
  }
  if ((node.op !== 'Add' && node.op !== 'Sub') || r.info(b).dtype !== 'float32') return undefined;
  const y = negated(b);
  if (y !== undefined) return { ...node, op: node.op === 'Add' ? 'Sub' : 'Add', inputs: [a, y] };
  const x = node.op === 'Add' ? negated(a) : undefined;
  return x === undefined ? undefined : { ...node, op: 'Sub', inputs: [b, x] };
};

/** A product of a transposed matrix is a transposed product. */
const transposedProduct: AlgebraRule = (node, r) => {
  if (node.op !== 'BatchMatMul') return undefined;
  const [a, b] = node.inputs.map((id) => transposedMatrix(id, r));
  if (a === undefined && b === undefined) return undefined;
  const { transposeA, transposeB } = node.attrs;
  return {
    ...node,
    inputs: [a ?? node.inputs[0], b ?? node.inputs[1]],
    attrs: {
      ...node.attrs,
      transposeA: a === undefined ? transposeA : !transposeA,
      transposeB: b === undefined ? transposeB : !transposeB,
    },
  };
};

/** What `id` is the transpose of, with the last two axes exchanged and nothing else. */
function transposedMatrix(id: ValueId, r: Rewriter): ValueId | undefined {
  const producer = r.producer(id);
  if (producer?.op !== 'Transpose') return undefined;
  const perm = producer.attrs.perm as number[];
  const n = perm.length;
  const swapsLast = n >= 2 && perm.every((axis, i) => axis === (i < n - 2 ? i : 2 * n - 3 - i));
  return swapsLast ? producer.inputs[0] : undefined;
}

const BROADCASTING = new Set(
  (
    'Add Sub Multiply RealDiv Maximum Minimum SquaredDifference Pow Atan2 Mod ' +
    'Greater GreaterEqual Less LessEqual Equal NotEqual LogicalAnd LogicalOr'
  ).split(' '),
);

/** An operation that repeats its inputs to a common shape needs none that is repeated before. */
const repeatedInput: AlgebraRule = (node, r) => {
  if (!BROADCASTING.has(node.op)) return undefined;
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

function repeatedFrom(id: ValueId, r: Rewriter): ValueId | undefined {
  const producer = r.producer(id);
  if (producer?.op !== 'Tile') return undefined;
  const { shape } = r.info(producer.inputs[0]);
  const reps = producer.attrs.reps as number[];
  return reps.every((n, i) => n === 1 || shape[i] === 1) ? producer.inputs[0] : undefined;
}

function commonShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const at = (shape: readonly number[], i: number): number => shape[i - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, i) => (at(a, i) === 1 ? at(b, i) : at(a, i)));
}

/** The sum of a value that was repeated along the summed axes is a multiple of it. */
const sumOfRepeated: AlgebraRule = (node, r) => {
  if (node.op !== 'Sum' && node.op !== 'Mean') return undefined;
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
  const axes = [node.attrs.axis].flat() as number[];
  const summed = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  return summed.every(
    (axis) => shape[axis] === 1 || (source.shape[axis - shape.length + source.shape.length] ?? 1) === 1,
  );
}

/** `where(c, x, x)`. */
const sameBranches: AlgebraRule = (node) =>
  node.op === 'Select' && node.inputs[1] === node.inputs[2] ? [node.inputs[1]] : undefined;

const RULES: readonly AlgebraRule[] = [
  constantLike,
  neutral,
  division,
  power,
  negation,
  transposedProduct,
  repeatedInput,
  sumOfRepeated,
  sameBranches,
];
