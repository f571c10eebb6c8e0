import { describe, expect, it } from 'vitest';
import { toRows } from '../points/points.js';
import { parseTop500 } from './top500.js';

const TEXT = `# 1abc
M - NT 2.62
N - -2.58 3.11
A H -0.96 -0.78
P - -1.00 2.00
G S 1.50 0.10
P - -1.10 2.10
K - -2.52 CT
# 2xyz
P - NT 1.00
L H -0.50 -0.60
`;

describe('parseTop500', () => {
  it('sorts residues into classes, within each chain', () => {
    expect(toRows(parseTop500(TEXT, 'General'))).toEqual([
      [-2.58, 3.11],
      // The last of its chain: the P that opens the next chain does not follow it.
      [-0.5, -0.6],
    ]);
    expect(toRows(parseTop500(TEXT, 'Pre-Pro'))).toEqual([[-0.96, -0.78]]);
    // Glycine before proline counts as glycine.
    expect(toRows(parseTop500(TEXT, 'Glycine'))).toEqual([[1.5, 0.1]]);
    expect(toRows(parseTop500(TEXT, 'Proline'))).toEqual([
      [-1, 2],
      [-1.1, 2.1],
    ]);
  });

  it('refuses other lines', () => {
    expect(() => parseTop500('# a\nM - 1.0\n', 'General')).toThrow(/"M - 1.0"/);
    expect(() => parseTop500('# a\nM - x 1.0\n', 'General')).toThrow(/code, class, phi, psi/);
  });
});
