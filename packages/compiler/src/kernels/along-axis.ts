import type { Step } from '../lower/block.js';
import { f32, i32, type Expr } from '../wasm/expr.js';
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

/** How running totals of one type are written. */
interface Running<T extends 'f32' | 'i32'> {
  readonly of: T;
  readonly start: Expr<T>;
  readonly load: (address: Expr<'i32'>, offset: number) => Expr<T>;
  readonly combine: (a: Expr<T>, b: Expr<T>) => Expr<T>;
}

/** Code of a `Cumulative` step: running sums or products. */
export function emitCumulative(context: EmitContext, step: Step): void {
  const { kind } = step.attrs as { kind: 'sum' | 'product' };
  const start = kind === 'sum' ? 0 : 1;
  if (step.outputs[0].dtype === 'float32') {
    const combine = kind === 'sum' ? f32.add : f32.mul;
    running(context, step, { of: 'f32', start: f32.const(start), load: f32.load, combine });
  } else {
    const combine = kind === 'sum' ? i32.add : i32.mul;
    running(context, step, { of: 'i32', start: i32.const(start), load: i32.load, combine });
  }
}

function running<T extends 'f32' | 'i32'>(
  context: EmitContext,
  step: Step,
  { of, start, load, combine }: Running<T>,
): void {
  const { size, inner, exclusive, reverse } = step.attrs as {
    size: number;
    inner: number;
    exclusive: boolean;
    reverse: boolean;
  };
  const { f } = context;
  const from = context.address(step.inputs[0]);
  const to = context.address(step.outputs[0]);
  const total = f.local(of);
  overLines(context, step, (line) => {
    f.set(total, start);
    if (reverse) f.set(line, i32.add(line, i32.const(4 * (size - 1) * inner)));
    f.loop(0, size, 1, () => {
      const value = f.keep(of, load(line, from));
      if (exclusive) f.store(of, line, to, total);
      f.set(total, combine(total, value));
      if (!exclusive) f.store(of, line, to, total);
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
