import type { Dtype } from '../graph/graph.js';
import type { Step } from '../lower/block.js';
import { sizeOf } from '../lower/block.js';
import { f32x4, i32, i32x4, v128, type Expr } from '../wasm/expr.js';
import type { Local } from '../wasm/func.js';
import { copyElements, fillVectors } from './copy.js';
import type { EmitContext } from './emit.js';
import { FAILURES } from './failures.js';

type I32 = Expr<'i32'>;

/**
 * Code of a `Gather` step: rows `[inner]` of `[batch, outer, size, inner]` in the order of the indices
 * `[batch, count]`.
 */
export function emitGather(context: EmitContext, step: Step): void {
  const { batch, outer, size, inner, count } = step.attrs as Record<
    'batch' | 'outer' | 'size' | 'inner' | 'count',
    number
  >;
  const { f } = context;
  const [from, indices] = step.inputs.map((x) => context.address(x));
  const to = f.keep('i32', i32.const(context.address(step.outputs[0])));
  const row = f.keep('i32', i32.const(0));
  f.loop(0, batch * outer, 1, (o) => {
    const base = f.keep('i32', i32.add(i32.const(from), i32.mul(o, i32.const(4 * size * inner))));
    // Rows of the same batch share their indices.
    if (batch > 1) f.set(row, i32.mul(i32.divU(o, i32.const(outer)), i32.const(4 * count)));
    f.loop(0, 4 * count, 4, (i) => {
      const index = f.keep('i32', i32.load(i32.add(row, i), indices));
      f.if(i32.geU(index, i32.const(size)), () => f.call(context.hostFail, i32.const(FAILURES.gatherIndex)));
      const source = f.keep('i32', i32.add(base, i32.mul(index, i32.const(4 * inner))));
      if (inner === 1) f.store('i32', to, 0, i32.load(source));
      else copyElements(f, to, source, inner);
      f.set(to, i32.add(to, i32.const(4 * inner)));
    });
  });
}

/** Code of a `SegmentSum` step: adds row `i` to row `ids[i]`; rows for other ids are dropped. */
export function emitSegmentSum(context: EmitContext, step: Step): void {
  const { count, inner, segments } = step.attrs as Record<'count' | 'inner' | 'segments', number>;
  const { f } = context;
  const [x, ids] = step.inputs.map((input) => context.address(input));
  const out = context.address(step.outputs[0]);
  const { dtype } = step.outputs[0];
  fillVectors(f, { offset: out }, segments * inner, f32x4.all(0));
  const from = f.keep('i32', i32.const(x));
  f.loop(0, 4 * count, 4, (i) => {
    const id = f.keep('i32', i32.load(i, ids));
    f.if(i32.ltU(id, i32.const(segments)), () =>
      addElements(
        context,
        f.keep('i32', i32.add(i32.const(out), i32.mul(id, i32.const(4 * inner)))),
        from,
        inner,
        dtype,
      ),
    );
    f.set(from, i32.add(from, i32.const(4 * inner)));
  });
}

function addElements({ f }: EmitContext, to: I32, from: I32, count: number, dtype: Dtype): void {
  const sum = dtype === 'float32' ? f32x4.add : i32x4.add;
  const add = (target: I32, source: I32, bytes: number): Local<'v128'> =>
    f.vector(sum(v128.load(target, bytes), v128.load(source, bytes)));
  const vectors = Math.floor(count / 4);
  if (vectors > 0)
    f.loop(0, 16 * vectors, 16, (j) => {
      const [target, source] = [i32.add(to, j), i32.add(from, j)];
      f.store('v128', target, 0, add(target, source, 0));
    });
  if (count % 4 !== 0) f.storeLanes(to, 16 * vectors, add(to, from, 16 * vectors), count % 4);
}

interface PointerAttrs {
  readonly count: number;
  readonly strides: readonly number[];
  readonly slices: number;
  readonly inner: number;
}

/** Visits every row of coordinates: the byte offset of the slice that it names, which must exist. */
function overPointers(
  context: EmitContext,
  { count, strides, slices, inner }: PointerAttrs,
  indices: number,
  body: (slice: Local<'i32'>) => void,
): void {
  const { f } = context;
  const row = f.keep('i32', i32.const(indices));
  f.loop(0, count, 1, () => {
    const place = strides.reduce<I32>(
      (sum, stride, d) => i32.add(sum, i32.mul(i32.load(row, 4 * d), i32.const(stride))),
      i32.const(0),
    );
    const slice = f.keep('i32', place);
    f.if(i32.geU(slice, i32.const(slices)), () => f.call(context.hostFail, i32.const(FAILURES.gatherIndex)));
    f.set(slice, i32.mul(slice, i32.const(4 * inner)));
    body(slice);
    f.set(row, i32.add(row, i32.const(4 * strides.length)));
  });
}

/** Code of a `GatherNd` step: slices of the first input at the coordinates of the second. */
export function emitGatherNd(context: EmitContext, step: Step): void {
  const attrs = step.attrs as unknown as PointerAttrs;
  const { f } = context;
  const [x, indices] = step.inputs.map((input) => context.address(input));
  const to = f.keep('i32', i32.const(context.address(step.outputs[0])));
  overPointers(context, attrs, indices, (slice) => {
    copyElements(f, to, f.keep('i32', i32.add(slice, i32.const(x))), attrs.inner);
    f.set(to, i32.add(to, i32.const(4 * attrs.inner)));
  });
}

/**
 * Code of a `ScatterNd` step: the slices of the second input are added to zeros, or replace those of the third input,
 * at the coordinates of the first.
 */
export function emitScatterNd(context: EmitContext, step: Step): void {
  const attrs = step.attrs as unknown as PointerAttrs & { readonly adds: boolean };
  const { f } = context;
  const [indices, updates, start] = step.inputs.map((input) => context.address(input));
  const [output] = step.outputs;
  const out = context.address(output);
  const size = sizeOf(output.shape);
  if (attrs.adds) fillVectors(f, { offset: out }, size, f32x4.all(0));
  else copyElements(f, i32.const(out), i32.const(start), size);
  const from = f.keep('i32', i32.const(updates));
  overPointers(context, attrs, indices, (slice) => {
    const to = f.keep('i32', i32.add(slice, i32.const(out)));
    if (attrs.adds) addElements(context, to, from, attrs.inner, output.dtype);
    else copyElements(f, to, from, attrs.inner);
    f.set(from, i32.add(from, i32.const(4 * attrs.inner)));
  });
}

/** Code of a `OneHot` step. */
export function emitOneHot(context: EmitContext, step: Step): void {
  const { depth, on, off } = step.attrs as Record<'depth' | 'on' | 'off', number>;
  const { f } = context;
  const [indices] = step.inputs;
  const [out] = step.outputs;
  const all = (value: number): Expr<'v128'> =>
    out.dtype === 'float32' ? f32x4.all(value) : i32x4.all(value);
  fillVectors(f, context.place(out), sizeOf(out.shape), all(off));
  const value = f.vector(all(on));
  const row = f.keep('i32', i32.const(context.address(out)));
  f.loop(0, 4 * sizeOf(indices.shape), 4, (i) => {
    const index = f.keep('i32', i32.load(i, context.address(indices)));
    f.if(i32.ltU(index, i32.const(depth)), () =>
      f.storeLanes(i32.add(row, i32.mul(index, i32.const(4))), 0, value, 1),
    );
    f.set(row, i32.add(row, i32.const(4 * depth)));
  });
}
