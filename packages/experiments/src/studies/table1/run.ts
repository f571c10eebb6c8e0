import type { Profile } from '../../definitions/experiment.js';
import { format } from '../../report/result-rows.js';
import { clock } from '../../report/clock.js';
import { countText, spreadOf, spreadText } from '../format.js';
import { PUBLISHED, type PublishedModel } from '../published.js';
import { pushforwardRun, type PushforwardRun } from '../pushforward-run.js';
import type { StudyContext, StudyResult, StudyRun, StudyTable } from '../study.js';
import { runWarnings } from '../two-models.js';

const DATA = ['mixture', 'floods', 'glycine'] as const;
const TITLES = {
  mixture: 'von Mises mixture',
  floods: 'geospatial (floods)',
  glycine: 'amino acid (glycine)',
} as const;

type DataName = (typeof DATA)[number];

interface Row {
  readonly name: DataName;
  readonly ebim: readonly StudyRun[];
  readonly pebm: readonly PushforwardRun[];
}

/** Runs every model on every data set with every seed, and sets the numbers beside the published ones. */
export async function runTable1(context: StudyContext): Promise<StudyResult> {
  const rows: Row[] = [];
  for (const name of DATA) {
    const ebim: StudyRun[] = [];
    const pebm: PushforwardRun[] = [];
    for (const seed of context.seeds) {
      ebim.push(await context.experiment(name, { seed }));
      pebm.push(await pushforwardRun(context, name, { seed }));
    }
    rows.push({ name, ebim, pebm });
  }
  return {
    tables: [
      scoresTable(rows, context.profile),
      honestTable(rows),
      topologyTable(rows),
      timesTable(rows),
      anchorsTable(rows),
    ],
    figures: [],
    numbers: {
      rows: rows.map((row) => ({ name: row.name, ebim: ebimNumbers(row), pebm: pebmNumbers(row) })),
    },
    warnings: rows.flatMap((row) => [
      ...runWarnings(`EBIM on ${TITLES[row.name]}`, row.ebim),
      ...runWarnings(`PEBM on ${TITLES[row.name]}`, row.pebm),
      ...orderWarnings(row, context.profile),
    ]),
  };
}

const done = <R extends { readonly metrics: unknown }>(runs: readonly R[]) =>
  runs.filter((run): run is R & { readonly metrics: NonNullable<R['metrics']> } => run.metrics !== null);

const ebimScores = ({ ebim }: Row) => done(ebim).map(({ metrics }) => metrics.wasserstein?.published ?? NaN);
const pebmScores = ({ pebm }: Row) => done(pebm).map(({ metrics }) => metrics.wasserstein?.published ?? NaN);

const publishedText = ({ score }: PublishedModel): string =>
  score === null ? '' : `${score.mean} ± ${score.standardError}`;

function scoresTable(rows: readonly Row[], profile: Profile): StudyTable {
  return {
    title: 'Table 1: Wasserstein score, published protocol',
    columns: ['data', 'PEBM', 'PEBM published', 'EBIM', 'EBIM published', 'EBIM band', 'EBIM below PEBM'],
    rows: rows.map((row) => {
      const published = PUBLISHED[row.name];
      const [ebim, pebm] = [ebimScores(row), pebmScores(row)];
      const { mean } = spreadOf(ebim);
      const band = profile === 'paper' ? null : published.bands[profile];
      return [
        TITLES[row.name],
        spreadText(pebm),
        publishedText(published.pebm),
        spreadText(ebim),
        publishedText(published.ebim),
        band === null ? '' : `at most ${band}: ${mean <= band ? 'met' : 'MISSED'}`,
        mean < spreadOf(pebm).mean ? 'yes' : 'NO',
      ];
    }),
    note:
      'Mean and standard error over seeds; less is better. W2 squared over the squared largest distance between cells ' +
      '(spec D2), exp(-E / T) with the T of the profile (spec D4). The published PEBM score of the mixture pairs the ' +
      'points of one model with the densities of the other (spec D1): it is no measurement, ours is. The published ' +
      'PEBM scores of floods and glycine are worse than that of a uniform density on the true manifold.',
  };
}

function honestTable(rows: readonly Row[]): StudyTable {
  return {
    title: 'True W1 at temperature 1',
    columns: [
      'data',
      'model',
      'W1',
      'W1 / largest distance',
      'W1, cells by area',
      'score at T = 1',
      'mean log density',
    ],
    rows: rows.flatMap((row) => {
      const models = [
        { model: 'EBIM', of: done(row.ebim).map(({ metrics }) => metrics) },
        { model: 'PEBM', of: done(row.pebm).map(({ metrics }) => metrics) },
      ];
      return models.map(({ model, of }) => [
        TITLES[row.name],
        model,
        spreadText(of.map(({ wasserstein }) => wasserstein?.atOne.w1 ?? NaN)),
        spreadText(of.map(({ wasserstein }) => wasserstein?.atOne.w1Relative ?? NaN)),
        spreadText(of.map(({ wasserstein }) => wasserstein?.atOne.w1ByArea ?? NaN)),
        spreadText(of.map(({ wasserstein }) => wasserstein?.atOne.published ?? NaN)),
        spreadText(of.map(({ meanLogDensity }) => meanLogDensity)),
      ]);
    }),
    note:
      'Wasserstein-1 with plain distances, the density as it was trained; by area: every cell weighted by how much ' +
      'manifold it holds (spec D46). Log densities are of the training points, in nats by length or area of the ' +
      "model's own manifold, and include those of the points that lie off it: they compare seeds, not models.",
  };
}

function topologyTable(rows: readonly Row[]): StudyTable {
  return {
    title: 'What was learned',
    columns: ['data', 'topology right', 'pieces', 'mean distance of data, EBIM', 'PEBM', 'seeds that failed'],
    rows: rows.map((row) => {
      const ebim = done(row.ebim).map(({ metrics }) => metrics);
      const failed = row.ebim.length - ebim.length + row.pebm.length - done(row.pebm).length;
      return [
        TITLES[row.name],
        countText(ebim.map(({ topology }) => topology?.asExpected === true)),
        ebim.map(({ topology }) => topology?.components ?? 'none').join(', '),
        spreadText(ebim.map(({ distance }) => distance.mean)),
        spreadText(done(row.pebm).map(({ metrics }) => metrics.distance.mean)),
        String(failed),
      ];
    }),
    note: 'Right: two closed loops, a sphere, a torus, and nothing else in the box. A pushforward model has the topology of its latent space.',
  };
}

function timesTable(rows: readonly Row[]): StudyTable {
  const mean = (values: readonly number[]) => spreadOf(values).mean;
  return {
    title: 'Training times',
    columns: [
      'data',
      'EBIM manifold',
      'published',
      'EBIM density',
      'published',
      'autoencoder',
      'published',
      'latent density',
      'published',
    ],
    rows: rows.map((row) => {
      const { ebim, pebm } = PUBLISHED[row.name];
      const [e, p] = [done(row.ebim), done(row.pebm)];
      const cells = (ours: number, published: number) => [`${ours.toFixed(1)} s`, clock(published)];
      return [
        TITLES[row.name],
        ...cells(mean(e.map(({ seconds }) => seconds.manifold)), ebim.seconds[0]),
        ...cells(mean(e.map(({ seconds }) => seconds.density)), ebim.seconds[1]),
        ...cells(mean(p.map(({ seconds }) => seconds.autoencoder)), pebm.seconds[0]),
        ...cells(mean(p.map(({ seconds }) => seconds.density)), pebm.seconds[1]),
      ];
    }),
    note: 'A run each, mean over seeds; published times (minutes:seconds) are of another machine (Xeon Silver 4114).',
  };
}

function anchorsTable(rows: readonly Row[]): StudyTable {
  return {
    title: 'What other densities score',
    columns: ['data', 'density', 'score'],
    rows: rows.flatMap((row) => {
      const [first] = row.ebim;
      return [
        ...(first.plan.published?.anchors.map(({ label, value }) => [
          TITLES[row.name],
          label,
          format(value),
        ]) ?? []),
        [
          TITLES[row.name],
          'uniform on the learned manifold',
          spreadText(done(row.ebim).map(({ metrics }) => metrics.wasserstein?.uniform ?? NaN)),
        ],
        [
          TITLES[row.name],
          'uniform on the points of the pushforward model',
          spreadText(done(row.pebm).map(({ metrics }) => metrics.wasserstein?.uniform ?? NaN)),
        ],
      ];
    }),
  };
}

const ebimNumbers = ({ ebim }: Row) => ebim.map(({ seed, status, metrics }) => ({ seed, status, metrics }));
const pebmNumbers = ({ pebm }: Row) => pebm.map(({ seed, status, metrics }) => ({ seed, status, metrics }));

/** Honest scores decide under `corrected`, published ones else. */
function orderWarnings(row: Row, profile: Profile): string[] {
  const [ebim, pebm] =
    profile === 'corrected'
      ? [done(row.ebim), done(row.pebm)].map((runs) =>
          runs.map(({ metrics }) => metrics.wasserstein?.atOne.w1 ?? NaN),
        )
      : [ebimScores(row), pebmScores(row)];
  const [a, b] = [spreadOf(ebim).mean, spreadOf(pebm).mean];
  return a < b ? [] : [`On ${TITLES[row.name]} EBIM (${format(a)}) is not below PEBM (${format(b)}).`];
}
