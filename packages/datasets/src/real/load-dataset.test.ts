import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { row, toRows, type Points } from '../points/points.js';
import type { AminoAcid } from './amino-acids.js';
import { datasets, DEFINITIONS } from './datasets.js';
import { dihedrals, floods, glycine, loadDataset } from './load-dataset.js';

describe('the list of data sets', () => {
  it('names each once, with everything that a reader needs', () => {
    expect(new Set(datasets.map(({ name }) => name)).size).toBe(datasets.length);
    expect(datasets.slice(0, 5).map(({ name }) => name)).toEqual([
      'floods',
      'volcanoes',
      'earthquakes',
      'fires',
      'glycine',
    ]);
    for (const info of datasets) {
      expect(info.name).toMatch(/^[a-z0-9-]+$/);
      expect(info.source).toMatch(/^https:\/\/github.com\/[\w-]+\/[\w-]+\/blob\/[0-9a-f]{40}\/.+/);
      for (const text of [info.title, info.description, info.license, info.citation])
        expect(text).not.toBe('');
    }
    for (const { file } of DEFINITIONS.values()) expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses other names', async () => {
    await expect(loadDataset('flood')).rejects.toBeInstanceOf(ConfigError);
    await expect(loadDataset('flood')).rejects.toThrow(/one of floods, volcanoes/);
    await expect(dihedrals('B' as AminoAcid)).rejects.toThrow(/one of A, C, D/);
    await expect(dihedrals('toString' as AminoAcid)).rejects.toBeInstanceOf(ConfigError);
  });
});

const distinct = (points: Points): number => new Set(toRows(points).map(String)).size;

describe.runIf(process.env.EBIM_DATA_DIR)('real data', () => {
  it.each(datasets.map((info) => [info.name, info] as const))('%s is as listed', async (name, info) => {
    const { points, coordinates } = await loadDataset(name);
    expect([points.rows, points.columns]).toEqual([info.rows, info.ambientDimension]);
    expect([coordinates.rows, coordinates.columns]).toEqual([info.rows, info.coordinates.length]);
    for (let i = 0; i < points.rows; i += 97) {
      const [x, y, z] = row(points, i);
      if (info.manifold === 'unit sphere') expect(Math.hypot(x, y, z)).toBeCloseTo(1, 14);
      if (info.manifold.startsWith('torus')) expect(Math.hypot(Math.hypot(x, y) - 3, z)).toBeCloseTo(1, 13);
      if (info.manifold === 'flat 7-torus') expect(Math.hypot(...row(points, i)) ** 2).toBeCloseTo(7, 12);
    }
  });

  it('earth: distinct rows, ranges and first rows are those of the files', async () => {
    const counts: Record<string, number> = {};
    for (const name of ['floods', 'volcanoes', 'earthquakes', 'fires']) {
      const { coordinates } = await loadDataset(name);
      counts[name] = distinct(coordinates);
      for (let i = 0; i < coordinates.rows; i++) {
        const [latitude, longitude] = row(coordinates, i);
        expect(latitude >= -62.97 && latitude <= 73.13 && longitude >= -179.99 && longitude <= 180).toBe(
          true,
        );
      }
    }
    expect(counts).toEqual({ floods: 4861, volcanoes: 267, earthquakes: 5447, fires: 12802 });
    const { coordinates, points } = await floods();
    expect(toRows(coordinates).slice(0, 2)).toEqual([
      [35.8142, 5.23026],
      [-18.7111, -45.3489],
    ]);
    const [lat, lon] = [35.8142, 5.23026].map((degrees) => (degrees * Math.PI) / 180);
    [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)].forEach((value, d) =>
      expect(row(points, 0)[d]).toBeCloseTo(value, 14),
    );
    // The file without a header must not lose its first row.
    expect([...row((await loadDataset('fires')).coordinates, 0)]).toEqual([-25.088, 152.358]);
  });

  it('glycine: ties, first row, and the same values from both files', async () => {
    const { coordinates } = await glycine();
    expect(distinct(coordinates)).toBe(940);
    expect([...row(coordinates, 0)]).toEqual([-1.05, -0.81]);
    expect(Math.max(...coordinates.data.map(Math.abs))).toBe(3.14);
    const all = DEFINITIONS.get('alanine')!.file;
    const glycineFromAll = (await loadDataset('alanine')).coordinates;
    expect(all.path).toBe('protein/9mers_all.csv');
    expect([...row(glycineFromAll, 0)]).toEqual([-1.12, 2.57]);
    const tyrosine = (await dihedrals('Y')).coordinates;
    expect([...row(tyrosine, 999)]).toEqual([-1.74, 1.96]);
  });

  it('RNA: degrees in the file, radians on the torus', async () => {
    const { coordinates, points } = await loadDataset('rna');
    expect([...row(coordinates, 0)]).toEqual([
      -69.168933, 173.922722, 51.484039, 80.803534, -62.903735, 10.97263, -167.619661,
    ]);
    expect(row(points, 0)[0]).toBeCloseTo(Math.cos((-69.168933 * Math.PI) / 180), 14);
    expect(row(points, 0)[13]).toBeCloseTo(Math.sin((-167.619661 * Math.PI) / 180), 14);
  });

  it('a truncated copy in the data folder is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ebim-real-'));
    try {
      await mkdir(join(folder, 'earth'));
      const path = join(folder, 'earth', 'flood.csv');
      await cp(join(process.env.EBIM_DATA_DIR!, 'earth', 'flood.csv'), path);
      const { appendFile, chmod } = await import('node:fs/promises');
      await chmod(path, 0o600);
      expect((await floods({ dataFolder: folder })).points.rows).toBe(4875);
      await appendFile(path, '\n');
      await expect(floods({ dataFolder: folder })).rejects.toThrow(/sha256/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
