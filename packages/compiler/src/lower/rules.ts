import type { Dtype, ValueInfo } from '../graph/graph.js';
import { sizeOf, type Operand } from './block.js';
import { axesOf, type LowerContext } from './context.js';
import { copyRules } from './copies.js';
import { einsum } from './einsum.js';
import { fusedMatMul } from './fused-product.js';
import { around, gather, gatherNd, oneHot, scatterNd, scatterUpdate, segmentSum, topK } from './indexing.js';
import { cholesky, triangularSolve } from './linear-algebra.js';
import { mirrorPad } from './mirror-pad.js';
import { lowerMatMul } from './products.js';
import { mean, reductionRule, softmax } from './reductions.js';

/** Rewrites one kernel call as steps; `null` where it does not cover the case (it becomes an island). */
export type LowerRule = (
  context: LowerContext,
  inputs: readonly Operand[],
  attrs: Readonly<Record<string, unknown>>,
  outputs: readonly ValueInfo[],
) => Operand[] | null;

const alias: LowerRule = (_, [x], __, [out]) => [{ ...x, shape: out.shape, dtype: out.dtype }];

const arrayOf = (dtype: Dtype, count: number): Float32Array | Int32Array =>
  dtype === 'float32' ? new Float32Array(count) : new Int32Array(count);

const filled =
  (value: (attrs: Readonly<Record<string, unknown>>) => number): LowerRule =>
  (context, _, attrs, [out]) => [
    context.constant(arrayOf(out.dtype, sizeOf(out.shape)).fill(value(attrs)), out.shape, out.dtype),
  ];

const range: LowerRule = (context, _, attrs, [out]) => {
  const [start, stop] = [Number(attrs.start), Number(attrs.stop)];
  // As tf.range: a step of 1 that points the wrong way turns around.
  const given = Number(attrs.step ?? 1);
  const step = stop < start && given === 1 ? -1 : given;
  const data = arrayOf(out.dtype, sizeOf(out.shape));
  if (data.length > 0) data[0] = start;
  for (let i = 1; i < data.length; i++) data[i] = data[i - 1] + step;
  return [context.constant(data, out.shape, out.dtype)];
};

const addN: LowerRule = (context, inputs, _, [out]) => {
  if (inputs.some((x) => x.dtype !== out.dtype || x.dtype === 'bool')) return null;
  const [first, ...rest] = inputs;
  return [rest.reduce((sum, x) => context.emit('Add', [sum, x], {}, out.shape, out.dtype), first)];
};

/** Powers that are products; the rest is element-wise. */
const pow: LowerRule = (context, [a, b], _, [out]) => {
  const data = context.constantOf(b);
  if (data?.length !== 1 || a.dtype !== 'float32' || sizeOf(a.shape) !== sizeOf(out.shape)) return null;
  const like = (op: string, ...inputs: Operand[]): Operand =>
    context.emit(op, inputs, {}, out.shape, 'float32');
  if (data[0] === 1) return [a];
  if (data[0] === 2) return [like('Square', a)];
  if (data[0] === 3) return [like('Multiply', like('Square', a), a)];
  if (data[0] === -1) return [like('Reciprocal', a)];
  return null;
};

const matMul: LowerRule = (context, [a, b], attrs, [out]) => {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return null;
  const c = lowerMatMul(context, a, b, attrs.transposeA === true, attrs.transposeB === true, out.shape);
  return c === null ? null : [c];
};

const cumulative =
  (kind: 'sum' | 'product'): LowerRule =>
  (context, [x], attrs, [out]) => {
    if (x.shape.length === 0 || x.dtype !== out.dtype) return null;
    const [axis] = axesOf(attrs.axis ?? 0, x.shape.length);
    const own = {
      ...around(x.shape, axis),
      kind,
      exclusive: attrs.exclusive === true,
      reverse: attrs.reverse === true,
    };
    return [context.emit('Cumulative', [x], own, out.shape, out.dtype)];
  };

const argExtreme =
  (kind: 'max' | 'min'): LowerRule =>
  (context, [x], attrs, [out]) => {
    if (x.dtype !== 'float32') return null;
    const [axis] = axesOf(attrs.axis ?? 0, x.shape.length);
    return [context.emit('ArgExtreme', [x], { ...around(x.shape, axis), kind }, out.shape, 'int32')];
  };

/** All kernels that are not element-wise and have code, by name. */
export const lowerRules: ReadonlyMap<string, LowerRule> = new Map<string, LowerRule>([
  ...copyRules,
  ['Identity', alias],
  ['Reshape', alias],
  ['ExpandDims', alias],
  ['ZerosLike', filled(() => 0)],
  ['OnesLike', filled(() => 1)],
  ['Fill', filled((attrs) => Number(attrs.value))],
  ['Range', range],
  ['AddN', addN],
  ['Pow', pow],
  ['BatchMatMul', matMul],
  ['Sum', reductionRule('sum', 'axis')],
  ['Max', reductionRule('max', 'reductionIndices')],
  ['Min', reductionRule('min', 'axis')],
  ['Prod', reductionRule('prod', 'axis')],
  ['All', reductionRule('all', 'axis')],
  ['Any', reductionRule('any', 'axis')],
  ['Mean', mean],
  ['Softmax', softmax],
  ['Cumsum', cumulative('sum')],
  ['Cumprod', cumulative('product')],
  ['ArgMax', argExtreme('max')],
  ['ArgMin', argExtreme('min')],
  ['GatherV2', gather],
  ['UnsortedSegmentSum', segmentSum],
  ['OneHot', oneHot],
  ['GatherNd', gatherNd],
  ['ScatterNd', scatterNd],
  ['TensorScatterUpdate', scatterUpdate],
  ['TopK', topK],
  ['MirrorPad', mirrorPad],
  ['Einsum', einsum],
  ['_FusedMatMul', fusedMatMul],
  ['Cholesky', cholesky],
  ['TriangularSolve', triangularSolve],
]);
