import { ConfigError, DataError } from '@ebim/runtime';
import type * as tf from '@tensorflow/tfjs';

/** A box in latent space, a side for each coordinate. */
export interface LatentBox {
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/** Options of {@link inferLatentBox}. */
export interface LatentBoxOptions {
  /** What is added at either end, as a share of the range of the codes. Default 0.5. */
  readonly padding?: number;
}

/**
 * The box of a latent energy-based model: per coordinate the range of the codes, padded at both ends (spec 1.12).
 *
 * @param codes encoded data `[count, m]`, all of it
 * @throws DataError `no-points`, `codes-not-finite`, and `collapsed-codes` when a coordinate does not vary
 * @throws ConfigError `bad-option`
 */
export async function inferLatentBox(codes: tf.Tensor, options: LatentBoxOptions = {}): Promise<LatentBox> {
  const { padding = 0.5 } = options;
  const where = 'inferLatentBox(codes)';
  if (!(padding >= 0 && Number.isFinite(padding)))
    throw new ConfigError({
      code: 'bad-option',
      where: 'inferLatentBox(codes, { padding })',
      expected: 'a number of at least 0',
      received: String(padding),
    });
  const [rows, columns] = codes.shape;
  if (codes.rank !== 2 || rows === 0)
    throw new DataError({
      code: 'no-points',
      where,
      expected: 'codes [count, m], at least one',
      received: `[${codes.shape.join(', ')}]`,
    });
  const data = await codes.data();
  const lower = new Array<number>(columns).fill(Infinity);
  const upper = new Array<number>(columns).fill(-Infinity);
  data.forEach((value, i) => {
    if (!Number.isFinite(value))
      throw new DataError({
        code: 'codes-not-finite',
        where,
        expected: 'finite codes',
        received: `${value} in row ${Math.floor(i / columns)}`,
        hint: 'The encoder diverged: lower the learning rate.',
        details: { row: Math.floor(i / columns) },
      });
    const d = i % columns;
    lower[d] = Math.min(lower[d], value);
    upper[d] = Math.max(upper[d], value);
  });
  const flat = lower.findIndex((low, d) => !(upper[d] > low));
  if (flat !== -1)
    throw new DataError({
      code: 'collapsed-codes',
      where,
      expected: 'codes that vary in every coordinate',
      received: `${lower[flat]} in coordinate ${flat} of all ${rows} codes`,
      hint: 'The encoder ignores its input: train longer, or take less latent dimensions or divergence weight.',
      details: { coordinate: flat },
    });
  const pad = lower.map((low, d) => padding * (upper[d] - low));
  return { lower: lower.map((low, d) => low - pad[d]), upper: upper.map((high, d) => high + pad[d]) };
}
