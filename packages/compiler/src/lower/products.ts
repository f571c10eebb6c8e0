import { sizeOf, type Operand } from './block.js';
import { reshaped, type LowerContext } from './context.js';
import { transpose, type CopyBox } from './copies.js';

/**
 * Attributes of a `MatMul` step: `c[b, i, j] = sum_l a[b, i, l] b[b, l, j]` with rows of `b` contiguous. Strides in
 * elements. `Dot` has the same with `b` stored as `[n, k]` and rows of both contiguous.
 */
export interface ProductAttrs {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly aBatch: number;
  readonly aRow: number;
  readonly aColumn: number;
  readonly bBatch: number;
  /** `b` comes as panels: blocks of {@link PANEL} columns `[k, PANEL]`, one after the other. */
  readonly bPanels?: boolean;
}

/** Rows for which it pays to place a panel of the second factor side by side first. */
export const PACKED_ROWS = 32;
/** The same of columns. */
const PACKED_COLUMNS = 64;
/** Terms of the longest sum that is not split, and so the rows of the largest panel. */
export const LONGEST_SUM = 512;
/** Longer sums are split, so that rounding does not grow with their length, and what is read stays in the cache. */
export const CHUNK = LONGEST_SUM / 2;
/** Columns of a panel. */
export const PANEL = 8;
/** Rows of a tile. */
export const TILE_ROWS = 4;
/** Elements of the first factor that are gone through with all columns of the second before the next: 128 KiB. */
const BLOCK = 32768;

/** Terms that are summed up at once. */
export const termsOf = ({ k }: ProductAttrs): number => (k <= LONGEST_SUM ? k : CHUNK);

/** Rows of the first factor that are gone through with all columns of the second before the next. */
export function blockRows(attrs: ProductAttrs): number {
  const rows = Math.max(PACKED_ROWS, TILE_ROWS * Math.floor(BLOCK / termsOf(attrs) / TILE_ROWS));
  return attrs.m <= 2 * rows ? attrs.m : rows;
}

const isLarge = ({ m, n }: ProductAttrs): boolean => m >= PACKED_ROWS && n >= PACKED_COLUMNS;

/** Whether the product itself places panels of the second factor side by side. */
export const packsPanels = (attrs: ProductAttrs): boolean => isLarge(attrs) && attrs.bPanels !== true;

/**
 * Whether the second factor is made of panels by a step of its own: weights, which many products have in common and loops
 * do not change. Not where the first is transposed: that is the product over all rows for a gradient of weights.
 */
const comesAsPanels = (attrs: ProductAttrs): boolean =>
  isLarge(attrs) && attrs.batch === 1 && attrs.aColumn === 1;

function asPanels(context: LowerContext, b: Operand, { n, k }: ProductAttrs): Operand {
  const box = (first: number, count: number, columns: number): CopyBox => ({
    input: 0,
    sizes: [count, k, columns],
    from: first * PANEL,
    fromStrides: [PANEL, n, 1],
    to: first * PANEL * k,
    toStrides: [PANEL * k, PANEL, 1],
  });
  const whole = Math.floor(n / PANEL);
  const boxes = n % PANEL === 0 ? [box(0, whole, PANEL)] : [box(0, whole, PANEL), box(whole, 1, n % PANEL)];
  return context.emit('Copy', [b], { boxes }, [Math.ceil(n / PANEL), k, PANEL], 'float32');
}

/** Whether tiles of the first factor are, too: of a transposed one, whose terms are rows apart. */
export const packsTiles = (attrs: ProductAttrs): boolean =>
  packsPanels(attrs) && attrs.aRow === 1 && attrs.aColumn !== 1;

/** Elements of the space in which a product places parts of its factors. */
export function productScratch(attrs: ProductAttrs): number {
  if (!packsPanels(attrs)) return 0;
  const tiles = Math.ceil(blockRows(attrs) / TILE_ROWS);
  return PANEL * LONGEST_SUM + (packsTiles(attrs) ? TILE_ROWS * tiles * termsOf(attrs) : 0);
}

function emitMatMul(
  context: LowerContext,
  inputs: readonly Operand[],
  attrs: ProductAttrs,
  shape: readonly number[],
): Operand {
  if (comesAsPanels(attrs)) {
    const panels = asPanels(context, inputs[1], attrs);
    return context.emit('MatMul', [inputs[0], panels], { ...attrs, bPanels: true }, shape, 'float32');
  }
  const result = context.fresh(shape, 'float32');
  const size = productScratch(attrs);
  const scratch = size > 0 ? [context.fresh([size], 'float32')] : [];
  context.push({ op: 'MatMul', inputs, attrs: { ...attrs }, outputs: [result, ...scratch] });
  return result;
}

const swapLast = (context: LowerContext, x: Operand): Operand => {
  const rank = x.shape.length;
  const order = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  // Swapping with an axis of size 1 moves nothing.
  if (x.shape[rank - 1] === 1 || x.shape[rank - 2] === 1)
    return reshaped(
      x,
      order.map((axis) => x.shape[axis]),
    );
  return transpose(context, x, order);
};

/** Products of (batches of) matrices; `null` where the batches broadcast in more than one way. */
export function lowerMatMul(
  context: LowerContext,
  a: Operand,
  b: Operand,
  transposeA: boolean,
  transposeB: boolean,
  shape: readonly number[],
): Operand | null {
  const [aRows, aColumns] = a.shape.slice(-2);
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const n = b.shape.at(transposeB ? -2 : -1) ?? 0;
  const batch = sizeOf(shape.slice(0, -2));
  const [batchA, batchB] = [sizeOf(a.shape.slice(0, -2)), sizeOf(b.shape.slice(0, -2))];
  if ((batchA !== batch && batchA !== 1) || (batchB !== batch && batchB !== 1)) return null;
  const sizes = {
    batch,
    k,
    aBatch: batchA === 1 ? 0 : m * k,
    bBatch: batchB === 1 ? 0 : k * n,
  };
  if (n < 4 && transposeA && m >= 4) {
    // The transposed product, c' = b' a, has long rows.
    const attrs = {
      ...sizes,
      m: n,
      n: m,
      aRow: transposeB ? k : 1,
      aColumn: transposeB ? 1 : n,
      aBatch: sizes.bBatch,
      bBatch: sizes.aBatch,
    };
    const swapped = [...shape.slice(0, -2), n, m];
    return reshaped(swapLast(context, emitMatMul(context, [b, a], attrs, swapped)), shape);
  }
  if (n < 4 || (transposeB && !transposeA && m < 4)) {
    const left = transposeA ? swapLast(context, a) : a;
    const right = transposeB ? b : swapLast(context, b);
    return context.emit('Dot', [left, right], { ...sizes, m, n, aRow: k, aColumn: 1 }, shape, 'float32');
  }
  const right = transposeB ? swapLast(context, b) : b;
  const attrs = { ...sizes, m, n, aRow: transposeA ? 1 : k, aColumn: transposeA ? m : 1 };
  return emitMatMul(context, [a, right], attrs, shape);
}
