import { ShapeError } from '@ebim/runtime';
import type { Points } from '../points.js';
import { requireFinitePoints } from './require-finite.js';

/** One identity between the features of an event. */
interface Identity {
  readonly name: string;
  /** Inverse mean discrepancy of standard normal noise in the standardised features. */
  readonly weight: number;
  readonly discrepancy: (x: Float64Array) => number;
}

/** First feature of each object: e, px, py, pz, pt, eta; the sums have their mass before eta, and deltaeta after it. */
const OBJECTS = { a1: 0, a2: 6, j1: 12, j2: 18, aa: 24, jj: 32 } as const;
const SINGLE = ['a1', 'a2', 'j1', 'j2'] as const;
const SUMS = { aa: ['a1', 'a2'], jj: ['j1', 'j2'] } as const;
type ObjectName = keyof typeof OBJECTS;
type SumName = keyof typeof SUMS;

const ETA = { a1: 5, a2: 11, j1: 17, j2: 23, aa: 30, jj: 38 } as const;
const MASS = { aa: 29, jj: 37 } as const;
const DELTA_ETA = { aa: 31, jj: 39 } as const;

const transverse = (name: ObjectName, weight: number): Identity => ({
  name: `pt_${name}`,
  weight,
  discrepancy: (x) => Math.abs(x[OBJECTS[name] + 4] - Math.hypot(x[OBJECTS[name] + 1], x[OBJECTS[name] + 2])),
});

const pseudorapidity = (name: ObjectName, weight: number): Identity => ({
  name: `eta_${name}`,
  weight,
  discrepancy: (x) => {
    const at = OBJECTS[name];
    // The same as -ln((1 - c) / (1 + c)) / 2 of the direction c, without its cancellation along the beam.
    return Math.abs(x[ETA[name]] - Math.asinh(x[at + 3] / Math.hypot(x[at + 1], x[at + 2])));
  },
});

const shell = (name: ObjectName, mass: number | null, weight: number): Identity => ({
  name: mass === null ? `massless_${name}` : `m_${name}`,
  weight,
  discrepancy: (x) => {
    const at = OBJECTS[name];
    return Math.abs(x[at] - Math.hypot(x[at + 1], x[at + 2], x[at + 3], mass === null ? 0 : x[mass]));
  },
});

const sum = (name: SumName, component: number, weight: number): Identity => ({
  name: `${['e', 'px', 'py', 'pz'][component]}_${name}`,
  weight,
  discrepancy: (x) => {
    const [first, second] = SUMS[name];
    return Math.abs(
      x[OBJECTS[name] + component] - x[OBJECTS[first] + component] - x[OBJECTS[second] + component],
    );
  },
});

const difference = (name: SumName, weight: number): Identity => ({
  name: `deltaeta_${name}`,
  weight,
  discrepancy: (x) => {
    const [first, second] = SUMS[name];
    // Blind to the sign, as published.
    return Math.abs(Math.abs(x[DELTA_ETA[name]]) - Math.abs(x[ETA[first]] - x[ETA[second]]));
  },
});

const WEIGHTS = {
  transverse: [
    0.00573312439725, 0.019373627499, 0.00560184735789, 0.0132462975546, 0.00514927181045, 0.00528592875602,
  ],
  pseudorapidity: [
    0.751120437331, 0.683745034764, 0.479495732489, 0.354115600847, 0.69444039143, 0.458106562064,
  ],
  /** e, px, py, pz of aa, then of jj. */
  sums: {
    aa: [0.00270669531972, 0.0037623941359, 0.00377451405865, 0.00189952396788],
    jj: [0.00101819973127, 0.00373527441066, 0.00372354715775, 0.000785022740242],
  },
} as const;

const IDENTITIES: readonly Identity[] = [
  ...[...SINGLE, 'aa' as const, 'jj' as const].map((name, i) => transverse(name, WEIGHTS.transverse[i])),
  ...[...SINGLE, 'aa' as const, 'jj' as const].map((name, i) =>
    pseudorapidity(name, WEIGHTS.pseudorapidity[i]),
  ),
  shell('a1', null, 0.00338315127519),
  shell('a2', null, 0.00899004023056),
  shell('aa', MASS.aa, 0.0029443731703),
  shell('jj', MASS.jj, 0.0011509776323),
  ...[0, 1, 2, 3].flatMap((component) =>
    (['aa', 'jj'] as const).map((name) => sum(name, component, WEIGHTS.sums[name][component])),
  ),
  difference('aa', 1.10838239944),
  difference('jj', 0.472020922131),
];

/** Largest weighted discrepancy that counts. */
const LIMIT = 10;

/** How far events are from keeping their identities. */
export interface Closure {
  /** Mean over events and identities of `min(weight * discrepancy, 10)`: 0 is exact, 1 is standardised normal noise. */
  readonly closure: number;
  /** The same of each identity by itself. */
  readonly byIdentity: Readonly<Record<string, number>>;
}

/**
 * Closure of particle events with 40 features (M-flow paper, Table 3): the 26 identities that hold between energies,
 * momenta, masses and rapidities of real events. (The paper says that 1 means independent features; by its code 1 means
 * normal noise in the standardised features, and independent ones have about 0.8.)
 *
 * @param events `[rows, 40]` in GeV, not standardised; the order of features is that of `particleFeatures` in
 *   `@ebim/datasets`
 * @throws ShapeError `wrong-columns`; DataError `too-few-points`, `not-finite`
 */
export function closure(events: Points): Closure {
  const where = 'closure(events)';
  requireFinitePoints(events, 1, where);
  if (events.columns !== 40)
    throw new ShapeError({
      code: 'wrong-columns',
      where,
      expected: 'events with 40 features',
      received: `${events.columns} columns`,
    });
  const totals = IDENTITIES.map(({ weight, discrepancy }) => {
    let total = 0;
    for (let i = 0; i < events.rows; i++) {
      const value = weight * discrepancy(events.data.subarray(40 * i, 40 * (i + 1)));
      // No direction at all (0 / 0) violates the identity as much as can be.
      total += Number.isNaN(value) ? LIMIT : Math.min(value, LIMIT);
    }
    return total / events.rows;
  });
  return {
    closure: totals.reduce((a, b) => a + b, 0) / totals.length,
    byIdentity: Object.fromEntries(IDENTITIES.map(({ name }, i) => [name, totals[i]])),
  };
}
