import { loadDataset, takeRows } from '@ebim/datasets';
import type { EbimConfig } from '../config/schema.js';
import type { ExperimentData, LoadOptions } from './experiment.js';

/** A published data set on its manifold, in file order; the first `data.count` rows, or all. */
export async function loadRealData(
  name: string,
  config: EbimConfig,
  options: LoadOptions,
): Promise<ExperimentData> {
  const { points } = await loadDataset(name, options);
  const count = Math.min(config.data.count ?? points.rows, points.rows);
  return {
    points: takeRows(
      points,
      Array.from({ length: count }, (_, i) => i),
    ),
    groundTruth: null,
  };
}
