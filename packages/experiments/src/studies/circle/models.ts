import {
  flowModel,
  hypersphericalChart,
  prescribedManifoldFlow,
  presetSchedule,
  scalarAffine,
  type FlowArchitecture,
  type FlowModel,
  type FlowTraining,
  type Stage,
} from '@ebim/flows';
import type { TensorTree } from '@ebim/runtime';
import type { Profile } from '../../definitions/experiment.js';
import type { CircleRow } from './rows.js';

/** Epochs of the final revision of the notebook, which the profile `paper` has; the others have those of the earlier one. */
export const FINAL_EPOCHS = 12;

/** The epochs of a profile, of those of the preset. */
export const epochsOf = (profile: Profile, { epochs }: FlowTraining): number =>
  profile === 'paper' ? Math.min(FINAL_EPOCHS, epochs) : epochs;

/**
 * The model of a row. In the plane half of all random permutations do nothing, and the others undo the alternation of
 * the couplings: a stack may change one coordinate almost alone (flow spec 5.6). `corrected` has none.
 */
export function circleModel(
  { model, coupling }: CircleRow,
  architecture: FlowArchitecture,
  profile: Profile,
): FlowModel<TensorTree> {
  if (model !== 'prescribed')
    return flowModel(model, {
      ...architecture,
      coupling: coupling ?? architecture.coupling,
      linear: profile === 'corrected' ? 'none' : 'permutation',
    });
  // The cut opposite of the mean angle, pi / 2: four standard deviations away, where there are no points.
  const chart = hypersphericalChart({ manifold: 1, ambient: 2, azimuthOffset: -Math.PI / 2 });
  return prescribedManifoldFlow({ chart, inner: scalarAffine() });
}

/**
 * The stages of a row (flow spec 3.2, 3.7): alternating training takes E turns, not E / 2, without weight decay; the PAE
 * has weights of 1. The authors evaluated the parameters of the last epoch; `corrected` keeps the best.
 */
export function circleStages<P extends TensorTree>(
  { model: name, schedule }: CircleRow,
  model: FlowModel<P>,
  training: FlowTraining,
  profile: Profile,
): Stage<P>[] {
  const epochs = epochsOf(profile, training);
  const { weights } = training;
  const stages = presetSchedule(schedule, model, {
    ...training,
    epochs: schedule === 'alternating' ? 2 * epochs : epochs,
    weightDecay: schedule === 'alternating' ? 0 : training.weightDecay,
    weights:
      name === 'probabilisticAutoencoder'
        ? { ...weights, reconstruction: 1, density: weights.likelihood }
        : weights,
  });
  return profile === 'corrected' ? stages : stages.map((stage) => ({ ...stage, keep: 'last' }));
}

/**
 * The largest log density that an ambient flow of affine couplings can have anywhere in the plane: every layer scales a
 * coordinate by at most `1 + 0.001` on the way to the latents (flow spec 2.2), so that nothing becomes denser than the
 * standard normal.
 */
export const affineDensityBound = (layers: number): number =>
  -Math.log(2 * Math.PI) + layers * Math.log1p(1e-3);
