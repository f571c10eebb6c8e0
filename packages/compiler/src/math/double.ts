import { f32x4, f64x2, i32, i32x4, i64x2, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';

/*
 * Functions that models call rarely are computed in float64, two lanes at a time: a plain formula then is within 0.51
 * ulp of float32 without care for rounding.
 */

type V128 = Expr<'v128'>;

/** A function of float64 lanes; its arguments may be used many times. */
export type Double = (...x: Local<'v128'>[]) => V128;

/** Applies a function of float64 lanes to four float32 lanes. */
export function inDouble(f: FunctionWriter, of: Double, ...x: readonly Local<'v128'>[]): V128 {
  const half = (lanes: readonly [number, number, number, number]): Local<'v128'> => {
    const wide = x.map((each) => f.vector(f64x2.promoteLowF32x4(v128.shuffle32(lanes, each, each))));
    return f.vector(f32x4.demoteF64x2Zero(of(...wide)));
  };
  const low = half([0, 1, 0, 1]);
  const high = half([2, 3, 2, 3]);
  return v128.shuffle32([0, 1, 4, 5], low, high);
}

/** Sum of `coefficients[i] * x^(count - 1 - i)`, by Horner's rule. */
export const series = (x: V128, [first, ...rest]: readonly number[]): V128 =>
  rest.reduce<V128>((sum, c) => f64x2.add(f64x2.mul(sum, x), f64x2.all(c)), f64x2.all(first));

/** The size of `size` with the sign of `sign`. */
export const withSign = (size: V128, sign: V128): V128 => v128.bitselect(sign, size, f64x2.all(-0));

/** Adding 1.5 * 2^52 leaves the nearest whole number in the low bits; those of infinities and NaN are 0. */
export const ROUNDER = 6755399441055744;
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
// 1 / n!, down from n = 12: the next term is below 2^-53 of the sum where |r| <= ln(2) / 2.
const EXP = Array.from({ length: 13 }, (_, i) => 1 / factorial(12 - i));

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/** exp, to 1e-15 relative; arguments beyond 200 are taken as 200, which float32 cannot tell from infinity. */
export function expDouble(f: FunctionWriter, x: V128): V128 {
  const clamped = f.vector(f64x2.pmin(f64x2.pmax(x, f64x2.all(-200)), f64x2.all(200)));
  const shifted = f.vector(f64x2.add(f64x2.mul(clamped, f64x2.all(Math.LOG2E)), f64x2.all(ROUNDER)));
  const n = f.vector(f64x2.sub(shifted, f64x2.all(ROUNDER)));
  const high = f64x2.sub(clamped, f64x2.mul(n, f64x2.all(LN2_HIGH)));
  const r = f.vector(f64x2.sub(high, f64x2.mul(n, f64x2.all(LN2_LOW))));
  const scale = i64x2.add(i64x2.shl(shifted, i32.const(52)), f64x2.all(1));
  return f64x2.mul(series(r, EXP), scale);
}

// Coefficients of 2 artanh(s) / s in s^2, s up to 3 - 2 sqrt(2).
const LOG = [19, 17, 15, 13, 11, 9, 7, 5, 3, 1].map((n) => 2 / n);
const SQRT_HALF_HIGH_WORD = 0x3fe6a09e;

/** Natural logarithm of a float64 that is no subnormal, to 1e-15; -infinity at 0, NaN below. */
export function logDouble(f: FunctionWriter, x: Local<'v128'>): V128 {
  const words = f.vector(v128.shuffle32([1, 3, 1, 3], x, x));
  const exponent = f.vector(i32x4.shrS(i32x4.sub(words, i32x4.all(SQRT_HALF_HIGH_WORD)), i32.const(20)));
  // Back into the high words: zeros between.
  const shift = v128.shuffle32([4, 0, 4, 1], i32x4.shl(exponent, i32.const(20)), i32x4.all(0));
  const mantissa = f.vector(i32x4.sub(x, shift));
  const one = f64x2.all(1);
  const s = f.vector(f64x2.div(f64x2.sub(mantissa, one), f64x2.add(mantissa, one)));
  const tail = f64x2.mul(s, series(f64x2.mul(s, s), LOG));
  const finite = f.vector(f64x2.add(f64x2.mul(f64x2.convertLowI32x4S(exponent), f64x2.all(Math.LN2)), tail));
  const zero = f64x2.all(0);
  const negative = v128.bitselect(f64x2.all(NaN), x, f64x2.lt(x, zero));
  const special = v128.bitselect(f64x2.all(-Infinity), negative, f64x2.eq(x, zero));
  const usable = v128.and(f64x2.gt(x, zero), f64x2.lt(x, f64x2.all(Infinity)));
  return v128.bitselect(finite, special, usable);
}
