import { toTensor } from '@ebim/datasets';
import {
  flowModel,
  presetSchedule,
  SCANDAL_SCORE_WEIGHT,
  type FlowModelName,
  type FlowPreset,
} from '@ebim/flows';
import { foldIn, key as keyOf, treeDispose, type Key } from '@ebim/runtime';
import type { Profile } from '../../definitions/experiment.js';
import { hostFlow } from '../../flow/host-flow.js';
import type { FlowRun } from '../../flow/row-runs.js';
import { trainFlow } from '../../flow/train-flow.js';
import type { StudyContext } from '../study.js';
import { runAlices, type RatioSizes } from './alices.js';
import type { ParticleData } from './data.js';
import { measureParticles, type MeasureSizes, type ParticleMetrics } from './measure.js';
import { PARTICLE_ROWS, type ParticleRow } from './rows.js';

/** Sizes of a study. */
export interface ParticleSizes extends MeasureSizes {
  readonly preset: FlowPreset;
  readonly ratio: RatioSizes;
  /** Events of each test set. */
  readonly test: number;
  /** Where the reference files are; `null`: events of our simulator. */
  readonly files: string | null;
}

/** What one run of a row found; plain data. */
export type RowResult = FlowRun<ParticleMetrics>;

/** Sets the randomness of measuring apart from that of training. */
export const EVALUATION_STREAM = 0x4556414c;

/** Trains and measures one row with one seed. */
export async function runRow(
  context: StudyContext,
  row: ParticleRow,
  seed: number,
  sizes: ParticleSizes,
  data: ParticleData,
): Promise<RowResult> {
  context.say(`${row.title}, seed ${seed}`);
  const label = `${row.name}-seed${seed}`;
  const key = foldIn(foldIn(keyOf(seed), EVALUATION_STREAM), PARTICLE_ROWS.indexOf(row));
  if (row.model !== null)
    return runFlow(context, { ...row, model: row.model }, { label, seed, key }, sizes, data);
  const keep = keptBy(context.profile);
  const { inference, curves } = await runAlices(context, {
    label,
    seed,
    tests: data.tests,
    sizes,
    keep,
    key,
  });
  return { metrics: { closure: null, reconstruction: null, inference }, curves };
}

/** The authors evaluated the parameters of the last epoch (flow spec 3.6); `corrected` keeps the best of each stage. */
const keptBy = (profile: Profile): 'best' | 'last' => (profile === 'corrected' ? 'best' : 'last');

async function runFlow(
  context: StudyContext,
  { model: name, scandal }: ParticleRow & { readonly model: FlowModelName },
  { label, seed, key }: { readonly label: string; readonly seed: number; readonly key: Key },
  { preset, ...sizes }: ParticleSizes,
  data: ParticleData,
): Promise<RowResult> {
  const { architecture, training } = preset;
  const model = flowModel(name, architecture);
  const { points, context: thetas, jointScore } = data.train;
  const rows = {
    x: toTensor(points),
    context: toTensor(thetas),
    ...(scandal ? { scores: toTensor(jointScore) } : {}),
  };
  const stages = presetSchedule(LIKELIHOOD_ALONE.includes(name) ? 'likelihood' : 'sequential', model, {
    ...training,
    ...(scandal ? { scoreWeight: SCANDAL_SCORE_WEIGHT } : {}),
  });
  const { params, status, curves } = await trainFlow(context, {
    label,
    model,
    rows,
    stages: stages.map((stage) => ({ ...stage, keep: keptBy(context.profile) })),
    seed,
    validation: training.validation,
    about: { study: 'particle-physics', model: name, scandal, architecture: { ...architecture } },
  }).finally(() => {
    treeDispose(rows);
  });
  if (status === 'diverged') {
    treeDispose(params);
    return { metrics: null, curves };
  }
  const flow = hostFlow(model, params, key);
  try {
    context.say(`${label}: measuring`);
    return {
      metrics: await measureParticles(name, model, params, flow, data, sizes, foldIn(key, 1)),
      curves,
    };
  } finally {
    flow.dispose();
    treeDispose(params);
  }
}

/** Models whose manifold, if they have one, is learned by likelihood. */
const LIKELIHOOD_ALONE: readonly FlowModelName[] = ['ambientFlow', 'pie', 'conditionalPie'];
