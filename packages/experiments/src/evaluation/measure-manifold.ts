import {
  distanceToManifold,
  hostMlp,
  rankReport,
  readMlpParams,
  type BatchedConstraint,
} from '@ebim/metrics';
import type { MlpParams } from '@ebim/nn';
import type { EbimError } from '@ebim/runtime';
import type { Constraint } from '@ebim/samplers';
import type { EbimConfig } from '../config/schema.js';
import type { ExpectedTopology, ExperimentData } from '../definitions/experiment.js';
import { attempts } from './incomplete.js';
import { isManifold, learnedLevelSet, type LevelSet, type Topology } from './level-set.js';
import { describePieces } from './pieces.js';
import type { RunMetrics } from './run-metrics.js';
import { evenRows } from './wasserstein.js';

/** A manifold and what it was learned from. */
export interface TrainedManifold {
  readonly config: EbimConfig;
  readonly constraint: Constraint;
  readonly manifoldParams: MlpParams;
  readonly data: ExperimentData;
  readonly topology: ExpectedTopology | null;
  /** Statistics of the last epoch. */
  readonly manifoldStats: Readonly<Record<string, number>>;
}

/** What can be said of a manifold without a density. */
export interface ManifoldMeasures {
  /** The network on the host in float64: float32 would add its own rounding to distances (spec 1.14). */
  readonly exact: BatchedConstraint;
  readonly levelSet: LevelSet | null;
  readonly metrics: Pick<RunMetrics, 'manifold'> &
    Partial<Pick<RunMetrics, 'topology' | 'rank' | 'distance' | 'distanceFailed'>>;
  /** Of parts that are missing in `metrics`. */
  readonly failures: readonly EbimError[];
}

/** Places on the manifold at which singular values are taken. */
const RANK_POINTS = 20_000;

/** Measures topology, rank and distance of a learned manifold (spec 1.2, 1.14, 5.5). */
export async function measureManifold(run: TrainedManifold): Promise<ManifoldMeasures> {
  const { config, data, topology: expected, manifoldStats } = run;
  const { failures, attempt } = attempts();
  const exact = hostMlp(await readMlpParams(run.manifoldParams, 'silu')).constraint;
  const levelSet = await learnedLevelSet(config, run.constraint);
  const topology = levelSet === null ? null : describeTopology(levelSet, expected, data);

  const measured = evenRows(data.points, config.evaluation.distancePoints);
  const distances = await attempt(() =>
    distanceToManifold(exact, measured, { method: config.evaluation.distance }),
  );
  // Where the manifold cannot be cut, the data are what is known to be near it.
  const along = levelSet !== null && isManifold(levelSet) ? levelSet.vertices : data.points;
  const found = await attempt(() => rankReport(exact, evenRows(along, RANK_POINTS)));

  const metrics: ManifoldMeasures['metrics'] = {
    manifold: manifoldStats,
    topology,
    ...(found === null ? {} : { rank: { ...found, at: Array.from(found.at) } }),
    ...(distances === null
      ? {}
      : { distance: summaryOf(distances.summary), distanceFailed: distances.failed / measured.rows }),
  };
  return { exact, levelSet, metrics, failures };
}

const summaryOf = ({ min, median, mean, max }: RunMetrics['distance']): RunMetrics['distance'] => ({
  min,
  median,
  mean,
  max,
});

function describeTopology(
  levelSet: LevelSet,
  expected: ExpectedTopology | null,
  data: ExperimentData,
): NonNullable<RunMetrics['topology']> {
  const { topology, volume, crosses } = levelSet;
  const asExpected = expected === null ? null : isManifold(levelSet) && matches(topology, expected);
  const pieces = describePieces(levelSet, data.points, null);
  return { ...topology, volume, crosses, asExpected, pieces };
}

function matches(topology: Topology, expected: ExpectedTopology): boolean {
  const right = topology.closed && topology.components === expected.components;
  return expected.eulerCharacteristic === null
    ? right && topology.closedLoops === expected.components
    : right && topology.eulerCharacteristic === expected.eulerCharacteristic;
}
