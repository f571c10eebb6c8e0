import { sameShape } from '../rewrite.js';
import type { AlgebraRule } from './rule.js';

/** Operations that make one element of many. */
export const REDUCTIONS = new Set(['Sum', 'Mean', 'Max', 'Min', 'Prod', 'All', 'Any']);

/**
 * One way to write a reduction: over a sorted list of axes longer than 1, which vanish; the shape of the result is
 * put right by a `Reshape`. Equal reductions become the same, and programs need to know one form.
 */
export const plainReduction: AlgebraRule = (node, r) => {
  const [x] = node.inputs;
  const { shape } = r.info(x);
  const result = r.info(node.outputs[0]);
  const { axis, reductionIndices, keepDims } = node.attrs;
  const named = axis ?? reductionIndices;
  const given = (named ?? shape.map((_, i) => i)) as number | readonly number[];
  const all = [given].flat().map((i) => (i < 0 ? i + shape.length : i));
  const axes = all.filter((i) => shape[i] !== 1).sort((i, j) => i - j);
  // A reduction over nothing is left to the aliases, and one over an empty axis to itself.
  if (axes.length === 0 || shape.includes(0)) return undefined;
  if (!keepDims && sameShape(axes, [given].flat()) && Array.isArray(named)) return undefined;
  const reduced = shape.filter((_, i) => !axes.includes(i));
  // The kernel of the maximum alone calls its axes otherwise.
  const attrs = { [node.op === 'Max' ? 'reductionIndices' : 'axis']: axes, keepDims: false };
  const input = { op: node.op, inputs: [x], inputNames: node.inputNames, attrs };
  if (sameShape(reduced, result.shape)) return { ...input, outputs: node.outputs };
  const [plain] = r.emit(input, [{ shape: reduced, dtype: result.dtype }]);
  return {
    op: 'Reshape',
    inputs: [plain],
    inputNames: ['x'],
    attrs: { shape: [...result.shape] },
    outputs: node.outputs,
  };
};
