import type { Dtype } from '../graph/graph.js';
import type { Step } from '../lower/block.js';
import type { ReduceAttrs, Reduction } from '../lower/reductions.js';
import { f32x4, f64x2, i32, i32x4, v128, type Expr } from '../wasm/expr.js';
import type { Local } from '../wasm/func.js';
import { fromBase, type EmitContext } from './emit.js';
import { inLast, loopUnits, type Part } from '../parallel/parts.js';
import { combineLanes, laneMask, type Combine } from './horizontal.js';

type I32 = Expr<'i32'>;
type V128 = Expr<'v128'>;

interface Operation {
  readonly combine: Combine;
  /** What changes nothing when combined. */
  readonly neutral: V128;
  /** Partial sums go to float64, so that long sums keep their accuracy. */
  readonly widen: boolean;
}

/** Terms that one partial sum takes up, in each lane. */
const CHUNK = 16;

function operationOf(kind: Reduction, dtype: Dtype): Operation {
  const of = (combine: Combine, neutral: V128, widen = false): Operation => ({ combine, neutral, widen });
  if (kind === 'all') return of(v128.and, i32x4.all(1));
  if (kind === 'any') return of(v128.or, i32x4.all(0));
  if (dtype === 'int32') {
    if (kind === 'max') return of(i32x4.max, i32x4.all(-0x80000000));
    if (kind === 'min') return of(i32x4.min, i32x4.all(0x7fffffff));
    if (kind === 'prod') return of(i32x4.mul, i32x4.all(1));
    return of(i32x4.add, i32x4.all(0));
  }
  if (kind === 'max') return of(f32x4.max, f32x4.all(-Infinity));
  if (kind === 'min') return of(f32x4.min, f32x4.all(Infinity));
  if (kind === 'prod') return of(f32x4.mul, f32x4.all(1));
  return of(f32x4.add, f32x4.all(0), true);
}

/** Rows that give results together. */
const ROWS = 4;
/** Columns that are summed together. */
const COLUMNS = 16;

/** What a reduction is computed in: blocks of rows, panels of columns, or matrices. */
export function reduceUnits({ outer, inner }: ReduceAttrs): number {
  if (inner === 1) return Math.floor(outer / ROWS);
  return outer === 1 ? Math.floor(inner / COLUMNS) : outer;
}

/** Code of a `Reduce` step. */
export function emitReduce(context: EmitContext, step: Step, part?: Part): void {
  const { kind, inner } = step.attrs as unknown as ReduceAttrs;
  const operation = operationOf(kind, step.inputs[0].dtype);
  if (inner === 1) alongRows(context, step, operation, part);
  else acrossRows(context, step, operation, part);
}

/** Terms `0 … count - 1` into `into`, which are set here; `term(i, t)` is term `t` of sum `i`. */
function accumulate(
  { f }: EmitContext,
  operation: Operation,
  into: readonly Local<'v128'>[],
  count: number,
  term: (i: number, t: I32) => V128,
): void {
  const start = (): void => into.forEach((sum) => f.set(sum, operation.neutral));
  const add = (from: I32, terms: number): void => {
    const t = f.keep('i32', from);
    if (terms === 0) return;
    f.loop(0, terms, 1, () => {
      into.forEach((sum, i) => f.set(sum, operation.combine(sum, term(i, t))));
      f.set(t, i32.add(t, i32.const(1)));
    });
  };
  start();
  if (!operation.widen || count <= 8 * CHUNK) return add(i32.const(0), count);
  const totals = into.map(() => [f.vector(f64x2.all(0)), f.vector(f64x2.all(0))] as const);
  const putAside = (): void =>
    into.forEach((sum, i) => {
      const [low, high] = totals[i];
      f.set(low, f64x2.add(low, f64x2.promoteLowF32x4(sum)));
      f.set(high, f64x2.add(high, f64x2.promoteLowF32x4(v128.shuffle32([2, 3, 2, 3], sum, sum))));
    });
  const chunks = Math.floor(count / CHUNK);
  f.loop(0, chunks * CHUNK, CHUNK, (from) => {
    start();
    add(from, CHUNK);
    putAside();
  });
  start();
  add(i32.const(chunks * CHUNK), count % CHUNK);
  putAside();
  into.forEach((sum, i) => {
    const [low, high] = totals[i];
    f.set(sum, v128.shuffle32([0, 1, 4, 5], f32x4.demoteF64x2Zero(low), f32x4.demoteF64x2Zero(high)));
  });
}

/** Rows are contiguous: four rows together give four results. */
function alongRows(context: EmitContext, step: Step, operation: Operation, part?: Part): void {
  const { f } = context;
  const attrs = step.attrs as unknown as ReduceAttrs;
  const { outer, size } = attrs;
  const [source, target] = [context.place(step.inputs[0]), context.place(step.outputs[0])];
  const [from, to] = [source.offset, target.offset];
  const whole = Math.floor(size / 4);
  const rows = (i: I32, count: number): void => {
    const row = f.keep('i32', fromBase(source, i32.mul(i, i32.const(16 * size))));
    const sums = Array.from({ length: count }, () => f.local('v128'));
    accumulate(context, operation, sums, whole, (r, t) =>
      v128.load(i32.add(row, i32.shl(t, i32.const(4))), from + 4 * r * size),
    );
    if (size % 4 !== 0)
      sums.forEach((sum, r) => {
        const rest = v128.load(row, from + 4 * r * size + 16 * whole);
        f.set(sum, operation.combine(sum, v128.bitselect(rest, operation.neutral, laneMask(size % 4))));
      });
    const padded = [...sums, ...sums, ...sums, ...sums].slice(0, 4);
    const value = f.vector(combineLanes(f, operation.combine, padded));
    f.storeLanes(fromBase(target, i32.shl(i, i32.const(4))), to, value, count);
  };
  const blocks = reduceUnits(attrs);
  loopUnits(f, part, blocks, 1, (i) => rows(i, ROWS));
  if (outer % ROWS !== 0) inLast(f, part, () => rows(i32.const(blocks), outer % ROWS));
}

/** Sums of whole rows: up to four vectors of columns together, even and odd rows apart. */
function acrossRows(context: EmitContext, step: Step, operation: Operation, part?: Part): void {
  const { f } = context;
  const { outer, size, inner } = step.attrs as unknown as ReduceAttrs;
  const [source, target] = [context.place(step.inputs[0]), context.place(step.outputs[0])];
  const [from, to] = [source.offset, target.offset];
  const panel = (read: I32, write: I32, columns: number): void => {
    const vectors = Math.ceil(columns / 4);
    const sums = Array.from({ length: 2 * vectors }, () => f.local('v128'));
    const halves = Math.floor(size / 2);
    accumulate(context, operation, sums, halves, (i, t) =>
      v128.load(
        i32.add(read, i32.mul(t, i32.const(8 * inner))),
        from + 4 * inner * (i % 2) + 16 * Math.floor(i / 2),
      ),
    );
    for (let v = 0; v < vectors; v++) {
      const sum = sums[2 * v];
      f.set(sum, operation.combine(sum, sums[2 * v + 1]));
      if (size % 2 === 1)
        f.set(sum, operation.combine(sum, v128.load(read, from + 8 * inner * halves + 16 * v)));
      f.storeLanes(write, to + 16 * v, sum, Math.min(4, columns - 4 * v));
    }
  };
  const allPanels = (read: I32, write: I32, own?: Part): void => {
    const panels = Math.floor(inner / COLUMNS);
    const at = (offset: I32, j: I32): I32 => f.keep('i32', i32.add(offset, j));
    loopUnits(f, own, panels, 4 * COLUMNS, (j) => panel(at(read, j), at(write, j), COLUMNS));
    const rest = i32.const(4 * COLUMNS * panels);
    if (inner % COLUMNS !== 0) inLast(f, own, () => panel(at(read, rest), at(write, rest), inner % COLUMNS));
  };
  const start = (o: I32): [I32, I32] => [
    f.keep('i32', fromBase(source, i32.mul(o, i32.const(4 * size * inner)))),
    f.keep('i32', fromBase(target, i32.mul(o, i32.const(4 * inner)))),
  ];
  if (outer === 1) return allPanels(...start(i32.const(0)), part);
  loopUnits(f, part, outer, 1, (o) => allPanels(...start(o)));
}
