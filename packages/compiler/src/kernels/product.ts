import { PACKED_ROWS, productScratch, TILE_ROWS, type ProductAttrs } from '../lower/products.js';
import type { Parts } from '../parallel/parts.js';
import { i32, type Expr } from '../wasm/expr.js';
import type { Callable, FunctionWriter } from '../wasm/func.js';
import { addressOf, type EmitContext, type EmitRule } from './emit.js';
import type { Units } from './units.js';

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

/** Products are cut between their pairs of matrices, that of one pair between rows of its first factor. */
export const rowUnits = ({ batch, m }: ProductAttrs): Units =>
  batch > 1 ? { count: batch, grain: 1 } : { count: m, grain: TILE_ROWS, several: PACKED_ROWS };

/**
 * The rule of a product: one function for all products of the same sizes, called with addresses. Their code is long,
 * and a training step has many alike.
 */
export function productRule(name: string, write: WriteProduct): EmitRule {
  const kernelFor = (context: EmitContext, attrs: ProductAttrs, operands: number): Callable => {
    const { batch, m, n, k } = attrs;
    const parameters = Array.from({ length: operands }, () => 'i32' as const);
    return context.helper(`${name} ${operands} ${JSON.stringify(attrs)}`, (module) =>
      module.function(`${name} ${m} x ${k} x ${n}`, parameters, [], (f) => {
        const [a, b, c, scratch] = parameters.map((_, i) => f.parameter(i, 'i32'));
        if (batch === 1) return write(f, attrs, a, b, c, scratch);
        f.loop(0, batch, 1, (i) => {
          const at = (start: I32, elements: number): I32 =>
            f.keep('i32', i32.add(start, i32.mul(i, i32.const(4 * elements))));
          write(f, attrs, at(a, attrs.aBatch), at(b, attrs.bBatch), at(c, m * n), scratch);
        });
      }),
    );
  };
  return (context, step, part) => {
    const attrs = step.attrs as unknown as ProductAttrs;
    const { f } = context;
    const places = [...step.inputs, ...step.outputs].map((x) => addressOf(context.place(x)));
    if (part === undefined) return f.call(kernelFor(context, attrs, places.length), ...places);
    const strides = partStrides(attrs, part);
    const addresses = places.map((place, i) =>
      f.keep('i32', i32.add(place, i32.mul(part.index, i32.const(4 * strides[i])))),
    );
    const call = (units: number): void =>
      f.call(kernelFor(context, withUnits(attrs, units), places.length), ...addresses);
    const last = rowUnits(attrs).count - part.per * (part.count - 1);
    if (last === part.per) return call(last);
    f.if(
      i32.eq(part.index, i32.const(part.count - 1)),
      () => call(last),
      () => call(part.per),
    );
  };
}

/** Elements of the space in which a part places parts of its factors; the last may have a few rows more. */
export const partScratch = (attrs: ProductAttrs, { per, count }: Parts): number =>
  Math.max(
    ...[per, rowUnits(attrs).count - per * (count - 1)].map((units) =>
      productScratch(withUnits(attrs, units)),
    ),
  );

const withUnits = (attrs: ProductAttrs, units: number): ProductAttrs =>
  attrs.batch > 1 ? { ...attrs, batch: units } : { ...attrs, m: units };

/** Elements from one part to the next of both factors, the result and what is copied side by side. */
function partStrides(attrs: ProductAttrs, part: Parts): number[] {
  const { batch, m, n, aRow, aBatch, bBatch } = attrs;
  const { per } = part;
  const scratch = partScratch(attrs, part);
  return batch > 1 ? [per * aBatch, per * bBatch, per * m * n, scratch] : [per * aRow, 0, per * n, scratch];
}
