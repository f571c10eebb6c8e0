import { f64, f64x2, i32, i64, select, v128, type Expr } from '../wasm/expr.js';
import { callExpr, type Callable, type FunctionWriter, type Local } from '../wasm/func.js';
import type { ModuleWriter } from '../wasm/module.js';

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
const FAR_TOP = [
  2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.2426609473880784386e-3, 2.6532189526576123093e-2,
  2.9656057182850489123e-1, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
];
const FAR_BOTTOM = [
  2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
  1.48753612908506148525e-2, 1.3692988092273580531e-1, 5.9983220655588793769e-1, 1,
];

const horner = (x: Expr<'f64'>, [first, ...rest]: readonly number[]): Expr<'f64'> =>
  rest.reduce<Expr<'f64'>>((sum, c) => f64.add(f64.mul(sum, x), f64.const(c)), f64.const(first));

const hornerPair = (x: Expr<'v128'>, [first, ...rest]: readonly number[]): Expr<'v128'> =>
  rest.reduce<Expr<'v128'>>((sum, c) => f64x2.add(f64x2.mul(sum, x), f64x2.all(c)), f64x2.all(first));

/** Two quantiles at `q + 1/2` where `|q| <= 0.425`. */
export function centralQuantiles(f: FunctionWriter, q: Local<'v128'>): Expr<'v128'> {
  const r = f.vector(f64x2.sub(f64x2.all(0.180625), f64x2.mul(q, q)));
  return f64x2.div(f64x2.mul(q, hornerPair(r, CENTRAL_TOP)), hornerPair(r, CENTRAL_BOTTOM));
}

/** The function `(p) -> quantile` for `|p - 1/2| > 0.425`. */
export function writeTailQuantile(module: ModuleWriter): Callable {
  return module.function('normal quantile in the tails', ['f64'], ['f64'], (f) => {
    const p = f.parameter(0, 'f64');
    const q = f.keep('f64', f64.sub(p, f64.const(0.5)));
    const left = f.keep('i32', f64.lt(q, f64.const(0)));
    const side = f.keep('f64', select(left, p, f64.sub(f64.const(1), p)));
    const r = f.keep('f64', f64.sqrt(f64.neg(portableLog(f, side))));
    const z = f.local('f64');
    const ratio = (shift: number, top: readonly number[], bottom: readonly number[]): void => {
      f.set(r, f64.sub(r, f64.const(shift)));
      f.set(z, f64.div(horner(r, top), horner(r, bottom)));
    };
    f.if(
      f64.le(r, f64.const(5)),
      () => ratio(1.6, TAIL_TOP, TAIL_BOTTOM),
      () => ratio(5, FAR_TOP, FAR_BOTTOM),
    );
    f.result(select(left, f64.neg(z), z));
  });
}

/** Natural logarithm of a positive normal float64, with the operations of `portableLog` of @ebim/runtime. */
function portableLog(f: FunctionWriter, x: Local<'f64'>): Expr<'f64'> {
  const bits = f.keep('i64', i64.reinterpretF64(x));
  const e = f.keep('i32', i32.sub(i32.wrapI64(i64.shrU(bits, i64.const(52))), i32.const(1023)));
  const mantissa = i64.and(bits, i64.const(2 ** 52 - 1));
  const one = i64.reinterpretF64(f64.const(1));
  const fraction = f.keep('f64', f64.reinterpretI64(i64.or(mantissa, one)));
  f.if(f64.gt(fraction, f64.const(Math.SQRT2)), () => {
    f.set(fraction, f64.mul(fraction, f64.const(0.5)));
    f.set(e, i32.add(e, i32.const(1)));
  });
  const s = f.keep('f64', f64.div(f64.sub(fraction, f64.const(1)), f64.add(fraction, f64.const(1))));
  const t = f.keep('f64', f64.mul(s, s));
  const odd = [21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1].map((n) => 1 / n);
  const series = horner(t, odd);
  const exponent = f64.mul(f64.convertI32(e), f64.const(Math.LN2));
  return f64.add(exponent, f64.mul(f64.mul(f64.const(2), s), series));
}

/** Replaces one of two quantiles whose probability lies in the tails. */
export function repairTail(
  f: FunctionWriter,
  tail: Callable,
  lane: number,
  p: Local<'v128'>,
  q: Local<'v128'>,
  z: Local<'v128'>,
): void {
  const distance = f64.abs(f64x2.extract(lane, q));
  f.if(f64.gt(distance, f64.const(0.425)), () =>
    f.set(z, f64x2.replace(lane, z, callExpr<'f64'>(tail, f64x2.extract(lane, p)))),
  );
}

/** Whether one of two lies in the tails. */
export const anyTail = (q: Expr<'v128'>): Expr<'i32'> =>
  v128.anyTrue(f64x2.gt(f64x2.abs(q), f64x2.all(0.425)));
