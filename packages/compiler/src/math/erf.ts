import { f64x2, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { inDouble, series } from './double.js';

// Chebyshev interpolation of erf(x) / x in x^2 / 8 - 1 for |x| <= 4, to 1e-12.
const ERF = [
  1.5258848788412118e-6, -4.588951990614995e-6, 4.863243334438381e-6, -1.2622044825742578e-5,
  5.10058284512664e-5, -1.265241031557729e-4, 2.7243123366964977e-4, -6.048253881071154e-4,
  1.2946153518905946e-3, -2.5830582846758424e-3, 4.852695389270342e-3, -8.604345586492139e-3,
  1.4349838611485411e-2, -2.247403382686039e-2, 3.3060590258470135e-2, -4.576504003469306e-2,
  5.9886909401340685e-2, -7.472787164985692e-2, 9.020899387472195e-2, -1.0771044230015368e-1,
  1.3167511689967962e-1, -1.7657623330398312e-1, 3.5353099564338797e-1,
];

/** The error function, 0.51 ulp. */
export const erf = (f: FunctionWriter, x: Local<'v128'>): Expr<'v128'> =>
  inDouble(
    f,
    (w) => {
      // Beyond 4 it is 1 in float32.
      const near = f.vector(f64x2.pmin(f64x2.pmax(w, f64x2.all(-4)), f64x2.all(4)));
      const t = f64x2.sub(f64x2.mul(f64x2.mul(near, near), f64x2.all(1 / 8)), f64x2.all(1));
      return f64x2.mul(near, series(t, ERF));
    },
    x,
  );
