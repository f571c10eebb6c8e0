import { f32x4, f64x2, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { expDouble, inDouble, logDouble } from './double.js';

/** a to the power b, 0.51 ulp; zeros, infinities, NaN and negative bases as `Math.pow`. */
export function power(f: FunctionWriter, a: Local<'v128'>, b: Local<'v128'>): Expr<'v128'> {
  const size = f.vector(f32x4.abs(a));
  const positive = f.vector(inDouble(f, (v, w) => expDouble(f, f64x2.mul(w, logDouble(f, v))), size, b));
  const zero = f32x4.all(0);
  const whole = f.vector(f32x4.eq(f32x4.floor(b), b));
  const half = f.vector(f32x4.mul(b, f32x4.all(0.5)));
  const odd = v128.and(whole, f32x4.ne(f32x4.floor(half), half));
  // A negative base: the sign by parity, and NaN between whole exponents. Of -0 and -infinity only the sign counts.
  const signed = f.vector(v128.xor(positive, v128.and(v128.and(a, f32x4.all(-0)), odd)));
  const undefinedThere = v128.and(
    v128.and(f32x4.lt(a, zero), f32x4.gt(a, f32x4.all(-Infinity))),
    v128.andNot(f32x4.eq(b, b), whole),
  );
  const value = v128.bitselect(f32x4.all(NaN), signed, undefinedThere);
  return v128.bitselect(f32x4.all(1), value, f32x4.eq(b, zero));
}
