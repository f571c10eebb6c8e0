import type { GroupAttrs } from '../fuse/group.js';
import { sizeOf, type Operand, type Step } from '../lower/block.js';
import type { ProductAttrs } from '../lower/products.js';

/*
 * Rough times, from one machine. They only decide what is worth handing to another thread, never what is computed.
 */

/** Multiplications and additions of products in a microsecond. */
const PRODUCTS = 18_000;
/** Elements moved or combined in a microsecond. */
const ELEMENTS = 2_500;
/** Element-wise operations in a microsecond: simple ones, and those that are polynomials and quotients. */
const SIMPLE = 6_000;
const COSTLY = 700;

const IS_COSTLY =
  /^(Exp|Expm1|Log|Log1p|Sigmoid|Tanh|Softplus|Elu|Selu|Pow|Erf|A?(Sin|Cos|Tan)h?|Atan2|Mod|FloorDiv)$/;

const elements = (operands: readonly Operand[]): number =>
  operands.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** Microseconds that one thread needs for a step that is no loop, about. */
export function costOf(step: Step): number {
  const moved = elements([...step.inputs, ...step.outputs]) / ELEMENTS;
  switch (step.op) {
    case 'MatMul':
    case 'Dot': {
      const { batch, m, n, k } = step.attrs as unknown as ProductAttrs;
      return (batch * m * n * k) / PRODUCTS;
    }
    case 'Group': {
      const { dims, nodes, loads, stores } = step.attrs as unknown as GroupAttrs;
      const costly = nodes.filter(({ op }) => IS_COSTLY.test(op)).length;
      const simple = nodes.length - costly;
      const each = simple / SIMPLE + costly / COSTLY + (loads.length + stores.length) / (4 * ELEMENTS);
      return sizeOf(dims) * each;
    }
    case 'Strips': {
      const { count = 0, body = [] } = step.strips ?? {};
      return count * body.reduce((sum, each) => sum + costOf(each), 0);
    }
    case 'RandomNormal':
      return 8 * (sizeOf(step.outputs[0].shape) / ELEMENTS);
    case 'RandomUniform':
      return 8 * moved;
    default:
      return moved;
  }
}
