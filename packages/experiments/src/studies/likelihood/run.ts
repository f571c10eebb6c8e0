import { loadDataset, toTensor } from '@ebim/datasets';
import { foldIn, key, permutationArray, split, treeDispose } from '@ebim/runtime';
import { learnedLevelSet } from '../../evaluation/level-set.js';
import { findExperiment } from '../../definitions/registry.js';
import { modelsOf } from '../../pipeline/models.js';
import { trainManifold } from '../../pipeline/train-manifold.js';
import { format } from '../../report/result-rows.js';
import { countText, spreadText } from '../format.js';
import type { StudyContext, StudyResult } from '../study.js';
import { fitEnergy, type EnergyScores, type EnergySettings } from './fit-energy.js';
import { knownSurface, ontoSurface, tenths, uniformOnMesh, type Surface } from './surface.js';

/** A data set of a benchmark. */
export interface BenchmarkSet {
  /** Of `loadDataset`. */
  readonly name: string;
  readonly settings: EnergySettings;
  /** Training rows at most; the others are left out. Default: all. */
  readonly rows?: number;
  /** Negative log-likelihoods that others state, in the units of the table. */
  readonly published: readonly { readonly label: string; readonly value: string }[];
}

/** A benchmark of densities on one kind of surface. */
export interface Benchmark {
  readonly surface: 'sphere' | 'torus';
  /** Settings of its manifold: the experiment of the paper on such data. */
  readonly experiment: 'floods' | 'glycine';
  readonly sets: readonly BenchmarkSet[];
  /** Distance beyond which a test point counts as far from the learned manifold. */
  readonly far: number;
  /** Mean of `log(area per unit of angles)` over test points, to restate a result per angles. `null`: not used. */
  readonly logJacobian: ((x: ArrayLike<number>) => number) | null;
  readonly notes: readonly string[];
}

interface LearnedScores extends EnergyScores {
  readonly far: number;
  /** Share of the test points that did not reach the surface. */
  readonly lost: number;
  readonly eulerCharacteristic: number;
  readonly components: number;
  readonly areaRatioToKnown: number;
}

/** What one seed of one data set gave. */
export interface SetResult {
  readonly known: EnergyScores;
  /** `null` when no surface was found. */
  readonly learned: LearnedScores | null;
  /** What is added to a result to restate it per angles. */
  readonly perAngles: number;
}

/** Steps of manifold training, whatever the number of points. */
const MANIFOLD_STEPS = 20_000;

/** Share of far test points that is told. */
const FAR_SHARE = 0.05;

/** Runs a benchmark: every data set, every seed, on the known surface and on the learned one. */
export async function runBenchmark(benchmark: Benchmark, context: StudyContext): Promise<StudyResult> {
  const results: Record<string, SetResult[]> = {};
  for (const set of benchmark.sets) {
    results[set.name] = [];
    for (const seed of context.seeds) {
      context.say(`${set.name}, seed ${seed}`);
      results[set.name].push(
        await context.part(`${set.name}-seed${seed}`, () => oneSplit(benchmark, set, seed, context)),
      );
    }
  }
  return benchmarkReport(benchmark, results, context.seeds);
}

async function oneSplit(
  benchmark: Benchmark,
  set: BenchmarkSet,
  seed: number,
  { fast, signal }: StudyContext,
): Promise<SetResult> {
  const { points } = await loadDataset(set.name);
  const order = permutationArray(key(seed), points.rows).slice(0, set.rows ?? points.rows);
  const parts = tenths({ ...points, rows: order.length }, order);
  const [uniformKey, knownKey, manifoldKey, meshKey, learnedKey] = split(foldIn(key(seed), 1), 5);
  const settings = fast ? { ...set.settings, nodes: 8000, steps: 100 } : set.settings;
  const data = { train: toTensor(parts.train), valid: toTensor(parts.valid), test: toTensor(parts.test) };
  const surface = knownSurface(benchmark.surface, 3 * settings.nodes, uniformKey);
  const known = await fitEnergy(surface, data, settings, knownKey);
  signal.throwIfAborted();

  const base = findExperiment(benchmark.experiment).config('corrected', fast);
  const perEpoch = Math.ceil(parts.train.rows / base.manifold.batchSize);
  const epochs = Math.max(1, Math.round((fast ? 500 : MANIFOLD_STEPS) / perEpoch));
  const config = { ...base, manifold: { ...base.manifold, epochs } };
  const trained = await trainManifold(config, data.train, manifoldKey, { signal });
  signal.throwIfAborted();
  const constraint = modelsOf(config).manifold.constraint(trained.state.params);
  const level = await learnedLevelSet(config, constraint);
  let learned: LearnedScores | null = null;
  if (trained.status === 'completed' && level?.kind === 'surface' && level.crosses) {
    const uniform = uniformOnMesh(level.mesh, level.elements, constraint, 3 * settings.nodes, meshKey);
    const found: Surface = { constraint, volume: level.volume, uniform };
    const [train, valid, test] = [
      await ontoSurface(constraint, data.train),
      await ontoSurface(constraint, data.valid),
      await ontoSurface(constraint, data.test),
    ];
    const onIt = { train: train.points, valid: valid.points, test: test.points };
    learned = {
      ...(await fitEnergy(found, onIt, settings, learnedKey)),
      far: test.distances.filter((d) => d > benchmark.far).length / test.distances.length,
      lost: test.lost,
      eulerCharacteristic: level.topology.eulerCharacteristic,
      components: level.topology.components,
      areaRatioToKnown: level.volume / surface.volume,
    };
    treeDispose([onIt, uniform]);
  }
  treeDispose([data, trained.state, surface.uniform]);
  return { known, learned, perAngles: meanOf(benchmark.logJacobian, parts.test.data) };
}

/** Whether a learned surface has the topology of the known one. */
const isRight = ({ components, eulerCharacteristic }: LearnedScores, surface: 'sphere' | 'torus'): boolean =>
  components === 1 && eulerCharacteristic === (surface === 'sphere' ? 2 : 0);

/** Whether the network was of no use on the validation points. */
const isKernelAlone = ({ energy }: EnergyScores): boolean => energy.epoch === null;

const partsOf = (scores: EnergyScores): string =>
  isKernelAlone(scores) ? 'kernel alone' : 'kernel + network';

/** `-mean log(area per angles)`: the density per angles is the density per area times the area of a unit of angles. */
function meanOf(logJacobian: Benchmark['logJacobian'], data: Float64Array): number {
  if (logJacobian === null) return 0;
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum -= logJacobian(data.subarray(i, i + 3));
  return sum / (data.length / 3);
}

/** Tables and warnings of the results, one for each seed of each data set. */
export function benchmarkReport(
  benchmark: Benchmark,
  results: Readonly<Record<string, readonly SetResult[]>>,
  seeds: readonly number[],
): StudyResult {
  const restated = benchmark.logJacobian !== null;
  const rows = benchmark.sets.map(({ name, published }) => {
    const runs = results[name];
    const of = (pick: (run: SetResult) => number | undefined): number[] =>
      runs.map((run) => (pick(run) ?? NaN) + run.perAngles).filter((value) => !Number.isNaN(value));
    return [
      name,
      spreadText(of(({ known }) => known.energy.test)),
      spreadText(of(({ learned }) => learned?.energy.test)),
      spreadText(of(({ known }) => known.network.test)),
      spreadText(of(({ known }) => known.kernel.test)),
      countText(runs.map(({ known }) => isKernelAlone(known))),
      ...(restated ? [spreadText(runs.map(({ known }) => known.energy.test))] : []),
      published.map(({ label, value }) => `${label} ${value}`).join('; '),
    ];
  });
  const perSeed = benchmark.sets.flatMap(({ name }) =>
    results[name].map(({ known, learned, perAngles }, i) => [
      name,
      String(seeds[i]),
      format(known.energy.test + perAngles),
      learned === null ? 'no surface' : format(learned.energy.test + perAngles),
      format(known.network.test + perAngles),
      format(known.kernel.test + perAngles),
      format(known.kernel.scale),
      [known, ...(learned === null ? [] : [learned])].map(partsOf).join('; '),
      learned === null ? '' : format(learned.far),
      learned === null ? '' : `${learned.components}, ${learned.eulerCharacteristic}`,
    ]),
  );
  return {
    tables: [
      {
        title: `Test negative log-likelihood, nats${restated ? ', per flat angles' : ', with respect to area'}`,
        columns: [
          'data',
          '(a) known surface',
          '(b) learned surface',
          'network alone, known surface',
          'kernel estimate, known surface',
          '(a) is the kernel estimate alone',
          ...(restated ? ['(a) with respect to area of the torus'] : []),
          'for comparison',
        ],
        rows,
        note: benchmark.notes.join(' '),
      },
      {
        title: 'Every seed',
        columns: [
          'data',
          'seed',
          '(a)',
          '(b)',
          'network',
          'kernel',
          'kernel scale',
          'what (a) and (b) are',
          `share farther than ${benchmark.far}`,
          'components, Euler characteristic',
        ],
        rows: perSeed,
      },
    ],
    figures: [],
    numbers: { seeds, results },
    warnings: benchmark.sets.flatMap(({ name, settings }) =>
      results[name].flatMap(({ learned, known }, i) => [
        ...(known.kernel.scale === Math.min(...settings.kernelScales)
          ? [
              `${name}, seed ${seeds[i]}: the validation points choose the narrowest kernel that was tried ` +
                `(${format(known.kernel.scale)}); the likelihood is what that limit makes it.`,
            ]
          : []),
        ...(known.diverged || learned?.diverged === true
          ? [
              `${name}, seed ${seeds[i]}: training of an energy diverged; what counts is the best epoch before.`,
            ]
          : []),
        ...(learned === null ? [`${name}, seed ${seeds[i]}: training found no surface.`] : []),
        ...(learned !== null && !isRight(learned, benchmark.surface)
          ? [
              `${name}, seed ${seeds[i]}: the learned surface is no ${benchmark.surface} (${learned.components} pieces, ` +
                `Euler characteristic ${learned.eulerCharacteristic}, ${format(learned.areaRatioToKnown)} of its area): its ` +
                'likelihoods are those of densities on that surface.',
            ]
          : []),
        ...(learned !== null && learned.far > FAR_SHARE
          ? [
              `${name}, seed ${seeds[i]}: ${format(100 * learned.far)} % of the test points are farther than ` +
                `${benchmark.far} from the learned surface: (b) is the likelihood of the places they were moved to, and ` +
                'may be better than (a) only for that.',
            ]
          : []),
        ...(learned !== null && learned.lost > 0
          ? [
              `${name}, seed ${seeds[i]}: ${format(100 * learned.lost)} % of the test points did not reach the learned ` +
                'surface; their likelihood is that of a place beside it.',
            ]
          : []),
        ...(Math.abs(known.areaRatio - 1) > 0.02
          ? [`${name}, seed ${seeds[i]}: the test nodes miss the area by ${format(known.areaRatio - 1)}.`]
          : []),
      ]),
    ),
  };
}
