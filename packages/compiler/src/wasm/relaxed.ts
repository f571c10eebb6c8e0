import { f32x4, simdCode, type Expr } from './expr.js';

type V128 = Expr<'v128'>;

/*
 * Products and sums in one instruction (the relaxed SIMD extension), rounded once instead of twice. Engines that have
 * it: V8 from 11.4 on, so Node 22 and Chrome 114.
 */

const MADD = simdCode(0x105);
const NMADD = simdCode(0x106);

/** A module whose only function leaves `relaxed_madd` of nothing behind; it is valid where the instruction is known. */
const PROBE = [
  [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  [1, 4, 1, 0x60, 0, 0],
  [3, 2, 1, 0],
  [10, 6 + MADD.length, 1, 4 + MADD.length, 0, 0x00, ...MADD, 0x1a, 0x0b],
].flat();

/** Whether the engine has fused multiplication and addition. */
export const hasFusedMultiply = WebAssembly.validate(Uint8Array.from(PROBE));

const ternary =
  (code: readonly number[]) =>
  (a: V128, b: V128, c: V128): V128 =>
  (out) => {
    a(out);
    b(out);
    c(out);
    out.push(...code);
  };

/** `a * b + c` in four lanes. */
export const multiplyAdd: (a: V128, b: V128, c: V128) => V128 = hasFusedMultiply
  ? ternary(MADD)
  : (a, b, c) => f32x4.add(c, f32x4.mul(a, b));

/** `c - a * b` in four lanes. */
export const multiplySubtract: (a: V128, b: V128, c: V128) => V128 = hasFusedMultiply
  ? ternary(NMADD)
  : (a, b, c) => f32x4.sub(c, f32x4.mul(a, b));
