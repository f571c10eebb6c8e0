import type { ProductAttrs } from '../lower/products.js';
import { i32, type Expr } from '../wasm/expr.js';
import type { FunctionWriter } from '../wasm/func.js';
import type { EmitRule } from './emit.js';

type I32 = Expr<'i32'>;

/** Writes the product of one pair of matrices at these addresses; `scratch` is the step's second output. */
export type WriteProduct = (
  f: FunctionWriter,
  attrs: ProductAttrs,
  a: I32,
  b: I32,
  c: I32,
  scratch: I32 | undefined,
) => void;

/**
 * The rule of a product: one function for all products of the same sizes, called with addresses. Their code is long,
 * and a training step has many alike.
 */
export const productRule =
  (name: string, write: WriteProduct): EmitRule =>
  (context, step) => {
    const attrs = step.attrs as unknown as ProductAttrs;
    const { batch, m, n, k } = attrs;
    const places = [...step.inputs, ...step.outputs];
    const kernel = context.helper(`${name} ${JSON.stringify(attrs)}`, (module) =>
      module.function(
        `${name} ${m} x ${k} x ${n}`,
        places.map(() => 'i32' as const),
        [],
        (f) => {
          const [a, b, c, scratch] = places.map((_, i) => f.parameter(i, 'i32'));
          if (batch === 1) return write(f, attrs, a, b, c, scratch);
          f.loop(0, batch, 1, (i) => {
            const at = (start: I32, elements: number): I32 =>
              f.keep('i32', i32.add(start, i32.mul(i, i32.const(4 * elements))));
            write(f, attrs, at(a, attrs.aBatch), at(b, attrs.bBatch), at(c, m * n), scratch);
          });
        },
      ),
    );
    context.f.call(kernel, ...places.map((x) => i32.const(context.address(x))));
  };
