/** The one-letter codes of the 20 amino acids, in the order of the 9-mers file, and the name of each. */
export const AMINO_ACIDS = {
  A: 'alanine',
  C: 'cysteine',
  D: 'aspartate',
  E: 'glutamate',
  F: 'phenylalanine',
  G: 'glycine',
  H: 'histidine',
  I: 'isoleucine',
  K: 'lysine',
  L: 'leucine',
  M: 'methionine',
  N: 'asparagine',
  P: 'proline',
  Q: 'glutamine',
  R: 'arginine',
  S: 'serine',
  T: 'threonine',
  V: 'valine',
  W: 'tryptophan',
  Y: 'tyrosine',
} as const;

/** One-letter code of an amino acid. */
export type AminoAcid = keyof typeof AMINO_ACIDS;
