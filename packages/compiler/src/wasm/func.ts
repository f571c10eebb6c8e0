import { Bytes, pushUnsigned } from './bytes.js';
import { i32, simdCode, type Expr, type ValueType } from './expr.js';

/** A local variable; as an expression it is its value. */
export type Local<T extends ValueType = ValueType> = Expr<T> & { readonly index: number; readonly of: T };

/** Anything that can be called from generated code. */
export interface Callable {
  readonly index: number;
}

const TYPE_CODES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** The byte that names a value type. */
export const typeCode = (type: ValueType): number => TYPE_CODES[type];

/** Writes one function: statements append, expressions come from expr.ts. */
export class FunctionWriter {
  readonly code = new Bytes();
  readonly #types: ValueType[] = [];

  /**
   * Starts an empty function.
   *
   * @param parameters types of the parameters; they are the first locals
   */
  constructor(readonly parameters: readonly ValueType[] = []) {}

  /** The `i`-th parameter. */
  parameter<T extends ValueType>(i: number, of: T): Local<T> {
    return asLocal(i, of);
  }

  /** A new variable, zero at the start. */
  local<T extends ValueType>(of: T): Local<T> {
    this.#types.push(of);
    return asLocal(this.parameters.length + this.#types.length - 1, of);
  }

  set<T extends ValueType>(target: Local<T>, value: Expr<T>): void {
    value(this.code);
    this.code.push(0x21);
    pushUnsigned(this.code, target.index);
  }

  /** A new variable that holds `value`. */
  keep<T extends ValueType>(of: T, value: Expr<T>): Local<T> {
    const target = this.local(of);
    this.set(target, value);
    return target;
  }

  /** `keep` for 128 bits, the common case. */
  vector(value: Expr<'v128'>): Local<'v128'> {
    return this.keep('v128', value);
  }

  store(of: ValueType, address: Expr<'i32'>, offset: number, value: Expr): void {
    address(this.code);
    value(this.code);
    this.code.pushAll(STORES[of]);
    this.code.push(0);
    pushUnsigned(this.code, offset);
  }

  /** Stores the first `lanes` (1 to 4) lanes of 32 bits. */
  storeLanes(address: Expr<'i32'>, offset: number, value: Local<'v128'>, lanes: number): void {
    if (lanes >= 4) return this.store('v128', address, offset, value);
    if (lanes >= 2) this.#storeLane(0x5b, address, offset, value, 0);
    if (lanes % 2 === 1) this.#storeLane(0x5a, address, offset + 4 * (lanes - 1), value, lanes - 1);
  }

  #storeLane(instruction: number, address: Expr<'i32'>, offset: number, value: Expr, index: number): void {
    address(this.code);
    value(this.code);
    this.code.pushAll(simdCode(instruction));
    this.code.push(0);
    pushUnsigned(this.code, offset);
    this.code.push(index);
  }

  /** Calls a function without result, or one whose result is the last thing wanted by the caller. */
  call(target: Callable, ...args: Expr[]): void {
    for (const arg of args) arg(this.code);
    this.code.push(0x10);
    pushUnsigned(this.code, target.index);
  }

  /** Calls the function at a place of the module's table, which gives nothing. */
  callTable(place: Expr<'i32'>, args: readonly Expr<'i32'>[], type: number): void {
    for (const arg of args) arg(this.code);
    place(this.code);
    this.code.push(0x11);
    pushUnsigned(this.code, type);
    this.code.push(0);
  }

  /** A statement that leaves nothing on the stack. */
  run(statement: (out: Bytes) => void): void {
    statement(this.code);
  }

  /** Computes a value for its effect. */
  drop(value: Expr): void {
    value(this.code);
    this.code.push(0x1a);
  }

  /** The body runs for `i = from, from + step, …` while `i < to` (at least once, all known in advance). */
  loop(from: number, to: number, step: number, body: (i: Local<'i32'>) => void): void {
    const i = this.local('i32');
    this.set(i, i32.const(from));
    this.code.pushAll([0x03, 0x40]);
    body(i);
    this.set(i, i32.add(i, i32.const(step)));
    i32.ltS(i, i32.const(to))(this.code);
    this.code.pushAll([0x0d, 0, 0x0b]);
  }

  /** The same between bounds that are known at run time only; `from` must be below `to`. */
  loopBetween(from: Expr<'i32'>, to: Expr<'i32'>, step: number, body: (i: Local<'i32'>) => void): void {
    const i = this.keep('i32', from);
    const end = this.keep('i32', to);
    this.repeat(() => {
      body(i);
      this.set(i, i32.add(i, i32.const(step)));
      return i32.ltS(i, end);
    });
  }

  /** Repeats while the body's result is not zero; at least once. */
  repeat(body: () => Expr<'i32'>): void {
    this.code.pushAll([0x03, 0x40]);
    body()(this.code);
    this.code.pushAll([0x0d, 0, 0x0b]);
  }

  if(condition: Expr<'i32'>, then: () => void, otherwise?: () => void): void {
    condition(this.code);
    this.code.pushAll([0x04, 0x40]);
    then();
    if (otherwise !== undefined) {
      this.code.push(0x05);
      otherwise();
    }
    this.code.push(0x0b);
  }

  /** Copies `bytes` bytes; the regions may overlap. */
  memoryCopy(to: Expr<'i32'>, from: Expr<'i32'>, bytes: number): void {
    to(this.code);
    from(this.code);
    i32.const(bytes)(this.code);
    this.code.pushAll([0xfc, 0x0a, 0, 0]);
  }

  /** Leaves `value` as the result of the function; the last statement. */
  result(value: Expr): void {
    value(this.code);
  }

  /** The function body as the code section holds it. */
  body(): Bytes {
    const out = new Bytes();
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#types) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    pushUnsigned(out, runs.length);
    for (const run of runs) {
      pushUnsigned(out, run.count);
      out.push(typeCode(run.type));
    }
    out.pushAll(this.code);
    out.push(0x0b);
    return out;
  }
}

const STORES: Readonly<Record<ValueType, number[]>> = {
  i32: [0x36],
  i64: [0x37],
  f32: [0x38],
  f64: [0x39],
  v128: simdCode(11),
};

function asLocal<T extends ValueType>(index: number, of: T): Local<T> {
  // Not Object.assign: locals are made by the ten thousand.
  const get = ((out: Bytes): void => {
    out.push(0x20);
    pushUnsigned(out, index);
  }) as { (out: Bytes): void; index: number; of: T };
  get.index = index;
  get.of = of;
  return get;
}

/** The result of a call as an expression. */
export const callExpr =
  <R extends ValueType>(target: Callable, ...args: Expr[]): Expr<R> =>
  (out) => {
    for (const arg of args) arg(out);
    out.push(0x10);
    pushUnsigned(out, target.index);
  };
