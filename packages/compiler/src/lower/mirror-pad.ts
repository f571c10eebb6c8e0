import { stridesOf, type Operand } from './block.js';
import type { LowerContext } from './context.js';
import type { LowerRule } from './rules.js';

/** Repeats what lies next to both ends of an axis, mirrored. */
function mirrorAxis(
  context: LowerContext,
  x: Operand,
  axis: number,
  [before, after]: readonly [number, number],
  skipsEdge: boolean,
): Operand {
  const size = x.shape[axis];
  const shape = x.shape.map((d, i) => (i === axis ? before + d + after : d));
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
  const edge = skipsEdge ? 1 : 0;
  const box = (count: number, start: number, step: 1 | -1, target: number) => ({
    input: 0,
    sizes: x.shape.map((d, i) => (i === axis ? count : d)),
    from: start * from[axis],
    fromStrides: from.map((stride, i) => (i === axis ? step * stride : stride)),
    to: target * to[axis],
    toStrides: to,
  });
  const boxes = [
    box(before, before - 1 + edge, -1, 0),
    box(size, 0, 1, before),
    box(after, size - 1 - edge, -1, before + size),
  ];
  return context.emit('Copy', [x], { boxes }, shape, x.dtype);
}

/** Padding by mirror images, one axis after the other. */
export const mirrorPad: LowerRule = (context, [x], attrs) => {
  const paddings = attrs.paddings as [number, number][];
  const skipsEdge = attrs.mode === 'reflect';
  return [
    paddings.reduce(
      (padded, padding, axis) =>
        padding[0] + padding[1] === 0 ? padded : mirrorAxis(context, padded, axis, padding, skipsEdge),
      x,
    ),
  ];
};
