import * as tf from '@tensorflow/tfjs';
import { jacobian } from '@ebim/autodiff';
import { key, normal, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard, describeTransform } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../test-support/contract.js';
import { maskedAutoregressive } from './masked-autoregressive.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const small = { hidden: [7, 6], activation: 'tanh' } as const;

describeTransform('masked autoregressive affine', contract(maskedAutoregressive({ size: 3, ...small })));
describeTransform(
  'masked autoregressive splines with context',
  contract(maskedAutoregressive({ size: 3, map: 'rationalQuadratic', bins: 3, contextSize: 2, ...small })),
);
describeTransform(
  'masked autoregressive of one feature',
  contract(maskedAutoregressive({ size: 1, ...small }), {
    checkDerivatives: undefined,
  }),
);

describe('masked autoregressive transforms', () => {
  installLeakGuard();

  it.each(['affine', 'rationalQuadratic'] as const)('have a triangular Jacobian: %s', async (map) => {
    const transform = maskedAutoregressive({ size: 4, map, hidden: [12], activation: 'tanh' });
    const params = transform.init(key(0));
    const x = normal(key(1), [2, 4]);
    const J = jacobian((at) => transform.forward(params, at).y)(x);
    const values = await J.data();
    let below = 0;
    values.forEach((value, i) => {
      const [row, column] = [Math.floor(i / 4) % 4, i % 4];
      if (column > row) expect(value).toBe(0);
      if (column < row && value !== 0) below++;
    });
    // Every feature sees all before it.
    expect(below).toBe(12);
    tf.dispose([x, J]);
    treeDispose(params);
  });

  it.each([
    ['no hidden layer', { size: 2, hidden: [] }, 'bad-size'],
    ['an empty layer', { size: 2, hidden: [0] }, 'bad-size'],
    ['another map', { size: 2, map: 'quadratic' as 'affine' }, 'bad-option'],
  ])('refuse %s', (_, options, code) => {
    expect(() => maskedAutoregressive(options)).toThrow(expect.objectContaining({ code }));
  });
});
