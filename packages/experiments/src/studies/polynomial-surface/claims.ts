import { format } from '../../report/result-rows.js';
import { median } from '../format.js';
import type { StudyTable } from '../study.js';
import { PICKS, values, type MeasuredRow, type Pick } from './picks.js';
import type { Band } from './rows.js';

/** A claim of the paper or a band of the specification, and what the medians of our runs say about it. */
interface Claim {
  readonly claim: string;
  readonly here: string;
  readonly holds: boolean;
}

const MANIFOLD_FLOWS = ['mFlow', 'mFlowWithEncoder'];
const OTHERS = ['ambientFlow', 'pie', 'conditionalPie'];
/** AUC that the paper's rows exceed, and MMD² that those of M-flows do not (flow spec 5.8). */
const LEAST_AUC = 0.93;
const LARGEST_MMD = 0.03;

/** Bands of single runs and claims of the paper (flow spec 5.8), as far as what was run can tell. */
export const claimsTable = (rows: readonly MeasuredRow[]): StudyTable => ({
  title: 'What holds',
  columns: ['claim', 'here', 'holds'],
  rows: claimsOf(rows).map(({ claim, here, holds }) => [claim, here, holds ? 'yes' : 'no']),
  note: 'Medians over seeds; bands are those of single runs.',
});

/** One sentence for each claim that does not hold. */
export const findings = (rows: readonly MeasuredRow[]): string[] =>
  claimsOf(rows).flatMap(({ claim, here, holds }) =>
    holds ? [] : [`Does not hold: ${claim}. Here: ${here}.`],
  );

function claimsOf(all: readonly MeasuredRow[]): Claim[] {
  const rows = all.filter(({ row }) => row.earlier === undefined);
  return [
    ...smallest(rows, 'distance to the manifold', PICKS.distance),
    ...smallest(rows, 'reconstruction error', PICKS.reconstruction),
    ...smallest(rows, 'posterior MMD²', PICKS.mmd),
    ...rows
      .filter(isManifoldFlow)
      .flatMap((row) =>
        medianClaim(row, PICKS.mmd, `posterior MMD² at most ${LARGEST_MMD}`, [-Infinity, LARGEST_MMD]),
      ),
    ...rows.flatMap((row) => medianClaim(row, PICKS.auc, `AUC above ${LEAST_AUC}`, [LEAST_AUC, 1])),
    ...all.flatMap((row) =>
      (['distance', 'reconstruction', 'auc'] as const).flatMap((name) => {
        const band = row.row.bands?.[name];
        return band === undefined
          ? []
          : medianClaim(row, PICKS[name], `${name} ${band[0]} to ${band[1]}`, band);
      }),
    ),
  ];
}

const isManifoldFlow = ({ row }: MeasuredRow): boolean => MANIFOLD_FLOWS.includes(row.model);

/** That a median is within a range; nothing where there is no number. */
function medianClaim(measured: MeasuredRow, pick: Pick, what: string, [low, high]: Band): Claim[] {
  const all = values(measured, pick);
  if (all.length === 0) return [];
  const value = median(all);
  return [
    { claim: `${measured.row.title}: ${what}`, here: format(value), holds: value >= low && value <= high },
  ];
}

/** That the best M-flow or Me-flow is below the best other model with a density. */
function smallest(rows: readonly MeasuredRow[], what: string, pick: Pick): Claim[] {
  const best = (models: readonly string[]): number =>
    Math.min(
      ...rows
        .filter(({ row }) => models.includes(row.model))
        .map((row) => values(row, pick))
        .filter((found) => found.length > 0)
        .map(median),
    );
  const [ours, others] = [best(MANIFOLD_FLOWS), best(OTHERS)];
  if (!Number.isFinite(ours) || !Number.isFinite(others)) return [];
  return [
    {
      claim: `M-flows and Me-flows have the smallest ${what} of the models with a density`,
      here: `${format(ours)}, the best of AF and PIE ${format(others)}`,
      holds: ours < others,
    },
  ];
}
