import type { ValueId } from '../graph/graph.js';
import type { Step } from '../lower/block.js';
import { loopUnits, type Part } from '../parallel/parts.js';
import type { Strips } from '../strips/strips.js';
import { i32, select } from '../wasm/expr.js';
import type { Callable, Local } from '../wasm/func.js';
import type { EmitContext, Place } from './emit.js';

/** Code of a `Strips` step: calls the functions of its body for one strip after the other. */
export function emitStrips(
  context: EmitContext,
  strips: Strips,
  { outputs }: Step,
  body: readonly Callable[],
  part?: Part,
): void {
  const { f } = context;
  const { rows, height, count, bytes } = strips;
  const space = f.local('i32');
  const [place] = bytes === 0 ? [] : outputs.slice(-1);
  if (place !== undefined) {
    const first = i32.const(context.address(place));
    f.set(space, part === undefined ? first : i32.add(first, i32.mul(part.thread, i32.const(bytes))));
  }
  const last = rows - height;
  loopUnits(f, part, count, height, (at) => {
    const row = f.keep('i32', select(i32.ltS(at, i32.const(last)), at, i32.const(last)));
    for (const each of body) f.call(each, row, space);
  });
}

/** The context of a step of the body, whose function is called with the first row of a strip and its space. */
export function inStrip(context: EmitContext, strips: Strips, step: Step): EmitContext {
  const { f } = context;
  const [row, space] = [f.parameter(0, 'i32'), f.parameter(1, 'i32')];
  const bases = new Map<number, Local<'i32'>>();
  const places = new Map<ValueId, Place>();
  // Before any loop: the same for all of the step.
  for (const operand of [...step.inputs, ...step.outputs]) {
    const [view, own] = [strips.views.get(operand.value), strips.places.get(operand.value)];
    if (view !== undefined) {
      const base = bases.get(view.stride) ?? f.keep('i32', i32.mul(row, i32.const(4 * view.stride)));
      bases.set(view.stride, base);
      places.set(operand.value, { offset: context.address(view.whole), base });
    } else if (own !== undefined) places.set(operand.value, { offset: own, base: space });
  }
  return { ...context, place: (operand) => places.get(operand.value) ?? context.place(operand) };
}
