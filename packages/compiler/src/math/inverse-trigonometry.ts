import { f64x2, i32, i32x4, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { inDouble, series, withSign } from './double.js';

type V128 = Expr<'v128'>;

// Chebyshev interpolation of atan(x) / x in 2 x^2 - 1 for |x| <= 1, to 1e-11.
const ATAN = [
  1.0502086554571778e-7, -3.3227405921179424e-7, 7.440123755230564e-7, -2.491912624363053e-6,
  8.777321672347907e-6, -2.972579598088193e-5, 1.0226498366291343e-4, -3.609595473723859e-4,
  1.3155879069219655e-3, -5.03086651561231e-3, 2.0851851083517486e-2, -1.0187654224725672e-1,
  8.704197513683742e-1,
];
// The same of asin(x) / x in 8 x^2 - 1 for |x| <= 1/2, to 1e-12.
const ASIN = [
  1.971789863632268e-9, 1.6629071541900166e-8, 1.4027624435772996e-7, 1.26953191042432e-6,
  1.211654589783533e-5, 1.2529324451640653e-4, 1.485941555002052e-3, 2.3472196191863637e-2,
  1.0221005752493073,
];
const half = f64x2.all(0.5);
const one = f64x2.all(1);
const halfPi = f64x2.all(Math.PI / 2);

/** atan of |x| <= 1. */
const smallAtan = (x: Local<'v128'>): V128 =>
  f64x2.mul(x, series(f64x2.sub(f64x2.mul(f64x2.add(x, x), x), one), ATAN));

/** asin of |x| <= 1/2. */
const smallAsin = (x: Local<'v128'>): V128 =>
  f64x2.mul(x, series(f64x2.sub(f64x2.mul(f64x2.mul(x, x), f64x2.all(8)), one), ASIN));

/** atan, 0.51 ulp. */
export const atan = (f: FunctionWriter, x: Local<'v128'>): V128 =>
  inDouble(
    f,
    (w) => {
      const size = f.vector(f64x2.abs(w));
      const steep = f.vector(f64x2.gt(size, one));
      const angle = f.vector(smallAtan(f.vector(v128.bitselect(f64x2.div(one, size), size, steep))));
      return withSign(v128.bitselect(f64x2.sub(halfPi, angle), angle, steep), w);
    },
    x,
  );

/** asin (or acos) of float64 lanes: near 1 through the chord to the pole. */
function arc(f: FunctionWriter, w: Local<'v128'>): Record<'asin' | 'acos', V128> {
  const size = f.vector(f64x2.abs(w));
  const near = f.vector(f64x2.gt(size, half));
  const chord = f64x2.sqrt(f64x2.mul(f64x2.sub(one, size), half));
  const angle = f.vector(smallAsin(f.vector(v128.bitselect(chord, size, near))));
  // From the pole that is closer.
  const fromPole = f.vector(f64x2.add(angle, angle));
  const asin = withSign(v128.bitselect(f64x2.sub(halfPi, fromPole), angle, near), w);
  const beyond = v128.bitselect(f64x2.sub(f64x2.all(Math.PI), fromPole), fromPole, f64x2.lt(w, f64x2.all(0)));
  return { asin, acos: v128.bitselect(beyond, f64x2.sub(halfPi, withSign(angle, w)), near) };
}

/** asin, 0.51 ulp; NaN beyond 1. */
export const asin = (f: FunctionWriter, x: Local<'v128'>): V128 => inDouble(f, (w) => arc(f, w).asin, x);

/** acos, 0.51 ulp; NaN beyond 1. */
export const acos = (f: FunctionWriter, x: Local<'v128'>): V128 => inDouble(f, (w) => arc(f, w).acos, x);

/** The angle of the point (x, y), 0.51 ulp; zeros and infinities as `Math.atan2`. */
export const atan2 = (f: FunctionWriter, y: Local<'v128'>, x: Local<'v128'>): V128 =>
  inDouble(
    f,
    (v, w) => {
      const [rise, run] = [f.vector(f64x2.abs(v)), f.vector(f64x2.abs(w))];
      const steep = f.vector(f64x2.gt(rise, run));
      const [low, high] = [f64x2.pmin(rise, run), f64x2.pmax(rise, run)];
      // 0 / 0 is 0 here, and infinity / infinity 1; NaN stays.
      const same = v128.andNot(f64x2.eq(rise, run), f64x2.eq(rise, f64x2.all(0)));
      const bothZero = f64x2.eq(f64x2.add(rise, run), f64x2.all(0));
      const quotient = v128.andNot(v128.bitselect(one, f64x2.div(low, high), same), bothZero);
      const ratio = f.vector(f64x2.add(quotient, f64x2.mul(f64x2.all(0), nanOf(rise, run))));
      const angle = f.vector(smallAtan(ratio));
      const acute = f.vector(v128.bitselect(f64x2.sub(halfPi, angle), angle, steep));
      const left = i32x4.shrS(v128.shuffle32([1, 1, 3, 3], w, w), i32.const(31));
      return withSign(v128.bitselect(f64x2.sub(f64x2.all(Math.PI), acute), acute, left), v);
    },
    y,
    x,
  );

/** NaN where one of two is, else a number. */
const nanOf = (a: V128, b: V128): V128 => f64x2.add(f64x2.pmin(a, f64x2.all(1)), f64x2.pmin(b, f64x2.all(1)));
