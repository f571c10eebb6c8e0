import { format } from '../../report/result-rows.js';
import type { StudyTable } from '../study.js';
import { PLAIN_ROWS, scandalOf } from './rows.js';
import { mean, PICKS, values, type MeasuredRow } from './tables.js';

/** One thing that Table 3 shows, in the paper and here. */
interface Claim {
  readonly text: string;
  readonly ours: number;
  readonly published: number;
  readonly holds: boolean;
}

type Quantity = 'closure' | 'reconstruction' | 'logPosterior';

/** Much less: the paper has factors of 58 and more. */
const FAR = 20;
/** Nats within which two log posteriors are of one level; the published ones differ by up to 0.45. */
const NEAR = 0.5;

/**
 * What the paper says of Table 3 (flow spec 5.8, claims 4 and 5), for the rows that are there. Log posteriors are those
 * over all observed sets.
 */
export function structureClaims(rows: readonly MeasuredRow[]): Claim[] {
  const pairOf = (name: string, quantity: Quantity): readonly [number, number] | null => {
    const found = rows.find(({ row }) => row.name === name);
    const printed = found?.row.published[quantity]?.[0];
    const all = found === undefined ? [] : values(found, PICKS[quantity]);
    return printed === undefined || all.length === 0 ? null : [mean(all), printed];
  };
  /** Compares a quantity of two rows: by quotient, or by difference for logarithms. */
  const compare = (
    quantity: Quantity,
    [first, second]: readonly [string, string],
    text: string,
    holds: (value: number) => boolean,
  ): Claim[] => {
    const [a, b] = [pairOf(first, quantity), pairOf(second, quantity)];
    if (a === null || b === null) return [];
    const of = (i: 0 | 1) => (quantity === 'logPosterior' ? a[i] - b[i] : a[i] / b[i]);
    return [{ text, ours: of(0), published: of(1), holds: holds(of(0)) }];
  };
  const titleOf = (name: string): string => rows.find(({ row }) => row.name === name)?.row.title ?? name;
  const above = (bound: number) => (value: number) => value > bound;
  const below = (bound: number) => (value: number) => value < bound;
  return [
    ...PLAIN_ROWS.filter((name) => name !== 'af').flatMap((name) =>
      compare('closure', [name, 'af'], `closure of ${titleOf(name)} / of AF: AF has the best`, above(1)),
    ),
    ...compare(
      'logPosterior',
      ['pie', 'pie-original'],
      'log posterior of PIE with an unconditional manifold - of the original: above',
      above(0),
    ),
    ...['mflow', 'meflow'].flatMap((name) => [
      ...compare(
        'reconstruction',
        ['pie', name],
        `reconstruction error of PIE / of ${titleOf(name)}: far above`,
        above(FAR),
      ),
      ...compare(
        'reconstruction',
        ['pae', name],
        `reconstruction error of PAE / of ${titleOf(name)}: above`,
        above(1),
      ),
    ]),
    ...PLAIN_ROWS.flatMap((name) => [
      ...compare(
        'closure',
        [scandalOf(name), name],
        `closure of ${titleOf(name)} with SCANDAL / without: worse`,
        above(1),
      ),
      ...compare(
        'logPosterior',
        [scandalOf(name), name],
        `log posterior of ${titleOf(name)} with SCANDAL - without: above`,
        above(0),
      ),
      ...compare(
        'logPosterior',
        [scandalOf(name), 'alices'],
        `log posterior of ${titleOf(name)} with SCANDAL - of ALICES: of one level`,
        (value) => below(NEAR)(Math.abs(value)),
      ),
    ]),
  ];
}

/** The claims as a table. */
export const claimsTable = (claims: readonly Claim[]): StudyTable => ({
  title: 'What Table 3 shows',
  columns: ['claim', 'here', 'published', 'holds'],
  rows: claims.map(({ text, ours, published, holds }) => [
    text,
    format(ours),
    format(published),
    holds ? 'yes' : 'no',
  ]),
  note:
    `Quotients, of log posteriors differences. "Far above" is by a factor of ${FAR}, "of one level" within ${NEAR} nats; ` +
    'one run of each model and a few observed sets decide small differences by chance.',
});

/** The claims that do not hold, as warnings. */
export const brokenClaims = (claims: readonly Claim[]): string[] =>
  claims
    .filter(({ holds }) => !holds)
    .map(
      ({ text, ours, published }) =>
        `Not as published: ${text}; here ${format(ours)}, published ${format(published)}.`,
    );
