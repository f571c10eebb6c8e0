import { mapRows, requireColumns, type Points } from '../points/points.js';

/** A feature of an event. */
export interface ParticleFeature {
  /** Energy `e`, momentum `px py pz pt`, mass `m` in GeV; pseudorapidity `eta` and difference `deltaeta`. */
  readonly name: string;
  /** Over the training set of the M-flow paper. */
  readonly mean: number;
  readonly standardDeviation: number;
}

const TABLE: readonly (readonly [name: string, mean: number, standardDeviation: number])[] = [
  ['e_a1', 399.37213, 299.35312],
  ['px_a1', -0.43740344, 211.85915],
  ['py_a1', 0.6336686, 212.03178],
  ['pz_a1', -0.6348415, 399.08353],
  ['pt_a1', 249.49158, 166.1214],
  ['eta_a1', -0.003057861, 1.0561188],
  ['e_a2', 131.7912, 111.997505],
  ['px_a2', -0.05828116, 64.16174],
  ['py_a2', 0.24816507, 64.08385],
  ['pz_a2', -0.7630951, 147.26929],
  ['pt_a2', 76.36908, 48.90089],
  ['eta_a2', -0.005826209, 1.1154486],
  ['e_j1', 757.37, 634.2648],
  ['px_j1', -0.10769359, 222.84987],
  ['py_j1', -0.6086537, 223.1163],
  ['pz_j1', -6.178487, 935.7079],
  ['pt_j1', 264.52158, 171.67308],
  ['eta_j1', -0.008442603, 1.7555672],
  ['e_j2', 574.55524, 597.842],
  ['px_j2', 0.07781012, 90.13577],
  ['py_j2', -0.09404507, 90.237915],
  ['pz_j2', 2.8334167, 819.1639],
  ['pt_j2', 104.1036, 73.68713],
  ['eta_j2', 0.0012078341, 2.3172193],
  ['e_aa', 531.1633, 337.30893],
  ['px_aa', -0.49568462, 250.67441],
  ['py_aa', 0.8818339, 250.83035],
  ['pz_aa', -1.3979366, 501.64795],
  ['pt_aa', 304.6138, 181.56274],
  ['m_aa', 127.9752, 46.119442],
  ['eta_aa', -0.004153981, 1.164671],
  ['deltaeta_aa', 0.0027683484, 0.84049183],
  ['e_jj', 1331.9247, 868.1088],
  ['px_jj', -0.029883433, 237.49751],
  ['py_jj', -0.7026987, 237.65948],
  ['pz_jj', -3.3450694, 1025.469],
  ['pt_jj', 285.39395, 177.30736],
  ['m_jj', 884.056, 762.6249],
  ['eta_jj', -0.008315955, 1.8738469],
  ['deltaeta_jj', -0.009650437, 3.466002],
];

/**
 * The 40 features of an event with two photons (a1, a2) and two jets (j1, j2), by falling transverse momentum, and of the
 * sums aa and jj; with the constants by which the M-flow paper standardises them.
 */
export const particleFeatures: readonly ParticleFeature[] = TABLE.map(([name, mean, standardDeviation]) => ({
  name,
  mean,
  standardDeviation,
}));

/** `(x - mean) / standard deviation` of each feature, `[rows, 40]`. @throws ShapeError `wrong-columns` */
export const standardiseParticles = (points: Points): Points =>
  perFeature(
    points,
    'standardiseParticles',
    (x, { mean, standardDeviation }) => (x - mean) / standardDeviation,
  );

/** The inverse of {@link standardiseParticles}: GeV. @throws ShapeError `wrong-columns` */
export const restoreParticles = (points: Points): Points =>
  perFeature(points, 'restoreParticles', (x, { mean, standardDeviation }) => mean + x * standardDeviation);

function perFeature(
  points: Points,
  where: string,
  map: (value: number, feature: ParticleFeature) => number,
): Points {
  requireColumns(points, particleFeatures.length, `${where}(points)`);
  return mapRows(points, points.columns, (x, out) =>
    x.forEach((value, i) => (out[i] = map(value, particleFeatures[i]))),
  );
}
