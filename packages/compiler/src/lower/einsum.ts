import { sizeOf, type Operand } from './block.js';
import { reshaped, type LowerContext } from './context.js';
import { transpose } from './copies.js';
import { lowerMatMul } from './products.js';
import { reduceAxes } from './reductions.js';
import type { LowerRule } from './rules.js';

/** An array whose axes have names. */
interface Named {
  readonly x: Operand;
  readonly letters: readonly string[];
}

/** The axes in another order. */
function ordered(context: LowerContext, { x, letters }: Named, order: readonly string[]): Operand {
  const axes = order.map((letter) => letters.indexOf(letter));
  return axes.every((axis, i) => axis === i) ? x : transpose(context, x, axes);
}

/** Sums over the axes that nothing else names. */
function summed(context: LowerContext, { x, letters }: Named, kept: ReadonlySet<string>): Named {
  const axes = letters.flatMap((letter, i) => (kept.has(letter) ? [] : [i]));
  if (axes.length === 0) return { x, letters };
  const left = letters.filter((letter) => kept.has(letter));
  const shape = left.map((letter) => x.shape[letters.indexOf(letter)]);
  return { x: reduceAxes(context, 'sum', x, axes, shape), letters: left };
}

/** Einstein sums of one or two arrays, as a product of batches of matrices between transposes. */
export const einsum: LowerRule = (context, inputs, attrs, [out]) => {
  const [left, right] = String(attrs.equation).replaceAll(' ', '').split('->');
  const names = left.split(',').map((part) => [...part]);
  const result = [...right];
  if (inputs.some((x) => x.dtype !== 'float32') || inputs.length > 2) return null;
  // Diagonals.
  if ([...names, result].some((letters) => new Set(letters).size !== letters.length)) return null;
  const sizeOfLetter = new Map(
    names.flatMap((letters, i) => letters.map((c, axis) => [c, inputs[i].shape[axis]])),
  );
  // The kernel has its own idea of sums over axes that only one of two arrays has.
  if (result.some((letter, axis) => sizeOfLetter.get(letter) !== out.shape[axis])) return null;
  if (result.length !== out.shape.length) return null;
  const given = inputs.map((x, i): Named => ({ x, letters: names[i] }));
  if (given.length === 1) {
    const all = summed(context, given[0], new Set(result));
    return [ordered(context, all, result)];
  }
  const [a, b] = given.map((each, i) => summed(context, each, new Set([...result, ...names[1 - i]])));
  const both = a.letters.filter((letter) => b.letters.includes(letter));
  const batch = both.filter((letter) => result.includes(letter));
  const over = both.filter((letter) => !result.includes(letter));
  const rows = a.letters.filter((letter) => !both.includes(letter));
  const columns = b.letters.filter((letter) => !both.includes(letter));
  const sizes = (letters: readonly string[], { x, letters: own }: Named): number[] =>
    letters.map((letter) => x.shape[own.indexOf(letter)]);
  const [batches, k] = [sizeOf(sizes(batch, a)), sizeOf(sizes(over, a))];
  const [m, n] = [sizeOf(sizes(rows, a)), sizeOf(sizes(columns, b))];
  const first = reshaped(ordered(context, a, [...batch, ...rows, ...over]), [batches, m, k]);
  const second = reshaped(ordered(context, b, [...batch, ...over, ...columns]), [batches, k, n]);
  const product = lowerMatMul(context, first, second, false, false, [batches, m, n]);
  if (product === null) return null;
  const shape = [...sizes(batch, a), ...sizes(rows, a), ...sizes(columns, b)];
  const named = { x: reshaped(product, shape), letters: [...batch, ...rows, ...columns] };
  return [reshaped(ordered(context, named, result), out.shape)];
};
