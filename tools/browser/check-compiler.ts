import { compile, explain, scan } from '@ebim/compiler';
import { manifoldModel, manifoldTrainer } from '@ebim/implicit';
import { mlp } from '@ebim/nn';
import {
  key,
  normal,
  splitSequence,
  treeEntries,
  useBackend,
  type Key,
  type TensorTree,
} from '@ebim/runtime';
import { adam } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';

/** How a function and its compiled form differ; runs in a page and in a worker. */
export interface Finding {
  readonly name: string;
  /** The largest difference, leaf by leaf relative to the largest value of the leaf. */
  readonly difference: number;
  readonly islands: readonly string[];
  /** Calls that ran a program that was there, and calls that ran the function itself. */
  readonly hits: number;
  readonly passThroughs: number;
}

function difference(a: TensorTree, b: TensorTree): number {
  const expected = new Map(treeEntries(b));
  return Math.max(
    ...treeEntries(a).map(([path, t]) => {
      const [x, y] = [t, expected.get(path) as tf.Tensor].map((each) => Array.from(each.dataSync()));
      const scale = Math.max(1e-3, ...y.map(Math.abs));
      return Math.max(0, ...x.map((value, i) => Math.abs(value - y[i]) / scale));
    }),
  );
}

function compare<A extends unknown[]>(name: string, f: (...args: A) => unknown, ...args: A): Finding {
  const compiled = compile(f);
  compiled(...args);
  const [got, expected] = [compiled(...args), f(...args)] as TensorTree[];
  const { hits, passThroughs } = compiled.statistics;
  return {
    name,
    difference: difference(got, expected),
    islands: explain(f, ...args).islands,
    hits,
    passThroughs,
  };
}

/** A random walk with a gradient in it. */
const walk = (walkKey: Key, start: tf.Tensor): unknown =>
  scan(
    (x: tf.Tensor, stepKey: Key) => {
      const slope = tf.grad((y: tf.Tensor) => tf.sum(tf.log(tf.add(1, tf.square(tf.sin(y))))))(x);
      const next = tf.add(tf.sub(x, tf.mul(0.05, slope)), tf.mul(0.1, normal(stepKey, [3])));
      return [next, tf.erf(next)] as const;
    },
    start,
    splitSequence(walkKey, 20),
  );

/** Compares a function and a whole training step with their compiled forms. */
export async function checkCompiler(): Promise<Finding[]> {
  await useBackend('cpu');
  const trainer = manifoldTrainer({
    model: manifoldModel(mlp({ inputSize: 2, outputSize: 1, hidden: [8, 8] })),
    optimizer: adam({ learningRate: 0.01 }),
    bounds: { lower: -1.5, upper: 1.5 },
    sampler: { steps: 5 },
    bufferCapacity: 50,
  });
  return [
    compare('function', walk, key(1), tf.zeros([3])),
    compare('training step', trainer.step, key(2), trainer.init(key(0)), normal(key(3), [16, 2])),
  ];
}
