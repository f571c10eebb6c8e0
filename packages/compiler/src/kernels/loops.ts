import type { Step } from '../lower/block.js';
import { sizeOf, type Operand } from '../lower/block.js';
import { f32x4, i32, type Expr } from '../wasm/expr.js';
import type { Callable, Local } from '../wasm/func.js';
import { copyElements, fillVectors } from './copy.js';
import type { EmitContext } from './emit.js';

/** The functions that compute a block, one a step. */
export interface LoopFunctions {
  readonly body: readonly Callable[];
  readonly condition: readonly Callable[];
}

/** Copies all of `from` to `to`, each at an offset in bytes. */
function copyWhole(
  context: EmitContext,
  to: Operand,
  from: Operand,
  size: number,
  toOffset: Expr<'i32'> | null = null,
  fromOffset: Expr<'i32'> | null = null,
): void {
  if (size === 0) return;
  const { f } = context;
  const place = (operand: Operand, offset: Expr<'i32'> | null): Expr<'i32'> => {
    const base = i32.const(context.address(operand));
    return offset === null ? base : f.keep('i32', i32.add(base, offset));
  };
  copyElements(f, place(to, toOffset), place(from, fromOffset), size);
}

/** The next carries over the old ones; the body's results lie elsewhere, so the order does not matter. */
function updateCarries(context: EmitContext, step: Step): void {
  const { carryCount = 0, body } = step.loop ?? {};
  for (let i = 0; i < carryCount; i++) {
    const next = body?.outputs[i];
    const carry = step.outputs[i];
    if (next !== undefined && next.value !== carry.value)
      copyWhole(context, carry, next, sizeOf(carry.shape));
  }
}

function startCarries(context: EmitContext, step: Step): void {
  const { carryCount = 0 } = step.loop ?? {};
  for (let i = 0; i < carryCount; i++)
    copyWhole(context, step.outputs[i], step.inputs[i], sizeOf(step.outputs[i].shape));
}

/** Code of a `Scan` step. */
export function emitScan(context: EmitContext, step: Step, functions: LoopFunctions): void {
  const { f } = context;
  startCarries(context, step);
  const { loop } = step;
  if (loop === undefined || loop.length === 0) return;
  const { carryCount, slices, body, counted } = loop;
  const iterate = (t: Local<'i32'>): void => {
    const offset = (size: number): Expr<'i32'> => i32.mul(t, i32.const(4 * size));
    slices.forEach((slice, i) => {
      const size = sizeOf(slice.shape);
      copyWhole(context, slice, step.inputs[carryCount + i], size, null, offset(size));
    });
    for (const each of functions.body) f.call(each);
    // Before the carries change, of which an output may be one.
    step.outputs.slice(carryCount).forEach((stacked, i) => {
      const y = body.outputs[carryCount + i];
      const size = sizeOf(y.shape);
      copyWhole(context, stacked, y, size, offset(size));
    });
    updateCarries(context, step);
  };
  if (counted !== true) return f.loop(0, loop.length, 1, iterate);
  for (const stacked of step.outputs.slice(carryCount))
    fillVectors(f, context.place(stacked), sizeOf(stacked.shape), f32x4.all(0));
  const steps = f.keep('i32', i32.load(i32.const(context.address(step.outputs[0]))));
  f.loop(0, loop.length, 1, (t) => f.if(i32.ltS(t, steps), () => iterate(t)));
}

/** Code of a `While` step. */
export function emitWhile(context: EmitContext, step: Step, functions: LoopFunctions): void {
  const { f } = context;
  startCarries(context, step);
  const { loop } = step;
  const test = loop?.condition?.outputs[0];
  if (loop === undefined || test === undefined || loop.length === 0) return;
  const left = f.keep('i32', i32.const(loop.length));
  const go = f.local('i32');
  f.repeat(() => {
    for (const each of functions.condition) f.call(each);
    f.set(go, i32.load(i32.const(context.address(test))));
    f.if(go, () => {
      for (const each of functions.body) f.call(each);
      updateCarries(context, step);
      f.set(left, i32.sub(left, i32.const(1)));
    });
    return i32.and(i32.ne(go, i32.const(0)), i32.ne(left, i32.const(0)));
  });
}
