import { defineGradient, zerosOf } from './gradients.js';
import { installOnce } from './installed.js';

const binary = [
  'Greater',
  'GreaterEqual',
  'Less',
  'LessEqual',
  'Equal',
  'NotEqual',
  'LogicalAnd',
  'LogicalOr',
  'LogicalXor',
];

/**
 * Gives comparisons the gradient zero. As shipped, most have none, and the second derivative of
 * everything whose gradient compares (LeakyRelu, Relu6, Minimum, ClipByValue, Max, huberLoss, ...)
 * throws.
 */
export function repairComparisons(): void {
  installOnce('comparisons', () => {
    for (const name of binary) {
      defineGradient(name, { inputs: ['a', 'b'] }, (_dy, [a, b]) => ({
        a: () => zerosOf(a),
        b: () => zerosOf(b),
      }));
    }
    defineGradient('LogicalNot', { inputs: ['x'] }, (_dy, [x]) => ({ x: () => zerosOf(x) }));
  });
}
