import * as tf from '@tensorflow/tfjs';
import { ConfigError, foldIn, type Key } from '@ebim/runtime';
import { batches, type BatchSource } from '@ebim/training';

/**
 * The batches of a stage, for `fit`: in every epoch all rows once for every phase, in new orders, the phases one after
 * the other or taking `turns`. The rank of a batch says which phase it is for (see `stageTrainer`). The rows stay the
 * caller's.
 *
 * @param joined `[N, columns]`, of `joinRows`
 * @throws ConfigError `bad-option`, `bad-turns`; DataError `no-batches`
 */
export function stageBatches(
  joined: tf.Tensor,
  {
    phases,
    turns = 1,
  }: { readonly phases: readonly { readonly batchSize: number }[]; readonly turns?: number },
): BatchSource {
  const sources = phases.map(({ batchSize }) => batches(joined, { batchSize, shuffle: true }));
  const most = Math.min(...sources.map(({ count }) => count));
  if (!Number.isInteger(turns) || turns < 1 || turns > most)
    throw new ConfigError({
      code: 'bad-turns',
      where: 'stageBatches(joined, { turns })',
      expected: `a whole number from 1 to ${most}, the number of batches`,
      received: String(turns),
    });
  const order = Array.from({ length: turns }, (_, turn) =>
    sources.flatMap(({ count }, phase) => {
      const [from, to] = [turn, turn + 1].map((at) => Math.floor((at * count) / turns));
      return Array.from({ length: to - from }, (__, i) => ({ phase, index: from + i }));
    }),
  ).flat();
  // A source deals anew for a key that is another object.
  let known: { key: Key; keys: readonly Key[] } | undefined;
  const keysOf = (key: Key): readonly Key[] => {
    if (known?.key !== key) known = { key, keys: sources.map((_, phase) => foldIn(key, phase)) };
    return known.keys;
  };
  return {
    count: order.length,
    batch: (key, epoch, at) => {
      const entry = order[at];
      if (entry === undefined)
        throw new ConfigError({
          code: 'bad-index',
          where: 'batch(key, epoch, index)',
          expected: `a whole number from 0 to ${order.length - 1}`,
          received: String(at),
        });
      const rows = sources[entry.phase].batch(keysOf(key)[entry.phase], epoch, entry.index);
      if (entry.phase === 0) return rows;
      return tf.tidy(() => {
        const marked = tf.reshape(rows, [...Array.from({ length: entry.phase }, () => 1), ...rows.shape]);
        rows.dispose();
        return marked;
      });
    },
  };
}
