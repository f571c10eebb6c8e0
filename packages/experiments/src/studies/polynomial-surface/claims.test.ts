import { describe, expect, it } from 'vitest';
import { claimsTable, findings } from './claims.js';
import type { SurfaceMetrics } from './measure.js';
import type { MeasuredRow } from './picks.js';
import { SURFACE_ROWS } from './rows.js';
import { isStuck, seedsTable, stuckRuns } from './seeds-table.js';
import { honestTable, table2 } from './tables.js';

interface Values {
  readonly distance?: number;
  readonly reconstruction?: number | null;
  readonly mmd?: readonly number[] | null;
  readonly auc?: number;
}

const metrics = ({ distance = 0.004, reconstruction = 0.003, mmd = [0.01], auc = 0.987 }: Values) =>
  ({
    distance: { published: distance, atPrior: distance, euclidean: distance, wholeSpace: null },
    reconstruction: {
      mean: reconstruction,
      allPoints: reconstruction,
      inBox: reconstruction,
      atLeastTheta: reconstruction,
    },
    inference: mmd === null ? null : { mmd, means: [], acceptanceRate: [], effectiveSamples: [] },
    auc: { byLogDensity: 0.5, byReconstructionError: auc, published: auc },
    meanLogDensity: -3,
    failures: 0,
  }) satisfies SurfaceMetrics;
const rowOf = (name: string, ...all: (Values | null)[]): MeasuredRow => {
  const row = SURFACE_ROWS.find((one) => one.name === name);
  if (row === undefined) throw new Error(name);
  return {
    row,
    metrics: all.map((values) => (values === null ? null : metrics(values))),
    seconds: all.map(() => 1),
  };
};
const good = [
  rowOf('af', { distance: 0.005, reconstruction: null, mmd: [0.07] }),
  rowOf('pie', { distance: 0.006, reconstruction: 1.2, mmd: [0.08], auc: 0.97 }),
  rowOf('mflow-alternating', { distance: 0.003 }),
  rowOf('meflow-sequential', { distance: 0.002 }),
];
const withRow = (row: MeasuredRow) => good.map((one) => (one.row === row.row ? row : one));

describe('the claims of Table 2', () => {
  it('hold for numbers as published', () => {
    expect(findings(good)).toEqual([]);
    expect(claimsTable(good).rows.length).toBeGreaterThan(10);
    expect(claimsTable(good).rows.every(([, , holds]) => holds === 'yes')).toBe(true);
  });

  it.each<[string, MeasuredRow, readonly RegExp[]]>([
    [
      'a far M-flow',
      rowOf('mflow-alternating', { distance: 0.0055 }),
      [/alternating.*distance 0.001 to 0.005/],
    ],
    [
      'one too near',
      rowOf('mflow-alternating', { distance: 0.0005 }),
      [/alternating.*distance 0.001 to 0.005/],
    ],
    ['errors', rowOf('meflow-sequential', { reconstruction: 0.006 }), [/Me-flow.*reconstruction 0 to 0.005/]],
    ['bad posteriors', rowOf('mflow-alternating', { mmd: [0.01, 0.04, 0.05] }), [/MMD² at most 0.03/]],
    [
      'a good PIE',
      rowOf('pie', { distance: 0.001, reconstruction: 1, mmd: [0.08] }),
      [/smallest distance.*0.002.*0.001/],
    ],
    ['better posteriors of AF', rowOf('af', { reconstruction: null, mmd: [0.001] }), [/smallest posterior/]],
    [
      'a PIE that sees nothing',
      rowOf('pie', { reconstruction: 1, mmd: [0.08], auc: 0.9 }),
      [/PIE.*AUC above 0.93/],
    ],
  ])('tell of %s', (_, row, expected) => {
    const found = findings(withRow(row));
    expect(found).toHaveLength(expected.length);
    expected.forEach((pattern, i) => expect(found[i]).toMatch(pattern));
  });

  it('are about medians of the runs that there are', () => {
    const far = { distance: 0.3, reconstruction: 0.4, auc: 0.5 };
    expect(findings(withRow(rowOf('meflow-sequential', {}, far, {}, null)))).toEqual([]);
    expect(findings(withRow(rowOf('meflow-sequential', {}, far, far)))).not.toEqual([]);
    expect(findings([rowOf('af', null)])).toEqual([]);
    expect(findings([rowOf('mflow-simultaneous', { ...far, mmd: [0.5] })])).toEqual([]);
  });
});

describe('the table of every run', () => {
  const stuck = rowOf('meflow-sequential', {}, { distance: 0.3, reconstruction: 0.34 }, null);

  it('names those that are stuck, and those that diverged', () => {
    const { rows } = seedsTable([stuck], [3, 4, 5]);
    expect(rows.map((cells) => [cells[1], cells[cells.length - 1]])).toEqual([
      ['3', ''],
      ['4', 'STUCK'],
      ['5', 'diverged'],
    ]);
    expect(stuckRuns([stuck], [3, 4, 5])).toEqual([expect.stringMatching(/seed 4: .*stuck.*0.34/)]);
  });

  it('expects no more of models that do not train by reconstruction', () => {
    for (const name of ['pie', 'mflow-ot']) {
      const { row } = rowOf(name);
      expect(isStuck(row, metrics({ reconstruction: 1.2 }))).toBe(false);
    }
    expect(isStuck(rowOf('mflow-alternating').row, metrics({ reconstruction: 0.09 }))).toBe(false);
    expect(isStuck(rowOf('pae').row, metrics({ reconstruction: 0.11 }))).toBe(true);
  });

  it('has cells for all columns, as the others', () => {
    const rows = [...good, stuck];
    const seeds = [0, 1, 2];
    for (const { columns, rows: lines } of [
      seedsTable(rows, seeds),
      claimsTable(rows),
      honestTable(rows),
      table2(rows, { floor: [0.001], priorAlone: [0.2] }),
    ])
      for (const cells of lines) expect(cells).toHaveLength(columns.length);
  });
});
