import type { ValueId } from '../../graph/graph.js';
import { LARGEST_CONSTANT, sameShape, sizeOf } from '../rewrite.js';
import { commonShape, spread, uniformValue, type AlgebraRule } from './rule.js';

/** Zeros and ones in the shape of another value need nothing of that value. */
export const constantLike: AlgebraRule = (node, r) => {
  const value = node.op === 'ZerosLike' ? 0 : 1;
  const info = r.info(node.outputs[0]);
  const data = (size: number) =>
    info.dtype === 'float32' ? new Float32Array(size).fill(value) : new Int32Array(size).fill(value);
  const size = sizeOf(info);
  if (size <= LARGEST_CONSTANT) return [r.addConstant(info, data(size))];
  return spread(node, r.addConstant({ shape: [], dtype: info.dtype }, data(1)), r);
};

/** x + 0, x - 0, x * 1, x / 1, max(x, -inf), min(x, inf). */
export const neutral: AlgebraRule = (node, r) => {
  const element = NEUTRAL[node.op];
  const [a, b] = node.inputs;
  if (r.info(a).dtype !== r.info(node.outputs[0]).dtype) return undefined;
  if (r.info(a).dtype !== r.info(b).dtype) return undefined;
  if (element.includes(uniformValue(b, r) as number)) return spread(node, a, r);
  const commutes = node.op !== 'Sub' && node.op !== 'RealDiv';
  return commutes && element.includes(uniformValue(a, r) as number) ? spread(node, b, r) : undefined;
};

const NEUTRAL: Readonly<Record<string, readonly number[]>> = {
  // -0 is neutral for a sum, 0 up to the sign of a zero.
  Add: [0, -0],
  Sub: [0, -0],
  Multiply: [1],
  RealDiv: [1],
  Maximum: [-Infinity],
  Minimum: [Infinity],
};

/** Division by a constant is multiplication with its reciprocal. */
export const division: AlgebraRule = (node, r) => {
  const [a, b] = node.inputs;
  const divisor = uniformValue(b, r);
  if (r.info(a).dtype !== 'float32' || divisor === undefined || !isSafeDivisor(divisor)) return undefined;
  const info = r.info(b);
  if (!sameShape(commonShape(r.info(a).shape, []), r.info(node.outputs[0]).shape)) return undefined;
  const reciprocal = r.addConstant({ ...info, shape: [], dtype: 'float32' }, Float32Array.of(1 / divisor));
  return { ...node, op: 'Multiply', inputs: [a, reciprocal] };
};

/** Neither it nor its reciprocal overflows or loses bits. */
const isSafeDivisor = (x: number): boolean => Math.abs(x) > 1e-30 && Math.abs(x) < 1e30;

/** x^1, x^2, x^0.5, x^-1. */
export const power: AlgebraRule = (node, r) => {
  if (r.info(node.inputs[0]).dtype !== 'float32') return undefined;
  const [x, exponent] = node.inputs;
  if (!sameShape(r.info(x).shape, r.info(node.outputs[0]).shape)) return undefined;
  const value = uniformValue(exponent, r);
  if (value === 1) return [x];
  const op = value === 2 ? 'Square' : value === -1 ? 'Reciprocal' : undefined;
  return op === undefined ? undefined : { ...node, op, inputs: [x], inputNames: ['x'], attrs: {} };
};

/** -(-x), a + (-b), a - (-b). */
export const negation: AlgebraRule = (node, r) => {
  const negated = (id: ValueId): ValueId | undefined => {
    const producer = r.producer(id);
    return producer?.op === 'Neg' ? producer.inputs[0] : undefined;
  };
  const [a, b] = node.inputs;
  if (node.op === 'Neg') {
    const x = negated(a);
    return x === undefined ? undefined : [x];
  }
  if (r.info(b).dtype !== 'float32') return undefined;
  const y = negated(b);
  if (y !== undefined) return { ...node, op: node.op === 'Add' ? 'Sub' : 'Add', inputs: [a, y] };
  const x = node.op === 'Add' ? negated(a) : undefined;
  return x === undefined ? undefined : { ...node, op: 'Sub', inputs: [b, x] };
};

/** `where(c, x, x)`. */
export const sameBranches: AlgebraRule = (node) =>
  node.inputs[1] === node.inputs[2] ? [node.inputs[1]] : undefined;
