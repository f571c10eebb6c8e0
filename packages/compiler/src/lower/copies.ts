import * as tf from '@tensorflow/tfjs';
import { sizeOf, stridesOf, type Operand } from './block.js';
import { axesOf, type LowerContext } from './context.js';

/*
 * All operations that only move elements are one: copy strided views into strided views.
 */

/** A box of elements: `sizes[i]` of them along axis `i`. Offsets and strides in elements. */
export interface CopyBox {
  /** Which input of the step. */
  readonly input: number;
  readonly sizes: readonly number[];
  readonly from: number;
  readonly fromStrides: readonly number[];
  readonly to: number;
  readonly toStrides: readonly number[];
}

/** Attributes of a `Copy` step. Its output is filled with `fill` first, unless the boxes cover it. */
export interface CopyAttrs {
  readonly boxes: readonly CopyBox[];
  readonly fill?: number;
}

type CopyRule = (
  context: LowerContext,
  inputs: readonly Operand[],
  attrs: Readonly<Record<string, unknown>>,
  outputs: readonly { readonly shape: readonly number[] }[],
) => Operand[] | null;

const copy = (
  context: LowerContext,
  inputs: readonly Operand[],
  attrs: CopyAttrs,
  shape: readonly number[],
): Operand => context.emit('Copy', inputs, { ...attrs }, shape, inputs[0].dtype);

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i], 0);

/** The step that permutes axes; output axis `i` is input axis `order[i]`. */
export function transpose(context: LowerContext, x: Operand, order: readonly number[]): Operand {
  const sizes = order.map((axis) => x.shape[axis]);
  const strides = stridesOf(x.shape);
  const box = {
    input: 0,
    sizes,
    from: 0,
    fromStrides: order.map((axis) => strides[axis]),
    to: 0,
    toStrides: stridesOf(sizes),
  };
  return copy(context, [x], { boxes: [box] }, sizes);
}

/** The step that repeats `x` along its axes of size 1, and along new leading axes. */
export function broadcastTo(context: LowerContext, x: Operand, shape: readonly number[]): Operand {
  const box = {
    input: 0,
    sizes: shape,
    from: 0,
    fromStrides: broadcastStrides(x.shape, shape),
    to: 0,
    toStrides: stridesOf(shape),
  };
  return copy(context, [x], { boxes: [box] }, shape);
}

/** Strides with which an array of shape `from` is read as if it had shape `to`. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const strides = stridesOf(from);
  const added = to.length - from.length;
  return to.map((_, i) => (i < added || from[i - added] === 1 ? 0 : strides[i - added]));
}

const slice: CopyRule = (context, [x], attrs, [out]) => {
  const given = attrs.begin;
  const begin = Array.isArray(given) ? (given as number[]) : [given as number];
  const from = begin.map((at, i) => (at < 0 ? at + x.shape[i] : at));
  while (from.length < x.shape.length) from.push(0);
  return [sliced(context, x, from, out.shape)];
};

function sliced(
  context: LowerContext,
  x: Operand,
  begin: readonly number[],
  sizes: readonly number[],
): Operand {
  const strides = stridesOf(x.shape);
  const box = {
    input: 0,
    sizes,
    from: dot(begin, strides),
    fromStrides: strides,
    to: 0,
    toStrides: stridesOf(sizes),
  };
  return copy(context, [x], { boxes: [box] }, sizes);
}

const stridedSlice: CopyRule = (context, [x], attrs, [out]) => {
  const mask = (name: string): number => Number(attrs[name] ?? 0);
  const { begin, end, strides } = tf.slice_util.sliceInfo(
    [...x.shape],
    attrs.begin as number[],
    attrs.end as number[],
    attrs.strides as number[],
    mask('beginMask'),
    mask('endMask'),
    mask('ellipsisMask'),
    mask('newAxisMask'),
    mask('shrinkAxisMask'),
  );
  // There the cpu backend has its own idea of the result.
  if (mask('shrinkAxisMask') !== 0 && strides.some((stride) => stride !== 1)) return null;
  const sizes = tf.slice_util.computeOutShape(begin, end, strides);
  const own = stridesOf(x.shape);
  const box = {
    input: 0,
    sizes,
    from: dot(begin, own),
    fromStrides: own.map((stride, i) => stride * strides[i]),
    to: 0,
    toStrides: stridesOf(sizes),
  };
  return [copy(context, [x], { boxes: [box] }, out.shape)];
};

const pad: CopyRule = (context, [x], attrs, [out]) => {
  const paddings = attrs.paddings as [number, number][];
  // The kernel cuts off then.
  if (paddings.flat().some((n) => n < 0)) return null;
  const toStrides = stridesOf(out.shape);
  const box = {
    input: 0,
    sizes: x.shape,
    from: 0,
    fromStrides: stridesOf(x.shape),
    to: dot(
      paddings.map(([before]) => before),
      toStrides,
    ),
    toStrides,
  };
  const value = Number(attrs.constantValue ?? 0);
  // The kernel does not fill with zeros, and so never with -0.
  return [copy(context, [x], { boxes: [box], fill: value === 0 ? 0 : value }, out.shape)];
};

const tile: CopyRule = (context, [x], attrs, [out]) => {
  const reps = attrs.reps as number[];
  const added = reps.length - x.shape.length;
  if (added < 0) return null;
  const shape = [...new Array<number>(added).fill(1), ...x.shape];
  // Axis i of the output is (repetition, place): two axes of the copy.
  const [xs, ys] = [stridesOf(shape), stridesOf(out.shape)];
  const box = {
    input: 0,
    sizes: shape.flatMap((size, i) => [reps[i], size]),
    from: 0,
    fromStrides: shape.flatMap((_, i) => [0, xs[i]]),
    to: 0,
    toStrides: shape.flatMap((size, i) => [size * ys[i], ys[i]]),
  };
  return [copy(context, [x], { boxes: [box] }, out.shape)];
};

/** Places the inputs side by side along `axis`. */
export function concat(
  context: LowerContext,
  inputs: readonly Operand[],
  axis: number,
  shape: readonly number[],
): Operand {
  const toStrides = stridesOf(shape);
  let at = 0;
  const boxes = inputs.map((x, input) => {
    const box = {
      input,
      sizes: x.shape,
      from: 0,
      fromStrides: stridesOf(x.shape),
      to: at * toStrides[axis],
      toStrides,
    };
    at += x.shape[axis];
    return box;
  });
  return copy(context, inputs, { boxes }, shape);
}

const concatRule: CopyRule = (context, inputs, attrs, [out]) => {
  const [axis] = axesOf(attrs.axis ?? 0, out.shape.length);
  // TensorFlow.js lets empty arrays of any shape through.
  const full = inputs.filter((x) => sizeOf(x.shape) > 0);
  if (full.length === 0 || full.some((x) => x.dtype !== full[0].dtype)) return null;
  return [concat(context, full, axis, out.shape)];
};

const pack: CopyRule = (context, inputs, attrs, [out]) => {
  const [axis] = axesOf(attrs.axis ?? 0, out.shape.length);
  if (inputs.some((x) => x.dtype !== inputs[0].dtype)) return null;
  const slices = inputs.map((x) => ({ ...x, shape: [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)] }));
  return [concat(context, slices, axis, out.shape)];
};

const unpack: CopyRule = (context, [x], attrs, outputs) => {
  const [axis] = axesOf(attrs.axis ?? 0, x.shape.length);
  return outputs.map((out, i) => {
    const begin = x.shape.map((_, j) => (j === axis ? i : 0));
    const sizes = x.shape.map((size, j) => (j === axis ? 1 : size));
    return { ...sliced(context, x, begin, sizes), shape: out.shape };
  });
};

const splitV: CopyRule = (context, [x], attrs, outputs) => {
  const [axis] = axesOf(attrs.axis ?? 0, x.shape.length);
  let at = 0;
  return outputs.map((out) => {
    const begin = x.shape.map((_, j) => (j === axis ? at : 0));
    at += out.shape[axis];
    return sliced(context, x, begin, out.shape);
  });
};

const reverse: CopyRule = (context, [x], attrs, [out]) => {
  const axes = axesOf(attrs.dims, x.shape.length);
  const strides = stridesOf(x.shape);
  const box = {
    input: 0,
    sizes: x.shape,
    from: axes.reduce((sum, axis) => sum + (x.shape[axis] - 1) * strides[axis], 0),
    fromStrides: strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
    to: 0,
    toStrides: strides,
  };
  return [copy(context, [x], { boxes: [box] }, out.shape)];
};

/** Kernels of TensorFlow.js that only move elements. */
export const copyRules: ReadonlyMap<string, CopyRule> = new Map<string, CopyRule>([
  ['Transpose', (context, [x], attrs) => [transpose(context, x, attrs.perm as number[])]],
  ['BroadcastTo', (context, [x], _, [out]) => [broadcastTo(context, x, out.shape)]],
  ['Slice', slice],
  ['StridedSlice', stridedSlice],
  ['PadV2', pad],
  ['Tile', tile],
  ['Concat', concatRule],
  ['Pack', pack],
  ['Unpack', unpack],
  ['SplitV', splitV],
  ['Reverse', reverse],
]);
