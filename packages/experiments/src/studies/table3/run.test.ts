import { describe, expect, it } from 'vitest';
import type { StudyContext } from '../study.js';
import { runTable3 } from './run.js';

const distance = { min: 1e-5, median: 0.002, mean: 0.003, max: 0.01 };

/** Runs that were never made: what a table says of given numbers. */
const context = (seeds: readonly number[]): StudyContext =>
  ({
    seeds,
    experiment: (name: string, { seed }: { seed: number }) =>
      Promise.resolve(
        name === 'floods' && seed === 1
          ? { seed, status: 'diverged', metrics: null }
          : {
              seed,
              status: 'completed',
              metrics: { distance, warnings: name === 'mixture' ? ['flat'] : [] },
            },
      ),
    part: (label: string) => {
      const seed = Number(/seed(\d+)$/.exec(label)?.[1]);
      const larger = { ...distance, max: 0.3 };
      return Promise.resolve({
        seed,
        status: 'completed',
        metrics: { distance: larger, warnings: ['torn'] },
      });
    },
  }) as unknown as StudyContext;

describe('Table 3', () => {
  it('passes on what the runs warn of, and tells of those without numbers', async () => {
    const { warnings } = await runTable3(context([0, 1]));
    expect(warnings).toContain('EBIM on mixture, seed 1: flat');
    expect(warnings).toContain('EBIM on geospatial with seed 1 diverged.');
    expect(warnings.filter((text) => text.endsWith('torn'))).toHaveLength(8);
    expect(warnings).toHaveLength(11);
  });

  it('judges means and maxima by the bands of the specification', async () => {
    const { tables } = await runTable3(context([0]));
    const [table, bands] = tables;
    expect(table.rows).toHaveLength(9);
    for (const { columns, rows } of tables) for (const row of rows) expect(row).toHaveLength(columns.length);
    const geospatial = bands.rows.find(([title]) => title === 'geospatial');
    expect(geospatial).toEqual(['geospatial', '0.00300', '0.00360', 'met', '0.0100', '0.300', 'yes']);
    const circle = bands.rows.find(([title]) => title.startsWith('arithmetic'));
    expect(circle?.slice(-2)).toEqual(['', '']);
  });
});
