import {
  polynomialSurface,
  sphereGaussian,
  weakBosonFusion,
  type Points,
  type Simulator,
} from '@ebim/datasets';
import { FLOW_PRESETS, type FlowPreset } from '@ebim/flows';
import { foldIn, type Key } from '@ebim/runtime';
import type { TrialSizes } from '../../flow/choose-start.js';

/** Data of known dimension, and the M-flows that are tried on them. */
export interface ScanSet {
  /** On the command line. */
  readonly name: string;
  readonly title: string;
  readonly simulator: Simulator;
  /** Dimensions n of the M-flows, rising. */
  readonly dimensions: readonly number[];
  /** Of every n alike, but for what depends on n. */
  readonly preset: FlowPreset;
  /** Starts of every n, of which the best goes on: where permutations alone mix coordinates some get stuck. `null`: one. */
  readonly trials: TrialSizes | null;
}

/** Points of a data set, at parameters of its prior where it has some. */
export const drawPoints = ({ simulator }: ScanSet, key: Key, count: number): Points =>
  simulator.sample(foldIn(key, 0), count, simulator.prior?.sample(foldIn(key, 1), count));

/**
 * The data sets of the study, `fast` with shorter trainings and fewer dimensions. After 24 epochs of 5000 points the
 * training losses of five seeds on the sphere, n = 3, are 1.2 to 1.9 times that of the noise, after 8 epochs 2.3 to 12 times, and
 * what is still to learn passes for a dimension that is missing.
 */
export function scanSets(fast: boolean): ScanSet[] {
  const shorter = fast ? { points: 5000, epochs: 24 } : { points: 20_000, epochs: 10 };
  const surface = FLOW_PRESETS.polynomialSurface.fast;
  const particles = FLOW_PRESETS.particlePhysics.fast;
  return [
    {
      name: 'polynomial-surface',
      title: 'polynomial surface',
      simulator: polynomialSurface(),
      dimensions: [1, 2],
      preset: { ...surface, training: { ...surface.training, ...shorter } },
      trials: { starts: 3, points: 5000, epochs: 2 },
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
      trials: null,
    },
    {
      name: 'particles',
      title: 'particle events',
      simulator: weakBosonFusion(),
      dimensions: fast ? [10, 14, 18] : [6, 10, 12, 14, 16, 20],
      // Steps take several times as long as those of the others.
      preset: {
        ...particles,
        training: { ...particles.training, ...shorter, epochs: fast ? 8 : shorter.epochs },
      },
      trials: null,
    },
  ];
}
