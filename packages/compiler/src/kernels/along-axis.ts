import type { Step } from '../lower/block.js';
import { f32, i32 } from '../wasm/expr.js';
import type { Local } from '../wasm/func.js';
import type { EmitContext } from './emit.js';

/** Visits every line along the middle axis of `[outer, size, inner]`: the byte offset of its first element. */
function overLines(
  context: EmitContext,
  step: Step,
  body: (line: Local<'i32'>, index: Local<'i32'>) => void,
): void {
  const { outer, size, inner } = step.attrs as Record<'outer' | 'size' | 'inner', number>;
  const { f } = context;
  const index = f.local('i32');
  f.loop(0, outer, 1, (o) => {
    f.loop(0, inner, 1, (i) => {
      body(f.keep('i32', i32.mul(i32.add(i32.mul(o, i32.const(size * inner)), i), i32.const(4))), index);
      f.set(index, i32.add(index, i32.const(4)));
    });
  });
}

/** Code of a `Cumsum` step. */
export function emitCumsum(context: EmitContext, step: Step): void {
  const { size, inner, exclusive, reverse } = step.attrs as {
    size: number;
    inner: number;
    exclusive: boolean;
    reverse: boolean;
  };
  const { f } = context;
  const from = context.address(step.inputs[0]);
  const to = context.address(step.outputs[0]);
  const sum = f.local('f32');
  overLines(context, step, (line) => {
    f.set(sum, f32.const(0));
    if (reverse) f.set(line, i32.add(line, i32.const(4 * (size - 1) * inner)));
    f.loop(0, size, 1, () => {
      const value = f.keep('f32', f32.load(line, from));
      if (exclusive) f.store('f32', line, to, sum);
      f.set(sum, f32.add(sum, value));
      if (!exclusive) f.store('f32', line, to, sum);
      f.set(line, i32.add(line, i32.const((reverse ? -4 : 4) * inner)));
    });
  });
}

/** Code of an `ArgExtreme` step: the first place of the largest or smallest. */
export function emitArgExtreme(context: EmitContext, step: Step): void {
  const { size, inner, kind } = step.attrs as { size: number; inner: number; kind: 'max' | 'min' };
  const { f } = context;
  const from = context.address(step.inputs[0]);
  const to = context.address(step.outputs[0]);
  const best = f.local('f32');
  const place = f.local('i32');
  overLines(context, step, (line, index) => {
    f.set(best, f32.load(line, from));
    f.set(place, i32.const(0));
    if (size > 1)
      f.loop(1, size, 1, (i) => {
        f.set(line, i32.add(line, i32.const(4 * inner)));
        const value = f.keep('f32', f32.load(line, from));
        f.if(kind === 'max' ? f32.gt(value, best) : f32.lt(value, best), () => {
          f.set(best, value);
          f.set(place, i);
        });
      });
    f.store('i32', index, to, place);
  });
}
