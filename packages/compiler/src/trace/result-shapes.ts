import * as tf from '@tensorflow/tfjs';
import type { Dtype, ValueInfo } from '../graph/graph.js';
import { sameShape } from '../passes/rewrite.js';

type Attrs = Readonly<Record<string, unknown>>;
type Rule = (inputs: readonly ValueInfo[], attrs: Attrs) => ValueInfo | readonly ValueInfo[] | undefined;

/**
 * The result of a kernel call, where it follows from shapes alone and a rule is known: tracing need not compute it.
 * `undefined` for the other calls.
 */
export function resultInfo(
  op: string,
  inputs: readonly ValueInfo[],
  attrs: Attrs,
): readonly ValueInfo[] | undefined {
  const info = rules.get(op)?.(inputs, attrs);
  return info === undefined || Array.isArray(info) ? info : [info as ValueInfo];
}

function broadcast([first, ...others]: readonly ValueInfo[]): readonly number[] {
  let { shape } = first;
  for (const other of others)
    if (!sameShape(shape, other.shape))
      shape = tf.backend_util.assertAndGetBroadcastShape([...shape], [...other.shape]);
  return shape;
}

const allFloat = (inputs: readonly ValueInfo[]): boolean => inputs.every(({ dtype }) => dtype === 'float32');

const elementwise: Rule = (inputs) =>
  allFloat(inputs) ? { shape: broadcast(inputs), dtype: 'float32' } : undefined;

const comparison: Rule = (inputs) => ({ shape: broadcast(inputs), dtype: 'bool' });

/** Sums and the like over `axis`, or `reductionIndices`. */
const reduction: Rule = ([{ shape, dtype }], { axis, reductionIndices, keepDims }) => {
  if (dtype !== 'float32') return undefined;
  const axes = tf.util.parseAxisParam((axis ?? reductionIndices) as number | number[], [...shape]);
  const kept = shape.map((size, i) => (axes.includes(i) ? 1 : size));
  return { shape: keepDims ? kept : kept.filter((_, i) => !axes.includes(i)), dtype };
};

const matMul: Rule = ([a, b], { transposeA, transposeB }) => {
  if (!allFloat([a, b])) return undefined;
  const batch = broadcast([a, b].map(({ shape, dtype }) => ({ shape: shape.slice(0, -2), dtype })));
  const rows = a.shape[a.shape.length - (transposeA ? 1 : 2)];
  return { shape: [...batch, rows, b.shape[b.shape.length - (transposeB ? 2 : 1)]], dtype: 'float32' };
};

const draw =
  (dtype: Dtype): Rule =>
  (_, { shape }) => ({ shape: [...(shape as number[])], dtype });

const reshape: Rule = ([{ shape, dtype }], attrs) => ({
  shape: tf.util.inferFromImplicitShape(attrs.shape as number[], tf.util.sizeFromShape([...shape])),
  dtype,
});

const transpose: Rule = ([{ shape, dtype }], { perm }) => ({
  shape: (perm as number[]).map((axis) => shape[axis]),
  dtype,
});

/** Whether inputs have the same shape, apart from one axis; the kernel refuses others. */
const fit = ([first, ...others]: readonly ValueInfo[], axis = -1): boolean =>
  others.every(
    ({ shape, dtype }) =>
      dtype === first.dtype &&
      shape.length === first.shape.length &&
      shape.every((size, i) => i === axis || size === first.shape[i]),
  );

const concat: Rule = (inputs, attrs) => {
  const [axis] = tf.util.parseAxisParam(attrs.axis as number, [...inputs[0].shape]);
  if (!fit(inputs, axis)) return undefined;
  const shape = [...inputs[0].shape];
  shape[axis] = inputs.reduce((sum, input) => sum + input.shape[axis], 0);
  return { shape, dtype: inputs[0].dtype };
};

const slice: Rule = ([{ shape, dtype }], { begin, size }) => {
  const [from, sizes] = [begin as number[], size as number[] | undefined];
  if (from.length !== shape.length || sizes?.length !== shape.length) return undefined;
  const whole = sizes.map((n, i) => (n === -1 ? shape[i] - from[i] : n));
  // The kernel refuses the others, in words of its own.
  const isInside = whole.every((n, i) => n >= 0 && from[i] >= 0 && from[i] + n <= shape[i]);
  return isInside ? { shape: whole, dtype } : undefined;
};

const split: Rule = ([{ shape, dtype }], { numOrSizeSplits, axis }) => {
  const [along] = tf.util.parseAxisParam(axis as number, [...shape]);
  const whole = { shape: [...shape] } as tf.Tensor;
  // A list is completed where it is.
  const given = Array.isArray(numOrSizeSplits) ? [...(numOrSizeSplits as number[])] : numOrSizeSplits;
  const sizes = tf.backend_util.prepareSplitSize(whole, given as number | number[], along);
  return sizes.map((size) => ({ shape: shape.map((n, i) => (i === along ? size : n)), dtype }));
};

const pad: Rule = ([{ shape, dtype }], { paddings }) => ({
  shape: shape.map((size, i) => {
    const [before, after] = (paddings as [number, number][])[i];
    return before + size + after;
  }),
  dtype,
});

const gather: Rule = ([x, indices], { axis, batchDims = 0 }) => {
  const [along] = tf.util.parseAxisParam(axis as number, [...x.shape]);
  const [from, at] = [x, indices].map(({ shape }) => ({ shape: [...shape] }) as tf.Tensor);
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(from, at, along, batchDims as number);
  return { shape: info.outputShape, dtype: x.dtype };
};

const pack: Rule = (inputs, { axis }) => {
  if (!fit(inputs)) return undefined;
  const [{ shape, dtype }] = inputs;
  const at = (axis as number) < 0 ? (axis as number) + shape.length + 1 : (axis as number);
  return { shape: [...shape.slice(0, at), inputs.length, ...shape.slice(at)], dtype };
};

const tile: Rule = ([{ shape, dtype }], { reps }) => ({
  shape: shape.map((size, i) => size * (reps as number[])[i]),
  dtype,
});

const same: Rule = ([{ shape, dtype }]) => ({ shape, dtype });

type Size4 = [number, number, number, number];
type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;

/** Attributes of convolutions and pooling. */
interface WindowAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly inputShape: Size4;
  readonly filterShape: Size4;
}

const convolution: Rule = ([x, filter], attrs) => {
  const { strides, pad, dilations = 1, dimRoundingMode, dataFormat } = attrs as unknown as WindowAttrs;
  if (dataFormat !== 'NHWC') return undefined;
  const sizes = [x, filter].map(({ shape }) => [...shape] as Size4);
  const info = tf.backend_util.computeConv2DInfo(
    sizes[0],
    sizes[1],
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  return { shape: info.outShape, dtype: 'float32' };
};

const pooling: Rule = ([x], attrs) => {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as WindowAttrs;
  const size = [...x.shape] as Size4;
  // Pooling takes no explicit padding per side.
  const info = tf.backend_util.computePool2DInfo(size, filterSize, strides, 1, pad, dimRoundingMode);
  return { shape: info.outShape, dtype: x.dtype };
};

const UNARY =
  'Sigmoid Tanh Exp Expm1 Log Log1p Sin Cos Tan Sinh Cosh Asin Acos Atan Asinh Acosh Atanh Erf Sqrt Rsqrt Square Neg ' +
  'Abs Sign Round Floor Ceil Relu Relu6 Elu Selu LeakyRelu Softplus Step Reciprocal ClipByValue Softmax';
const BINARY = 'Add Sub Multiply RealDiv Maximum Minimum SquaredDifference Pow Atan2 Mod AddN';
const COMPARISONS = 'Greater GreaterEqual Less LessEqual Equal NotEqual LogicalAnd LogicalOr';

const rules = new Map<string, Rule>([
  ...`${UNARY} ${BINARY}`.split(' ').map((op): [string, Rule] => [op, elementwise]),
  ...COMPARISONS.split(' ').map((op): [string, Rule] => [op, comparison]),
  ...['Sum', 'Mean', 'Max', 'Min', 'Prod'].map((op): [string, Rule] => [op, reduction]),
  ...['Identity', 'ZerosLike', 'OnesLike', 'Cumsum', 'Reverse'].map((op): [string, Rule] => [op, same]),
  ['BatchMatMul', matMul],
  ['Reshape', reshape],
  ['Transpose', transpose],
  ['Concat', concat],
  ['Slice', slice],
  ['SplitV', split],
  ['PadV2', pad],
  ['GatherV2', gather],
  ['Pack', pack],
  ['Tile', tile],
  ['Cast', ([{ shape }], { dtype }) => ({ shape, dtype: dtype as Dtype })],
  ['Select', ([, t]) => (t.dtype === 'float32' ? { shape: t.shape, dtype: t.dtype } : undefined)],
  ['Conv2D', convolution],
  ['Conv2DBackpropInput', (_, { inputShape }) => ({ shape: inputShape as Size4, dtype: 'float32' })],
  ['Conv2DBackpropFilter', (_, { filterShape }) => ({ shape: filterShape as Size4, dtype: 'float32' })],
  ['MaxPool', pooling],
  ['AvgPool', pooling],
  ['EbimRandomUniform', draw('float32')],
  ['EbimRandomNormal', draw('float32')],
  ['EbimRandomInteger', draw('int32')],
  ['EbimRandomPermutation', draw('int32')],
  ['EbimKeySplit', (_, { count }) => ({ shape: [count as number, 2], dtype: 'int32' })],
  ['EbimTriangularSolve', ([, B]) => B],
  ['EbimKeyFold', () => ({ shape: [2], dtype: 'int32' })],
]);
