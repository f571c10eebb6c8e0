import { logPartitionCoarea, logPartitionOnMesh, type BatchedConstraint } from '@ebim/metrics';
import type { Key } from '@ebim/runtime';
import type { Constraint } from '@ebim/samplers';
import type { EbimConfig } from '../config/schema.js';
import type { HostFunction } from './host-function.js';
import { isManifold, learnedLevelSet, type LevelSet } from './level-set.js';
import type { RunMetrics } from './run-metrics.js';

/** Standard errors of the co-area estimate by which it may miss the mesh before the two count as at odds. */
const STANDARD_ERRORS = 3;

/** A learned density as log Z needs it. */
export interface PartitionInput {
  readonly config: EbimConfig;
  readonly constraint: Constraint;
  /** The same function in float64. */
  readonly exact: BatchedConstraint;
  readonly energy: HostFunction;
  readonly levelSet: LevelSet | null;
  /** Energy at the middles of the elements of the level set. */
  readonly centreEnergy: Float64Array | null;
}

/**
 * log Z on the learned manifold in two ways that share nothing but F and E: by its mesh at two resolutions, and by the
 * co-area formula on random points of the box (spec 1.5).
 */
export async function measureLogPartition(
  { config, constraint, exact, energy, levelSet, centreEnergy }: PartitionInput,
  key: Key,
): Promise<RunMetrics['logPartition']> {
  const { meshBox, meshResolution } = config.evaluation;
  const { value: byCoarea, standardError } = await logPartitionCoarea(exact, energy, meshBox, { key });
  const coarea = { byCoarea, coareaStandardError: standardError };
  if (levelSet === null || centreEnergy === null || !isManifold(levelSet))
    return { byMesh: null, meshError: null, ...coarea, agree: null };

  const coarseResolution = Math.floor((meshResolution - 1) / 2) + 1;
  const coarse = await learnedLevelSet(config, constraint, coarseResolution);
  const fine = { energies: centreEnergy, elements: levelSet.elements };
  const byMesh = logPartitionOnMesh(
    fine,
    coarse === null || !isManifold(coarse)
      ? {}
      : {
          coarse: { energies: await energy(coarse.centres), elements: coarse.elements },
          refinement: (meshResolution - 1) / (coarseResolution - 1),
        },
  );
  const tolerance = STANDARD_ERRORS * standardError + (byMesh.error ?? 0);
  return {
    byMesh: byMesh.value,
    meshError: byMesh.error,
    ...coarea,
    agree: Math.abs(byMesh.value - byCoarea) <= tolerance,
  };
}

/**
 * log Z as the authors' notebooks have it: the mean of exp(-E) over projected points, which are not uniform on the
 * manifold, times its volume (spec D21).
 */
export function logPartitionOfCovering(energy: Float64Array, volume: number): number {
  const lowest = energy.reduce((a, b) => Math.min(a, b), Infinity);
  const sum = energy.reduce((total, e) => total + Math.exp(lowest - e), 0);
  return Math.log((volume * sum) / energy.length) - lowest;
}
