import { f32x4, simdCode, type Expr } from './expr.js';

type V128 = Expr<'v128'>;

/*
 * Products and sums in one instruction (the relaxed SIMD extension), rounded once instead of twice. Engines that have
 * it: V8 from 11.4 on, so Node 22 and Chrome 114; Node 20 behind a flag (fused-multiply.ts).
 */

const MADD = simdCode(0x105);
const NMADD = simdCode(0x106);

/** A module whose only function leaves `relaxed_madd` of nothing behind; it is valid where the instruction is known. */
const PROBE = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, 4, 1, 0x60, 0, 0],
    [3, 2, 1, 0],
    [10, 6 + MADD.length, 1, 4 + MADD.length, 0, 0x00, ...MADD, 0x1a, 0x0b],
  ].flat(),
);

let known: boolean | undefined;

/** Whether the engine has fused multiplication and addition. Asked when code is first written, not at import. */
export const hasFusedMultiply = (): boolean => (known ??= WebAssembly.validate(PROBE));

/** Asks the engine again; after a change of its flags. */
export function probeAgain(): void {
  known = undefined;
}

const ternary =
  (code: readonly number[], apart: (a: V128, b: V128, c: V128) => V128) =>
  (a: V128, b: V128, c: V128): V128 => {
    if (!hasFusedMultiply()) return apart(a, b, c);
    return (out) => {
      a(out);
      b(out);
      c(out);
      out.pushAll(code);
    };
  };

/** `a * b + c` in four lanes. */
export const multiplyAdd = ternary(MADD, (a, b, c) => f32x4.add(c, f32x4.mul(a, b)));

/** `c - a * b` in four lanes. */
export const multiplySubtract = ternary(NMADD, (a, b, c) => f32x4.sub(c, f32x4.mul(a, b)));
