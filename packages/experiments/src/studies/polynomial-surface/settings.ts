import type { SimulatedDataset } from '@ebim/datasets';
import {
  alternatingTransportSchedule,
  presetSchedule,
  transportSchedule,
  type FlowModel,
  type FlowPreset,
  type FlowTraining,
  type ScheduleName,
  type Stage,
} from '@ebim/flows';
import type { TensorTree } from '@ebim/runtime';
import type { Profile } from '../../definitions/experiment.js';
import { chooseStart, type ChosenStart, type TrialSizes } from '../../flow/choose-start.js';
import type { StudyContext } from '../study.js';
import type { SurfaceRow } from './rows.js';

/** What a trial of a start is trained by: the first loss of a schedule. */
const TRIAL_SCHEDULES: Record<ScheduleName, ScheduleName> = {
  likelihood: 'likelihood',
  reconstruction: 'reconstruction',
  sequential: 'reconstruction',
  alternating: 'reconstruction',
  simultaneous: 'reconstruction',
  transport: 'transport',
  alternatingTransport: 'transport',
};

/**
 * The start of a run in the `corrected` profile, the best of some; in the others there is one, as published. Rows of the
 * same model choose by the same trials: by the loss of their own first stage on training points.
 */
export async function startOf<P extends TensorTree>(
  context: StudyContext,
  { model: name, schedule }: SurfaceRow,
  model: FlowModel<P>,
  seed: number,
  training: FlowTraining,
  trials: TrialSizes,
  train: SimulatedDataset['train'],
): Promise<ChosenStart | null> {
  if (context.profile !== 'corrected') return null;
  const trial = TRIAL_SCHEDULES[schedule];
  const label = `${name}-${trial}-seed${seed}`.toLowerCase();
  return context.part(`start-${label}`, () =>
    chooseStart(context, model, training, train, {
      ...trials,
      study: 'polynomial-surface',
      label,
      seed,
      schedule: trial,
    }),
  );
}

/**
 * The stages of a row. The authors evaluated the parameters of the last epoch, and their transport cost does not see
 * theta (flow spec 3.3, 3.6): `corrected` keeps the best epoch of each stage and lets the cost see it.
 */
export function stagesOf<P extends TensorTree>(
  { schedule }: SurfaceRow,
  model: FlowModel<P>,
  { training }: FlowPreset,
  profile: Profile,
): Stage<P>[] {
  if (profile !== 'corrected')
    return presetSchedule(schedule, model, training).map((stage) => ({ ...stage, keep: 'last' }));
  const transport = { weight: training.weights.transport, contextWeight: 1 };
  if (schedule === 'transport') return transportSchedule(model, { ...training, transport });
  if (schedule === 'alternatingTransport')
    return alternatingTransportSchedule(model, {
      ...training,
      transport,
      likelihood: { weight: training.weights.density },
    });
  return presetSchedule(schedule, model, training);
}
