import { foldIn, key, treeDispose } from '@ebim/runtime';
import { bindParameters, modelsOf } from '../../pipeline/models.js';
import { format } from '../../report/result-rows.js';
import type { Figure } from '../../report/report-input.js';
import { PUBLISHED_ARITHMETIC_DISTANCE } from '../published.js';
import { countText, spreadText } from '../format.js';
import type { StudyContext, StudyResult, StudyRun, StudyTable } from '../study.js';
import { arithmeticOf, TRUE_RADIUS, type ArithmeticPart } from './arithmetic.js';
import { arithmeticFigures } from './figure.js';

/** Table 3, and the radius that the papers' picture shows. */
const [min, median, mean, max] = PUBLISHED_ARITHMETIC_DISTANCE;
const PUBLISHED_DISTANCE = { min, median, mean, max } as const;
/** Sets the randomness of the arithmetic apart from that of the run of the same seed. */
const STREAM = 0xf163;
/** How far radius, its spread and the distance from a plane may be off, as a share of the radius. */
const TOLERANCE = 0.02;

interface Found {
  readonly run: StudyRun;
  readonly part: ArithmeticPart;
}

/** Runs and draws Figure 3. */
export async function runFig3({ experiment, part, seeds, say }: StudyContext): Promise<StudyResult> {
  const found: Found[] = [];
  const figures: Figure[] = [];
  const warnings: string[] = [];
  for (const seed of seeds) {
    const run = await experiment('projected-normal', { seed });
    if (run.metrics === null) {
      warnings.push(`Training with seed ${seed} ${run.status}: it has no union and no intersection.`);
      continue;
    }
    warnings.push(...run.metrics.warnings.map((text) => `Seed ${seed}: ${text}`));
    const stages = await run.loadStages();
    try {
      const { manifold, density } = stages;
      const model = bindParameters(modelsOf(run.plan.config), manifold.state.params, density.state.params);
      const { byMesh, byCoarea } = run.metrics.logPartition;
      const result = await part(`arithmetic-seed${seed}`, () => {
        say(`Union and intersection, seed ${seed}`);
        return arithmeticOf(model, byMesh ?? byCoarea, foldIn(key(seed), STREAM));
      });
      found.push({ run, part: result });
      if (seed === seeds[0]) figures.push(...(await arithmeticFigures(model, result, seed)));
    } finally {
      treeDispose([stages.manifold.state, stages.density.state]);
    }
  }
  const measured = found.map(({ run, part: { points: _, density: __, ...numbers } }) => ({
    seed: run.seed,
    ...numbers,
    radiusError: numbers.circle.radius / TRUE_RADIUS - 1,
    withinTolerance: isCircle(numbers.circle),
    distance: run.metrics?.distance ?? null,
  }));
  measured
    .filter(({ withinTolerance }) => !withinTolerance)
    .forEach(({ seed, circle }) =>
      warnings.push(
        `Seed ${seed}: the intersection is no circle of radius ${format(TRUE_RADIUS)} to ${100 * TOLERANCE} % (${format(circle.radius)}, spread ${format(circle.radiusSpread)}): the sphere was not learned well enough; train its manifold longer.`,
      ),
    );
  return {
    tables: found.length === 0 ? [] : tables(measured.map((one, i) => ({ ...one, run: found[i].run }))),
    figures,
    numbers: { trueRadius: TRUE_RADIUS, runs: measured },
    warnings,
  };
}

/** Radius right, points close to one circle in one plane. */
const isCircle = ({ radius, radiusSpread, offPlane }: ArithmeticPart['circle']): boolean =>
  Math.abs(radius / TRUE_RADIUS - 1) <= TOLERANCE &&
  radiusSpread <= TOLERANCE * TRUE_RADIUS &&
  offPlane <= TOLERANCE * TRUE_RADIUS;

type Measured = Omit<ArithmeticPart, 'points' | 'density'> & {
  readonly withinTolerance: boolean;
  readonly run: StudyRun;
};

function tables(runs: readonly Measured[]): StudyTable[] {
  const spread = (pick: (run: Measured) => number) => spreadText(runs.map(pick));
  const distance = (name: keyof typeof PUBLISHED_DISTANCE) => [
    `distance to the learned sphere, ${name}`,
    spread(({ run }) => run.metrics?.distance[name] ?? NaN),
    format(PUBLISHED_DISTANCE[name]),
  ];
  return [
    {
      title: 'The intersection of two copies',
      columns: ['', 'measured', 'exact, of unit spheres'],
      rows: [
        ['radius of the circle', spread(({ circle }) => circle.radius), format(TRUE_RADIUS)],
        ['spread of the radius', spread(({ circle }) => circle.radiusSpread), '0'],
        ['distance from one plane', spread(({ circle }) => circle.offPlane), '0'],
        ['x of the centre', spread(({ circle }) => circle.center[0]), '0'],
        ['length', spread(({ length }) => length.value), format(2 * Math.PI * TRUE_RADIUS)],
        [
          `a circle to ${100 * TOLERANCE} %`,
          countText(runs.map(({ withinTolerance }) => withinTolerance)),
          '',
        ],
      ],
      note: 'Radius: mean distance of 3000 projected points from the centre of the circle fitted to them; spread: its standard deviation. Length: by the co-area formula, about 1 % exact.',
    },
    {
      title: 'The learned sphere',
      columns: ['', 'measured', 'published (Table 3)'],
      rows: (['min', 'median', 'mean', 'max'] as const).map(distance),
    },
    {
      title: 'Densities and rank',
      columns: ['', 'measured', 'expected'],
      rows: [
        ['log Z of the sphere', spread(({ logZ }) => logZ.sphere), ''],
        ['log Z of the intersection', spread(({ logZ }) => logZ.circle), ''],
        ['samples of the union on the left copy', spread(({ samples }) => samples.left), '0.5'],
        [
          'mean distance of a sample from the centre of its copy',
          spread(({ samples }) => samples.radius),
          '1',
        ],
        ['smallest singular value of the intersection', spread(({ rank }) => rank.intersection), 'above 0'],
        ['singular value of the union, median', spread(({ rank }) => rank.union), 'above 0'],
        ['singular value of the union on the circle, largest', spread(({ rank }) => rank.unionOnCircle), '0'],
      ],
      note: 'The Jacobian of the product vanishes where the copies meet: the union is no manifold there.',
    },
  ];
}
