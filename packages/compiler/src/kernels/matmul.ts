import {
  blockRows,
  CHUNK,
  LONGEST_SUM,
  PACKED_ROWS,
  packsTiles,
  PANEL,
  TILE_ROWS,
  type ProductAttrs,
} from '../lower/products.js';
import { f32x4, i32, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { multiplyAdd } from '../wasm/relaxed.js';
import { productRule } from './product.js';

type I32 = Expr<'i32'>;

/** Rows of a tile with up to four columns; fewer sums would wait for themselves. With eight columns it is `TILE_ROWS`. */
const NARROW_ROWS = 6;
/**
 * Multiply-adds of one tile that are written out instead of looped over. Few: engines move the loads of straight code to
 * its front, where they need more registers than there are, and half of the time goes into storing and reloading sums.
 */
const UNROLL = 32;

/** The first factor, or tiles of it: strides in elements. */
interface Left {
  readonly a: I32;
  readonly aRow: number;
  readonly aColumn: number;
  /** Elements from one tile to the next. */
  readonly aTile: number;
}

/** Where a tile starts, as addresses. */
interface Tile {
  readonly a: I32;
  readonly b: I32;
  readonly c: I32;
  readonly rows: number;
  /** Columns, 1 to 8. */
  readonly columns: number;
  /** Length of the sums. */
  readonly terms: number;
  /** Elements from one row of the second factor to the next. */
  readonly bRow: number;
  /** The result is added to what is there. */
  readonly adds: boolean;
}

/**
 * Code of a `MatMul` step: tiles of 4 rows and 8 columns. Around them loops over panels of 8 columns, blocks of rows and
 * pieces of the sums, which only exist for large matrices.
 */
export const emitMatMul = productRule('MatMul', (f, attrs, a, b, c, scratch) => {
  overTerms(f, attrs, a, b, c, (aTerm, bTerm, terms, adds) =>
    overBlocks(f, attrs, aTerm, c, (aBlock, cBlock, m) => {
      const space = m >= PACKED_ROWS ? scratch : undefined;
      const tiles =
        space !== undefined && packsTiles({ ...attrs, m })
          ? packTiles(f, attrs, aBlock, space, m, terms)
          : undefined;
      overColumns(f, attrs.n, (columnBytes, columns) => {
        const at = (start: I32, scale = 1): I32 =>
          columnBytes === null
            ? start
            : f.keep('i32', i32.add(start, i32.mul(columnBytes, i32.const(scale))));
        const isPanel = attrs.bPanels === true;
        const [bColumn, cColumn] = [at(bTerm, isPanel ? attrs.k : 1), at(cBlock)];
        if (space !== undefined) packPanel(f, bColumn, space, attrs.n, terms, columns);
        const panel =
          space !== undefined ? { b: space, bRow: PANEL } : { b: bColumn, bRow: isPanel ? PANEL : attrs.n };
        const together = columns <= 4 && tiles === undefined ? NARROW_ROWS : TILE_ROWS;
        const left = tiles ?? { ...attrs, a: aBlock, aTile: together * attrs.aRow };
        overRows(f, m, together, left, { c: cColumn, n: attrs.n }, (aRow, cRow, rows) =>
          emitTile(f, attrs.n, left, { ...panel, a: aRow, c: cRow, rows, columns, terms, adds }),
        );
      });
    }),
  );
});

/** The sums at once, or in pieces that are added up in the result. */
function overTerms(
  f: FunctionWriter,
  { m, n, k, aColumn, bPanels = false }: ProductAttrs,
  a: I32,
  b: I32,
  c: I32,
  body: (a: I32, b: I32, terms: number, adds: boolean) => void,
): void {
  if (k <= LONGEST_SUM) return body(a, b, k, false);
  const end = 4 * m * n;
  const whole = end - (end % 16);
  if (whole > 0) f.loop(0, whole, 16, (i) => f.store('v128', i32.add(c, i), 0, f32x4.all(0)));
  if (end > whole) f.storeLanes(c, whole, f.vector(f32x4.all(0)), (end - whole) / 4);
  const piece = (i: I32, terms: number): void => {
    const aTerm = f.keep('i32', i32.add(a, i32.mul(i, i32.const(4 * CHUNK * aColumn))));
    const bTerm = f.keep('i32', i32.add(b, i32.mul(i, i32.const(4 * CHUNK * (bPanels ? PANEL : n)))));
    body(aTerm, bTerm, terms, true);
  };
  const chunks = Math.floor(k / CHUNK);
  f.loop(0, chunks, 1, (i) => piece(i, CHUNK));
  if (k % CHUNK !== 0) piece(i32.const(chunks), k % CHUNK);
}

/** Blocks of rows that stay in the cache while all columns go by. */
function overBlocks(
  f: FunctionWriter,
  attrs: ProductAttrs,
  a: I32,
  c: I32,
  body: (a: I32, c: I32, rows: number) => void,
): void {
  const { m, n, aRow } = attrs;
  const rows = blockRows(attrs);
  if (rows === m) return body(a, c, m);
  const block = (i: I32, count: number): void => {
    const aBlock = f.keep('i32', i32.add(a, i32.mul(i, i32.const(4 * rows * aRow))));
    const cBlock = f.keep('i32', i32.add(c, i32.mul(i, i32.const(4 * rows * n))));
    body(aBlock, cBlock, count);
  };
  const blocks = Math.floor(m / rows);
  f.loop(0, blocks, 1, (i) => block(i, rows));
  if (m % rows !== 0) block(i32.const(blocks), m % rows);
}

/** Tiles whose rows are in one line of the cache. */
const LINE = 4;

/**
 * Copies rows of a transposed matrix, whose neighbours are next to each other, so that the terms of each tile follow
 * each other; behind the space for a panel. What the last tile has too many of is there, and not read.
 */
function packTiles(
  f: FunctionWriter,
  { aColumn }: ProductAttrs,
  from: I32,
  space: I32,
  rows: number,
  terms: number,
): Left {
  const start = f.keep('i32', i32.add(space, i32.const(4 * PANEL * LONGEST_SUM)));
  const tileBytes = 4 * TILE_ROWS * terms;
  const pack = (source: I32, target: I32, count: number): void => {
    const [read, write] = [f.keep('i32', source), f.keep('i32', target)];
    f.loop(0, terms, 1, () => {
      for (let t = 0; t < count; t++)
        f.store('v128', write, t * tileBytes, v128.load(read, 4 * TILE_ROWS * t));
      f.set(read, i32.add(read, i32.const(4 * aColumn)));
      f.set(write, i32.add(write, i32.const(4 * TILE_ROWS)));
    });
  };
  const tiles = Math.ceil(rows / TILE_ROWS);
  const lines = Math.floor(tiles / LINE);
  const at = (base: I32, line: I32, bytes: number): I32 =>
    i32.add(base, i32.mul(line, i32.const(LINE * bytes)));
  if (lines > 0)
    f.loop(0, lines, 1, (line) => pack(at(from, line, 4 * TILE_ROWS), at(start, line, tileBytes), LINE));
  if (tiles % LINE !== 0) {
    const line = i32.const(lines);
    pack(at(from, line, 4 * TILE_ROWS), at(start, line, tileBytes), tiles % LINE);
  }
  return { a: start, aRow: 1, aColumn: TILE_ROWS, aTile: TILE_ROWS * terms };
}

/** Copies columns of a matrix with rows of `n` side by side: reading a panel does not jump through memory. */
function packPanel(f: FunctionWriter, from: I32, to: I32, n: number, rows: number, columns: number): void {
  const source = f.keep('i32', from);
  f.loop(0, 4 * PANEL * rows, 4 * PANEL, (i) => {
    const target = f.keep('i32', i32.add(to, i));
    for (let v = 0; v < Math.ceil(columns / 4); v++)
      f.store('v128', target, 16 * v, v128.load(source, 16 * v));
    f.set(source, i32.add(source, i32.const(4 * n)));
  });
}

/** Panels in a loop, then the rest. */
function overColumns(f: FunctionWriter, n: number, body: (bytes: I32 | null, columns: number) => void): void {
  const panels = Math.floor(n / PANEL);
  if (panels === 1) body(null, PANEL);
  if (panels > 1) f.loop(0, 4 * PANEL * panels, 4 * PANEL, (j) => body(j, PANEL));
  if (n % PANEL !== 0) body(panels === 0 ? null : i32.const(4 * PANEL * panels), n % PANEL);
}

function overRows(
  f: FunctionWriter,
  m: number,
  together: number,
  { a, aTile }: Left,
  { c, n }: { readonly c: I32; readonly n: number },
  body: (a: I32, c: I32, rows: number) => void,
): void {
  const blocks = Math.floor(m / together);
  const at = (offset: I32, i: I32, bytes: number): Local<'i32'> =>
    f.keep('i32', i32.add(offset, i32.mul(i, i32.const(bytes))));
  if (blocks === 1) body(a, c, together);
  if (blocks > 1)
    f.loop(0, blocks, 1, (i) => body(at(a, i, 4 * aTile), at(c, i, 4 * together * n), together));
  if (m % together !== 0) {
    const last = i32.const(blocks);
    body(at(a, last, 4 * aTile), at(c, last, 4 * together * n), m % together);
  }
}

function emitTile(f: FunctionWriter, n: number, { aRow, aColumn }: Left, tile: Tile): void {
  const { rows, columns, terms, bRow } = tile;
  const vectors = Math.ceil(columns / 4);
  const sums = Array.from({ length: rows * vectors }, () => f.local('v128'));
  // All sums begin with it, so that their zeros have the same sign whatever tile they are in.
  const zero = f32x4.all(0);
  /** Adds the term that starts at these addresses and offsets in bytes; `first`: the sums start here. */
  const addTerm = (a: I32, b: I32, aOffset: number, bOffset: number, first: boolean): void => {
    const right = Array.from({ length: vectors }, (_, v) => f.vector(v128.load(b, bOffset + 16 * v)));
    for (let row = 0; row < rows; row++) {
      const left = f.vector(v128.load32Splat(a, aOffset + 4 * row * aRow));
      right.forEach((column, v) => {
        const sum = sums[row * vectors + v];
        f.set(sum, multiplyAdd(left, column, first ? zero : sum));
      });
    }
  };
  if (terms * sums.length <= UNROLL)
    for (let l = 0; l < terms; l++) addTerm(tile.a, tile.b, 4 * l * aColumn, 4 * l * bRow, l === 0);
  else {
    sums.forEach((sum) => f.set(sum, zero));
    // One term an iteration: engines repeat the body with its test by themselves.
    const [a, b] = [f.keep('i32', tile.a), f.keep('i32', tile.b)];
    const end = f.keep('i32', i32.add(a, i32.const(4 * aColumn * terms)));
    f.repeat(() => {
      addTerm(a, b, 0, 0, false);
      f.set(a, i32.add(a, i32.const(4 * aColumn)));
      f.set(b, i32.add(b, i32.const(4 * bRow)));
      return i32.ne(a, end);
    });
  }
  for (let row = 0; row < rows; row++)
    for (let v = 0; v < vectors; v++) {
      const sum = sums[row * vectors + v];
      const offset = 4 * row * n + 16 * v;
      if (tile.adds) f.set(sum, f32x4.add(v128.load(tile.c, offset), sum));
      f.storeLanes(tile.c, offset, sum, Math.min(4, columns - 4 * v));
    }
}
