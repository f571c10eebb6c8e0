import { ConfigError } from '@ebim/runtime';
import { sphereFromDegrees } from '../embeddings/sphere.js';
import { flatTorusFromAngles, torusFromAngles } from '../embeddings/torus.js';
import { mapRows, type Points } from '../points/points.js';
import { parseDelimited } from '../readers/delimited.js';
import { parsePoints, pointsOfTable } from '../readers/text-points.js';
import { AMINO_ACIDS, type AminoAcid } from './amino-acids.js';
import { DEFINITIONS, type DatasetDefinition } from './datasets.js';
import type { DatasetInfo } from './info.js';
import { obtain, type ObtainOptions } from './obtain.js';
import { parseTop500 } from './top500.js';

/** A real data set in memory. */
export interface Dataset {
  readonly name: string;
  /** On the manifold, `[n, info.ambientDimension]`, in the order of the file. */
  readonly points: Points;
  /** As the file has them: degrees or radians, see `info.coordinates`. */
  readonly coordinates: Points;
  readonly info: DatasetInfo;
}

/**
 * Loads a data set by name: from `EBIM_DATA_DIR`, else from the cache, else downloaded once at a fixed commit, checked
 * by its SHA-256 and cached. A file that `EBIM_DATA_DIR` lacks is looked for in the cache and on the net; a file there
 * with other content is an error.
 *
 * @param name one of `datasets`
 * @throws {@link ConfigError} `unknown-dataset`; DataError `offline`, `not-downloaded`, `wrong-content`,
 *   `missing-data-folder`, `download-status`, `download-timeout`, `download-interrupted`, each with what to do
 * @example
 * ```ts no-run
 * import { datasets, loadDataset } from '@ebim/datasets';
 * console.log(datasets.map(({ name, rows }) => `${name}: ${rows}`).join('\n'));
 * const { points, info } = await loadDataset('floods');
 * console.log(points.rows, 'points on the', info.manifold);
 * ```
 */
export async function loadDataset(name: string, options: ObtainOptions = {}): Promise<Dataset> {
  const definition = DEFINITIONS.get(name);
  if (definition === undefined)
    throw new ConfigError({
      code: 'unknown-dataset',
      where: 'loadDataset(name)',
      expected: `one of ${[...DEFINITIONS.keys()].join(', ')}`,
      received: JSON.stringify(name),
    });
  const text = new TextDecoder().decode(await obtain(definition.file, options));
  const coordinates = parse(text, definition);
  return { name, points: embed(coordinates, definition), coordinates, info: definition.info };
}

/** The flood events (Fig 5 of the EBIM paper): 4875 points on the sphere. Throws as {@link loadDataset} does. */
export const floods = (options?: ObtainOptions): Promise<Dataset> => loadDataset('floods', options);

/** Glycine's dihedral angles (Fig 6 of the EBIM paper): 1000 points on the torus. Throws as {@link loadDataset} does. */
export const glycine = (options?: ObtainOptions): Promise<Dataset> => loadDataset('glycine', options);

/**
 * The dihedral angles of any amino acid: 1000 points on the torus.
 *
 * @param aminoAcid one-letter code
 * @throws {@link ConfigError} `unknown-amino-acid`, and as {@link loadDataset} does
 */
export async function dihedrals(aminoAcid: AminoAcid, options?: ObtainOptions): Promise<Dataset> {
  if (!Object.hasOwn(AMINO_ACIDS, aminoAcid))
    throw new ConfigError({
      code: 'unknown-amino-acid',
      where: 'dihedrals(aminoAcid)',
      expected: `one of ${Object.keys(AMINO_ACIDS).join(', ')}`,
      received: JSON.stringify(aminoAcid),
    });
  return loadDataset(AMINO_ACIDS[aminoAcid], options);
}

function parse(text: string, { file, recipe }: DatasetDefinition): Points {
  switch (recipe.kind) {
    case 'sphere':
      return parsePoints(text, file.path, { delimiter: ',' });
    case 'dihedrals': {
      const table = parseDelimited(text, file.path, { delimiter: ',', header: true });
      if (table.header?.[0] !== 'aa') return pointsOfTable(table, file.path);
      const of = table.records.map((_, i) => i).filter((i) => table.records[i][0] === recipe.aminoAcid);
      const rows = { records: of.map((i) => table.records[i]), lines: of.map((i) => table.lines[i]) };
      return pointsOfTable({ header: table.header, ...rows }, file.path, ['phi', 'psi']);
    }
    case 'top500':
      return parseTop500(text, recipe.residues);
    case 'rna':
      return parsePoints(text, file.path, { delimiter: '\t', header: false, columns: [2, 3, 4, 5, 6, 7, 8] });
  }
}

function embed(coordinates: Points, { recipe }: DatasetDefinition): Points {
  if (recipe.kind === 'sphere') return sphereFromDegrees(coordinates);
  if (recipe.kind !== 'rna') return torusFromAngles(coordinates);
  const radians = mapRows(coordinates, coordinates.columns, (degrees, out) =>
    degrees.forEach((angle, i) => (out[i] = (angle * Math.PI) / 180)),
  );
  return flatTorusFromAngles(radians);
}
