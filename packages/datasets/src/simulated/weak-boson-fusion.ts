import { foldIn, normalArray, split, uniformArray, type Key } from '@ebim/runtime';
import { pointsOf, requireColumns, row, type Points } from '../points/points.js';
import { requireCount } from '../synthetic/distribution.js';
import { fourMomentum, writeFeatures, type FourMomentum } from './event-features.js';
import { standardiseParticles } from './particle-features.js';
import { amplitude, meanGrowth, PARTONS } from './parton-density.js';
import { contextRows, standardNormalPrior, type Context, type Simulator } from './simulator.js';

/** Simulated events with what only a simulator knows. */
export interface ParticleEvents {
  /** Features in GeV, `[rows, 40]`. */
  readonly features: Points;
  /** theta of each event, `[rows, 2]`. */
  readonly context: Points;
  /** Hidden parton-level variables z, `[rows, 9]`; see `PARTON_VARIABLES`. */
  readonly partons: Points;
  /** Joint score `t(x, z | theta)`, the gradient of `log p(x, z | theta)` in theta, `[rows, 2]`. */
  readonly jointScore: Points;
}

/** The data set of {@link weakBosonFusion}. Its points are standardised features. */
export interface WeakBosonFusion extends Simulator {
  /** Events with their hidden variables. Throws as `sample` does. */
  simulate(key: Key, count: number, context: Context): ParticleEvents;
  /** Natural logarithm of `p(z | theta)` of hidden variables `[rows, 9]`. Throws as `sample` does. */
  partonLogDensity(partons: Points, context: Context): Float64Array;
  /** Gradient of `log p(z | theta)` in theta, `[rows, 2]`, which is the joint score. Throws as `sample` does. */
  jointScore(partons: Points, context: Context): Points;
}

/** Names of the columns of `partons`, with units. */
export const PARTON_VARIABLES = PARTONS.map(({ name }) => name);

const HIGGS_MASS = 125;

/** Standard deviations of the detector. */
const RESOLUTION = {
  photonEnergy: 0.1,
  photonAngle: 0.02,
  jetEnergy: 0.12,
  jetAngle: 0.05,
  jetMass: 0.4,
} as const;

/** Normal numbers that the detector takes for an event. */
const SMEARINGS = 14;

/**
 * An own parton-level simulator of Higgs bosons from weak-boson fusion, `q q -> q q h, h -> photon photon`, with the 40
 * features of the M-flow paper's particle-physics set and its two parameters. **These are not the LHC events of the
 * paper**, which come from MadGraph, Pythia and Delphes: the numbers of that paper's Table 3 do not apply to them. What
 * is the same: the features and their order, the 26 identities that hold exactly between them, a manifold of dimension
 * 14, the prior N(0, 1)^2, joint scores of which the likelihood of an event is not a function.
 *
 * Simplifications: two quarks with independent transverse momenta and no parton densities; momentum balance in the
 * transverse plane only; a Higgs boson of fixed mass 125 GeV that decays isotropically; an effective-theory amplitude
 * that keeps the azimuthal dependence and the growth with momentum of the two operators (`cos` for the CP-even, `sin` for
 * the CP-odd one, and a part that does not interfere), see `amplitude`; a detector of Gaussian resolutions in energies
 * and angles and log-normal jet masses; no showers, no pile-up, no background, no cuts.
 *
 * Points out of distribution have each feature from another event: the marginals stay, the identities break.
 *
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 * import { weakBosonFusion } from '@ebim/datasets';
 * const { features, jointScore } = weakBosonFusion().simulate(key(0), 1000, [0.5, 0]);
 * console.log(features.columns, jointScore.columns); // 40 2
 * ```
 */
export function weakBosonFusion(): WeakBosonFusion {
  const name = 'weak-boson-fusion';
  const simulate = (key: Key, count: number, context: Context | undefined): ParticleEvents => {
    requireCount('sample(key, count)', count);
    const theta = contextRows(context, 2, count, `${name}.sample(key, count, context)`);
    const partons = samplePartons(foldIn(key, 0), count, theta);
    const noise = pointsOf(normalArray(foldIn(key, 1), count * SMEARINGS), SMEARINGS);
    const data = new Float64Array(40 * count);
    for (let i = 0; i < count; i++)
      detect(row(partons, i), row(noise, i), data.subarray(40 * i, 40 * (i + 1)));
    const used = new Float64Array(2 * count);
    for (let i = 0; i < count; i++) used.set(theta(i), 2 * i);
    return {
      features: pointsOf(data, 40),
      context: pointsOf(used, 2),
      partons,
      jointScore: scores(partons, theta),
    };
  };
  const sample: Simulator['sample'] = (key, count, context) =>
    standardiseParticles(simulate(key, count, context).features);
  const hidden = (partons: Points, context: Context, where: string) => {
    requireColumns(partons, PARTONS.length, `${name}.${where}(partons)`);
    return contextRows(context, 2, partons.rows, `${name}.${where}(partons, context)`);
  };
  return {
    name,
    ambientDimension: 40,
    manifoldDimension: 14,
    prior: standardNormalPrior(2),
    simulate,
    sample,
    sampleWithScore: (key, count, context) => {
      const { features, jointScore } = simulate(key, count, context);
      return { points: standardiseParticles(features), jointScore };
    },
    sampleOutOfDistribution: (key, count, context) => reshuffled(key, sample(foldIn(key, 0), count, context)),
    partonLogDensity: (partons, context) => {
      const theta = hidden(partons, context, 'partonLogDensity');
      return Float64Array.from({ length: partons.rows }, (_, i) => {
        const z = row(partons, i);
        const base = PARTONS.reduce((sum, { logDensity }, j) => sum + logDensity(z[j]), 0);
        const { squared, total } = amplitude(z, theta(i));
        return base + Math.log(squared / total);
      });
    },
    jointScore: (partons, context) => scores(partons, hidden(partons, context, 'jointScore')),
  };
}

const scores = (partons: Points, theta: (i: number) => Float64Array): Points => {
  const data = new Float64Array(2 * partons.rows);
  for (let i = 0; i < partons.rows; i++) data.set(amplitude(row(partons, i), theta(i)).score, 2 * i);
  return pointsOf(data, 2);
};

/**
 * Draws of p(z | theta) by rejection. With `u = strength q |theta|` the weight is at most `2 + 2.5 u^2`, so that it is
 * enough to propose from the mixture of p_0 and of q^2 p_0, whose momenta are drawn with one exponential more.
 */
function samplePartons(key: Key, count: number, theta: (i: number) => Float64Array): Points {
  const width = PARTONS.length;
  const data = new Float64Array(width * count);
  let missing = Array.from({ length: count }, (_, i) => i);
  for (let round = 0; missing.length > 0; round++) {
    const [valueKey, choiceKey] = split(foldIn(key, round));
    const needed = PARTONS.reduce((sum, { uniforms }) => sum + uniforms, 0);
    const values = uniformArray(valueKey, missing.length * needed);
    const choices = uniformArray(choiceKey, missing.length * 2);
    missing = missing.filter((event, k) => {
      const z = data.subarray(event * width, (event + 1) * width);
      const hard = choices[2 * k] * (2 + 2.5 * meanGrowth(theta(event))) >= 2;
      let at = k * needed;
      PARTONS.forEach(({ draw, uniforms }, j) => {
        z[j] = draw(values.subarray(at, at + uniforms), hard);
        at += uniforms;
      });
      const { squared, bound } = amplitude(z, theta(event));
      return !(choices[2 * k + 1] * bound < squared);
    });
  }
  return pointsOf(data, width);
}

/** From hidden variables to four measured momenta. */
function detect(z: Float64Array, noise: Float64Array, out: Float64Array): void {
  const [ptA, ptB, phiA, deltaPhi, centre, deltaEta, higgsRapidity, cosine, decayAzimuth] = z;
  const phiB = phiA - deltaPhi;
  const jets = [
    measuredJet(ptA, centre + deltaEta / 2, phiA, noise.subarray(0, 4)),
    measuredJet(ptB, centre - deltaEta / 2, phiB, noise.subarray(4, 8)),
  ] as const;
  const px = -ptA * Math.cos(phiA) - ptB * Math.cos(phiB);
  const py = -ptA * Math.sin(phiA) - ptB * Math.sin(phiB);
  const transverseMass = Math.hypot(HIGGS_MASS, px, py);
  const rapidity = centre + higgsRapidity;
  const higgs: FourMomentum = [
    transverseMass * Math.cosh(rapidity),
    px,
    py,
    transverseMass * Math.sinh(rapidity),
  ];
  const sine = Math.sqrt(1 - cosine * cosine);
  const direction = [sine * Math.cos(decayAzimuth), sine * Math.sin(decayAzimuth), cosine] as const;
  const photons = [
    measuredPhoton(boosted(direction, higgs, 1), noise.subarray(8, 11)),
    measuredPhoton(boosted(direction, higgs, -1), noise.subarray(11, 14)),
  ] as const;
  writeFeatures(photons, jets, out);
}

function measuredJet(pt: number, eta: number, phi: number, noise: Float64Array): FourMomentum {
  const measured = pt * Math.exp(RESOLUTION.jetEnergy * noise[0]);
  const mass = 0.12 * measured * Math.exp(RESOLUTION.jetMass * noise[3]);
  return fourMomentum(
    measured,
    eta + RESOLUTION.jetAngle * noise[1],
    phi + RESOLUTION.jetAngle * noise[2],
    mass,
  );
}

function measuredPhoton([, px, py, pz]: FourMomentum, noise: Float64Array): FourMomentum {
  const pt = Math.hypot(px, py);
  return fourMomentum(
    pt * Math.exp(RESOLUTION.photonEnergy * noise[0]),
    Math.asinh(pz / pt) + RESOLUTION.photonAngle * noise[1],
    Math.atan2(py, px) + RESOLUTION.photonAngle * noise[2],
  );
}

/** A massless decay product of energy mass / 2 along `sign * direction` at rest, seen where the parent has momentum p. */
function boosted(direction: readonly [number, number, number], p: FourMomentum, sign: 1 | -1): FourMomentum {
  const energy = HIGGS_MASS / 2;
  const k = direction.map((value) => sign * energy * value);
  const along = k[0] * p[1] + k[1] * p[2] + k[2] * p[3];
  const factor = along / (HIGGS_MASS * (p[0] + HIGGS_MASS)) + energy / HIGGS_MASS;
  return [
    (p[0] * energy + along) / HIGGS_MASS,
    k[0] + factor * p[1],
    k[1] + factor * p[2],
    k[2] + factor * p[3],
  ];
}

/** Each column shifted by its own number of rows. */
function reshuffled(key: Key, points: Points): Points {
  const { rows, columns } = points;
  const shifts = uniformArray(foldIn(key, 1), columns).map((u) => Math.floor(u * rows));
  const data = points.data.map((_, at) => {
    const j = at % columns;
    return points.data[(((at - j) / columns + shifts[j]) % rows) * columns + j];
  });
  return pointsOf(data, columns);
}
