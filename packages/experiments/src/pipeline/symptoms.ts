import type { EpochStats, Symptom } from '@ebim/training';
import type { EbimConfig } from '../config/schema.js';

/** Share of the epochs before which nothing is said: every F begins flat and far from the data. */
const WARM_UP = 0.25;

/** Epochs whose mean is looked at, so that one bad epoch alone says nothing. */
const WINDOW = 5;

/** |F| of negatives over |F| of data: 3.2 or more in every healthy run of the papers' data sets, 1 where F is constant. */
const SMALLEST_RATIO = 2;

/** |F| of negatives over where the loss holds it; healthy runs stay below 1.4. */
const LARGEST_NEGATIVE = 20;

/** Distance of chains to the manifold, to first order; the inexact L-BFGS of the papers has 0.01. */
const LARGEST_VIOLATION = 0.1;

/** Share of steps that are taken; below, chains mostly stand still. */
const SMALLEST_ACCEPTED = 0.5;

/** Mean |energy| of data and samples together; runs of the papers stay below 8. */
const LARGEST_ENERGY = 50;

type Watch = (history: readonly EpochStats[]) => readonly Symptom[];

/** Means of each statistic over the last epochs. */
function recent(history: readonly EpochStats[]): (name: string) => number {
  const last = history.slice(-WINDOW);
  return (name) => last.reduce((sum, { stats }) => sum + (stats[name] ?? NaN), 0) / last.length;
}

const format = (value: number): string => Number(value.toPrecision(2)).toString();

/** What goes wrong while a manifold is trained, though every number is finite. */
export function manifoldSymptoms({ manifold }: Pick<EbimConfig, 'manifold'>): Watch {
  const { epochs, minSingularValue, negativeWeight, magnitudeWeight, loss } = manifold;
  const hasNegatives = loss === 'v2' && negativeWeight > 0;
  // Where a |F| - c F^2 of a negative has its largest value (spec 1.3).
  const held = magnitudeWeight > 0 ? negativeWeight / (2 * magnitudeWeight) : 0.15;
  return (history) => {
    if (history.length < WINDOW || history.length < WARM_UP * epochs) return [];
    const mean = recent(history);
    const [positive, negative, rank] = [mean('positive'), mean('negative'), mean('rank')];
    const symptoms: Symptom[] = [];
    if (rank > minSingularValue ** 2 / 4)
      symptoms.push({
        code: 'flat-manifold',
        message:
          `F is flat on the data (shortfall of the singular values ${format(rank)}, of at most ` +
          `${format(minSingularValue ** 2)}): it may be collapsing to zero everywhere. Raise manifold.rankWeight` +
          (hasNegatives ? '.' : ', or set manifold.negativeWeight above 0.'),
      });
    if (hasNegatives && negative < SMALLEST_RATIO * positive)
      symptoms.push({
        code: 'collapsing-manifold',
        message:
          `F is no larger off the data than on them (${format(negative)} and ${format(positive)}): it is constant, or ` +
          'does not fit the data. Raise manifold.rankWeight or manifold.negativeWeight; if both values are large, ' +
          'lower manifold.learningRate.',
      });
    if (hasNegatives && negative > LARGEST_NEGATIVE * held)
      symptoms.push({
        code: 'exploding-manifold',
        message:
          `F grows without bound off the data (mean ${format(negative)}): ` +
          (magnitudeWeight > 0
            ? 'its samples lag behind it. Lower manifold.learningRate or raise manifold.sampler.steps.'
            : 'nothing holds it. Set manifold.magnitudeWeight to 1.'),
      });
    if (mean('sampler/finite') < 1)
      symptoms.push({
        code: 'lost-chains',
        message:
          'Chains of the manifold leave the finite numbers. Lower manifold.sampler.stepSize, or set manifold.sampler.gradClamp.',
      });
    return symptoms;
  };
}

/** What goes wrong while a density on a manifold is trained, though every number is finite. */
export function densitySymptoms({ manifold, density }: Pick<EbimConfig, 'manifold' | 'density'>): Watch {
  const { sampler } = density;
  const slope = manifold.minSingularValue > 0 ? manifold.minSingularValue : 1;
  return (history) => {
    if (history.length < Math.min(WINDOW, density.epochs)) return [];
    const mean = recent(history);
    const distance = mean('sampler/constraintViolation') / slope;
    const [accepted, converged] = [mean('sampler/accepted'), mean('sampler/converged')];
    const energy = (Math.abs(mean('positive')) + Math.abs(mean('negative'))) / 2;
    const symptoms: Symptom[] = [];
    if (distance > LARGEST_VIOLATION)
      symptoms.push({
        code: 'chains-off-manifold',
        message:
          `Chains leave the manifold: ${format(100 * (1 - converged))} % of the constraint solves do not meet it, and ` +
          `the mean distance of all chains is ${format(distance)} (to first order; a few far ones can make it so). ` +
          'Set density.sampler.onFailure=keepPrevious, or lower density.sampler.noiseScale and density.sampler.stepSize.',
      });
    if (accepted < SMALLEST_ACCEPTED)
      symptoms.push({
        code: 'chains-stuck',
        message:
          `Chains mostly stand still: ${format(100 * accepted)} % of their steps are taken, ${format(100 * converged)} % ` +
          'of the constraint solves meet the manifold. The energy has grown too steep for the step: lower ' +
          `density.sampler.noiseScale (${sampler.noiseScale}), density.epochs or density.learningRate.`,
      });
    if (energy > LARGEST_ENERGY)
      symptoms.push({
        code: 'exploding-energy',
        message:
          `Energies explode (mean size ${format(energy)}): the samples do not follow the energy. Raise ` +
          'density.magnitudeWeight or density.sampler.steps, or lower density.learningRate.',
      });
    if (mean('sampler/finite') < 1)
      symptoms.push({
        code: 'lost-chains',
        message:
          'Chains of the density leave the finite numbers. Lower density.sampler.stepSize, or set density.sampler.gradClamp.',
      });
    return symptoms;
  };
}

/**
 * Everything that a watch would have said over a whole history, each code once, as texts for a report: a function of
 * the history alone, so that it is the same for a run that was resumed or is measured again.
 */
export function symptomsOf(watch: Watch, history: readonly EpochStats[]): string[] {
  const told = new Map<string, string>();
  history.forEach((_, i) => {
    for (const { code, message } of watch(history.slice(0, i + 1)))
      if (!told.has(code)) told.set(code, message);
  });
  return [...told.values()];
}
