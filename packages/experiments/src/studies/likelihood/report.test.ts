import { describe, expect, it } from 'vitest';
import { benchmarkReport, type Benchmark, type SetResult } from './run.js';

const benchmark: Benchmark = {
  surface: 'sphere',
  experiment: 'floods',
  sets: [
    {
      name: 'floods',
      settings: {
        frequencies: [1],
        nodeScales: [0.1],
        kernelScales: [0.01, 0.02, 0.04],
        nodes: 10,
        steps: 1,
        batchSize: 1,
      },
      published: [],
    },
  ],
  far: 0.05,
  logJacobian: null,
  notes: [],
};

const seed = (scale: number, epoch: number | null): SetResult => ({
  known: {
    kernel: { valid: 1, test: 1, scale, uniform: 0.1 },
    energy: { valid: 0.9, test: 0.9, epoch },
    network: { valid: 2, test: 2, epoch: 3 },
    diverged: scale === 0.04,
    areaRatio: 1,
  },
  learned: null,
  perAngles: 0,
});

describe('the report of a likelihood benchmark', () => {
  it('says where the result is a kernel estimate and no energy of a network', () => {
    const { tables } = benchmarkReport(benchmark, { floods: [seed(0.02, null), seed(0.02, 7)] }, [0, 1]);
    const [all, single] = tables;
    expect(all.rows[0][all.columns.indexOf('(a) is the kernel estimate alone')]).toBe('1 of 2');
    const column = single.columns.indexOf('what (a) and (b) are');
    expect(single.rows.map((row) => row[column])).toEqual(['kernel alone', 'kernel + network']);
    for (const { columns, rows } of tables) for (const row of rows) expect(row).toHaveLength(columns.length);
  });

  it('warns where the kernel is the narrowest that was tried', () => {
    const { warnings } = benchmarkReport(benchmark, { floods: [seed(0.02, 7), seed(0.01, 7)] }, [4, 5]);
    const about = warnings.filter((text) => text.includes('narrowest'));
    expect(about).toHaveLength(1);
    expect(about[0]).toMatch(/^floods, seed 5: .*0\.0100/);
    const { warnings: others } = benchmarkReport(benchmark, { floods: [seed(0.04, 7)] }, [6]);
    expect(others.filter((text) => text.includes('diverged'))).toHaveLength(1);
    expect(warnings.filter((text) => text.includes('diverged'))).toEqual([]);
  });

  it('warns where test points were moved far to the learned surface', () => {
    const moved = (far: number): SetResult => {
      const { known, ...rest } = seed(0.02, 7);
      const topology = { components: 1, eulerCharacteristic: 2, areaRatioToKnown: 1 };
      return { ...rest, known, learned: { ...known, ...topology, far, lost: 0 } };
    };
    const { warnings } = benchmarkReport(benchmark, { floods: [moved(0.01), moved(0.3)] }, [0, 1]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^floods, seed 1: 30\.0 % of the test points are farther than 0\.05/);
  });
});
