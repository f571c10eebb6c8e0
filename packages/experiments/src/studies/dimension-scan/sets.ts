import {
  polynomialSurface,
  sphereGaussian,
  weakBosonFusion,
  type Points,
  type Simulator,
} from '@ebim/datasets';
import { FLOW_PRESETS, type FlowPreset } from '@ebim/flows';
import { foldIn, type Key } from '@ebim/runtime';

/** Data of known dimension, and the M-flows that are tried on them. */
export interface ScanSet {
  /** On the command line. */
  readonly name: string;
  readonly title: string;
  readonly simulator: Simulator;
  /** Dimensions n of the M-flows, rising. */
  readonly dimensions: readonly number[];
  /** Of every n alike, but for `manifoldSize`. */
  readonly preset: FlowPreset;
}

/** Points of a data set, at parameters of its prior where it has some. */
export const drawPoints = ({ simulator }: ScanSet, key: Key, count: number): Points =>
  simulator.sample(foldIn(key, 0), count, simulator.prior?.sample(foldIn(key, 1), count));

/** The data sets of the study, `fast` with shorter trainings and fewer dimensions. */
export function scanSets(fast: boolean): ScanSet[] {
  const shorter = fast ? { points: 5000, epochs: 8 } : { points: 20_000, epochs: 10 };
  const surface = FLOW_PRESETS.polynomialSurface.fast;
  const particles = FLOW_PRESETS.particlePhysics.fast;
  return [
    {
      name: 'polynomial-surface',
      title: 'polynomial surface',
      simulator: polynomialSurface(),
      dimensions: [1, 2],
      preset: { ...surface, training: { ...surface.training, ...shorter } },
    },
    {
      name: 'sphere',
      title: '3-sphere',
      simulator: sphereGaussian({ manifoldDimension: 3, ambientDimension: 6 }),
      dimensions: [1, 2, 3, 4, 5],
      // Nothing was published of it: the networks of the surface, with maps between couplings that mix all coordinates.
      preset: {
        architecture: { ...surface.architecture, linear: 'lu' },
        training: { ...surface.training, ...shorter },
      },
    },
    {
      name: 'particles',
      title: 'particle events',
      simulator: weakBosonFusion(),
      dimensions: fast ? [10, 14, 18] : [6, 10, 12, 14, 16, 20],
      preset: { ...particles, training: { ...particles.training, ...shorter } },
    },
  ];
}
