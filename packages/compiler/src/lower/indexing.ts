import { sizeOf, stridesOf, type Operand } from './block.js';
import { axesOf, type LowerContext } from './context.js';
import type { LowerRule } from './rules.js';

/** `[outer, size, inner]` around one axis. */
export const around = (
  shape: readonly number[],
  axis: number,
): { outer: number; size: number; inner: number } => ({
  outer: sizeOf(shape.slice(0, axis)),
  size: shape[axis],
  inner: sizeOf(shape.slice(axis + 1)),
});

/** Rows by index; with `batchDims`, each batch by its own indices. */
export const gather: LowerRule = (context, [x, indices], attrs, [out]) => {
  if (indices.dtype !== 'int32') return null;
  const batchDims = Number(attrs.batchDims ?? 0);
  if (batchDims < 0) return null;
  const [axis] = axesOf(attrs.axis ?? 0, x.shape.length);
  const own = {
    batch: sizeOf(x.shape.slice(0, batchDims)),
    ...around(x.shape.slice(batchDims), axis - batchDims),
    count: sizeOf(indices.shape.slice(batchDims)),
  };
  return [context.emit('Gather', [x, indices], own, out.shape, x.dtype)];
};

/** Sums of the rows with the same id. */
export const segmentSum: LowerRule = (context, [x, ids], attrs, [out]) => {
  if (x.dtype !== 'float32' || ids.dtype !== 'int32') return null;
  const own = {
    count: sizeOf(ids.shape),
    inner: sizeOf(x.shape.slice(ids.shape.length)),
    segments: Number(attrs.numSegments),
  };
  return [context.emit('SegmentSum', [x, ids], own, out.shape, x.dtype)];
};

/** How rows of indices point into an array: `strides` in slices of `inner` elements. */
function pointers(indices: Operand, shape: readonly number[]) {
  const depth = indices.shape.at(-1) ?? 1;
  return {
    count: sizeOf(indices.shape) / depth,
    strides: stridesOf(shape.slice(0, depth)),
    slices: sizeOf(shape.slice(0, depth)),
    inner: sizeOf(shape.slice(depth)),
  };
}

/** Slices by coordinates. */
export const gatherNd: LowerRule = (context, [x, indices], _, [out]) =>
  indices.dtype === 'int32' && indices.shape.length > 0
    ? [context.emit('GatherNd', [x, indices], pointers(indices, x.shape), out.shape, x.dtype)]
    : null;

function scatter(
  context: LowerContext,
  inputs: readonly Operand[],
  adds: boolean,
  shape: readonly number[],
): Operand[] | null {
  const [indices, updates] = inputs;
  if (indices.dtype !== 'int32' || updates.dtype === 'bool') return null;
  // One index stands for all rows of updates if it is a scalar: left to the kernel.
  if (indices.shape.length < 2 || sizeOf(updates.shape) === 1) return null;
  const attrs = { ...pointers(indices, shape), adds };
  return [context.emit('ScatterNd', inputs, attrs, shape, updates.dtype)];
}

/** Zeros with slices added at coordinates. */
export const scatterNd: LowerRule = (context, [indices, updates], _, [out]) =>
  scatter(context, [indices, updates], true, out.shape);

/** A copy with slices replaced at coordinates. */
export const scatterUpdate: LowerRule = (context, [x, indices, updates], _, [out]) =>
  scatter(context, [indices, updates, x], false, out.shape);

/** Work beyond which sorting is better than inserting. */
const LARGEST_TOP = 2 ** 24;

/** The largest of every row in order, and where they are. */
export const topK: LowerRule = (context, [x], attrs, [values, indices]) => {
  const k = Number(attrs.k);
  const size = x.shape.at(-1) ?? 1;
  if (x.dtype === 'bool' || attrs.sorted === false || k * sizeOf(x.shape) > LARGEST_TOP) return null;
  const outputs = [values, indices].map(({ shape, dtype }) => context.fresh(shape, dtype));
  context.push({ op: 'TopK', inputs: [x], attrs: { rows: sizeOf(x.shape) / size, size, k }, outputs });
  return outputs;
};

/** Marks the places that indices name. */
export const oneHot: LowerRule = (context, [indices], attrs, [out]) => {
  if (indices.dtype !== 'int32') return null;
  const own = {
    depth: Number(attrs.depth),
    on: Number(attrs.onValue ?? 1),
    off: Number(attrs.offValue ?? 0),
  };
  return [context.emit('OneHot', [indices], own, out.shape, out.dtype)];
};
