import type { GroupAttrs } from '../fuse/group.js';
import { hostFunctions } from '../kernels/host-math.js';
import { boxLoops } from '../kernels/copy.js';
import { sizeOf, type Step } from '../lower/block.js';
import type { CopyAttrs, CopyBox } from '../lower/copies.js';
import { LONGEST_SUM, productScratch, type ProductAttrs } from '../lower/products.js';
import type { ReduceAttrs } from '../lower/reductions.js';

/** How rows of a result depend on an array. */
export interface RowAccess {
  /** Elements from what one row reads to what the next reads; 0: all rows read the same. */
  readonly stride: number;
  /** Whether a row reads nothing but the elements before the start of the next. */
  readonly inside: boolean;
}

/** A step all of whose results can be computed row by row. */
export interface RowForm {
  /** In the order of the step's inputs. */
  readonly inputs: readonly RowAccess[];
  /** Elements of a row of each output; `null` for space that is only used while the step runs. */
  readonly outputs: readonly (number | null)[];
  /** Elements of that space for so many rows; of steps that have some. */
  readonly scratchFor?: (height: number) => number;
  /** Whether nothing but the final elements is ever in the first output, also while the step runs. */
  readonly writesOnce: boolean;
  /** Attributes of the step for so many rows. */
  readonly attrsFor: (height: number) => Readonly<Record<string, unknown>>;
}

const ALL: RowAccess = { stride: 0, inside: false };

/** How a step computes `rows` rows, into which its results are divided evenly; `null` where a row needs others. */
export function rowForm(step: Step, rows: number): RowForm | null {
  switch (step.op) {
    case 'Group':
      return groupForm(step, step.attrs as unknown as GroupAttrs, rows);
    case 'MatMul':
    case 'Dot':
      return productForm(step, step.attrs as unknown as ProductAttrs, rows);
    case 'Reduce':
      return reduceForm(step.attrs as unknown as ReduceAttrs, rows);
    case 'Copy':
      return copyForm(step, step.attrs as unknown as CopyAttrs, rows);
    default:
      return null;
  }
}

/** Elements between the first and the last of a box, smallest and largest offset. */
function extent(sizes: readonly number[], strides: readonly number[]): { low: number; high: number } {
  let [low, high] = [0, 0];
  sizes.forEach((size, i) => {
    const reach = (size - 1) * strides[i];
    if (reach < 0) low += reach;
    else high += reach;
  });
  return { low, high };
}

/** Access of a box whose first axis goes through rows, `perRow` of its places each. */
function boxAccess(
  sizes: readonly number[],
  strides: readonly number[],
  perRow: number,
  from: number,
): RowAccess {
  const stride = perRow * strides[0];
  const { low, high } = extent([perRow, ...sizes.slice(1)], strides);
  return { stride, inside: stride > 0 && from + low >= 0 && from + high < stride };
}

function groupForm({ outputs }: Step, group: GroupAttrs, rows: number): RowForm | null {
  const { dims, loads, nodes } = group;
  // Strips may run in threads that have no host to ask.
  if (dims.length === 0 || dims[0] % rows !== 0 || nodes.some(({ op }) => hostFunctions.has(op))) return null;
  const perRow = dims[0] / rows;
  return {
    inputs: loads.map(({ strides }) => (strides[0] === 0 ? ALL : boxAccess(dims, strides, perRow, 0))),
    outputs: outputs.map(() => sizeOf(dims) / rows),
    writesOnce: true,
    attrsFor: (height) => ({ ...group, dims: [height * perRow, ...dims.slice(1)] }),
  };
}

function productForm({ outputs }: Step, attrs: ProductAttrs, rows: number): RowForm | null {
  const { batch, m, n, k, aRow, aColumn, aBatch, bBatch } = attrs;
  const scratch = outputs.slice(1).map(() => null);
  // Long sums are added up in the result.
  const writesOnce = k <= LONGEST_SUM;
  if (batch === 1) {
    if (m % rows !== 0) return null;
    const perRow = m / rows;
    const attrsFor = (height: number): ProductAttrs => ({ ...attrs, m: height * perRow });
    return {
      inputs: [boxAccess([m, k], [aRow, aColumn], perRow, 0), ALL],
      outputs: [perRow * n, ...scratch],
      scratchFor: (height) => productScratch(attrsFor(height)),
      writesOnce,
      attrsFor: (height) => ({ ...attrsFor(height) }),
    };
  }
  if (batch % rows !== 0) return null;
  const perRow = batch / rows;
  const access = (own: number, size: readonly number[], strides: readonly number[]): RowAccess =>
    own === 0 ? ALL : boxAccess([batch, ...size], [own, ...strides], perRow, 0);
  return {
    inputs: [access(aBatch, [m, k], [aRow, aColumn]), access(bBatch, [k * n], [1])],
    outputs: [perRow * m * n, ...scratch],
    scratchFor: () => productScratch(attrs),
    writesOnce,
    attrsFor: (height) => ({ ...attrs, batch: height * perRow }),
  };
}

function reduceForm(attrs: ReduceAttrs, rows: number): RowForm | null {
  const { outer, size, inner } = attrs;
  if (outer % rows !== 0) return null;
  const perRow = outer / rows;
  return {
    inputs: [{ stride: perRow * size * inner, inside: true }],
    outputs: [perRow * inner],
    writesOnce: true,
    attrsFor: (height) => ({ ...attrs, outer: height * perRow }),
  };
}

function copyForm({ inputs, outputs: [out] }: Step, attrs: CopyAttrs, rows: number): RowForm | null {
  const size = sizeOf(out.shape);
  if (size % rows !== 0) return null;
  const rowSize = size / rows;
  const boxes = attrs.boxes.map((box) => rowBox(box, rows, rowSize));
  if (boxes.some((box) => box === null)) return null;
  const found = boxes as RowBox[];
  const accesses = inputs.map((_, input) => {
    const own = found.filter(({ box }) => box.input === input).map(({ access }) => access);
    const [first] = own;
    if (own.some(({ stride }) => stride !== first.stride)) return null;
    return { stride: first.stride, inside: own.every(({ inside }) => inside) };
  });
  if (accesses.some((access) => access === null)) return null;
  return {
    inputs: accesses as RowAccess[],
    outputs: [rowSize],
    // Boxes go over what has been filled.
    writesOnce: attrs.fill === undefined,
    attrsFor: (height) => ({
      ...attrs,
      boxes: found.map(({ box, perRow }) => ({
        ...box,
        sizes: [height * perRow, ...box.sizes.slice(1)],
      })),
    }),
  };
}

interface RowBox {
  /** The box with axes joined. */
  readonly box: CopyBox;
  /** Places along its first axis that one row takes. */
  readonly perRow: number;
  readonly access: RowAccess;
}

/** A box whose first axis goes through all rows of what it writes, and that stays inside of each. */
function rowBox(box: CopyBox, rows: number, rowSize: number): RowBox | null {
  const { dims, strides } = boxLoops(box);
  const [fromStrides, toStrides] = strides;
  if (dims.length === 0 || dims[0] % rows !== 0) return null;
  const perRow = dims[0] / rows;
  if (!boxAccess(dims, toStrides, perRow, box.to).inside || perRow * toStrides[0] !== rowSize) return null;
  const access = fromStrides[0] === 0 ? ALL : boxAccess(dims, fromStrides, perRow, box.from);
  // Rows in reverse order.
  if (access.stride < 0) return null;
  return { box: { ...box, sizes: dims, fromStrides, toStrides }, perRow, access };
}
