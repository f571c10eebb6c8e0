import { i32 } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';

/** How the units of a step are cut into parts that threads compute: `per` units each, what is left in the last. */
export interface Parts {
  readonly count: number;
  readonly per: number;
}

/** The part that a function computes: its number, and that of the thread, come as arguments. */
export interface Part extends Parts {
  readonly index: Local<'i32'>;
  readonly thread: Local<'i32'>;
}

/** `body` for units `0, …, units - 1`, or those of the part; its argument is the unit times `scale`. */
export function loopUnits(
  f: FunctionWriter,
  part: Part | undefined,
  units: number,
  scale: number,
  body: (at: Local<'i32'>) => void,
): void {
  if (part === undefined) {
    if (units > 0) f.loop(0, units * scale, scale, body);
    return;
  }
  const { index, per, count } = part;
  const from = f.keep('i32', i32.mul(index, i32.const(per * scale)));
  const to = f.keep('i32', i32.add(from, i32.const(per * scale)));
  if (per * count !== units) inLast(f, part, () => f.set(to, i32.const(units * scale)));
  f.loopBetween(from, to, scale, body);
}

/** What is left when the units are done: for the last part to do. */
export function inLast(f: FunctionWriter, part: Part | undefined, body: () => void): void {
  if (part === undefined) body();
  else f.if(i32.eq(part.index, i32.const(part.count - 1)), body);
}
