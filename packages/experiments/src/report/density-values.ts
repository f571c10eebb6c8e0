import type { Evaluation } from '../evaluation/evaluate.js';
import type { EbimConfig } from '../config/schema.js';

/**
 * exp(-E / T) / Z of energies on the learned manifold. At T = 1, Z is the measured one; at another temperature the
 * reference code does not normalise, so the largest value is set to 1.
 */
export function densityValues(
  config: EbimConfig,
  evaluation: Evaluation,
  energy: Float64Array,
): Float64Array {
  const { temperature } = config.evaluation;
  if (temperature === 1) return energy.map((e) => Math.exp(-e - evaluation.pictureLogZ));
  const lowest = evaluation.covering.energy.reduce((a, b) => Math.min(a, b), Infinity);
  return energy.map((e) => Math.exp((lowest - e) / temperature));
}

/** What a colour bar of such values says. */
export const densityLabel = (config: EbimConfig): string =>
  config.evaluation.temperature === 1
    ? 'density'
    : `exp(-E / ${config.evaluation.temperature}), relative to the largest`;

/**
 * Values that get the first and the last colour: zero and the 99th percentile. A peak that is much higher than all
 * else would leave one colour for the rest.
 */
export function densityRange(values: Float64Array): readonly [number, number] {
  const sorted = values.slice().sort();
  const high = sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 1;
  return [0, high > 0 ? high : 1];
}
