import { firstRows, toTensor, type Points } from '@ebim/datasets';
import { presetSchedule, type FlowModel, type FlowTraining, type ScheduleName } from '@ebim/flows';
import { treeDispose, type TensorTree } from '@ebim/runtime';
import type { StudyContext } from '../studies/study.js';
import { trainFlow } from './train-flow.js';

/** Starts of one training, and which of them goes on. */
export interface ChosenStart {
  /** Seed of the start with the least loss. */
  readonly seed: number;
  /** Losses of held-out points after a short training, one a start; infinite where it diverged. */
  readonly losses: readonly number[];
}

/** How many starts {@link chooseStart} tries, and how long. */
export interface TrialSizes {
  readonly starts: number;
  /** Training points of a trial, the first ones there are; a tenth of them is held out. */
  readonly points: number;
  readonly epochs: number;
}

/** What {@link chooseStart} chooses for. */
export interface Trials extends TrialSizes {
  /** Name of the study. */
  readonly study: string;
  /** Name of the training within it. */
  readonly label: string;
  readonly seed: number;
  /** One that has a single phase. */
  readonly schedule: ScheduleName;
}

/** Share of the points of a trial that judges it. */
const HELD_OUT = 0.1;

/**
 * Trains a model shortly from several starts, and chooses the one whose loss on held-out training points is least. The
 * permutations of a flow are drawn at the start and stay; from some the manifold lies across the data at first, and is
 * much later to get its form, if at all. Starts of different seeds are different.
 */
export async function chooseStart<P extends TensorTree>(
  context: Pick<StudyContext, 'folder' | 'signal' | 'say'>,
  model: FlowModel<P>,
  training: FlowTraining,
  train: { readonly points: Points; readonly context?: Points | null },
  { study, label, seed, starts, points: count, epochs, schedule }: Trials,
): Promise<ChosenStart> {
  const rows = {
    x: toTensor(firstRows(train.points, count)),
    ...(train.context == null ? {} : { context: toTensor(firstRows(train.context, count)) }),
  };
  const seeds = Array.from({ length: starts }, (_, i) => seed * starts + i);
  const losses: number[] = [];
  try {
    for (const start of seeds) {
      const { params, status, curves } = await trainFlow(context, {
        label: `${label}-start${start}`,
        model,
        rows,
        stages: presetSchedule(schedule, model, { ...training, epochs }),
        seed: start,
        validation: HELD_OUT,
        about: { study, model: model.name, start },
      });
      treeDispose(params);
      // Not the least of the losses that were computed: of a trial that had ended before a resume there are none.
      losses.push(status === 'diverged' ? Infinity : (curves[0].keptLoss ?? Infinity));
    }
  } finally {
    treeDispose(rows);
  }
  return { seed: seeds[losses.indexOf(Math.min(...losses))], losses };
}
