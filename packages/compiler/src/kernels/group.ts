import { fault } from '../fault.js';
import { loopUnits, type Part } from '../parallel/parts.js';
import type { GroupAttrs, GroupLoad, LaneSource } from '../fuse/group.js';
import type { Step } from '../lower/block.js';
import { stridesOf } from '../lower/block.js';
import type { Bytes } from '../wasm/bytes.js';
import { i32, v128, type Expr } from '../wasm/expr.js';
import type { Local } from '../wasm/func.js';
import { elementwiseRules } from './elementwise.js';
import { fromBase, type EmitContext, type Place } from './emit.js';
import { constantLanes, fromMemory, toMemory } from './lanes.js';

type V128 = Expr<'v128'>;
type I32 = Expr<'i32'>;

/** Iterations of the inner loop times nodes that may be written out instead of looped over. */
const UNROLL = 64;

/** The loops of a group: axes that all arrays walk through alike are one. */
export function groupLoops(group: GroupAttrs): {
  readonly outer: readonly number[];
  readonly inner: number;
  /** Of the results, then of what is loaded. */
  readonly strides: readonly (readonly number[])[];
} {
  const own = stridesOf(group.dims);
  const { dims, strides } = collapse(group.dims, [own, ...group.loads.map((load) => load.strides)]);
  return { outer: dims.slice(0, -1), inner: dims.at(-1) ?? 1, strides };
}

/** Code of a `Group` step: nested loops over its axes, four elements at a time along the last. */
export function emitGroup(context: EmitContext, step: Step, part?: Part): void {
  const group = step.attrs as unknown as GroupAttrs;
  const { f } = context;
  const { outer, inner, strides } = groupLoops(group);
  const [ownStrides, ...loadStrides] = strides;
  const sources = group.loads.map(({ operand }) => context.place(operand));
  const targets = step.outputs.map((output) => context.place(output));
  // What never changes is read once.
  const fixed = group.loads.map(({ operand: { dtype } }, i) =>
    loadStrides[i].every((stride) => stride === 0)
      ? f.vector(fromMemory(dtype, v128.load32Splat(fromBase(sources[i], i32.const(0)), sources[i].offset)))
      : undefined,
  );
  const body = (indices: readonly Local<'i32'>[]): void => {
    const rows = new Map<string, I32>();
    const rowOf = (place: Place, own: readonly number[]): I32 => {
      const key = `${place.base?.index} ${own.slice(0, -1).join()}`;
      const known = rows.get(key);
      if (known !== undefined) return known;
      const offset = rowOffset(context, place, indices, own);
      rows.set(key, offset);
      return offset;
    };
    const readers = group.loads.map((load, i) =>
      reader(context, load, sources[i], loadStrides[i], fixed[i], rowOf),
    );
    const write = writer(
      context,
      step,
      targets,
      targets.map((target) => rowOf(target, ownStrides)),
    );
    const vector = (at: I32 | null, bytes: number, lanes: number): void =>
      emitNodes(context, group, readers, at, bytes, (index, value) => write(index, value, at, bytes, lanes));
    // Memory ends in padding, so that a single row may write a few elements too many.
    const padded = outer.length === 0 ? Math.ceil(inner / 4) * 4 : inner;
    const full = Math.floor(padded / 4);
    if (outer.length === 0 && part !== undefined) loopUnits(f, part, full, 16, (j) => vector(j, 0, 4));
    else if (full * group.nodes.length <= UNROLL && full <= 8)
      for (let j = 0; j < full; j++) vector(null, 16 * j, 4);
    else f.loop(0, 16 * full, 16, (j) => vector(j, 0, 4));
    if (padded % 4 !== 0) vector(null, 16 * full, padded % 4);
  };
  if (outer.length === 0) body([]);
  else loopUnits(f, part, outer[0], 1, (i) => nest(context, outer.slice(1), [i], body));
}

/** Joins neighbouring axes that all arrays walk through alike. */
export function collapse(
  dims: readonly number[],
  strides: readonly (readonly number[])[],
): { dims: number[]; strides: number[][] } {
  const joinedDims: number[] = [];
  const joined: number[][] = strides.map(() => []);
  for (let i = 0; i < dims.length; i++) {
    const last = joinedDims.length - 1;
    const fits = last >= 0 && strides.every((own, s) => joined[s][last] === own[i] * dims[i]);
    if (fits) joinedDims[last] *= dims[i];
    else joinedDims.push(dims[i]);
    const at = joinedDims.length - 1;
    strides.forEach((own, s) => (joined[s][at] = own[i]));
  }
  return { dims: joinedDims, strides: joined };
}

/** Loops over `sizes`, the index variables in order. */
export function nest(
  context: Pick<EmitContext, 'f'>,
  sizes: readonly number[],
  indices: readonly Local<'i32'>[],
  body: (indices: readonly Local<'i32'>[]) => void,
): void {
  if (sizes.length === 0) return body(indices);
  context.f.loop(0, sizes[0], 1, (i) => nest(context, sizes.slice(1), [...indices, i], body));
}

/** Byte offset of the row at `indices`; the last stride is that inside the row. */
function rowOffset(
  context: EmitContext,
  { base }: Place,
  indices: readonly Local<'i32'>[],
  strides: readonly number[],
): I32 {
  const terms = indices.flatMap((index, d): I32[] =>
    strides[d] === 0 ? [] : [i32.mul(index, i32.const(4 * strides[d]))],
  );
  if (terms.length === 0) return base ?? i32.const(0);
  const sum = terms.reduce((before, term) => i32.add(before, term));
  return context.f.keep('i32', base === undefined ? sum : i32.add(base, sum));
}

type Reader = (at: I32 | null, bytes: number) => V128;

/** How to get four elements of an array at an offset in the row. */
function reader(
  context: EmitContext,
  load: GroupLoad,
  source: Place,
  strides: readonly number[],
  fixed: Local<'v128'> | undefined,
  rowOf: (place: Place, strides: readonly number[]) => I32,
): Reader {
  if (fixed !== undefined) return () => fixed;
  const row = rowOf(source, strides);
  const { offset } = source;
  const { dtype } = load.operand;
  if (strides.at(-1) === 0) {
    const splat = context.f.vector(fromMemory(dtype, v128.load32Splat(row, offset)));
    return () => splat;
  }
  return (at, bytes) => fromMemory(dtype, v128.load(at === null ? row : i32.add(row, at), offset + bytes));
}

/** Computes all nodes for four elements. Each is handed on at once: what is stored need not stay in a register. */
function emitNodes(
  context: EmitContext,
  group: GroupAttrs,
  readers: readonly Reader[],
  at: I32 | null,
  bytes: number,
  done: (node: number, value: Local<'v128'>) => void,
): void {
  const { f, hostMath } = context;
  const loaded = new Map<number, Local<'v128'>>();
  const results: Local<'v128'>[] = [];
  const source = (from: LaneSource): Local<'v128'> => {
    if (from.kind === 'node') return results[from.index];
    if (from.kind === 'constant') return asLocal(constantLanes(from.dtype, from.value));
    const known = loaded.get(from.index) ?? f.vector(readers[from.index](at, bytes));
    loaded.set(from.index, known);
    return known;
  };
  group.nodes.forEach((node, index) => {
    const rule = elementwiseRules.get(node.op);
    if (rule === undefined) throw fault('an element-wise operation', node.op);
    const lanes = node.inputs.map(source);
    const own = { f, attrs: node.attrs, inputs: node.inputTypes, output: node.dtype, hostMath };
    const value = f.vector(rule.emit(own, ...lanes));
    results.push(value);
    done(index, value);
  });
}

/** A constant is as cheap as a variable: rules may use it many times. */
const asLocal = (value: V128): Local<'v128'> =>
  Object.assign((out: Bytes) => value(out), { index: -1, of: 'v128' as const });

type Writer = (node: number, value: Local<'v128'>, at: I32 | null, bytes: number, lanes: number) => void;

/** How to store four results of a node at an offset in the row, where they are wanted outside of the group. */
function writer(context: EmitContext, step: Step, targets: readonly Place[], rows: readonly I32[]): Writer {
  const { stores, nodes } = step.attrs as unknown as GroupAttrs;
  const { f } = context;
  return (node, value, at, bytes, lanes) => {
    const place = stores.indexOf(node);
    if (place < 0) return;
    const stored = toMemory(nodes[node].dtype, value);
    const address = at === null ? rows[place] : i32.add(rows[place], at);
    const offset = targets[place].offset + bytes;
    if (lanes === 4) f.store('v128', address, offset, stored);
    else f.storeLanes(address, offset, f.vector(stored), lanes);
  };
}
