import { toTensor, type Points } from '@ebim/datasets';
import { flowModel, presetSchedule } from '@ebim/flows';
import { estimateManifoldDimension } from '@ebim/metrics';
import { key as keyOf, treeDispose } from '@ebim/runtime';
import { chooseStart, type ChosenStart } from '../../flow/choose-start.js';
import { hostFlow } from '../../flow/host-flow.js';
import { trainFlow, type StageCurves } from '../../flow/train-flow.js';
import { median } from '../format.js';
import type { StudyContext } from '../study.js';
import type { ScanSet } from './sets.js';

/** Points of one data set. */
export interface ScanData {
  readonly train: Points;
  readonly heldOut: Points;
}

/** What one M-flow reached; plain data. */
export interface ScanResult {
  /** Distances of held-out points to their projections; `null` where training diverged. */
  readonly error: { readonly mean: number; readonly median: number } | null;
  readonly curves: readonly StageCurves[];
  /** `null` where there was none to choose. */
  readonly start: ChosenStart | null;
}

/** What the distances between training points say; plain data. */
export interface DataEstimates {
  /** `null` where the two estimates do not agree on one. */
  readonly dimension: number | null;
  readonly twoNearestNeighbours: number;
  readonly maximumLikelihood: number;
}

/** Trains an M-flow of dimension n by reconstruction alone, and measures how far held-out points are from it. */
export async function scanOne(
  context: StudyContext,
  { name, preset, simulator, trials }: ScanSet,
  n: number,
  seed: number,
  { train, heldOut }: ScanData,
): Promise<ScanResult> {
  const label = `${name}-n${n}-seed${seed}`;
  context.say(label);
  // The inner flow has no part in projections, nor have parameters: the simplest will do.
  const d = simulator.ambientDimension;
  const model = flowModel('mFlow', {
    ...preset.architecture,
    dataSize: d,
    manifoldSize: n,
    hypersurface: n === d - 1,
    contextSize: 0,
    layers: { ...preset.architecture.layers, inner: 0 },
  });
  const start =
    trials === null
      ? null
      : await chooseStart(
          context,
          model,
          preset.training,
          { points: train },
          { ...trials, study: 'dimension-scan', label, seed, schedule: 'reconstruction' },
        );
  const x = toTensor(train);
  const { params, status, curves } = await trainFlow(context, {
    label,
    model,
    rows: { x },
    stages: presetSchedule('reconstruction', model, preset.training),
    seed: start?.seed ?? seed,
    // Points are held out by the study itself, and all dimensions train equally long.
    validation: 0,
    about: { study: 'dimension-scan', data: name, manifoldSize: n },
  }).finally(() => {
    x.dispose();
  });
  const flow = hostFlow(model, params, keyOf(seed));
  try {
    if (status === 'diverged') return { error: null, curves, start };
    const errors = await flow.reconstructionError(heldOut);
    return { error: { mean: mean(errors), median: median([...errors]) }, curves, start };
  } finally {
    flow.dispose();
    treeDispose(params);
  }
}

/** Distances of held-out points to the mean of the training points: the error of dimension 0. */
export function errorOfMean({ train, heldOut }: ScanData): number {
  const { columns } = train;
  const centre = new Float64Array(columns);
  train.data.forEach((value, i) => (centre[i % columns] += value / train.rows));
  return mean(
    Float64Array.from({ length: heldOut.rows }, (_, i) =>
      Math.hypot(
        ...heldOut.data.subarray(i * columns, (i + 1) * columns).map((value, j) => value - centre[j]),
      ),
    ),
  );
}

/** The two estimates at the scale that decides, or at the finest where none does. */
export function dataEstimates({ train }: ScanData): DataEstimates {
  const { dimension, decidedBy, scales } = estimateManifoldDimension(train);
  const { twoNearestNeighbours, maximumLikelihood } = scales[decidedBy ?? 0];
  return {
    dimension,
    twoNearestNeighbours: twoNearestNeighbours.value,
    maximumLikelihood: maximumLikelihood.value,
  };
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
