import type { LowerRule } from './rules.js';
import { lowerMatMul } from './products.js';

const ACTIVATIONS: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  prelu: 'Prelu',
  leakyrelu: 'LeakyRelu',
};

/** The product, bias and activation of a dense layer, which TensorFlow.js joins where no gradient is taken. */
export const fusedMatMul: LowerRule = (context, [a, b, ...rest], attrs, [out]) => {
  if ([a, b, ...rest].some(({ dtype }) => dtype !== 'float32')) return null;
  const activation = String(attrs.activation ?? 'linear');
  const op = ACTIVATIONS[activation];
  if (op === undefined && activation !== 'linear') return null;
  const like = (name: string, ...x: (typeof a)[]): typeof a =>
    context.emit(name, x, { alpha: attrs.leakyreluAlpha }, out.shape, 'float32');
  const slope = activation === 'prelu' ? rest.slice(-1) : [];
  const bias = rest.slice(0, rest.length - slope.length);
  const product = lowerMatMul(context, a, b, attrs.transposeA === true, attrs.transposeB === true, out.shape);
  if (product === null) return null;
  const sum = bias.length === 0 ? product : like('Add', product, bias[0]);
  return [op === undefined ? sum : like(op, sum, ...slope)];
};
