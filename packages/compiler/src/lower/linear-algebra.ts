import type { LowerRule } from './rules.js';

/** Factors of a batch of matrices, and whether there are any. */
export const cholesky: LowerRule = (context, [A], _, [factor, definite]) => {
  const outputs = [factor, definite].map(({ shape, dtype }) => context.fresh(shape, dtype));
  const [batch, k] = A.shape;
  context.push({ op: 'Cholesky', inputs: [A], attrs: { batch, k }, outputs });
  return outputs;
};

/** Substitution with a batch of triangular matrices. */
export const triangularSolve: LowerRule = (context, [L, B], attrs, [out]) => {
  const [batch, k, m] = B.shape;
  const own = { batch, k, m, transpose: attrs.transpose === true };
  return [context.emit('TriangularSolve', [L, B], own, out.shape, 'float32')];
};
