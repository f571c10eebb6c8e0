import type { Dtype } from '../graph/graph.js';
import { sizeOf, type Operand } from './block.js';
import { axesOf, reshaped, scalar, type LowerContext } from './context.js';

/** What a `Reduce` step computes. */
export type Reduction = 'sum' | 'max' | 'min' | 'prod' | 'all' | 'any';

/** Attributes of a `Reduce` step: over the middle axis of `[outer, size, inner]`. */
export interface ReduceAttrs {
  readonly kind: Reduction;
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/** Reduces `axes` away, neighbouring axes in one go. */
export function reduceAxes(
  context: LowerContext,
  kind: Reduction,
  x: Operand,
  axes: readonly number[],
  shape: readonly number[],
): Operand {
  let result = x;
  // From the back, so that the numbers of the axes in front stay right.
  for (let last = axes.length - 1; last >= 0;) {
    let first = last;
    while (first > 0 && axes[first - 1] === axes[first] - 1) first--;
    const [before, after] = [axes[first], axes[last] + 1];
    const outer = result.shape.slice(0, before);
    const inner = result.shape.slice(after);
    const size = sizeOf(result.shape.slice(before, after));
    if (size === 1) result = reshaped(result, [...outer, ...inner]);
    else {
      const attrs = { kind, outer: sizeOf(outer), size, inner: sizeOf(inner) };
      result = context.emit('Reduce', [result], attrs, [...outer, ...inner], x.dtype);
    }
    last = first - 1;
  }
  return reshaped(result, shape);
}

const accepts: Readonly<Record<Reduction, readonly Dtype[]>> = {
  sum: ['float32', 'int32'],
  max: ['float32', 'int32'],
  min: ['float32', 'int32'],
  prod: ['float32', 'int32'],
  all: ['bool'],
  any: ['bool'],
};

/** A kernel that reduces over `attrs[attribute]`; `null` for types without code. */
export const reductionRule =
  (kind: Reduction, attribute: string) =>
  (
    context: LowerContext,
    [x]: readonly Operand[],
    attrs: Readonly<Record<string, unknown>>,
    [out]: readonly { readonly shape: readonly number[]; readonly dtype: Dtype }[],
  ): Operand[] | null => {
    if (!accepts[kind].includes(x.dtype) || out.dtype !== x.dtype) return null;
    const axes = axesOf(attrs[attribute], x.shape.length);
    return [reduceAxes(context, kind, x, axes, out.shape)];
  };

/** The mean as a sum and a product. */
export function mean(
  context: LowerContext,
  [x]: readonly Operand[],
  attrs: Readonly<Record<string, unknown>>,
  [out]: readonly { readonly shape: readonly number[] }[],
): Operand[] | null {
  if (x.dtype === 'bool') return null;
  const axes = axesOf(attrs.axis, x.shape.length);
  const floats =
    x.dtype === 'float32' ? x : context.emit('Cast', [x], { dtype: 'float32' }, x.shape, 'float32');
  const sum = reduceAxes(context, 'sum', floats, axes, out.shape);
  const count = sizeOf(axes.map((axis) => x.shape[axis]));
  return [context.emit('RealDiv', [sum, scalar(context, count, 'float32')], {}, out.shape, 'float32')];
}

/** Softmax over the last axis. */
export function softmax(context: LowerContext, [x]: readonly Operand[]): Operand[] | null {
  if (x.dtype !== 'float32' || x.shape.length === 0) return null;
  const kept = [...x.shape.slice(0, -1), 1];
  const last = [x.shape.length - 1];
  const max = reduceAxes(context, 'max', x, last, kept);
  const centred = context.emit('Sub', [x, max], {}, x.shape, 'float32');
  const exps = context.emit('Exp', [centred], {}, x.shape, 'float32');
  const sum = reduceAxes(context, 'sum', exps, last, kept);
  return [context.emit('RealDiv', [exps, sum], {}, x.shape, 'float32')];
}
