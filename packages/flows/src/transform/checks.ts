import type * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError } from '@ebim/runtime';

/**
 * Refuses sizes that are no whole numbers of at least `least`.
 *
 * @throws ConfigError `bad-size`
 */
export function checkSizes(where: string, sizes: Readonly<Record<string, number>>, least = 1): void {
  for (const [name, size] of Object.entries(sizes))
    if (!Number.isInteger(size) || size < least)
      throw new ConfigError({
        code: 'bad-size',
        where: `${where}({ ${name} })`,
        expected: `a whole number of at least ${least}`,
        received: String(size),
      });
}

/**
 * Refuses numbers that are not positive and finite.
 *
 * @throws ConfigError `bad-option`
 */
export function checkPositive(where: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options))
    if (!(value > 0 && Number.isFinite(value)))
      throw new ConfigError({
        code: 'bad-option',
        where: `${where}({ ${name} })`,
        expected: 'a positive, finite number',
        received: String(value),
      });
}

/**
 * Refuses anything but `[batch, ...shape]` of float32.
 *
 * @throws ShapeError `bad-input-shape`
 */
export function checkRows(where: string, x: tf.Tensor, shape: readonly number[]): void {
  const fits = x.rank === shape.length + 1 && shape.every((size, i) => x.shape[i + 1] === size);
  if (!fits || x.dtype !== 'float32')
    throw new ShapeError({
      code: 'bad-input-shape',
      where,
      expected: `float32 [batch, ${shape.join(', ')}]`,
      received: `${x.dtype} [${x.shape.join(', ')}]`,
      hint: 'Add a batch axis to a single point: tf.expandDims(x, 0).',
    });
}

/**
 * Refuses a context of another size, a missing one, and one that nothing would use.
 *
 * @throws ShapeError `bad-context`
 */
export function checkContext(
  where: string,
  batch: number,
  contextSize: number,
  context: tf.Tensor | undefined,
): void {
  const expected = contextSize === 0 ? 'no context' : `context [${batch}, ${contextSize}]`;
  const received = context === undefined ? 'no context' : `context [${context.shape.join(', ')}]`;
  if (expected !== received)
    throw new ShapeError({
      code: 'bad-context',
      where,
      expected,
      received,
      hint: 'The context has one row for each point and the size that the transform was made for.',
    });
}

/**
 * Refuses anything but `[batch, n, ...shape]`.
 *
 * @throws ShapeError `bad-tangents`
 */
export function checkTangents(
  where: string,
  tangents: tf.Tensor,
  batch: number,
  shape: readonly number[],
): void {
  const fits =
    tangents.rank === shape.length + 2 &&
    tangents.shape[0] === batch &&
    shape.every((size, i) => tangents.shape[i + 2] === size);
  if (!fits)
    throw new ShapeError({
      code: 'bad-tangents',
      where,
      expected: `[${batch}, n, ${shape.join(', ')}]`,
      received: `[${tangents.shape.join(', ')}]`,
    });
}
