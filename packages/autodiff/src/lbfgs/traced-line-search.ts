import * as tf from '@tensorflow/tfjs';
import { whileLoop } from '@ebim/compiler';
import { ARMIJO, FLATTENING, type LbfgsOptions } from './options.js';
import { and, count, not, or, pick, when } from './traced-scalars.js';

/** The function along a search direction, at one step length; scalars but for the gradient `[n]`. */
export type LineTrial = {
  readonly step: tf.Tensor;
  readonly value: tf.Tensor;
  /** Directional derivative. */
  readonly slope: tf.Tensor;
  readonly gradient: tf.Tensor;
};

/** The accepted trial, and the evaluations (int32) that it took. */
export type LineSearchEnd = { readonly trial: LineTrial; readonly evaluations: tf.Tensor };

/**
 * State of the search. First it walks outwards, and `a`, `b` are the last two points; once they hold an acceptable
 * point between them they are a bracket, which shrinks.
 */
type Search = {
  readonly a: LineTrial;
  readonly b: LineTrial;
  /** Bool: `b` is the end with the smaller value, and the result. */
  readonly lowIsB: tf.Tensor;
  readonly isBracket: tf.Tensor;
  /** Bool: the last step inside the bracket was too near to an end. */
  readonly wasNear: tf.Tensor;
  readonly searching: tf.Tensor;
  /** int32 */
  readonly evaluations: tf.Tensor;
  /** The next trial. */
  readonly step: tf.Tensor;
};

/**
 * The search of `strongWolfe` with all its decisions as tensors, so that it can be traced: one loop with one
 * evaluation, which is a trial outwards or inside of the bracket as the state wants it.
 *
 * @param evaluate the function at a step length
 * @param origin the trial at step 0
 * @param maxMove largest entry of the direction
 * @param wanted bool: false takes no trial and returns the origin
 */
export function searchLine(
  evaluate: (step: tf.Tensor) => LineTrial,
  origin: LineTrial,
  firstStep: tf.Tensor,
  maxMove: tf.Tensor,
  wanted: tf.Tensor,
  { maxTrials, toleranceChange }: Pick<Required<LbfgsOptions>, 'maxTrials' | 'toleranceChange'>,
): LineSearchEnd {
  const no = tf.scalar(false, 'bool');
  const flatEnough = tf.mul(origin.slope, -FLATTENING);
  const ceiling = (step: tf.Tensor): tf.Tensor =>
    tf.add(origin.value, tf.mul(tf.mul(step, origin.slope), ARMIJO));

  const advance = (search: Search): Search => {
    const trial = evaluate(search.step);
    const rises = tf.greater(trial.value, ceiling(trial.step));
    const flat = tf.lessEqual(tf.abs(trial.slope), flatEnough);
    // The first trial has number 0, as in torch.
    const exhausted = tf.greaterEqual(search.evaluations, count(maxTrials));
    const walked = walk(search, origin, trial, { rises, flat, exhausted });
    const shrunk = shrink(search, trial, { rises, flat, exhausted });
    const { a, b, lowIsB, isBracket, searching } = pick(search.isBracket, shrunk, walked);

    const left = tf.minimum(a.step, b.step);
    const right = tf.maximum(a.step, b.step);
    const width = tf.sub(right, left);
    const narrow = and(isBracket, tf.less(tf.mul(width, maxMove), toleranceChange));
    const outwards = tf.add(b.step, tf.mul(tf.sub(b.step, a.step), 0.01));
    const cubic = cubicMinimum(
      a,
      b,
      when(isBracket, left, outwards),
      when(isBracket, right, tf.mul(b.step, 10)),
    );
    // Too near to an end of the bracket: tolerated once unless it is the end itself, then a step inwards.
    const margin = tf.mul(width, 0.1);
    const toRight = tf.sub(right, cubic);
    const toLeft = tf.sub(cubic, left);
    const near = and(isBracket, tf.less(tf.minimum(toRight, toLeft), margin));
    const atEnd = or(tf.lessEqual(toRight, 0), tf.lessEqual(toLeft, 0));
    const pushed = and(near, or(search.wasNear, atEnd));
    const inwards = when(
      tf.less(tf.abs(toRight), tf.abs(toLeft)),
      tf.sub(right, margin),
      tf.add(left, margin),
    );
    return {
      a,
      b,
      lowIsB,
      isBracket,
      wasNear: and(near, not(pushed)),
      searching: and(searching, not(narrow)),
      evaluations: tf.add(search.evaluations, count(1)),
      step: when(pushed, inwards, cubic),
    };
  };

  const { a, b, lowIsB, evaluations } = whileLoop<Search>(
    ({ searching }) => searching,
    advance,
    {
      a: origin,
      b: origin,
      lowIsB: no,
      isBracket: no,
      wasNear: no,
      searching: wanted,
      evaluations: count(0),
      step: firstStep,
    },
    { maxIterations: maxTrials + 1 },
  );
  return { trial: pick(lowIsB, b, a), evaluations };
}

/** What is known of a trial: bools. */
type Verdict = { readonly rises: tf.Tensor; readonly flat: tf.Tensor; readonly exhausted: tf.Tensor };
type Bracket = Pick<Search, 'a' | 'b' | 'lowIsB' | 'isBracket' | 'searching'>;

/** After a trial outwards. */
function walk(search: Search, origin: LineTrial, trial: LineTrial, verdict: Verdict): Bracket {
  const { rises, flat, exhausted } = verdict;
  const previous = search.b;
  const later = tf.greater(search.evaluations, count(1));
  const turns = or(rises, and(later, tf.greaterEqual(trial.value, previous.value)));
  const accepted = and(and(not(turns), flat), not(exhausted));
  const closes = or(turns, tf.greaterEqual(trial.slope, 0));
  const a = pick(exhausted, origin, previous);
  return {
    a,
    b: trial,
    lowIsB: or(accepted, not(tf.lessEqual(a.value, trial.value))),
    isBracket: and(closes, not(or(accepted, exhausted))),
    searching: not(or(accepted, exhausted)),
  };
}

/** After a trial in the bracket. */
function shrink(search: Search, trial: LineTrial, { rises, flat, exhausted }: Verdict): Bracket {
  const { lowIsB } = search;
  const low = pick(lowIsB, search.b, search.a);
  const high = pick(lowIsB, search.a, search.b);
  const worse = or(rises, tf.greaterEqual(trial.value, low.value));
  const swaps = tf.greaterEqual(tf.mul(trial.slope, tf.sub(high.step, low.step)), 0);
  const newHigh = pick(worse, trial, pick(swaps, low, high));
  const newLow = pick(worse, low, trial);
  const a = pick(lowIsB, newHigh, newLow);
  const b = pick(lowIsB, newLow, newHigh);
  const accepted = and(not(worse), flat);
  return {
    a,
    b,
    lowIsB: when(worse, not(tf.lessEqual(a.value, b.value)), lowIsB),
    isBracket: search.isBracket,
    searching: not(or(accepted, exhausted)),
  };
}

/** The minimum in [lowest, highest] of the cubic with the values and slopes of two trials; the middle if it has none. */
function cubicMinimum(a: LineTrial, b: LineTrial, lowest: tf.Tensor, highest: tf.Tensor): tf.Tensor {
  const ordered = tf.lessEqual(a.step, b.step);
  const choose = (name: 'step' | 'value' | 'slope'): [tf.Tensor, tf.Tensor] => [
    when(ordered, a[name], b[name]),
    when(ordered, b[name], a[name]),
  ];
  const [pStep, qStep] = choose('step');
  const [pValue, qValue] = choose('value');
  const [pSlope, qSlope] = choose('slope');
  const width = tf.sub(qStep, pStep);
  const secant = tf.div(tf.mul(tf.sub(qValue, pValue), 3), width);
  const d1 = tf.sub(tf.add(pSlope, qSlope), secant);
  const square = tf.sub(tf.square(d1), tf.mul(pSlope, qSlope));
  const exists = tf.greaterEqual(square, 0);
  const d2 = tf.sqrt(square);
  const share = tf.div(tf.sub(tf.add(qSlope, d2), d1), tf.add(tf.sub(qSlope, pSlope), tf.mul(d2, 2)));
  const minimum = tf.sub(qStep, tf.mul(width, share));
  const within = tf.minimum(tf.maximum(minimum, lowest), highest);
  return when(exists, within, tf.mul(tf.add(lowest, highest), 0.5));
}
