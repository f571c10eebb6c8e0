import type { Points } from '@ebim/datasets';
import type { PushforwardMetrics } from './evaluate-pushforward.js';
import { pointSpread } from './point-spread.js';

/** Share of the spread of the data beyond which a mean distance means that the image is not the data's manifold. */
const FAR = 0.05;

/** What a reader must know before believing the numbers of a pushforward model. */
export function pushforwardWarnings(metrics: Omit<PushforwardMetrics, 'warnings'>, points: Points): string[] {
  const { globalDistance, massBeyondData, degenerate, logPartition, wasserstein } = metrics;
  const warnings: string[] = [];
  if (!(globalDistance.mean <= FAR * pointSpread(points)))
    warnings.push(
      `The training points are ${format(globalDistance.mean)} from the decoder's image on average: train the autoencoder longer.`,
    );
  if (massBeyondData !== null && !(massBeyondData <= 0.5))
    warnings.push(
      `${format(100 * massBeyondData)} % of the latent density lies where no data are encoded: the chains are too short, or magnitudeWeight is too high.`,
    );
  if (degenerate > 0)
    warnings.push(`The decoder stretches nothing at ${degenerate} lattice points, which are not scored.`);
  if (!(logPartition.standardError <= 0.2))
    warnings.push(
      `log Z by sampling is uncertain by ${format(logPartition.standardError)}: raise partitionSamples.`,
    );
  if (wasserstein !== null && !(wasserstein.atOne.published < wasserstein.uniform))
    warnings.push('The density scores no better than a uniform one on the same points.');
  return warnings;
}

const format = (value: number): string => value.toPrecision(3);
