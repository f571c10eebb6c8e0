import { f64x2, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { expDouble, inDouble, logDouble, series, withSign } from './double.js';

type V128 = Expr<'v128'>;

/** Below, series: the formulas lose digits. */
const SMALL = 0.03;
const SINH = [1 / 5040, 1 / 120, 1 / 6, 1];
const ASINH = [-15 / 336, 3 / 40, -1 / 6, 1];
const ATANH = [1 / 7, 1 / 5, 1 / 3, 1];

/** `large` where |x| is not small, and an odd series where it is. */
function odd(x: Local<'v128'>, coefficients: readonly number[], large: V128): V128 {
  const small = f64x2.mul(x, series(f64x2.mul(x, x), coefficients));
  return v128.bitselect(small, large, f64x2.lt(f64x2.abs(x), f64x2.all(SMALL)));
}

const half = f64x2.all(0.5);
const one = f64x2.all(1);

/** sinh, 0.51 ulp. */
export const sinh = (f: FunctionWriter, x: Local<'v128'>): V128 =>
  inDouble(
    f,
    (w) => {
      const e = f.vector(expDouble(f, w));
      return odd(w, SINH, f64x2.mul(f64x2.sub(e, f64x2.div(one, e)), half));
    },
    x,
  );

/** cosh, 0.51 ulp. */
export const cosh = (f: FunctionWriter, x: Local<'v128'>): V128 =>
  inDouble(
    f,
    (w) => {
      const e = f.vector(expDouble(f, w));
      return f64x2.mul(f64x2.add(e, f64x2.div(one, e)), half);
    },
    x,
  );

/** asinh, 0.51 ulp. */
export const asinh = (f: FunctionWriter, x: Local<'v128'>): V128 =>
  inDouble(
    f,
    (w) => {
      const size = f.vector(f64x2.abs(w));
      const root = f64x2.sqrt(f64x2.add(f64x2.mul(size, size), one));
      return odd(w, ASINH, withSign(logDouble(f, f.vector(f64x2.add(size, root))), w));
    },
    x,
  );

/** acosh, 0.51 ulp; NaN below 1. */
export const acosh = (f: FunctionWriter, x: Local<'v128'>): V128 =>
  inDouble(
    f,
    (w) => {
      const root = f64x2.sqrt(f64x2.sub(f64x2.mul(w, w), one));
      const value = logDouble(f, f.vector(f64x2.add(w, root)));
      return v128.bitselect(f64x2.all(NaN), value, f64x2.lt(w, one));
    },
    x,
  );

/** atanh, 0.51 ulp; infinite at 1 and -1, NaN beyond. */
export const atanh = (f: FunctionWriter, x: Local<'v128'>): V128 =>
  inDouble(
    f,
    (w) => {
      const ratio = f64x2.div(f64x2.add(one, w), f64x2.sub(one, w));
      return odd(w, ATANH, f64x2.mul(half, logDouble(f, f.vector(ratio))));
    },
    x,
  );
