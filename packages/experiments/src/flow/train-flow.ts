import { trainStages, type Rows, type Stage, type StageReport, type Trainable } from '@ebim/flows';
import { foldIn, key as keyOf, treeDispose, type JsonValue, type TensorTree } from '@ebim/runtime';
import { folderStore } from '@ebim/training';
import { format } from '../report/result-rows.js';
import type { StudyContext } from '../studies/study.js';

/** What one training wants to know. */
export interface TrainFlowOptions<P extends TensorTree> {
  /** Name of the training within its study: that of the folder of its checkpoints. */
  readonly label: string;
  readonly model: Trainable<P>;
  /** What the losses want of every training point. */
  readonly rows: Rows;
  readonly stages: readonly Stage<P>[];
  readonly seed: number;
  /** Share of the rows that is held out. */
  readonly validation: number;
  /** What a reader of the stored parameters should know. */
  readonly about: JsonValue;
}

/** Means of the losses of every epoch of one stage. */
export interface StageCurves {
  readonly stage: string;
  readonly seconds: number;
  readonly keptEpoch: number;
  /** Loss of the held-out rows after it; `null` where they choose no epoch. */
  readonly keptLoss: number | null;
  /** By the name of the statistic, one value an epoch. */
  readonly statistics: Readonly<Record<string, readonly number[]>>;
  /** Losses of the held-out rows, where they choose an epoch. */
  readonly validation: readonly number[];
}

/** A trained flow. The caller owns the parameters. */
export interface TrainedFlow<P extends TensorTree> {
  readonly params: P;
  readonly status: 'completed' | 'diverged';
  readonly curves: readonly StageCurves[];
}

/** Sets the randomness of flows apart from that of the other models of the same seed. */
const STREAM = 0x464c4f57;
/** Lines of progress a stage writes at most. */
const LINES = 5;

/**
 * Trains a flow with checkpoints in the folder of a study, goes on from them, and leaves the parameters in
 * `models/<label>` there.
 *
 * @throws the reason of the study's signal, when it is stopped
 */
export async function trainFlow<P extends TensorTree>(
  { folder, signal, say }: Pick<StudyContext, 'folder' | 'signal' | 'say'>,
  { label, model, rows, stages, seed, validation, about }: TrainFlowOptions<P>,
): Promise<TrainedFlow<P>> {
  const {
    params,
    lastParams,
    stages: reports,
    status,
  } = await trainStages(model, rows, stages, {
    key: foldIn(keyOf(seed), STREAM),
    validation,
    signal,
    statsEvery: 50,
    stores: (name) => folderStore(folder.file(`checkpoints/${label}/${name}`)),
    onEvent: (event, stage) => {
      if (event.type === 'warning') say(`${label}, ${stage}: ${event.message}`);
      if (event.type !== 'epoch') return;
      const epochs = stages.find(({ name }) => name === stage)?.epochs ?? 1;
      const every = Math.ceil(epochs / LINES);
      if ((event.epoch + 1) % every === 0 || event.epoch + 1 === epochs)
        say(`${label}, ${stage}: epoch ${event.epoch + 1} of ${epochs}, ${lossText(event.stats)}`);
    },
  });
  try {
    signal.throwIfAborted();
    await folderStore(folder.file(`models/${label}`)).save(params, { about, status });
  } catch (error) {
    treeDispose(params);
    throw error;
  } finally {
    treeDispose(lastParams);
  }
  return { params, status: status === 'diverged' ? 'diverged' : 'completed', curves: reports.map(curvesOf) };
}

const lossText = (stats: Readonly<Record<string, number>>): string =>
  Object.entries(stats)
    .filter(([name]) => name === 'loss' || name.endsWith('/loss'))
    .map(([name, value]) => `${name} ${format(value)}`)
    .join(', ');

function curvesOf({ name, history, validation, keptEpoch, keptLoss }: StageReport): StageCurves {
  const names = Object.keys(history[0]?.stats ?? {});
  return {
    stage: name,
    seconds: history.reduce((sum, { seconds }) => sum + seconds, 0),
    keptEpoch,
    keptLoss,
    statistics: Object.fromEntries(
      names.map((statistic) => [statistic, history.map(({ stats }) => stats[statistic])]),
    ),
    validation: validation.map(({ loss }) => loss),
  };
}
