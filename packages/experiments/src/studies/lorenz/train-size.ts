import { simulateDataset, toTensor } from '@ebim/datasets';
import { flowModel, inspectBox, presetSchedule, type FlowPreset } from '@ebim/flows';
import { foldIn, key as keyOf, treeDispose } from '@ebim/runtime';
import { chooseStart, type ChosenStart } from '../../flow/choose-start.js';
import { hostFlow } from '../../flow/host-flow.js';
import { profileArchitecture } from '../../flow/profile-architecture.js';
import type { FlowRun } from '../../flow/row-runs.js';
import { tourPictures } from '../../flow/tour-pictures.js';
import { trainFlow } from '../../flow/train-flow.js';
import type { StudyContext } from '../study.js';
import { measureLorenz, type LorenzMetrics } from './measure.js';
import { lorenzPictures, trajectoryPoints, type LorenzPictures } from './pictures.js';
import { trainingText, type LorenzSize } from './sizes.js';

/** What one training found; plain data. */
export interface SizeResult extends FlowRun<LorenzMetrics> {
  /** Of the first seed. */
  readonly pictures: LorenzPictures | null;
  readonly start: ChosenStart;
  /** Share of the training points outside of the box of the splines. */
  readonly outside: number;
}

/** Test points are those of one draw, whatever the run. */
const DATA_KEY = keyOf(0);
/** A short training: enough to tell a bad start, whose error is several times that of a good one. */
const TRIAL = { points: 10_000, epochs: 2 } as const;
const EVALUATION_STREAM = 0x4556414c;

/** Trains an M-flow on the attractor, measures it, and evaluates it for the figures. */
export async function trainSize(
  context: StudyContext,
  size: LorenzSize,
  seed: number,
  preset: FlowPreset,
): Promise<SizeResult> {
  const { training } = preset;
  const architecture = profileArchitecture(preset, context.profile);
  const label = `${size.name}-seed${seed}`;
  context.say(`M-flow on ${trainingText(size)}, seed ${seed}`);
  const data = simulateDataset('lorenz-attractor', DATA_KEY, {
    train: size.points,
    test: size.test,
    run: seed,
  });
  const { points } = data.train;
  const model = flowModel('mFlow', architecture);
  const start = await chooseStart(
    context,
    model,
    training,
    { points },
    { ...TRIAL, study: 'lorenz', label, seed, starts: size.starts, schedule: 'reconstruction' },
  );
  const stages = presetSchedule('sequential', model, training);
  const x = toTensor(points);
  const outside = (await inspectBox(x, architecture.bound)).shareOutside;
  const { params, status, curves } = await trainFlow(context, {
    label,
    model,
    rows: { x },
    // The authors evaluated the parameters of the last epoch (flow spec 3.6).
    stages: context.profile === 'corrected' ? stages : stages.map((stage) => ({ ...stage, keep: 'last' })),
    seed: start.seed,
    validation: training.validation,
    about: { study: 'lorenz', model: model.name, architecture: { ...architecture } },
  }).finally(() => {
    x.dispose();
  });
  const key = foldIn(keyOf(seed), EVALUATION_STREAM);
  const flow = hostFlow(model, params, key);
  try {
    if (status === 'diverged') return { metrics: null, pictures: null, curves, start, outside };
    context.say(`${label}: measuring`);
    const metrics = await measureLorenz(flow, data, foldIn(key, 1));
    const pictured = seed === context.seeds[0] ? trajectoryPoints(size.pictured) : null;
    const pictures =
      pictured === null
        ? null
        : {
            ...(await lorenzPictures(flow, pictured)),
            tour: await tourPictures(model, params, data.test.points),
          };
    return { metrics, pictures, curves, start, outside };
  } finally {
    flow.dispose();
    treeDispose(params);
  }
}
