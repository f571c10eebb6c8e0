import type * as tf from '@tensorflow/tfjs';
import { ShapeError } from '@ebim/runtime';

/**
 * Checks the position of a batch of chains: a batch axis of at least one chain, and at least one more axis.
 *
 * @throws ShapeError `bad-position`
 */
export function checkPosition({ shape, rank }: tf.Tensor, where: string): void {
  if (rank < 2 || shape[0] === 0)
    throw new ShapeError({
      code: 'bad-position',
      where,
      expected: 'a position of shape [batch, ...] with at least one chain',
      received: `[${shape.join(', ')}]`,
      hint: 'Add a batch axis to a single point: tf.expandDims(x, 0).',
    });
}
