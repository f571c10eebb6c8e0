import { AMINO_ACIDS, type AminoAcid } from './amino-acids.js';
import type { DatasetInfo, SourceFile } from './info.js';
import { SOURCE_FILES } from './sources.js';

/** How a data set is made from its file. */
export type DatasetKind =
  | { readonly kind: 'sphere' }
  | { readonly kind: 'dihedrals'; readonly aminoAcid: AminoAcid }
  | { readonly kind: 'top500'; readonly residues: ResidueClass }
  | { readonly kind: 'rna' };

/** The four usual classes of residues, by what their dihedral angles can be. */
export type ResidueClass = 'General' | 'Glycine' | 'Proline' | 'Pre-Pro';

/** What the registry holds of a data set. */
export interface DatasetDefinition {
  readonly info: DatasetInfo;
  readonly file: SourceFile;
  readonly recipe: DatasetKind;
}

const originOf = ({ repository, commit, remotePath }: SourceFile): string =>
  `https://github.com/${repository}/blob/${commit}/${remotePath}`;

function earth(
  name: 'floods' | 'volcanoes' | 'earthquakes' | 'fires',
  rows: number,
  description: string,
  provider: string,
): DatasetDefinition {
  const file = SOURCE_FILES[name];
  return {
    file,
    recipe: { kind: 'sphere' },
    info: {
      name,
      title: name[0].toUpperCase() + name.slice(1),
      description,
      rows,
      manifold: 'unit sphere',
      manifoldDimension: 2,
      ambientDimension: 3,
      coordinates: ['latitude (degrees)', 'longitude (degrees)'],
      source: originOf(file),
      license: `no licence file in the repository; the file cites ${provider}`,
      citation: 'Mathieu, Nickel: Riemannian continuous normalizing flows (2020), who compiled the table',
    },
  };
}

const torusInfo = (file: SourceFile) =>
  ({
    manifold: 'torus (R = 3, r = 1)',
    manifoldDimension: 2,
    ambientDimension: 3,
    coordinates: ['phi (radians)', 'psi (radians)'],
    source: originOf(file),
    license: 'none stated in the repository; for research use, do not redistribute without checking',
  }) as const;

function dihedralSet(aminoAcid: AminoAcid): DatasetDefinition {
  const name = AMINO_ACIDS[aminoAcid];
  const file = aminoAcid === 'G' ? SOURCE_FILES.glycine : SOURCE_FILES.nineMers;
  return {
    file,
    recipe: { kind: 'dihedrals', aminoAcid },
    info: {
      ...torusInfo(file),
      name,
      title: `${name[0].toUpperCase()}${name.slice(1)} dihedrals`,
      description: `Backbone dihedral angles of ${name} (${aminoAcid}) in 9-residue protein fragments, to 0.01 rad`,
      rows: 1000,
      citation: 'the 9-mers set of the NumPyro example "ssbvm_mixture"',
    },
  };
}

function top500Set(name: string, residues: ResidueClass, rows: number): DatasetDefinition {
  const file = SOURCE_FILES.top500;
  return {
    file,
    recipe: { kind: 'top500', residues },
    info: {
      ...torusInfo(file),
      name,
      title: `Top500 dihedrals, ${residues}`,
      description: `Backbone dihedral angles of the ${residues} residues in 402 protein chains, to 0.01 rad`,
      rows,
      citation: 'Lovell et al.: Structure validation by C-alpha geometry (2003)',
    },
  };
}

const rna: DatasetDefinition = {
  file: SOURCE_FILES.rna,
  recipe: { kind: 'rna' },
  info: {
    name: 'rna',
    title: 'RNA torsions',
    description: 'Seven torsion angles a nucleotide from 113 RNA structures, each angle as (cos, sin)',
    rows: 9478,
    manifold: 'flat 7-torus',
    manifoldDimension: 7,
    ambientDimension: 14,
    coordinates: ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'chi'].map((a) => `${a} (degrees)`),
    source: originOf(SOURCE_FILES.rna),
    license: 'MIT',
    citation: 'Sorrenson et al.: Learning distributions on manifolds with free-form flows (2024)',
  },
};

/** Every data set by its name. */
export const DEFINITIONS: ReadonlyMap<string, DatasetDefinition> = new Map(
  [
    earth(
      'floods',
      4875,
      'Flood events of the Dartmouth Flood Observatory archive',
      'floodobservatory.colorado.edu',
    ),
    earth('volcanoes', 827, 'Volcanic eruptions (NOAA); only 267 distinct positions', 'ngdc.noaa.gov'),
    earth('earthquakes', 6120, 'Significant earthquakes (NOAA)', 'ngdc.noaa.gov'),
    earth('fires', 12809, 'Active fires seen by satellite (NASA FIRMS)', 'earthdata.nasa.gov'),
    dihedralSet('G'),
    ...(Object.keys(AMINO_ACIDS) as AminoAcid[]).filter((code) => code !== 'G').map(dihedralSet),
    top500Set('top500-general', 'General', 69890),
    top500Set('top500-glycine', 'Glycine', 6742),
    top500Set('top500-proline', 'Proline', 3881),
    top500Set('top500-pre-proline', 'Pre-Pro', 3500),
    rna,
  ].map((definition) => [definition.info.name, definition]),
);

/** What is known of every data set, in the order to list them. */
export const datasets: readonly DatasetInfo[] = [...DEFINITIONS.values()].map(({ info }) => info);
