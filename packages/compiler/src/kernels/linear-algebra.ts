import type { Step } from '../lower/block.js';
import { sizeOf } from '../lower/block.js';
import { f32, f32x4, f64, i32, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { fillVectors } from './copy.js';
import type { EmitContext } from './emit.js';

/*
 * The operations of @ebim/runtime (linear-algebra/host-factors.ts) in the same order: products and sums in float64,
 * results rounded to float32. All places are bytes from the start of a matrix.
 */

type I32 = Expr<'i32'>;
type F64 = Expr<'f64'>;

const wide = (address: I32, offset: number): F64 => f64.promoteF32(f32.load(address, offset));

/** The body runs for `i = from, from + step, …` while `i != to`, perhaps never. */
function span(f: FunctionWriter, from: I32, to: I32, step: number, body: (i: Local<'i32'>) => void): void {
  const i = f.keep('i32', from);
  f.if(i32.ne(i, to), () =>
    f.repeat(() => {
      body(i);
      f.set(i, i32.add(i, i32.const(step)));
      return i32.ne(i, to);
    }),
  );
}

/** Code of a `Cholesky` step: columns from the left. */
export function emitCholesky(context: EmitContext, step: Step): void {
  const { batch, k } = step.attrs as Record<'batch' | 'k', number>;
  const { f } = context;
  const [factor, definite] = step.outputs.map((operand) => context.address(operand));
  const from = context.address(step.inputs[0]);
  const row = 4 * k;
  fillVectors(f, { offset: factor }, sizeOf(step.outputs[0].shape), f32x4.all(0));
  const [entry, total] = [f.local('f64'), f.local('f64')];
  f.loop(0, batch, 1, (b) => {
    const start = f.keep('i32', i32.mul(b, i32.const(k * row)));
    const end = f.keep('i32', i32.add(start, i32.const(k * row)));
    const flag = f.keep('i32', i32.const(1));
    const column = f.keep('i32', i32.const(0));
    // Rows are named by the place of their first element.
    span(f, start, end, row, (pivotRow) => {
      f.set(total, f64.const(0));
      const rowsBelow = (body: (place: Local<'i32'>, first: Local<'i32'>) => void): void =>
        span(f, pivotRow, end, row, (first) => body(f.keep('i32', i32.add(first, column)), first));
      rowsBelow((place, first) => {
        f.set(entry, wide(place, from));
        span(f, i32.const(0), column, 4, (p) => {
          const product = f64.mul(wide(i32.add(first, p), factor), wide(i32.add(pivotRow, p), factor));
          f.set(entry, f64.sub(entry, product));
        });
        f.store('f32', place, factor, f32.demoteF64(entry));
        f.set(total, f64.add(total, wide(place, factor)));
      });
      const diagonal = f.keep('i32', i32.add(pivotRow, column));
      const pivot = f.keep('f64', wide(diagonal, factor));
      const usable = i32.and(f64.gt(pivot, f64.const(0)), f64.lt(f64.abs(total), f64.const(Infinity)));
      f.if(
        usable,
        () => {
          const root = f.keep('f64', f64.sqrt(pivot));
          rowsBelow((place) =>
            f.store('f32', place, factor, f32.demoteF64(f64.div(wide(place, factor), root))),
          );
        },
        () => {
          f.set(flag, i32.const(0));
          rowsBelow((place) => f.store('f32', place, factor, f32.const(0)));
          f.store('f32', diagonal, factor, f32.const(1));
        },
      );
      f.set(column, i32.add(column, i32.const(4)));
    });
    f.store('i32', i32.shl(b, i32.const(2)), definite, flag);
  });
}

/** Code of a `TriangularSolve` step: forward substitution, or backward with the transpose. */
export function emitTriangularSolve(context: EmitContext, step: Step): void {
  const { batch, k, m, transpose } = step.attrs as {
    batch: number;
    k: number;
    m: number;
    transpose: boolean;
  };
  const { f } = context;
  const [L, B] = step.inputs.map((operand) => context.address(operand));
  const X = context.address(step.outputs[0]);
  const sum = f.local('f64');
  // One step on: to the next row of X, along the diagonal of L, and to the coupling with the next row of X.
  const sign = transpose ? -1 : 1;
  const [nextRow, nextDiagonal, nextCoupling] = [
    4 * m * sign,
    4 * (k + 1) * sign,
    (transpose ? 4 * k : 4) * sign,
  ];
  f.loop(0, batch, 1, (b) => {
    const firstRow = f.keep('i32', i32.mul(b, i32.const(4 * k * m)));
    const diagonal = f.keep('i32', i32.mul(b, i32.const(4 * k * k)));
    if (transpose) {
      f.set(firstRow, i32.add(firstRow, i32.const(4 * (k - 1) * m)));
      f.set(diagonal, i32.add(diagonal, i32.const(4 * (k * k - 1))));
    }
    const coupled = f.keep('i32', diagonal);
    const row = f.keep('i32', firstRow);
    f.loop(0, k, 1, () => {
      f.loop(0, 4 * m, 4, (c) => {
        const place = f.keep('i32', i32.add(row, c));
        f.set(sum, wide(place, B));
        const coupling = f.keep('i32', coupled);
        span(f, f.keep('i32', i32.add(firstRow, c)), place, nextRow, (known) => {
          f.set(sum, f64.sub(sum, f64.mul(wide(coupling, L), wide(known, X))));
          f.set(coupling, i32.add(coupling, i32.const(nextCoupling)));
        });
        f.store('f32', place, X, f32.demoteF64(f64.div(sum, wide(diagonal, L))));
      });
      f.set(row, i32.add(row, i32.const(nextRow)));
      // The coupling of row i with the first row: L[i, 0], or L[k - 1, i] of the transpose.
      f.set(coupled, i32.add(coupled, i32.const(transpose ? -4 : 4 * k)));
      f.set(diagonal, i32.add(diagonal, i32.const(nextDiagonal)));
    });
  });
}
