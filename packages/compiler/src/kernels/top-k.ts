import type { Step } from '../lower/block.js';
import { f32, i32, type Expr } from '../wasm/expr.js';
import type { EmitContext } from './emit.js';

/** Code of a `TopK` step: every element is inserted into the sorted largest so far. */
export function emitTopK(context: EmitContext, step: Step): void {
  const { rows, size, k } = step.attrs as Record<'rows' | 'size' | 'k', number>;
  if (k === 0) return;
  const { f } = context;
  const [x] = step.inputs;
  const [from, values, indices] = [x, ...step.outputs].map((operand) => context.address(operand));
  const row = f.keep('i32', i32.const(0));
  const top = f.keep('i32', i32.const(0));
  const at = f.local('i32');
  const floats = x.dtype === 'float32';
  f.loop(0, rows, 1, () => {
    f.loop(0, size, 1, (i) => {
      const source = i32.add(row, i32.shl(i, i32.const(2)));
      const bits = f.keep('i32', i32.load(source, from));
      const value = f.keep('f32', f32.load(source, from));
      // The place above `at` moves down while it holds less; a later equal element stays behind.
      const above = i32.sub(i32.add(top, at), i32.const(4));
      const isMore: Expr<'i32'> = floats
        ? f32.gt(value, f32.load(above, values))
        : i32.gtS(bits, i32.load(above, values));
      f.set(at, i32.shl(i, i32.const(2)));
      // The list is full: what falls off its end is overwritten.
      f.if(i32.gtS(at, i32.const(4 * (k - 1))), () => {
        f.set(at, i32.const(4 * k));
      });
      const moving = f.keep('i32', i32.const(1));
      f.repeat(() => {
        f.set(moving, i32.const(0));
        f.if(i32.gtS(at, i32.const(0)), () =>
          f.if(isMore, () => {
            f.if(i32.ltS(at, i32.const(4 * k)), () => {
              f.store('i32', i32.add(top, at), values, i32.load(above, values));
              f.store('i32', i32.add(top, at), indices, i32.load(above, indices));
            });
            f.set(at, i32.sub(at, i32.const(4)));
            f.set(moving, i32.const(1));
          }),
        );
        return moving;
      });
      f.if(i32.ltS(at, i32.const(4 * k)), () => {
        f.store('i32', i32.add(top, at), values, bits);
        f.store('i32', i32.add(top, at), indices, i);
      });
    });
    f.set(row, i32.add(row, i32.const(4 * size)));
    f.set(top, i32.add(top, i32.const(4 * k)));
  });
}
