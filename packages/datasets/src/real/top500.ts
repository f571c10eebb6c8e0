import { DataError } from '@ebim/runtime';
import { pointsOf, type Points } from '../points/points.js';
import type { ResidueClass } from './datasets.js';

interface Residue {
  readonly code: string;
  /** Dihedral angles in radians; null where undefined at a chain end. */
  readonly angles: readonly [number, number] | null;
}

/**
 * The dihedral angles of one class of residues in `top500.txt` (`# chain` lines, then one residue a line: code, DSSP
 * class, phi, psi, with `NT` or `CT` where the angle is undefined). The class is Glycine for G, Proline for P, Pre-Pro
 * before a P, else General.
 *
 * @returns `[n, 2]` phi, psi in radians
 * @throws {@link DataError} `bad-top500`
 */
export function parseTop500(text: string, residues: ResidueClass): Points {
  const angles: number[] = [];
  for (const chain of text.split(/^#.*$/m)) {
    const lines = chain.split('\n').filter((line) => line.trim() !== '');
    const parsed = lines.map(parseResidue);
    parsed.forEach((residue, i) => {
      if (residue.angles !== null && classOf(residue.code, parsed.at(i + 1)?.code) === residues)
        angles.push(...residue.angles);
    });
  }
  return pointsOf(Float64Array.from(angles), 2);
}

function parseResidue(line: string): Residue {
  const fields = line.trim().split(/\s+/);
  const [code, , phi, psi] = fields;
  if (phi === 'NT' || psi === 'CT') return { code, angles: null };
  const angles = [Number(phi), Number(psi)] as const;
  if (fields.length === 4 && angles.every(Number.isFinite)) return { code, angles };
  throw new DataError({
    code: 'bad-top500',
    where: 'top500.txt',
    expected: 'code, class, phi, psi',
    received: JSON.stringify(line),
  });
}

function classOf(code: string, next: string | undefined): ResidueClass {
  if (code === 'G') return 'Glycine';
  if (code === 'P') return 'Proline';
  return next === 'P' ? 'Pre-Pro' : 'General';
}
