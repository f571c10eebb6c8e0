import { takeRows, toTensor, type Points } from '@ebim/datasets';
import { presetSchedule, type FlowModel, type FlowTraining } from '@ebim/flows';
import { treeDispose, type TensorTree } from '@ebim/runtime';
import { trainFlow } from '../../flow/train-flow.js';
import type { StudyContext } from '../study.js';

/** Starts of one training, and which of them goes on. */
export interface ChosenStart {
  /** Seed of the start with the least loss. */
  readonly seed: number;
  /** Mean square errors of held-out points after a short training, one a start; infinite where it diverged. */
  readonly errors: readonly number[];
}

/** Points and epochs of a short training: enough to tell a bad start, whose error is several times that of a good one. */
const TRIAL = { points: 10_000, epochs: 2, validation: 0.1 } as const;

/**
 * Trains the manifold shortly from several starts, and chooses the one that reconstructs best. The permutations of an
 * M-flow are drawn at the start and stay; from some the manifold lies across the attractor at first, and is much later
 * to get its form, if at all. Starts of different seeds are different.
 */
export async function chooseStart<P extends TensorTree>(
  context: StudyContext,
  model: FlowModel<P>,
  training: FlowTraining,
  points: Points,
  { label, seed, starts }: { readonly label: string; readonly seed: number; readonly starts: number },
): Promise<ChosenStart> {
  const some = takeRows(
    points,
    Array.from({ length: Math.min(TRIAL.points, points.rows) }, (_, i) => i),
  );
  const seeds = Array.from({ length: starts }, (_, i) => seed * starts + i);
  const errors: number[] = [];
  const x = toTensor(some);
  try {
    for (const start of seeds) {
      const { params, status, curves } = await trainFlow(context, {
        label: `${label}-start${start}`,
        model,
        rows: { x },
        stages: presetSchedule('reconstruction', model, { ...training, epochs: TRIAL.epochs }),
        seed: start,
        validation: TRIAL.validation,
        about: { study: 'lorenz', model: model.name, start },
      });
      treeDispose(params);
      const least = Math.min(...curves[0].validation) / training.weights.reconstruction;
      errors.push(status === 'diverged' || !Number.isFinite(least) ? Infinity : least);
    }
  } finally {
    x.dispose();
  }
  return { seed: seeds[errors.indexOf(Math.min(...errors))], errors };
}
