import type { Step } from '../lower/block.js';
import { sizeOf } from '../lower/block.js';
import { MOVABLE } from '../lower/carries-in-place.js';
import type { CopyAttrs, CopyBox } from '../lower/copies.js';
import { loopUnits, type Part } from '../parallel/parts.js';
import { f32x4, i32, i32x4, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { addressOf, fromBase, type EmitContext, type Place } from './emit.js';
import { collapse, nest } from './group.js';

type I32 = Expr<'i32'>;

/** Elements that are copied one by one without a loop. */
const UNROLL = 8;

/** Code of a `Copy` step: every box as nested loops. */
export function emitCopy(context: EmitContext, step: Step, part?: Part): void {
  const { boxes, fill } = step.attrs as unknown as CopyAttrs;
  const [out] = step.outputs;
  if (fill !== undefined && sizeOf(boxes[0].sizes) < sizeOf(out.shape)) {
    const value = out.dtype === 'float32' ? f32x4.all(fill) : i32x4.all(fill);
    fillVectors(context.f, context.place(out), sizeOf(out.shape), value);
  }
  for (const box of boxes) if (sizeOf(box.sizes) > 0) emitBox(context, step, box, part);
}

/** Writes `value` over whole vectors (into the padding, too). */
export function fillVectors(f: FunctionWriter, place: Place, size: number, value: Expr<'v128'>): void {
  f.loop(0, 16 * Math.ceil(size / 4), 16, (i) => f.store('v128', fromBase(place, i), place.offset, value));
}

/** The loops of a box, and strides of where it comes from and goes to. */
export function boxLoops(box: CopyBox): { readonly dims: number[]; readonly strides: number[][] } {
  const kept = box.sizes.map((_, i) => i).filter((i) => box.sizes[i] !== 1);
  const pick = (values: readonly number[]): number[] => kept.map((i) => values[i]);
  return collapse(pick(box.sizes), [pick(box.fromStrides), pick(box.toStrides)]);
}

function emitBox(context: EmitContext, step: Step, box: CopyBox, part: Part | undefined): void {
  const { f } = context;
  const { dims, strides } = boxLoops(box);
  const [fromStrides, toStrides] = strides;
  const count = dims.at(-1) ?? 1;
  const [fromStride, toStride] = [fromStrides.at(-1) ?? 1, toStrides.at(-1) ?? 1];
  const moved = (place: Place, elements: number): I32 =>
    addressOf({ ...place, offset: place.offset + 4 * elements });
  const from = moved(context.place(step.inputs[box.input]), box.from);
  const to = moved(context.place(step.outputs[0]), box.to);
  const body = (indices: readonly Local<'i32'>[]): void => {
    // The bases are part of the sums: with a negative stride the offsets alone would be negative.
    const source = offsetOf(f, from, indices, fromStrides);
    const target = offsetOf(f, to, indices, toStrides);
    if (fromStride === 1 && toStride === 1) copyElements(f, target, source, count);
    else if (fromStride === 0 && toStride === 1) {
      const value = f.vector(v128.load32Splat(source));
      if (count >= 4)
        f.loop(0, 4 * (count - (count % 4)), 16, (j) => f.store('v128', i32.add(target, j), 0, value));
      if (count % 4 !== 0) f.storeLanes(target, 4 * (count - (count % 4)), value, count % 4);
    } else strided(f, target, source, 4 * toStride, 4 * fromStride, count);
  };
  const [first, ...others] = dims.slice(0, -1);
  if (first === undefined) body([]);
  else loopUnits(f, part, first, 1, (i) => nest(context, others, [i], body));
}

function offsetOf(
  f: FunctionWriter,
  base: I32,
  indices: readonly Local<'i32'>[],
  strides: readonly number[],
): Local<'i32'> {
  const sum = indices.reduce<I32>(
    (total, index, d) =>
      strides[d] === 0 ? total : i32.add(total, i32.mul(index, i32.const(4 * strides[d]))),
    base,
  );
  return f.keep('i32', sum);
}

function strided(
  f: FunctionWriter,
  to: I32,
  from: I32,
  toStep: number,
  fromStep: number,
  count: number,
): void {
  if (count <= UNROLL && toStep > 0 && fromStep > 0) {
    for (let i = 0; i < count; i++) f.store('i32', to, i * toStep, i32.load(from, i * fromStep));
    return;
  }
  const [source, target] = [f.keep('i32', from), f.keep('i32', to)];
  f.loop(0, count, 1, () => {
    f.store('i32', target, 0, i32.load(source));
    f.set(source, i32.add(source, i32.const(fromStep)));
    f.set(target, i32.add(target, i32.const(toStep)));
  });
}

/** Copies neighbouring elements; writes exactly `count`. */
export function copyElements(f: FunctionWriter, to: I32, from: I32, count: number): void {
  // The engine's own copy is faster there.
  if (count >= MOVABLE) return f.memoryCopy(to, from, 4 * count);
  const vectors = Math.floor(count / 4);
  if (vectors <= UNROLL)
    for (let v = 0; v < vectors; v++) f.store('v128', to, 16 * v, v128.load(from, 16 * v));
  else f.loop(0, 16 * vectors, 16, (j) => f.store('v128', i32.add(to, j), 0, v128.load(i32.add(from, j))));
  if (count % 4 !== 0) f.storeLanes(to, 16 * vectors, f.vector(v128.load(from, 16 * vectors)), count % 4);
}
