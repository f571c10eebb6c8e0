import { f32x4, f64x2, i32x4, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { inDouble, ROUNDER, withSign, type Double } from './double.js';

type V128 = Expr<'v128'>;

const zero = f64x2.all(0);

/**
 * Applies a function of float64 lanes to four int32 lanes; the results are whole numbers, too, infinite or NaN. They
 * become int32 as in JavaScript: modulo 2^32, and 0 where they are no numbers.
 */
function wholeInDouble(f: FunctionWriter, of: Double, ...x: readonly Local<'v128'>[]): V128 {
  const half = (lanes: readonly [number, number, number, number]): Local<'v128'> => {
    const wide = x.map((each) => f.vector(f64x2.convertLowI32x4S(v128.shuffle32(lanes, each, each))));
    return f.vector(f64x2.add(of(...wide), f64x2.all(ROUNDER)));
  };
  const low = half([0, 1, 0, 1]);
  const high = half([2, 3, 2, 3]);
  return v128.shuffle32([0, 2, 4, 6], low, high);
}

const quotient: Double = (v, w) => f64x2.floor(f64x2.div(v, w));

/** The largest whole number that is not above a / b, of float32. */
export const floorDivide = (f: FunctionWriter, a: Local<'v128'>, b: Local<'v128'>): V128 =>
  inDouble(f, quotient, a, b);

/** The same of int32: exact, since float64 holds them; 0 for b = 0. */
export const floorDivideWhole = (f: FunctionWriter, a: Local<'v128'>, b: Local<'v128'>): V128 =>
  wholeInDouble(f, quotient, a, b);

/** What is left of a after `floorDivideWhole`; 0 for b = 0. */
export const moduloWhole = (f: FunctionWriter, a: Local<'v128'>, b: Local<'v128'>): V128 =>
  v128.andNot(i32x4.sub(a, i32x4.mul(f.vector(floorDivideWhole(f, a, b)), b)), i32x4.eq(b, i32x4.all(0)));

/**
 * What is left of a, with the sign of b; exact but for its rounding.
 *
 * @param fallback the same where the quotient has more than 28 bits, and for infinities and NaN
 */
export function modulo(f: FunctionWriter, a: Local<'v128'>, b: Local<'v128'>, fallback: () => V128): V128 {
  const result = f.local('v128');
  const plain = v128.and(
    f32x4.lt(f32x4.abs(f32x4.div(a, b)), f32x4.all(2 ** 28)),
    f32x4.lt(f32x4.abs(b), f32x4.all(Infinity)),
  );
  const remainder: Double = (v, w) => {
    // Below 2^28 the product with a float32 is exact, and so is the difference.
    const count = f64x2.trunc(f64x2.div(v, w));
    const near = f.vector(f64x2.sub(v, f64x2.mul(count, w)));
    // A quotient that was rounded up to a whole number is one too many.
    const tooMany = f64x2.lt(f64x2.mul(near, v), zero);
    const one = withSign(f64x2.abs(w), v);
    const rest = f.vector(f64x2.add(near, v128.and(one, tooMany)));
    const differ = v128.xor(f64x2.lt(v, zero), f64x2.lt(w, zero));
    const moved = f.vector(f64x2.add(rest, w));
    const inside = f64x2.lt(f64x2.abs(moved), f64x2.abs(w));
    return v128.bitselect(v128.and(moved, inside), rest, differ);
  };
  f.if(
    i32x4.allTrue(plain),
    () => f.set(result, inDouble(f, remainder, a, b)),
    () => f.set(result, fallback()),
  );
  return result;
}
