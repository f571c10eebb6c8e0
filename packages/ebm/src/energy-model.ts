import type { Network } from '@ebim/nn';
import { ShapeError, type Key, type TensorTree } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';

/** An energy whose parameters are still open: E_psi of the papers. */
export interface EnergyModel<P extends TensorTree> {
  /** Shape of one point, without the batch axis. */
  readonly pointShape: readonly number[];
  init(key: Key): P;
  /** `[batch, ...point] -> [batch]` */
  energy(params: P, x: tf.Tensor): tf.Tensor;
}

/**
 * Reads a network with one output as an energy. Its `[batch, 1]` is squeezed to `[batch]` here, once, so that
 * no sum of losses ever broadcasts to `[batch, batch]`.
 *
 * @throws {@link ShapeError} `energy-output` if the network has more than one output.
 * @example
 * ```ts
 * import { energyModel } from '@ebim/ebm';
 * import { mlp } from '@ebim/nn';
 * import { key } from '@ebim/runtime';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const model = energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [32, 32] }));
 * const params = model.init(key(0));
 * model.energy(params, tf.zeros([5, 2])).print(); // five energies
 * ```
 */
export function energyModel<P extends TensorTree>(network: Network<P>): EnergyModel<P> {
  const size = network.outputShape.reduce((product, length) => product * length, 1);
  if (size !== 1)
    throw new ShapeError({
      code: 'energy-output',
      where: 'energyModel(network)',
      expected: 'a network with one output',
      received: `outputs of shape [${network.outputShape.join(', ')}]`,
      hint: 'An energy is one number a point: give the network outputSize 1.',
      details: { outputShape: network.outputShape },
    });
  return {
    pointShape: network.inputShape,
    init: (key) => network.init(key),
    energy: (params, x) => tf.tidy(() => tf.reshape(network.apply(params, x), [x.shape[0]])),
  };
}
