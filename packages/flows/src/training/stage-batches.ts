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
  const order: Turn[] = Array.from({ length: turns }, (_, turn) =>
    sources.flatMap(({ count }, phase) => {
      const [from, to] = [turn, turn + 1].map((at) => Math.floor((at * count) / turns));
      return Array.from({ length: to - from }, (__, i) => ({ phase, index: from + i, left: to - from - i }));
    }),
  ).flat();
  // A source deals anew for a key that is another object.
  let known: { key: Key; keys: readonly Key[] } | undefined;
  const keysOf = (key: Key): readonly Key[] => {
    if (known?.key !== key) known = { key, keys: sources.map((_, phase) => foldIn(key, phase)) };
    return known.keys;
  };
  const entryAt = (at: number): Turn => {
    const entry = order[at];
    if (entry === undefined)
      throw new ConfigError({
        code: 'bad-index',
        where: 'batch(key, epoch, index)',
        expected: `a whole number from 0 to ${order.length - 1}`,
        received: String(at),
      });
    return entry;
  };
  return {
    count: order.length,
    batch: (key, epoch, at) => {
      const { phase, index } = entryAt(at);
      return marked(sources[phase].batch(keysOf(key)[phase], epoch, index), phase, 0);
    },
    take: (key, epoch, at, most) => {
      const { phase, index, left } = entryAt(at);
      const source = sources[phase];
      const phaseKey = keysOf(key)[phase];
      const rows =
        source.take?.(phaseKey, epoch, index, Math.min(most, left)) ??
        tf.tidy(() => tf.expandDims(source.batch(phaseKey, epoch, index)));
      return marked(rows, phase, 1);
    },
  };
}

/** A batch of a phase, and how many of the phase follow at once, itself included. */
interface Turn {
  readonly phase: number;
  readonly index: number;
  readonly left: number;
}

/** As many axes of length 1 as the number of the phase, from `axis` on. Disposes `rows`. */
function marked(rows: tf.Tensor, phase: number, axis: number): tf.Tensor {
  if (phase === 0) return rows;
  const { shape } = rows;
  const ones = Array.from({ length: phase }, () => 1);
  const result = tf.reshape(rows, [...shape.slice(0, axis), ...ones, ...shape.slice(axis)]);
  rows.dispose();
  return result;
}
