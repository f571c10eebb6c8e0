import type { Study } from '../study.js';

/** Densities on the torus: dihedral angles of four classes of residues. */
export const dihedrals: Study = {
  name: 'dihedrals',
  title: 'Densities on the torus: protein dihedral angles',
  source: 'Top500 angles; the setting of Huang et al. 2022 and Chen & Lipman 2024',
  summary:
    'Test likelihood of energies on the known torus and on the surface learned from the training points; random 80/10/10 splits.',
  seeds: 5,
  run: async (context) => (await import('./dihedrals-run.js')).runDihedrals(context),
};
