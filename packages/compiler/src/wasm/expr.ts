import { Bytes, pushFloat32, pushFloat64, pushInt32, pushSigned, pushUnsigned } from './bytes.js';

/*
 * Expressions of WebAssembly as functions that write themselves: `f32x4.add(a, f32x4.mul(b, c))` reads like the
 * formula. An expression that is used twice is computed twice; keep it in a local (func.ts) to share it.
 */

/** The value types that generated code uses. */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** Writes the instructions that leave one value of type `T` on the stack. */
export type Expr<T extends ValueType = ValueType> = ((out: Bytes) => void) & { readonly type?: T };

type I32 = Expr<'i32'>;
type I64 = Expr<'i64'>;
type F32 = Expr<'f32'>;
type F64 = Expr<'f64'>;
type V128 = Expr<'v128'>;

const op =
  <R extends ValueType, A extends readonly Expr[]>(...code: number[]) =>
  (...args: A): Expr<R> =>
  (out) => {
    for (const arg of args) arg(out);
    out.pushAll(code);
  };

/** Bytes of a SIMD instruction. */
export function simdCode(instruction: number): number[] {
  const out = new Bytes([0xfd]);
  pushUnsigned(out, instruction);
  return [...out.toArray()];
}

const CONSTANT = simdCode(12);
const SHUFFLE = simdCode(13);

const simd = <A extends readonly Expr[], R extends ValueType = 'v128'>(instruction: number) =>
  op<R, A>(...simdCode(instruction));

const lane =
  <A extends readonly Expr[], R extends ValueType>(instruction: number) =>
  (index: number, ...args: A): Expr<R> =>
    op<R, A>(...simdCode(instruction), index)(...args);

const constant = <T extends ValueType>(code: number[], push: (out: Bytes, value: number) => void) =>
  function (value: number): Expr<T> {
    return (out) => {
      out.pushAll(code);
      push(out, value);
    };
  };

const load =
  <R extends ValueType>(code: number[]) =>
  (address: I32, offset = 0): Expr<R> =>
  (out) => {
    address(out);
    out.pushAll(code);
    out.push(0);
    pushUnsigned(out, offset);
  };

/** 32-bit whole numbers. */
export const i32 = {
  const: constant<'i32'>([0x41], (out, value) => pushSigned(out, value | 0)),
  load: load<'i32'>([0x28]),
  eqz: op<'i32', [I32]>(0x45),
  /** Zeros below the lowest 1. */
  ctz: op<'i32', [I32]>(0x68),
  eq: op<'i32', [I32, I32]>(0x46),
  ne: op<'i32', [I32, I32]>(0x47),
  ltS: op<'i32', [I32, I32]>(0x48),
  ltU: op<'i32', [I32, I32]>(0x49),
  gtS: op<'i32', [I32, I32]>(0x4a),
  geU: op<'i32', [I32, I32]>(0x4f),
  add: op<'i32', [I32, I32]>(0x6a),
  sub: op<'i32', [I32, I32]>(0x6b),
  mul: op<'i32', [I32, I32]>(0x6c),
  divU: op<'i32', [I32, I32]>(0x6e),
  and: op<'i32', [I32, I32]>(0x71),
  or: op<'i32', [I32, I32]>(0x72),
  xor: op<'i32', [I32, I32]>(0x73),
  shl: op<'i32', [I32, I32]>(0x74),
  shrU: op<'i32', [I32, I32]>(0x76),
  rotl: op<'i32', [I32, I32]>(0x77),
  wrapI64: op<'i32', [I64]>(0xa7),
  truncSatF32: op<'i32', [F32]>(0xfc, 0x00),
  truncSatF64: op<'i32', [F64]>(0xfc, 0x02),
} as const;

/** 64-bit whole numbers. */
export const i64 = {
  const: constant<'i64'>([0x42], pushSigned),
  eq: op<'i32', [I64, I64]>(0x51),
  add: op<'i64', [I64, I64]>(0x7c),
  mul: op<'i64', [I64, I64]>(0x7e),
  remU: op<'i64', [I64, I64]>(0x82),
  and: op<'i64', [I64, I64]>(0x83),
  or: op<'i64', [I64, I64]>(0x84),
  xor: op<'i64', [I64, I64]>(0x85),
  shl: op<'i64', [I64, I64]>(0x86),
  shrU: op<'i64', [I64, I64]>(0x88),
  extendI32U: op<'i64', [I32]>(0xad),
  reinterpretF64: op<'i64', [F64]>(0xbd),
} as const;

/** Single-precision numbers. */
export const f32 = {
  const: constant<'f32'>([0x43], pushFloat32),
  load: load<'f32'>([0x2a]),
  eq: op<'i32', [F32, F32]>(0x5b),
  ne: op<'i32', [F32, F32]>(0x5c),
  lt: op<'i32', [F32, F32]>(0x5d),
  gt: op<'i32', [F32, F32]>(0x5e),
  add: op<'f32', [F32, F32]>(0x92),
  sub: op<'f32', [F32, F32]>(0x93),
  mul: op<'f32', [F32, F32]>(0x94),
  min: op<'f32', [F32, F32]>(0x96),
  max: op<'f32', [F32, F32]>(0x97),
  convertI32: op<'f32', [I32]>(0xb2),
  demoteF64: op<'f32', [F64]>(0xb6),
} as const;

/** Double-precision numbers. */
export const f64 = {
  const: constant<'f64'>([0x44], pushFloat64),
  load: load<'f64'>([0x2b]),
  lt: op<'i32', [F64, F64]>(0x63),
  gt: op<'i32', [F64, F64]>(0x64),
  le: op<'i32', [F64, F64]>(0x65),
  abs: op<'f64', [F64]>(0x99),
  neg: op<'f64', [F64]>(0x9a),
  sqrt: op<'f64', [F64]>(0x9f),
  add: op<'f64', [F64, F64]>(0xa0),
  sub: op<'f64', [F64, F64]>(0xa1),
  mul: op<'f64', [F64, F64]>(0xa2),
  div: op<'f64', [F64, F64]>(0xa3),
  convertI32: op<'f64', [I32]>(0xb7),
  convertI32U: op<'f64', [I32]>(0xb8),
  promoteF32: op<'f64', [F32]>(0xbb),
  reinterpretI64: op<'f64', [I64]>(0xbf),
} as const;

/** 128 bits, without a view on what they mean. */
export const v128 = {
  load: load<'v128'>(simdCode(0)),
  load32Splat: load<'v128'>(simdCode(9)),
  load32Zero: load<'v128'>(simdCode(0x5c)),
  load64Zero: load<'v128'>(simdCode(0x5d)),
  not: simd<[V128]>(77),
  and: simd<[V128, V128]>(78),
  /** `a & ~b` */
  andNot: simd<[V128, V128]>(79),
  or: simd<[V128, V128]>(80),
  xor: simd<[V128, V128]>(81),
  /** Bits of the first where the third is 1, of the second elsewhere. */
  bitselect: simd<[V128, V128, V128]>(82),
  anyTrue: simd<[V128], 'i32'>(83),
  /** Lanes of 32 bits: 0 to 3 of `a`, 4 to 7 of `b`. */
  shuffle32:
    (lanes: readonly [number, number, number, number], a: V128, b: V128): V128 =>
    (out) => {
      a(out);
      b(out);
      out.pushAll(SHUFFLE);
      for (const at of lanes) for (let byte = 0; byte < 4; byte++) out.push(4 * at + byte);
    },
} as const;

/** Four int32 lanes. Comparisons give all ones or zero. */
export const i32x4 = {
  const:
    (...values: [number, number, number, number]): V128 =>
    (out) => {
      out.pushAll(CONSTANT);
      for (const value of values) pushInt32(out, value);
    },
  all: (value: number): V128 => i32x4.const(value, value, value, value),
  splat: simd<[I32]>(17),
  extract: lane<[V128], 'i32'>(27),
  replace: lane<[V128, I32], 'v128'>(28),
  eq: simd<[V128, V128]>(55),
  ne: simd<[V128, V128]>(56),
  lt: simd<[V128, V128]>(57),
  gt: simd<[V128, V128]>(59),
  le: simd<[V128, V128]>(61),
  ge: simd<[V128, V128]>(63),
  abs: simd<[V128]>(0xa0),
  neg: simd<[V128]>(0xa1),
  allTrue: simd<[V128], 'i32'>(0xa3),
  shl: simd<[V128, I32]>(0xab),
  shrS: simd<[V128, I32]>(0xac),
  shrU: simd<[V128, I32]>(0xad),
  add: simd<[V128, V128]>(0xae),
  sub: simd<[V128, V128]>(0xb1),
  mul: simd<[V128, V128]>(0xb5),
  min: simd<[V128, V128]>(0xb6),
  max: simd<[V128, V128]>(0xb8),
  truncSatF32x4: simd<[V128]>(0xf8),
} as const;

/** Four float32 lanes. Comparisons give all ones or zero. */
export const f32x4 = {
  /** The same number in every lane. */
  all:
    (value: number): V128 =>
    (out) => {
      out.pushAll(CONSTANT);
      for (let i = 0; i < 4; i++) pushFloat32(out, value);
    },
  splat: simd<[F32]>(19),
  extract: lane<[V128], 'f32'>(31),
  replace: lane<[V128, F32], 'v128'>(32),
  eq: simd<[V128, V128]>(65),
  ne: simd<[V128, V128]>(66),
  lt: simd<[V128, V128]>(67),
  gt: simd<[V128, V128]>(68),
  le: simd<[V128, V128]>(69),
  ge: simd<[V128, V128]>(70),
  demoteF64x2Zero: simd<[V128]>(0x5e),
  ceil: simd<[V128]>(0x67),
  floor: simd<[V128]>(0x68),
  trunc: simd<[V128]>(0x69),
  /** To the nearest whole number, ties to even. */
  nearest: simd<[V128]>(0x6a),
  abs: simd<[V128]>(0xe0),
  neg: simd<[V128]>(0xe1),
  sqrt: simd<[V128]>(0xe3),
  add: simd<[V128, V128]>(0xe4),
  sub: simd<[V128, V128]>(0xe5),
  mul: simd<[V128, V128]>(0xe6),
  div: simd<[V128, V128]>(0xe7),
  /** NaN where either is NaN. */
  min: simd<[V128, V128]>(0xe8),
  /** NaN where either is NaN. */
  max: simd<[V128, V128]>(0xe9),
  /** `b < a ? b : a`: one machine instruction; keeps a NaN of the first. */
  pmin: simd<[V128, V128]>(0xea),
  /** `a < b ? b : a`: one machine instruction; keeps a NaN of the first. */
  pmax: simd<[V128, V128]>(0xeb),
  convertI32x4: simd<[V128]>(0xfa),
} as const;

/** Two int64 lanes. */
export const i64x2 = {
  shl: simd<[V128, I32]>(0xcb),
  add: simd<[V128, V128]>(0xce),
} as const;

/** Two float64 lanes. */
export const f64x2 = {
  all:
    (value: number): V128 =>
    (out) => {
      out.pushAll(CONSTANT);
      for (let i = 0; i < 2; i++) pushFloat64(out, value);
    },
  splat: simd<[F64]>(20),
  extract: lane<[V128], 'f64'>(33),
  replace: lane<[V128, F64], 'v128'>(34),
  eq: simd<[V128, V128]>(71),
  lt: simd<[V128, V128]>(73),
  gt: simd<[V128, V128]>(74),
  promoteLowF32x4: simd<[V128]>(0x5f),
  floor: simd<[V128]>(0x75),
  trunc: simd<[V128]>(0x7a),
  nearest: simd<[V128]>(0x94),
  abs: simd<[V128]>(0xec),
  neg: simd<[V128]>(0xed),
  sqrt: simd<[V128]>(0xef),
  add: simd<[V128, V128]>(0xf0),
  sub: simd<[V128, V128]>(0xf1),
  mul: simd<[V128, V128]>(0xf2),
  div: simd<[V128, V128]>(0xf3),
  /** `b < a ? b : a`: keeps a NaN of the first. */
  pmin: simd<[V128, V128]>(0xf6),
  /** `a < b ? b : a`: keeps a NaN of the first. */
  pmax: simd<[V128, V128]>(0xf7),
  truncSatToI32x4: simd<[V128]>(0xfc),
  convertLowI32x4S: simd<[V128]>(0xfe),
  convertLowI32x4U: simd<[V128]>(0xff),
} as const;

/** `condition ? a : b`, both computed. */
export const select =
  <T extends ValueType>(condition: I32, a: Expr<T>, b: Expr<T>): Expr<T> =>
  (out) => {
    a(out);
    b(out);
    condition(out);
    out.push(0x1b);
  };
