import { f64x2, i32, i32x4, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';

/*
 * The inverse of the normal distribution function, as @ebim/runtime computes it (random/normal-quantile.ts: algorithm
 * AS 241, Wichura 1988), operation by operation, so that the bits are the same.
 */

const CENTRAL_TOP = [
  2.50908092873012267e3, 3.34305755835881281e4, 6.72657709270087009e4, 4.59219539315498715e4,
  1.37316937655094611e4, 1.97159095030655144e3, 1.33141667891784377e2, 3.387132872796366608,
];
const CENTRAL_BOTTOM = [
  5.22649527885285456e3, 2.87290857357219427e4, 3.93078958000927106e4, 2.12137943015865959e4,
  5.39419602142475111e3, 6.871870074920579083e2, 4.2313330701600911252e1, 1,
];
const TAIL_TOP = [
  7.7454501427834140764e-4, 2.27238449892691845833e-2, 2.4178072517745061177e-1, 1.27045825245236838258,
  3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
];
const TAIL_BOTTOM = [
  1.05075007164441684324e-9, 5.475938084995344946e-4, 1.51986665636165571966e-2, 1.4810397642748007459e-1,
  6.8976733498510000455e-1, 1.6763848301838038494, 2.05319162663775882187, 1,
];
const hornerPair = (x: Expr<'v128'>, [first, ...rest]: readonly number[]): Expr<'v128'> =>
  rest.reduce<Expr<'v128'>>((sum, c) => f64x2.add(f64x2.mul(sum, x), f64x2.all(c)), f64x2.all(first));

/** Two quantiles at `q + 1/2` where `|q| <= 0.425`. */
export function centralQuantiles(f: FunctionWriter, q: Local<'v128'>): Expr<'v128'> {
  const r = f.vector(f64x2.sub(f64x2.all(0.180625), f64x2.mul(q, q)));
  return f64x2.div(f64x2.mul(q, hornerPair(r, CENTRAL_TOP)), hornerPair(r, CENTRAL_BOTTOM));
}

/**
 * Words of 32 bits whose probability `(word + 1/2) / 2^32` is at most 0.075 or at least 0.925: those from `first` on, of
 * which there are `count`, counted modulo 2^32.
 */
export const TAIL_WORDS = { first: 3972844749, count: 644245094 } as const;

/**
 * Two quantiles at probabilities `p` in the tails. No word of 32 bits lies so far out that AS 241 would go on to its
 * third formula.
 */
export function tailQuantiles(f: FunctionWriter, p: Local<'v128'>): Expr<'v128'> {
  const left = f.vector(f64x2.gt(f64x2.all(0.5), p));
  const side = f.vector(v128.bitselect(p, f64x2.sub(f64x2.all(1), p), left));
  const root = f64x2.sqrt(f64x2.neg(portableLogs(f, side)));
  const r = f.vector(f64x2.sub(root, f64x2.all(1.6)));
  const z = f.vector(f64x2.div(hornerPair(r, TAIL_TOP), hornerPair(r, TAIL_BOTTOM)));
  return v128.bitselect(f64x2.neg(z), z, left);
}

/** Natural logarithms of two positive normal float64, with the operations of `portableLog` of @ebim/runtime. */
function portableLogs(f: FunctionWriter, x: Local<'v128'>): Expr<'v128'> {
  const high = i32x4.shrU(v128.shuffle32([1, 3, 1, 3], x, x), i32.const(20));
  const exponent = f64x2.convertLowI32x4S(i32x4.sub(high, i32x4.all(1023)));
  const mantissa = v128.and(x, i32x4.const(-1, 0xfffff, -1, 0xfffff));
  const fraction = f.vector(v128.or(mantissa, f64x2.all(1)));
  const large = f.vector(f64x2.gt(fraction, f64x2.all(Math.SQRT2)));
  const e = f.vector(f64x2.add(exponent, v128.and(large, f64x2.all(1))));
  f.set(fraction, v128.bitselect(f64x2.mul(fraction, f64x2.all(0.5)), fraction, large));
  const s = f.vector(f64x2.div(f64x2.sub(fraction, f64x2.all(1)), f64x2.add(fraction, f64x2.all(1))));
  const t = f.vector(f64x2.mul(s, s));
  const odd = [21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1].map((n) => 1 / n);
  const series = f64x2.mul(f64x2.mul(f64x2.all(2), s), hornerPair(t, odd));
  return f64x2.add(f64x2.mul(e, f64x2.all(Math.LN2)), series);
}
