import { ConfigError, permutationArray, split, treeDispose, type Key } from '@ebim/runtime';
import { rationalQuadraticCoupling, affineCoupling, additiveCoupling } from '../coupling/coupling-layers.js';
import type { RationalQuadraticCouplingOptions } from '../coupling/coupling-layers.js';
import { luLinear } from '../linear/lu-linear.js';
import { permutation, permutationParams } from '../linear/permutation.js';
import { checkSizes } from '../transform/checks.js';
import type { AnyTransform, Transform } from '../transform/transform.js';
import { chain, type ChainParams } from './chain.js';
import { connectedOrders } from './connected-orders.js';

/** Options of {@link vectorFlow}. */
export interface VectorFlowOptions extends Omit<RationalQuadraticCouplingOptions, 'index' | 'transformed'> {
  /** Number of coupling layers. */
  readonly layers: number;
  /** Default `'rationalQuadratic'`. */
  readonly coupling?: 'rationalQuadratic' | 'affine' | 'additive';
  /** Between couplings: a random permutation, one followed by an LU linear map, or nothing. Default `'permutation'`. */
  readonly linear?: 'permutation' | 'lu' | 'none';
  /**
   * Draw permutations anew until every output can depend on every input, where there are layers enough. Independent
   * draws, as published, leave some flows in parts that cannot see each other: one in nine for 3 features and 5 layers.
   * Default true.
   */
  readonly connected?: boolean;
  /**
   * The zeros of the last output are to be a hypersurface, as in an M-flow of one dimension less than the data: draw
   * permutations until a late coupling changes that output given as many others as there can be, too. Of 3 features and
   * 5 layers most other draws get stuck on a curved surface. Only with `connected`. Default false.
   */
  readonly hypersurface?: boolean;
}

const COUPLINGS = {
  rationalQuadratic: rationalQuadraticCoupling,
  affine: affineCoupling,
  additive: additiveCoupling,
};

/**
 * The stack for vectors of the M-flow paper, in the direction data -> latent: linear, coupling 0, linear, coupling 1,
 * …, linear; coupling i changes the features of the parity of i.
 *
 * @throws ConfigError `bad-size`, `bad-option`, `cannot-couple`
 *
 * @example
 * ```ts
 * const flow = vectorFlow({ size: 3, layers: 5, bins: 10, bound: 6 });
 * const params = flow.init(key(0)); // 226632 trained numbers, as published
 * ```
 */
export function vectorFlow(options: VectorFlowOptions): Transform<ChainParams> {
  const {
    layers,
    coupling = 'rationalQuadratic',
    linear = 'permutation',
    connected = true,
    hypersurface = false,
    ...layer
  } = options;
  checkSizes('vectorFlow', { layers });
  if (!Object.hasOwn(COUPLINGS, coupling)) throw unknown('coupling', Object.keys(COUPLINGS), coupling);
  const between = linearPart(linear, layer.size);
  const stack = chain([
    ...Array.from({ length: layers }, (_, index) => [
      ...between,
      COUPLINGS[coupling]({ ...layer, index }),
    ]).flat(),
    ...between,
  ]);
  return linear === 'permutation' && connected
    ? { ...stack, init: (key) => connect(key, stack.init(key), { layers, size: layer.size, hypersurface }) }
    : stack;
}

/** Replaces the permutations, which stand before every coupling and after the last, unless they are as wanted. */
function connect(
  key: Key,
  params: ChainParams,
  { layers, size, hypersurface }: Required<Pick<VectorFlowOptions, 'layers' | 'size' | 'hypersurface'>>,
): ChainParams {
  // The orders that the parts of the chain drew, without reading them back.
  const drawn = split(key, params.length)
    .filter((_, at) => at % 2 === 0)
    .map((partKey) => permutationArray(partKey, size));
  const orders = connectedOrders(key, drawn, layers, hypersurface);
  if (orders === drawn) return params;
  return params.map((part, at) => {
    if (at % 2 === 1) return part;
    treeDispose(part);
    return permutationParams(orders[at / 2]);
  });
}

function linearPart(linear: string, size: number): AnyTransform[] {
  if (linear === 'none') return [];
  if (linear === 'permutation') return [permutation({ size })];
  if (linear === 'lu') return [permutation({ size }), luLinear({ size })];
  throw unknown('linear', ['permutation', 'lu', 'none'], linear);
}

const unknown = (option: string, known: readonly string[], received: string): ConfigError =>
  new ConfigError({
    code: 'bad-option',
    where: `vectorFlow({ ${option} })`,
    expected: `one of ${known.join(', ')}`,
    received: String(received),
  });
