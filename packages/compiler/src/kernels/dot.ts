import type { ProductAttrs } from '../lower/products.js';
import { f32x4, i32, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { multiplyAdd } from '../wasm/relaxed.js';
import { combineLanes, laneMask } from './horizontal.js';
import { productRule } from './product.js';

type I32 = Expr<'i32'>;

/** Vectors of a row that are written out instead of looped over. */
const UNROLL = 8;
/** Vectors after which a partial sum is put aside. */
const CHUNK = 64;

/** Code of a `Dot` step: products of rows with rows, four results at a time, for results with few columns or rows. */
export const emitDot = productRule('Dot', onePair);

function onePair(f: FunctionWriter, attrs: ProductAttrs, a: I32, b: I32, c: I32): void {
  const { m, n, k } = attrs;
  if (n < 4) {
    // Whole vectors of results: 4 rows of 1 or 3 columns, 2 rows of 2.
    const rows = n === 2 ? 2 : 4;
    const blocks = Math.floor(m / rows);
    const block = (i: I32, count: number): void => {
      const aRow = f.keep('i32', i32.add(a, i32.mul(i, i32.const(4 * rows * k))));
      const cRow = f.keep('i32', i32.add(c, i32.mul(i, i32.const(4 * rows * n))));
      const results = Array.from({ length: count * n }, (_, q) => ({
        row: Math.floor(q / n),
        column: q % n,
      }));
      products(f, attrs, aRow, b, cRow, results);
    };
    if (blocks > 0) f.loop(0, blocks, 1, (i) => block(i, rows));
    if (m % rows !== 0) block(i32.const(blocks), m % rows);
    return;
  }
  for (let row = 0; row < m; row++) {
    const aRow = f.keep('i32', i32.add(a, i32.const(4 * row * k)));
    const block = (j: I32, count: number): void => {
      const bRow = f.keep('i32', i32.add(b, i32.mul(j, i32.const(16 * k))));
      const cColumn = f.keep('i32', i32.add(c, i32.add(i32.const(4 * row * n), i32.mul(j, i32.const(16)))));
      const results = Array.from({ length: count }, (_, column) => ({ row: 0, column }));
      products(f, attrs, aRow, bRow, cColumn, results);
    };
    const blocks = Math.floor(n / 4);
    f.loop(0, blocks, 1, (j) => block(j, 4));
    if (n % 4 !== 0) block(i32.const(blocks), n % 4);
  }
}

/** Computes the listed results, which lie side by side from `c` on. */
function products(
  f: FunctionWriter,
  attrs: ProductAttrs,
  a: I32,
  b: I32,
  c: I32,
  results: readonly { readonly row: number; readonly column: number }[],
): void {
  const { k } = attrs;
  for (let first = 0; first < results.length; first += 4) {
    const four = results.slice(first, first + 4);
    const sums = four.map(() => f.vector(f32x4.all(0)));
    const factors = (i: number, shift: I32, bytes: number): [Expr<'v128'>, Expr<'v128'>] => {
      const { row, column } = four[i];
      return [
        v128.load(i32.add(a, shift), 4 * row * k + bytes),
        v128.load(i32.add(b, shift), 4 * column * k + bytes),
      ];
    };
    const whole = Math.floor(k / 4);
    sumVectors(f, sums, whole, factors);
    if (k % 4 !== 0) {
      // What follows the row is masked out: it may be NaN.
      const mask = laneMask(k % 4);
      sums.forEach((sum, i) => {
        const term = f32x4.mul(...factors(i, i32.const(0), 16 * whole));
        f.set(sum, f32x4.add(sum, v128.and(term, mask)));
      });
    }
    const padded = [...sums, ...sums, ...sums, ...sums].slice(0, 4);
    const value = f.vector(combineLanes(f, f32x4.add, padded));
    f.storeLanes(c, 4 * first, value, four.length);
  }
}

function sumVectors(
  f: FunctionWriter,
  sums: readonly Local<'v128'>[],
  count: number,
  factors: (i: number, shift: I32, bytes: number) => [Expr<'v128'>, Expr<'v128'>],
): void {
  if (count <= UNROLL) {
    for (let v = 0; v < count; v++)
      sums.forEach((sum, i) => f.set(sum, multiplyAdd(...factors(i, i32.const(0), 16 * v), sum)));
    return;
  }
  const parts = sums.map(() => f.local('v128'));
  const addPart = (from: I32, vectors: number): void => {
    const shift = f.keep('i32', i32.mul(from, i32.const(16)));
    parts.forEach((part) => f.set(part, f32x4.all(0)));
    f.loop(0, vectors, 1, () => {
      parts.forEach((part, i) => f.set(part, multiplyAdd(...factors(i, shift, 0), part)));
      f.set(shift, i32.add(shift, i32.const(16)));
    });
    sums.forEach((sum, i) => f.set(sum, f32x4.add(sum, parts[i])));
  };
  const chunks = Math.floor(count / CHUNK);
  if (chunks > 0) f.loop(0, chunks * CHUNK, CHUNK, (from) => addPart(from, CHUNK));
  if (count % CHUNK !== 0) addPart(i32.const(chunks * CHUNK), count % CHUNK);
}
