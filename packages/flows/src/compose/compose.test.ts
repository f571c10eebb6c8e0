import * as tf from '@tensorflow/tfjs';
import { parameterCount } from '@ebim/nn';
import { key, treeDispose, treeEntries, useBackend } from '@ebim/runtime';
import { installLeakGuard, describeTransform } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { affineCoupling } from '../coupling/coupling-layers.js';
import { luLinear } from '../linear/lu-linear.js';
import { permutation } from '../linear/permutation.js';
import { contract } from '../test-support/contract.js';
import { replaceParameters, trainedParameters } from '../transform/trained-parameters.js';
import { chain } from './chain.js';
import { inverted } from './inverted.js';
import { partial } from './partial.js';
import { vectorFlow } from './vector-flow.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const small = { hidden: 6, blocks: 1, activation: 'tanh' } as const;

describeTransform(
  'chain with context in one part',
  contract(
    chain([
      permutation({ size: 3 }),
      affineCoupling({ size: 3, contextSize: 2, ...small }),
      luLinear({ size: 3 }),
    ]),
  ),
);
describeTransform('inverted', contract(inverted(affineCoupling({ size: 3, contextSize: 1, ...small }))));
describeTransform(
  'vector flow of splines and LU maps',
  contract(vectorFlow({ size: 3, layers: 2, linear: 'lu', bins: 4, contextSize: 1, ...small }), {
    tolerance: 3e-5,
  }),
);

describeTransform(
  'vector flow of alternating couplings alone',
  contract(vectorFlow({ size: 2, layers: 3, linear: 'none', coupling: 'affine', ...small })),
);

/** Numbers that a flow trains. */
const count = (flow: ReturnType<typeof vectorFlow>): number => {
  const params = flow.init(key(0));
  const trained = parameterCount(trainedParameters(flow, params));
  treeDispose(params);
  return trained;
};

describe('the published architectures', () => {
  installLeakGuard();

  it.each([
    ['polynomial surface, outer', { size: 3, layers: 5, bins: 10, bound: 6 }, 226_632],
    ['polynomial surface, inner', { size: 2, layers: 5, bins: 10, bound: 6, contextSize: 1 }, 220_145],
    ['polynomial surface, conditional outer', { size: 3, layers: 5, bins: 10, contextSize: 1 }, 229_132],
    ['polynomial surface, ambient', { size: 3, layers: 10, bins: 10, contextSize: 1 }, 455_435],
    ['Lorenz, outer', { size: 3, layers: 5, bins: 5 }, 214_512],
    ['Lorenz, inner', { size: 2, layers: 5, bins: 5 }, 210_070],
    ['particle physics, outer', { size: 40, layers: 20, bins: 11, linear: 'lu' }, 2_177_240],
    ['particle physics, inner', { size: 14, layers: 15, bins: 11, linear: 'lu', contextSize: 2 }, 972_720],
    [
      'particle physics, ambient',
      { size: 40, layers: 35, bins: 11, linear: 'lu', contextSize: 2 },
      3_836_940,
    ],
  ] as const)('have the number of parameters: %s', (_, options, expected) => {
    expect(count(vectorFlow(options))).toBe(expected);
  });
});

describe('chains', () => {
  installLeakGuard();

  it('name the untrained parameters of their parts by path', () => {
    const flow = chain([luLinear({ size: 2 }), chain([permutation({ size: 2 }), luLinear({ size: 2 })])]);
    expect(flow.untrained).toEqual(['1/0/order', '1/0/back']);
    const params = flow.init(key(0));
    const trained = trainedParameters(flow, params);
    expect(Object.keys(trained)).toHaveLength(treeEntries(params).length - 2);
    const doubled = Object.fromEntries(Object.entries(trained).map(([path, t]) => [path, tf.mul(t, 2)]));
    const replaced = replaceParameters(params, doubled);
    for (const [path, leaf] of treeEntries(replaced))
      expect(leaf).toBe(doubled[path] ?? treeEntries(params).find(([p]) => p === path)?.[1]);
    expect(() => replaceParameters(params, { 'no/such': params[0] as tf.Tensor })).toThrow(
      expect.objectContaining({ code: 'unknown-parameter' }),
    );
    treeDispose([params, doubled]);
  });

  it.each([
    ['nothing', () => chain([]), 'empty-chain'],
    ['other sizes', () => chain([luLinear({ size: 2 }), luLinear({ size: 3 })]), 'sizes-do-not-fit'],
    [
      'two contexts',
      () => chain([affineCoupling({ size: 2, contextSize: 1 }), affineCoupling({ size: 2, contextSize: 2 })]),
      'contexts-do-not-fit',
    ],
    ['no layers', () => vectorFlow({ size: 2, layers: 0 }), 'bad-size'],
    ['another linear', () => vectorFlow({ size: 2, layers: 1, linear: 'svd' as 'lu' }), 'bad-option'],
    [
      'another coupling',
      () => vectorFlow({ size: 2, layers: 1, coupling: 'toString' as 'affine' }),
      'bad-option',
    ],
  ])('refuse %s', (_, make, code) => {
    expect(make).toThrow(expect.objectContaining({ code }));
  });
});

describeTransform(
  'partial',
  contract(partial(affineCoupling({ size: 2, contextSize: 1, ...small }), { size: 4, features: [3, 1] })),
);
describeTransform('partial of all', contract(partial(luLinear({ size: 2 }), { size: 2, features: [1, 0] })));

describe('partial transforms', () => {
  it.each([
    ['an index twice', 2, [0, 0]],
    ['another number of features', 4, [0, 1, 2]],
    ['an index outside', 2, [0, 2]],
  ])('refuse %s', (_, size, features) => {
    expect(() => partial(luLinear({ size: 2 }), { size, features })).toThrow(
      expect.objectContaining({ code: 'bad-features' }),
    );
  });
});
