import type { ProductAttrs } from '../lower/products.js';
import { i32, type Expr } from '../wasm/expr.js';
import type { FunctionWriter } from '../wasm/func.js';
import type { EmitRule } from './emit.js';

type I32 = Expr<'i32'>;

/** Writes the product of one pair of matrices at these addresses. */
export type WriteProduct = (f: FunctionWriter, attrs: ProductAttrs, a: I32, b: I32, c: I32) => void;

/**
 * The rule of a product: one function for all products of the same sizes, called with addresses. Their code is long,
 * and a training step has many alike.
 */
export const productRule =
  (name: string, write: WriteProduct): EmitRule =>
  (context, step) => {
    const attrs = step.attrs as unknown as ProductAttrs;
    const { batch, m, n, k } = attrs;
    const kernel = context.helper(`${name} ${JSON.stringify(attrs)}`, (module) =>
      module.function(`${name} ${m} x ${k} x ${n}`, ['i32', 'i32', 'i32'], [], (f) => {
        const [a, b, c] = [0, 1, 2].map((i) => f.parameter(i, 'i32'));
        if (batch === 1) return write(f, attrs, a, b, c);
        f.loop(0, batch, 1, (i) => {
          const at = (start: I32, elements: number): I32 =>
            f.keep('i32', i32.add(start, i32.mul(i, i32.const(4 * elements))));
          write(f, attrs, at(a, attrs.aBatch), at(b, attrs.bBatch), at(c, m * n));
        });
      }),
    );
    const addresses = [...step.inputs, ...step.outputs].map((x) => i32.const(context.address(x)));
    context.f.call(kernel, ...addresses);
  };
