/*
 * The inverse of the standard normal distribution function, float64, relative error about 1e-16: algorithm AS 241,
 * routine PPND16 (Wichura 1988, "The percentage points of the normal distribution", Applied Statistics 37(3)).
 *
 * Only +, -, *, / and the square root are used, which IEEE 754 rounds correctly, and a logarithm written with them.
 * Hence any implementation that keeps the order of operations without fusing multiply and add (JavaScript, WebAssembly
 * with or without SIMD) gives the same bits; `Math.log` promises no such thing.
 */

const bytes = new DataView(new ArrayBuffer(8));

/** Natural logarithm of a positive normal float64, error about 1 unit in the last place of `max(1, |log x|)`. */
export function portableLog(x: number): number {
  // x = f * 2^e with f in [sqrt(1/2), sqrt(2)); log f = 2 artanh(s), s = (f - 1) / (f + 1), |s| < 0.1716.
  bytes.setFloat64(0, x);
  const high = bytes.getUint32(0);
  let e = (high >>> 20) - 1023;
  bytes.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let f = bytes.getFloat64(0);
  if (f > Math.SQRT2) {
    f *= 0.5;
    e += 1;
  }
  const s = (f - 1) / (f + 1);
  const t = s * s;
  let sum = 1 / 21;
  sum = sum * t + 1 / 19;
  sum = sum * t + 1 / 17;
  sum = sum * t + 1 / 15;
  sum = sum * t + 1 / 13;
  sum = sum * t + 1 / 11;
  sum = sum * t + 1 / 9;
  sum = sum * t + 1 / 7;
  sum = sum * t + 1 / 5;
  sum = sum * t + 1 / 3;
  sum = sum * t + 1;
  return e * Math.LN2 + 2 * s * sum;
}

/** `z` with P(N(0, 1) <= z) = `p`, for `0 < p < 1`. */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (q <= 0.425 && q >= -0.425) return central(q);
  const r = Math.sqrt(-portableLog(q < 0 ? p : 1 - p));
  const z = r <= 5 ? tail(r - 1.6) : farTail(r - 5);
  return q < 0 ? -z : z;
}

function central(q: number): number {
  const r = 0.180625 - q * q;
  let a = 2.50908092873012267e3;
  a = a * r + 3.34305755835881281e4;
  a = a * r + 6.72657709270087009e4;
  a = a * r + 4.59219539315498715e4;
  a = a * r + 1.37316937655094611e4;
  a = a * r + 1.97159095030655144e3;
  a = a * r + 1.33141667891784377e2;
  a = a * r + 3.387132872796366608;
  let b = 5.22649527885285456e3;
  b = b * r + 2.87290857357219427e4;
  b = b * r + 3.93078958000927106e4;
  b = b * r + 2.12137943015865959e4;
  b = b * r + 5.39419602142475111e3;
  b = b * r + 6.871870074920579083e2;
  b = b * r + 4.2313330701600911252e1;
  b = b * r + 1;
  return (q * a) / b;
}

function tail(r: number): number {
  let a = 7.7454501427834140764e-4;
  a = a * r + 2.27238449892691845833e-2;
  a = a * r + 2.4178072517745061177e-1;
  a = a * r + 1.27045825245236838258;
  a = a * r + 3.64784832476320460504;
  a = a * r + 5.7694972214606914055;
  a = a * r + 4.6303378461565452959;
  a = a * r + 1.42343711074968357734;
  let b = 1.05075007164441684324e-9;
  b = b * r + 5.475938084995344946e-4;
  b = b * r + 1.51986665636164571966e-2;
  b = b * r + 1.4810397642748007459e-1;
  b = b * r + 6.8976733498510000455e-1;
  b = b * r + 1.6763848301838038494;
  b = b * r + 2.05319162663775882187;
  b = b * r + 1;
  return a / b;
}

function farTail(r: number): number {
  let a = 2.01033439929228813265e-7;
  a = a * r + 2.71155556874348757815e-5;
  a = a * r + 1.2426609473880784386e-3;
  a = a * r + 2.6532189526576123093e-2;
  a = a * r + 2.9656057182850489123e-1;
  a = a * r + 1.7848265399172913358;
  a = a * r + 5.4637849111641143699;
  a = a * r + 6.6579046435011037772;
  let b = 2.04426310338993978564e-15;
  b = b * r + 1.4215117583164458887e-7;
  b = b * r + 1.8463183175100546818e-5;
  b = b * r + 7.868691311456132591e-4;
  b = b * r + 1.48753612908506148525e-2;
  b = b * r + 1.3692988092273580531e-1;
  b = b * r + 5.9983220655588793769e-1;
  b = b * r + 1;
  return a / b;
}
