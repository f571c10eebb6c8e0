import type { ValueId } from '../../graph/graph.js';
import { sameShape, type Rewriter } from '../rewrite.js';
import { uniformValue, type AlgebraRule } from './rule.js';

/** An operand whose elements are all the same is a scalar. */
export const scalarOperand: AlgebraRule = (node, r) => {
  const target = r.info(node.outputs[0]).shape;
  for (const i of [0, 1]) {
    const { shape, dtype } = r.info(node.inputs[i]);
    const value = shape.length === 0 ? undefined : uniformValue(node.inputs[i], r);
    if (value === undefined || !sameShape(r.info(node.inputs[1 - i]).shape, target)) continue;
    const data = dtype === 'float32' ? Float32Array.of(value) : Int32Array.of(value);
    const scalar = r.addConstant({ shape: [], dtype }, data);
    return { ...node, inputs: i === 0 ? [scalar, node.inputs[1]] : [node.inputs[0], scalar] };
  }
  return undefined;
};

/** `(x * 2) * 3` is `x * 6`. */
export const scaledTwice: AlgebraRule = (node, r) => {
  const outer = scaling(node.op, node.inputs, r);
  const producer = outer && r.producer(outer.x);
  const inner = producer && scaling(producer.op, producer.inputs, r);
  if (outer === undefined || inner === undefined) return undefined;
  const factor = Math.fround(outer.factor * inner.factor);
  const { shape } = r.info(node.outputs[0]);
  // No factor may overflow or lose bits where the two in turn would not.
  if (!(Math.abs(factor) > 1e-30 && Math.abs(factor) < 1e30) || !sameShape(r.info(inner.x).shape, shape))
    return undefined;
  const scalar = r.addConstant({ shape: [], dtype: 'float32' }, Float32Array.of(factor));
  return { ...node, inputs: [inner.x, scalar] };
};

function scaling(
  op: string,
  [a, b]: readonly ValueId[],
  r: Rewriter,
): { readonly x: ValueId; readonly factor: number } | undefined {
  if (op !== 'Multiply' || r.info(a).dtype !== 'float32' || r.info(b).dtype !== 'float32') return undefined;
  const [first, second] = [uniformValue(a, r), uniformValue(b, r)];
  if (second !== undefined) return { x: a, factor: second };
  return first === undefined ? undefined : { x: b, factor: first };
}
