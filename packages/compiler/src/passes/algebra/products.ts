import type { ValueId } from '../../graph/graph.js';
import type { Rewriter } from '../rewrite.js';
import type { AlgebraRule } from './rule.js';

/** A product of a transposed matrix is a transposed product. */
export const transposedProduct: AlgebraRule = (node, r) => {
  const [a, b] = node.inputs.map((id) => transposedMatrix(id, r));
  if (a === undefined && b === undefined) return undefined;
  const { transposeA, transposeB } = node.attrs;
  return {
    ...node,
    inputs: [a ?? node.inputs[0], b ?? node.inputs[1]],
    attrs: {
      ...node.attrs,
      transposeA: a === undefined ? transposeA : !transposeA,
      transposeB: b === undefined ? transposeB : !transposeB,
    },
  };
};

/** What `id` is the transpose of, with the last two axes exchanged and nothing else. */
function transposedMatrix(id: ValueId, r: Rewriter): ValueId | undefined {
  const producer = r.producer(id);
  if (producer?.op !== 'Transpose') return undefined;
  const perm = producer.attrs.perm as number[];
  const n = perm.length;
  const swapsLast = n >= 2 && perm.every((axis, i) => axis === (i < n - 2 ? i : 2 * n - 3 - i));
  return swapsLast ? producer.inputs[0] : undefined;
}

/** A product of a column and a row is an element-wise product, which fuses with its neighbours. */
export const outerProduct: AlgebraRule = (node, r) => {
  const [a, b] = node.inputs;
  const [{ shape: shapeA, dtype }, { shape: shapeB }] = [r.info(a), r.info(b)];
  const { transposeA, transposeB } = node.attrs;
  const [n, m] = [shapeA.length, shapeB.length];
  if (shapeA[transposeA ? n - 2 : n - 1] !== 1) return undefined;
  const rows = shapeA[transposeA ? n - 1 : n - 2];
  const columns = shapeB[transposeB ? m - 2 : m - 1];
  const reshaped = (x: ValueId, shape: number[]): ValueId =>
    r.emit({ op: 'Reshape', inputs: [x], inputNames: ['x'], attrs: { shape } }, [{ shape, dtype }])[0];
  const inputs = [
    reshaped(a, [...shapeA.slice(0, -2), rows, 1]),
    reshaped(b, [...shapeB.slice(0, -2), 1, columns]),
  ];
  return { op: 'Multiply', inputs, inputNames: ['a', 'b'], attrs: {}, outputs: node.outputs };
};
