import { useBackend } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { scan } from '../scan.js';
import { inputsFor, STRIPS } from '../program/test-data.js';
import { buildProgram } from '../program/program.js';
import { bitsOf, run, WHOLE } from '../test-support/strips.js';
import { traced } from '../test-support/traced.js';

beforeAll(() => useBackend('cpu'));

/** Value, gradients, norms of rows and centred results of a small network: rows, columns and both. */
const network = (x: tf.Tensor, v: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor[] => {
  const loss = (...[at, first, second, bias]: tf.Tensor[]): tf.Scalar => {
    const hidden = tf.tanh(tf.add(tf.matMul(at, first), bias));
    const out = tf.matMul(hidden, second);
    return tf.mean(tf.sqrt(tf.add(tf.sum(tf.square(out), 1), 0.1))).asScalar();
  };
  const grads = tf.grads(loss)([x, v, w, b]);
  const y = tf.matMul(tf.matMul(x, v), w);
  const weighted = tf.mul(tf.concat([y, x], 1), tf.sum(x, 1, true));
  return [
    ...grads,
    tf.sub(y, tf.mean(y, 0)),
    weighted,
    tf.slice(weighted, [0, 1], [-1, 2]),
    tf.reverse(y, 0),
  ];
};

const sizes = fc.record({
  rows: fc.integer({ min: 5, max: 70 }),
  width: fc.integer({ min: 1, max: 20 }),
  size: fc.integer({ min: 2, max: 9 }),
  out: fc.integer({ min: 1, max: 9 }),
  threads: fc.integer({ min: 1, max: 5 }),
  seed: fc.nat(1000),
});

describe('strips', () => {
  it('give the bits of whole steps', () => {
    let count = 0;
    fc.assert(
      fc.property(sizes, ({ rows, width, size, out, threads, seed }) => {
        const graph = traced(network, [rows, size], [size, width], [width, out], [width]);
        const whole = run(graph, WHOLE, seed);
        const inStrips = run(graph, { ...STRIPS, count: threads }, seed);
        expect(whole.strips).toEqual([]);
        count += inStrips.strips.length;
        expect(inStrips.bits).toEqual(whole.bits);
      }),
      { numRuns: 40 },
    );
    expect(count).toBeGreaterThan(40);
  });

  it('with panels of products and long sums, too', () => {
    const layers = (x: tf.Tensor, v: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      tf.matMul(tf.relu(tf.matMul(x, v)), w);
    const graph = traced(layers, [150, 600], [600, 70], [70, 65]);
    const whole = run(graph, WHOLE);
    for (const leastHeight of [4, 36, 76]) {
      const inStrips = run(graph, { ...STRIPS, leastHeight, count: 2 });
      expect(inStrips.strips).toHaveLength(1);
      expect(inStrips.bits).toEqual(whole.bits);
    }
  });

  it('with as much space for tiles of a transposed factor as a strip needs, which can be more than all rows do', () => {
    const layers = (...[x, u, t, v, w]: tf.Tensor[]): tf.Tensor =>
      tf.matMul(tf.add(tf.tanh(tf.matMul(x, u)), tf.tanh(tf.matMul(t, v, true))), w);
    const graph = traced(layers, [200, 20], [20, 80], [512, 200], [512, 80], [80, 16]);
    const whole = run(graph, WHOLE);
    for (const leastHeight of [40, 64, 92, 120]) {
      const inStrips = run(graph, { ...STRIPS, leastHeight, count: 1 });
      expect(inStrips.strips).toHaveLength(1);
      expect(inStrips.bits).toEqual(whole.bits);
    }
  });

  it('of pairs of matrices, one row each', () => {
    const layers = (x: tf.Tensor, v: tf.Tensor): tf.Tensor =>
      tf.sum(tf.tanh(tf.matMul(tf.exp(tf.neg(tf.square(x))), v)), 2);
    const graph = traced(layers, [30, 3, 4], [30, 4, 5]);
    const whole = run(graph, WHOLE);
    const inStrips = run(graph, { ...STRIPS, count: 2 });
    expect(inStrips.strips).toHaveLength(1);
    expect(inStrips.bits).toEqual(whole.bits);
  });

  it('are made inside loops, which read the surroundings and move a long carry where it lies', () => {
    const history = (x: tf.Tensor, w: tf.Tensor, v: tf.Tensor, past: tf.Tensor): unknown => {
      const around = tf.tanh(tf.matMul(x, w));
      const step = ([y, old]: readonly tf.Tensor[]): [tf.Tensor[], tf.Tensor] => {
        const next = tf.tanh(tf.add(tf.matMul(tf.add(y, tf.slice(old, [0, 0], [20, 6])), v), around));
        return [[next, tf.concat([tf.slice(old, [20, 0], [-1, -1]), next], 0)], tf.sum(next, 1)];
      };
      return [around, scan(step, [x, past], null, { length: 4 })];
    };
    const graph = traced(history, [20, 6], [6, 6], [6, 6], [100, 6]);
    const whole = run(graph, WHOLE);
    const inStrips = run(graph, { ...STRIPS, count: 2 });
    expect(inStrips.strips.map((strips) => strips.startsWith(' '))).toContain(true);
    expect(inStrips.bits).toEqual(whole.bits);
  });

  it('have the bits of whole steps while other threads compute the last rows again', async () => {
    const long = (x: tf.Tensor, w: tf.Tensor, v: tf.Tensor): tf.Tensor[] => {
      const y = tf.matMul(x, w);
      return [y, tf.matMul(tf.tanh(y), v)];
    };
    const padded = (x: tf.Tensor, w: tf.Tensor, v: tf.Tensor): tf.Tensor[] => {
      const y = tf.pad(tf.tanh(tf.matMul(x, w)), [
        [0, 0],
        [8, 8],
      ]);
      return [y, tf.matMul(tf.add(y, 1), v)];
    };
    const graphs = [
      traced(long, [101, 2000], [2000, 16], [16, 4]),
      traced(padded, [301, 64], [64, 112], [128, 64]),
    ];
    for (const graph of graphs) {
      const [bits] = run(graph, WHOLE).bits;
      const program = buildProgram(graph, { count: 2 });
      expect(program.threads).toBe(2);
      const inputs = inputsFor(graph, 1);
      const until = performance.now() + 700;
      while (performance.now() < until) {
        for (let i = 0; i < 20; i++) expect(bitsOf(program.run(inputs))).toBe(bits);
        // Helpers start when this thread lets them.
        await new Promise((resolve) => void setTimeout(resolve, 1));
      }
      program.dispose();
    }
  });

  it('leave out what asks the host, and have the bits of whole steps where rows are read in two ways', () => {
    const sines = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => tf.matMul(tf.sin(tf.matMul(x, w)), w);
    expect(run(traced(sines, [20, 5], [5, 5]), { ...STRIPS, count: 2 }).strips).toEqual([]);
    const twice = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => {
      const y = tf.tanh(tf.matMul(x, w));
      const flat = tf.reshape(y, [-1]);
      return tf.add(
        y,
        tf.reshape(tf.concat([tf.slice(flat, [20], [80]), tf.slice(flat, [0], [20])]), [20, 5]),
      );
    };
    const graph = traced(twice, [20, 5], [5, 5]);
    expect(run(graph, { ...STRIPS, count: 2 }).bits).toEqual(run(graph, WHOLE).bits);
  });

  const layers = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => {
    let y = x;
    for (let i = 0; i < 4; i++) y = tf.tanh(tf.matMul(y, w));
    return y;
  };

  it('are as many for every thread, and cover all rows', () => {
    for (const count of [1, 2, 3]) {
      const { strips } = run(traced(layers, [1000, 64], [64, 64]), { ...STRIPS, space: 65536, count });
      const [, height, rows] = /Strips of (\d+) of (\d+) rows/.exec(strips[0]) ?? [];
      expect(Number(rows)).toBe(1000);
      expect(Number(height) % 4).toBe(0);
      expect(Math.ceil(1000 / Number(height)) % count).toBe(0);
      // Two arrays of a strip are there at a time.
      expect(2 * 4 * 64 * Number(height)).toBeLessThan(1.1 * 65536);
    }
  });

  it('are not made where they take much more memory: what many steps need would be there at once', () => {
    const branches = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => {
      const sums = Array.from({ length: 8 }, (_, i) => {
        const h = tf.tanh(tf.matMul(x, tf.add(w, i)));
        return tf.matMul(h, tf.exp(h), true, false);
      });
      return tf.addN(sums);
    };
    for (const count of [1, 2]) {
      const programs = [WHOLE, {}].map((options) =>
        buildProgram(traced(branches, [20_000, 64], [64, 64]), { ...options, count }),
      );
      const [whole, chosen] = programs.map(({ bytes }) => bytes);
      expect(chosen).toBeLessThan(1.3 * whole);
      programs.forEach((program) => program.dispose());
      // Where it does not matter they are.
      expect(run(traced(branches, [500, 64], [64, 64]), { ...STRIPS, count }).strips).not.toEqual([]);
    }
  });

  it('save memory, and are only made where arrays leave the cache or threads share them', () => {
    const slope = tf.grad((x: tf.Tensor) => tf.sum(layers(x, tf.eye(64))).asScalar());
    const large = traced(slope, [5000, 64]);
    const programs = [WHOLE, { count: 1 }].map((threads) => buildProgram(large, threads));
    const [whole, inStrips] = programs.map(({ bytes }) => bytes);
    expect(inStrips).toBeLessThan(0.7 * whole);
    programs.forEach((program) => program.dispose());
    const small = traced(layers, [50, 16], [16, 16]);
    expect(run(small, { count: 1 }).strips).toEqual([]);
    expect(run(small, { count: 2 }).strips).toEqual([]);
    expect(run(traced(layers, [400, 64], [64, 64]), { count: 1 }).strips).toEqual([]);
    expect(run(traced(layers, [400, 64], [64, 64]), { count: 2 }).strips).toHaveLength(1);
  });
});
