import { f32x4, i32, i32x4, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { exp, polynomial } from './exp.js';

type V128 = Expr<'v128'>;

const SMALLEST_NORMAL = 2 ** -126;
const SQRT_HALF_BITS = 0x3f3504f3;
// (log(1 + f) - f + f^2 / 2) / f^3 for 1 + f in [sqrt(1/2), sqrt(2)): Cephes logf (Moshier 1992).
const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
];

/** Natural logarithm, 1 ulp; -infinity at 0, NaN below. */
export function log(f: FunctionWriter, x: Local<'v128'>): V128 {
  const tiny = f.vector(f32x4.lt(x, f32x4.all(SMALLEST_NORMAL)));
  const normal = f.vector(v128.bitselect(f32x4.mul(x, f32x4.all(2 ** 23)), x, tiny));
  const exponent = f.vector(i32x4.shrS(i32x4.sub(normal, i32x4.all(SQRT_HALF_BITS)), i32.const(23)));
  const fraction = f.vector(f32x4.sub(i32x4.sub(normal, i32x4.shl(exponent, i32.const(23))), f32x4.all(1)));
  const e = f.vector(f32x4.convertI32x4(i32x4.sub(exponent, v128.and(tiny, i32x4.all(23)))));
  const square = f.vector(f32x4.mul(fraction, fraction));
  const cubic = f32x4.mul(f32x4.mul(polynomial(fraction, LOG), square), fraction);
  const low = f32x4.sub(
    f32x4.add(cubic, f32x4.mul(e, f32x4.all(-2.1219444e-4))),
    f32x4.mul(square, f32x4.all(0.5)),
  );
  const finite = f32x4.add(f32x4.add(low, fraction), f32x4.mul(e, f32x4.all(0.693359375)));
  const zero = f32x4.all(0);
  const negative = v128.bitselect(f32x4.all(NaN), x, f32x4.lt(x, zero));
  const special = v128.bitselect(f32x4.all(-Infinity), negative, f32x4.eq(x, zero));
  return v128.bitselect(finite, special, v128.and(f32x4.gt(x, zero), f32x4.lt(x, f32x4.all(Infinity))));
}

/** log(1 + x), 2 ulp. */
export function log1p(f: FunctionWriter, x: Local<'v128'>): V128 {
  const u = f.vector(f32x4.add(x, f32x4.all(1)));
  const main = f.vector(log(f, u));
  // What rounding 1 + x lost, to first order.
  const lost = f32x4.div(f32x4.sub(x, f32x4.sub(u, f32x4.all(1))), u);
  const usable = v128.and(f32x4.gt(u, f32x4.all(0)), f32x4.lt(u, f32x4.all(Infinity)));
  return v128.bitselect(f32x4.add(main, lost), main, usable);
}

/** log(1 + exp(x)) without overflow, 2 ulp. */
export function softplus(f: FunctionWriter, x: Local<'v128'>): V128 {
  const e = f.vector(exp(f, f32x4.neg(f32x4.abs(x))));
  return f32x4.add(f32x4.pmax(x, f32x4.all(0)), log1p(f, e));
}
