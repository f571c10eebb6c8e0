import type { SourceFile } from './info.js';
import { nineMersCsv } from './nine-mers.js';

const RIEMANNIAN_SCORE_SDE = {
  repository: 'oxcsml/riemannian-score-sde',
  commit: 'b35b739464ca8264e418e400301f5f45cb7a16b3',
} as const;

const PYRO_DATASETS = {
  repository: 'pyro-ppl/datasets',
  commit: 'a32915c210878a1d4a36adcdc7d3448f89d5e4ee',
} as const;

const earth = (name: string, remoteName: string, sha256: string): SourceFile => ({
  ...RIEMANNIAN_SCORE_SDE,
  path: `earth/${name}`,
  cachePath: `earth/${name}`,
  remotePath: `data/${remoteName}`,
  sha256,
});

/** The files behind the data sets, each at a fixed commit of a public repository. */
export const SOURCE_FILES = {
  floods: earth('flood.csv', 'flood.csv', 'ffb1e3182c3053afcdeceec4727c262a29da10255d20747c08144da5b0963486'),
  volcanoes: earth(
    'volcano.csv',
    'volerup.csv',
    'f7bbaf32a412f5fe82350f48e0c55100be260803969c16557343f687fd0593fc',
  ),
  earthquakes: earth(
    'earthquake.csv',
    'quakes_all.csv',
    '3e5e1a10fb2faf1899106264289334037d039f00f5265d13dad388a93d8ff2f7',
  ),
  fires: earth('fire.csv', 'fire.csv', 'c5c6c9490b1d8c58ba9eb78d9e2f82d1c1e62694ca5cff917c54600d3d83f459'),
  glycine: {
    ...PYRO_DATASETS,
    path: 'protein/9mers_glycine.csv',
    cachePath: 'protein/9mers_data.pkl',
    remotePath: '9mers_data.pkl',
    sha256: '95adfe08da0b64f1301e2e414fde7f4e9ee8436e37c62d8269367667e5e9406a',
    convert: (pickle: Uint8Array) => nineMersCsv(pickle, 'G'),
  },
  nineMers: {
    ...PYRO_DATASETS,
    path: 'protein/9mers_all.csv',
    cachePath: 'protein/9mers_data.pkl',
    remotePath: '9mers_data.pkl',
    sha256: '7769fddbbe7bd3b805975b7c6439512c7e7adf6f953cf50dc3a3c4350128d033',
    convert: (pickle: Uint8Array) => nineMersCsv(pickle),
  },
  top500: {
    ...PYRO_DATASETS,
    path: 'protein/top500.txt',
    cachePath: 'protein/top500.txt',
    remotePath: 'top500.txt',
    sha256: '4aa1a25d55fbe853b48716a1394aa49b0d4b3c4ff81cdc339de778669cd5ba4d',
  },
  rna: {
    repository: 'vislearn/FFF',
    commit: '02db8ec7e1a8cf87bd311893e1a24f4b0eb646d8',
    path: 'protein/rna_torsions.tsv',
    cachePath: 'protein/rna_torsions.tsv',
    remotePath: 'fff/data/raw_data/torus/rna.tsv',
    sha256: '189183ca25bd45c8a7578d3c1cd8a555b5139bb1ab0ac1a0bd25672be19badf7',
  },
} as const satisfies Record<string, SourceFile>;
