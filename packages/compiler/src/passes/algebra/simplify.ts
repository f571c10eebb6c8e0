import type { Graph } from '../../graph/graph.js';
import { rewrite } from '../rewrite.js';
import { constantLike, division, negation, neutral, power, sameBranches } from './neutral.js';
import { outerProduct, transposedProduct } from './products.js';
import { plainReduction } from './reductions.js';
import { repeatedInput, sumOfRepeated } from './repetitions.js';
import type { AlgebraRule } from './rule.js';
import { scalarOperand, scaledTwice } from './scaling.js';

const RULES: readonly AlgebraRule[] = [
  constantLike,
  neutral,
  scaledTwice,
  division,
  power,
  negation,
  sameBranches,
  transposedProduct,
  outerProduct,
  repeatedInput,
  scalarOperand,
  plainReduction,
  sumOfRepeated,
];

/**
 * Rewrites by rules of arithmetic that change no result beyond rounding: neutral elements, powers with small
 * exponents, double negation, transposes into the products that use them, repetitions into operations that repeat by
 * themselves. The first rule that applies to an operation is taken.
 */
export const simplifyAlgebra = (graph: Graph): Graph =>
  rewrite(graph, (node, r) => {
    for (const rule of RULES) {
      const result = rule(node, r);
      if (result !== undefined) return result;
    }
    return undefined;
  });
