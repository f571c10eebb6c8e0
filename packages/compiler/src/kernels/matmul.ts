import type { ProductAttrs } from '../lower/products.js';
import { f32x4, i32, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { multiplyAdd } from '../wasm/relaxed.js';
import { productRule } from './product.js';

type I32 = Expr<'i32'>;

/** Rows computed together: with eight columns, eight sums stay in registers. */
const ROWS = 4;
/** Multiply-adds of one tile that are written out instead of looped over. */
const UNROLL = 160;
/** Longer sums are split, so that rounding does not grow with their length. */
const CHUNK = 256;

/** Where a tile starts, as addresses. */
interface Tile {
  readonly a: I32;
  readonly b: I32;
  readonly c: I32;
  readonly rows: number;
  /** Columns, 1 to 8. */
  readonly columns: number;
}

/** Code of a `MatMul` step: tiles of 4 rows and 8 columns. */
export const emitMatMul = productRule('MatMul', (f, attrs, a, b, c) => {
  overColumns(f, attrs.n, (columnBytes, columns) => {
    const at = (start: I32): I32 =>
      columnBytes === null ? start : f.keep('i32', i32.add(start, columnBytes));
    const [bColumn, cColumn] = [at(b), at(c)];
    overRows(f, attrs, a, cColumn, (aRow, cRow, rows) =>
      emitTile(f, attrs, { a: aRow, b: bColumn, c: cRow, rows, columns }),
    );
  });
});

/** Panels of 8 columns in a loop, then the rest. */
function overColumns(f: FunctionWriter, n: number, body: (bytes: I32 | null, columns: number) => void): void {
  const panels = Math.floor(n / 8);
  if (panels === 1) body(null, 8);
  if (panels > 1) f.loop(0, 32 * panels, 32, (j) => body(j, 8));
  if (n % 8 !== 0) body(panels === 0 ? null : i32.const(32 * panels), n % 8);
}

function overRows(
  f: FunctionWriter,
  { m, n, aRow }: ProductAttrs,
  a: I32,
  c: I32,
  body: (a: I32, c: I32, rows: number) => void,
): void {
  const blocks = Math.floor(m / ROWS);
  const at = (offset: I32, i: I32, bytes: number): Local<'i32'> =>
    f.keep('i32', i32.add(offset, i32.mul(i, i32.const(bytes))));
  if (blocks === 1) body(a, c, ROWS);
  if (blocks > 1) f.loop(0, blocks, 1, (i) => body(at(a, i, 4 * ROWS * aRow), at(c, i, 4 * ROWS * n), ROWS));
  if (m % ROWS !== 0) {
    const last = i32.const(blocks);
    body(at(a, last, 4 * ROWS * aRow), at(c, last, 4 * ROWS * n), m % ROWS);
  }
}

function emitTile(f: FunctionWriter, attrs: ProductAttrs, tile: Tile): void {
  const { k, n } = attrs;
  const vectors = Math.ceil(tile.columns / 4);
  const sums = Array.from({ length: tile.rows * vectors }, () => f.local('v128'));
  const clear = (): void => sums.forEach((sum) => f.set(sum, f32x4.all(0)));
  if (k * sums.length <= UNROLL) accumulate(f, attrs, tile, sums, i32.const(0), i32.const(0), k, true);
  else if (k <= 2 * CHUNK) {
    clear();
    loopOverTerms(f, attrs, tile, sums, 0, k);
  } else {
    const totals = sums.map(() => f.vector(f32x4.all(0)));
    const chunks = Math.floor(k / CHUNK);
    const addChunk = (first: I32, count: number): void => {
      clear();
      loopOverTerms(f, attrs, tile, sums, first, count);
      sums.forEach((sum, i) => f.set(totals[i], f32x4.add(totals[i], sum)));
    };
    f.loop(0, chunks * CHUNK, CHUNK, (first) => addChunk(first, CHUNK));
    if (k % CHUNK !== 0) addChunk(i32.const(chunks * CHUNK), k % CHUNK);
    sums.forEach((sum, i) => f.set(sum, totals[i]));
  }
  for (let row = 0; row < tile.rows; row++)
    for (let v = 0; v < vectors; v++)
      f.storeLanes(tile.c, 4 * row * n + 16 * v, sums[row * vectors + v], Math.min(4, tile.columns - 4 * v));
}

/** Adds `count` terms from term `first` on, four at a time. */
function loopOverTerms(
  f: FunctionWriter,
  attrs: ProductAttrs,
  tile: Tile,
  sums: readonly Local<'v128'>[],
  first: I32 | 0,
  count: number,
): void {
  const { aColumn, n } = attrs;
  const start = first === 0 ? i32.const(0) : first;
  const a = f.keep('i32', i32.mul(start, i32.const(4 * aColumn)));
  const b = f.keep('i32', i32.mul(start, i32.const(4 * n)));
  const whole = Math.floor(count / 4);
  if (whole > 0)
    f.loop(0, whole, 1, () => {
      accumulate(f, attrs, tile, sums, a, b, 4, false);
      f.set(a, i32.add(a, i32.const(16 * aColumn)));
      f.set(b, i32.add(b, i32.const(16 * n)));
    });
  if (count % 4 !== 0) accumulate(f, attrs, tile, sums, a, b, count % 4, false);
}

/** Adds `count` terms, written out; `fresh`: the sums start here. */
function accumulate(
  f: FunctionWriter,
  attrs: ProductAttrs,
  tile: Tile,
  sums: readonly Local<'v128'>[],
  aOffset: I32,
  bOffset: I32,
  count: number,
  fresh: boolean,
): void {
  const { aRow, aColumn, n } = attrs;
  const vectors = sums.length / tile.rows;
  const a = f.keep('i32', i32.add(tile.a, aOffset));
  const b = f.keep('i32', i32.add(tile.b, bOffset));
  for (let l = 0; l < count; l++) {
    const columns = Array.from({ length: vectors }, (_, v) => f.vector(v128.load(b, 4 * l * n + 16 * v)));
    for (let row = 0; row < tile.rows; row++) {
      const factor = f.vector(v128.load32Splat(a, 4 * (row * aRow + l * aColumn)));
      columns.forEach((column, v) => {
        const sum = sums[row * vectors + v];
        f.set(sum, fresh && l === 0 ? f32x4.mul(factor, column) : multiplyAdd(factor, column, sum));
      });
    }
  }
}
