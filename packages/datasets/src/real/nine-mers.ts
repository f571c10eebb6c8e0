import { DataError } from '@ebim/runtime';
import { row, type Points } from '../points/points.js';
import { AMINO_ACIDS, type AminoAcid } from './amino-acids.js';
import { parseNumpyPickle } from './numpy-pickle.js';

/**
 * The dihedral angles of the 9-mers pickle as CSV: of one amino acid (`phi,psi`), or of all (`aa,phi,psi`, in the
 * order of the codes). The text is the same to the byte for the same angles, so that its hash can be checked.
 *
 * @throws {@link DataError} `bad-pickle`
 */
export async function nineMersCsv(pickle: Uint8Array, aminoAcid?: AminoAcid): Promise<Uint8Array> {
  const arrays = await parseNumpyPickle(pickle, '9mers_data.pkl');
  const codes = aminoAcid === undefined ? (Object.keys(AMINO_ACIDS) as AminoAcid[]) : [aminoAcid];
  const lines = [aminoAcid === undefined ? 'aa,phi,psi' : 'phi,psi'];
  for (const code of codes) {
    const angles = anglesOf(arrays, code);
    for (let i = 0; i < angles.rows; i++) {
      const fields = Array.from(row(angles, i), (angle) => angle.toFixed(2));
      lines.push((aminoAcid === undefined ? [code, ...fields] : fields).join(','));
    }
  }
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}

function anglesOf(arrays: ReadonlyMap<string, Points>, code: AminoAcid): Points {
  const angles = arrays.get(code);
  if (angles !== undefined && angles.columns === 2) return angles;
  throw new DataError({
    code: 'bad-pickle',
    where: '9mers_data.pkl',
    expected: `an array [n, 2] named ${code}`,
    received: angles === undefined ? `arrays ${[...arrays.keys()].join(', ')}` : `${angles.columns} columns`,
  });
}
