import { f32x4, f64x2, i32, i32x4, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { series } from './double.js';

type V128 = Expr<'v128'>;

// pi / 2 in two parts, the first of 33 bits: its product with a whole number below 2^20 is exact.
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = 6.077100506506192e-11;
/** Beyond, the two parts are not enough. */
const LARGEST = 1e6;

const SIN = [-1 / 39916800, 1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1];
const COS = [-1 / 3628800, 1 / 40320, -1 / 720, 1 / 24, -1 / 2, 1];

/** Quarter turns, and sine and cosine of what is left, of the first two lanes; in float64. */
function halfOf(f: FunctionWriter, x: V128): { turns: Local<'v128'>; sin: V128; cos: V128 } {
  const wide = f.vector(f64x2.promoteLowF32x4(x));
  const n = f.vector(f64x2.nearest(f64x2.mul(wide, f64x2.all(2 / Math.PI))));
  const high = f64x2.sub(wide, f64x2.mul(n, f64x2.all(HALF_PI_HIGH)));
  const r = f.vector(f64x2.sub(high, f64x2.mul(n, f64x2.all(HALF_PI_LOW))));
  const square = f.vector(f64x2.mul(r, r));
  return {
    turns: f.vector(f64x2.truncSatToI32x4(n)),
    sin: f64x2.mul(r, series(square, SIN)),
    cos: series(square, COS),
  };
}

/** Where all lanes are small enough `formula`, else `fallback`. */
function reduced(f: FunctionWriter, x: Local<'v128'>, formula: () => V128, fallback: () => V128): V128 {
  const result = f.local('v128');
  f.if(
    i32x4.allTrue(f32x4.lt(f32x4.abs(x), f32x4.all(LARGEST))),
    () => f.set(result, formula()),
    () => f.set(result, fallback()),
  );
  return result;
}

/**
 * sin(x + quarterTurns * pi / 2), 0.51 ulp.
 *
 * @param fallback the same for numbers beyond 10^6, infinities and NaN
 */
export function sine(f: FunctionWriter, x: Local<'v128'>, quarterTurns: 0 | 1, fallback: () => V128): V128 {
  const formula = (): V128 => {
    const halves = [x, v128.shuffle32([2, 3, 2, 3], x, x)].map((half) => {
      const { turns, sin, cos } = halfOf(f, half);
      return {
        turns,
        sin: f.vector(f32x4.demoteF64x2Zero(sin)),
        cos: f.vector(f32x4.demoteF64x2Zero(cos)),
      };
    });
    const joined = (name: 'turns' | 'sin' | 'cos'): V128 =>
      v128.shuffle32([0, 1, 4, 5], halves[0][name], halves[1][name]);
    const turns = f.vector(i32x4.add(joined('turns'), i32x4.all(quarterTurns)));
    const odd = i32x4.ne(v128.and(turns, i32x4.all(1)), i32x4.all(0));
    const size = v128.bitselect(joined('cos'), joined('sin'), odd);
    return v128.xor(size, i32x4.shl(v128.and(turns, i32x4.all(2)), i32.const(30)));
  };
  return reduced(f, x, formula, fallback);
}

/**
 * tan, 0.51 ulp.
 *
 * @param fallback the same for numbers beyond 10^6, infinities and NaN
 */
export function tangent(f: FunctionWriter, x: Local<'v128'>, fallback: () => V128): V128 {
  const formula = (): V128 => {
    const [low, high] = [x, v128.shuffle32([2, 3, 2, 3], x, x)].map((half) => {
      const { turns, sin: sinExpr, cos: cosExpr } = halfOf(f, half);
      const [sin, cos] = [f.vector(sinExpr), f.vector(cosExpr)];
      // A quarter turn makes the tangent the negative cotangent.
      const odd = f.vector(
        i32x4.ne(v128.and(v128.shuffle32([0, 0, 1, 1], turns, turns), i32x4.all(1)), i32x4.all(0)),
      );
      const top = v128.bitselect(f64x2.neg(cos), sin, odd);
      return f.vector(f32x4.demoteF64x2Zero(f64x2.div(top, v128.bitselect(sin, cos, odd))));
    });
    return v128.shuffle32([0, 1, 4, 5], low, high);
  };
  return reduced(f, x, formula, fallback);
}
