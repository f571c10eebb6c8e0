import { f32x4, i32, i32x4, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { multiplyAdd, multiplySubtract } from '../wasm/relaxed.js';

type V128 = Expr<'v128'>;

/** Sum of `coefficients[i] * x^(count - 1 - i)`, by Horner's rule. */
export function polynomial(x: V128, coefficients: readonly number[]): V128 {
  return coefficients
    .slice(1)
    .reduce<V128>((sum, c) => multiplyAdd(sum, x, f32x4.all(c)), f32x4.all(coefficients[0]));
}

const ONE = 0x3f800000;
/** Adding 1.5 * 2^23 leaves the nearest whole number in the low bits. */
const ROUNDER = 12582912;
// ln 2 in two parts; the first has few bits, so that its product with a small whole number is exact.
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;
// (exp(r) - 1 - r) / r^2 on |r| <= ln(2) / 2, constant term first: minimax of exp(r), relative error 3.6e-9.
const EXP = [0.49999994, 0.16666521, 0.04166839, 0.008368745, 0.001381454];

/** `x = n ln 2 + r`: the rounder plus `n`, and `exp(r) - 1`. */
function reduce(f: FunctionWriter, x: Local<'v128'>): { shifted: Local<'v128'>; tail: Local<'v128'> } {
  const shifted = f.vector(multiplyAdd(x, f32x4.all(Math.LOG2E), f32x4.all(ROUNDER)));
  const n = f.vector(f32x4.sub(shifted, f32x4.all(ROUNDER)));
  const r = f.vector(multiplySubtract(n, f32x4.all(LN2_LOW), multiplySubtract(n, f32x4.all(LN2_HIGH), x)));

  return { shifted, tail: exponentialTail(f, r) };
}

/** exp(r) - 1. */
function exponentialTail(f: FunctionWriter, r: Local<'v128'>): Local<'v128'> {
  const square = f.vector(f32x4.mul(r, r));
  return f.vector(multiplyAdd(quotient(f, r, square, 1), square, r));
}

/**
 * `(exp(s r) - 1 - s r) / r^2`, the sign s being 1 or -1. In pairs of terms: as many operations as by Horner's rule, but
 * fewer that wait for each other.
 */
function quotient(f: FunctionWriter, r: Local<'v128'>, square: Local<'v128'>, sign: 1 | -1): V128 {
  const pair = (i: number): V128 => multiplyAdd(r, f32x4.all(sign * EXP[i + 1]), f32x4.all(EXP[i]));
  const [low, high] = [f.vector(pair(0)), f.vector(pair(2))];
  return multiplyAdd(multiplyAdd(square, f32x4.all(EXP[4]), high), square, low);
}

/** 2^n of a whole number in the low bits of a float32 (its own bits shift out). */
const powerOfTwo = (n: V128, add: number = ONE): V128 =>
  i32x4.add(i32x4.shl(n, i32.const(23)), i32x4.all(add));

/** exp, 1 ulp; 0 below -103.98, infinite above 88.73, subnormal results included. */
export function exp(f: FunctionWriter, x: V128): V128 {
  const clamped = f.vector(f32x4.pmin(f32x4.pmax(x, f32x4.all(-104)), f32x4.all(89)));
  const { shifted, tail } = reduce(f, clamped);
  // 2^n in two factors: one alone cannot be held where the result is subnormal, or next to infinity.
  const half = f.vector(i32x4.shrS(shifted, i32.const(1)));
  const first = f32x4.mul(f32x4.add(tail, f32x4.all(1)), powerOfTwo(half));
  return f32x4.mul(first, powerOfTwo(i32x4.sub(shifted, half)));
}

/** exp(x) - 1, 2 ulp. */
export function expm1(f: FunctionWriter, x: V128): V128 {
  const clamped = f.vector(f32x4.pmin(f32x4.pmax(x, f32x4.all(-30)), f32x4.all(89)));
  const { shifted, tail } = reduce(f, clamped);
  const halfScale = f.vector(powerOfTwo(shifted, ONE - (1 << 23)));
  const half = f32x4.add(f32x4.mul(halfScale, tail), f32x4.sub(halfScale, f32x4.all(0.5)));
  const result = f.vector(f32x4.add(f.vector(half), f.vector(half)));
  // The sign of zero, and subnormals, which vanish in the sums above.
  return v128.bitselect(clamped, result, f32x4.lt(f32x4.abs(clamped), f32x4.all(1e-30)));
}

/**
 * 1 / (1 + exp(-x)), 2.5 ulp; 0 below -88.3763, where the result would be below 4.2e-39. The most frequent function of all:
 * exp has no care for subnormal results here, which vanish beside the 1, and overflows where the result is 0.
 */
export function sigmoid(f: FunctionWriter, x: Local<'v128'>): V128 {
  const clamped = f.vector(f32x4.pmin(f32x4.pmax(x, f32x4.all(-89)), f32x4.all(87)));
  // x = r - n ln 2, so that exp(-x) = 2^n exp(-r).
  const shifted = f.vector(multiplyAdd(clamped, f32x4.all(-Math.LOG2E), f32x4.all(ROUNDER)));
  const n = f.vector(f32x4.sub(shifted, f32x4.all(ROUNDER)));
  const r = f.vector(multiplyAdd(n, f32x4.all(LN2_LOW), multiplyAdd(n, f32x4.all(LN2_HIGH), clamped)));
  const square = f.vector(f32x4.mul(r, r));
  const e = f32x4.sub(f32x4.all(1), multiplySubtract(quotient(f, r, square, -1), square, r));
  return f32x4.div(f32x4.all(1), multiplyAdd(e, powerOfTwo(shifted), f32x4.all(1)));
}

/** tanh, 2.5 ulp. */
export function tanh(f: FunctionWriter, x: Local<'v128'>): V128 {
  const size = f.vector(f32x4.pmin(f32x4.abs(x), f32x4.all(10)));
  const t = f.vector(expm1(f, f32x4.add(size, size)));
  const result = f32x4.div(t, f32x4.add(t, f32x4.all(2)));
  return v128.or(result, v128.and(x, i32x4.all(-0x80000000)));
}
