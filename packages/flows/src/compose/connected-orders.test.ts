import { foldIn, key, permutationArray, treeDispose, useBackend } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PermutationParams } from '../linear/permutation.js';
import { changesLastWidely, connectedOrders, connections } from './connected-orders.js';
import { vectorFlow } from './vector-flow.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const same = (size: number, count: number) =>
  Array.from({ length: count }, () => Int32Array.from({ length: size }, (_, i) => i));
const random = (seed: number, size: number, layers: number) =>
  Array.from({ length: layers + 1 }, (_, i) => permutationArray(foldIn(key(seed), i), size));

describe('connections', () => {
  it('counts by hand', () => {
    // One coupling: feature 0 comes to depend on 1, which stays alone.
    expect(connections(same(2, 2), 1)).toBe(3);
    expect(connections(same(2, 3), 2)).toBe(4);
    // With 3 features the even layer changes 0 and 2 by 1, the odd one changes 1 by both.
    expect(connections(same(3, 2), 1)).toBe(5);
    expect(connections(same(3, 3), 2)).toBe(7);
    expect(connections(same(3, 4), 3)).toBe(9);
    // Swapped before each layer: the same feature is changed again and again.
    expect(connections([Int32Array.of(0, 1), Int32Array.of(1, 0), Int32Array.of(0, 1)], 2)).toBe(3);
  });

  it('is what the Jacobian of a flow has', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 4 }), (seed, layers) => {
        const flow = vectorFlow({
          size: 3,
          layers,
          connected: false,
          hidden: 8,
          blocks: 1,
          activation: 'tanh',
        });
        const params = flow.init(key(seed));
        const orders = params
          .filter((_, at) => at % 2 === 0)
          .map((part) => (part as unknown as PermutationParams).order.dataSync());
        const entries = tf.tidy(() => {
          const x = tf.tensor2d([[0.3, -0.4, 0.2]]);
          const { tangents } = flow.forwardTangents(params, x, tf.reshape(tf.eye(3), [1, 3, 3]));
          return Array.from(tangents.dataSync()).filter((value) => value !== 0).length;
        });
        treeDispose(params);
        expect(entries).toBe(connections(orders, layers));
      }),
      { numRuns: 15 },
    );
  });

  it('finds one in nine of the published draws blind, as stated', () => {
    const count = 3000;
    let blind = 0;
    for (let seed = 0; seed < count; seed++) if (connections(random(seed, 3, 5), 5) < 9) blind++;
    expect(blind / count).toBeGreaterThan(0.1);
  });
});

describe('changesLastWidely', () => {
  const order = (...places: number[]) => Int32Array.from(places);
  const keep = order(0, 1, 2);
  // Feature 1 stands where the first odd layer changes it, 2 where the second does, and last in the end.
  const good = [keep, keep, order(0, 2, 1), keep, keep, order(0, 2, 1)];

  it('is told by hand', () => {
    expect(changesLastWidely(good, 5)).toBe(true);
    expect(changesLastWidely(same(3, 6), 5)).toBe(false);
    expect(changesLastWidely([keep, keep, order(0, 2, 1), keep, keep, order(0, 1, 2)], 5)).toBe(false);
    expect(changesLastWidely([keep, keep, keep, keep, keep, order(0, 2, 1)], 5)).toBe(false);
    expect(changesLastWidely([keep, order(0, 2, 1), keep, keep, keep, order(0, 2, 1)], 5)).toBe(false);
    // The other order of the two, which changes the last output too early.
    expect(changesLastWidely([order(0, 2, 1), keep, order(0, 2, 1), keep, keep, keep], 5)).toBe(false);
    // Feature 2 first, then 1 as the last one.
    expect(changesLastWidely([order(0, 2, 1), keep, order(0, 2, 1), keep, keep, order(0, 2, 1)], 5)).toBe(
      true,
    );
  });

  it('says that the last output changes with all others at once where the last odd layer does something', () => {
    const params = (orders: readonly Int32Array[]) => orders.map((o) => Array.from(o).join('')).join(' ');
    const drawn = new Set<string>();
    for (let seed = 0; seed < 300; seed++) {
      const orders = random(seed, 3, 5);
      let features = [0, 1, 2];
      const middles = orders.map((o) => {
        features = Array.from(o, (i) => features[i]);
        return features[1];
      });
      expect(changesLastWidely(orders, 5)).toBe(middles[3] === features[2] && middles[1] !== middles[3]);
      if (changesLastWidely(orders, 5)) drawn.add(params(orders));
    }
    // Two in nine.
    expect(drawn.size / 300).toBeGreaterThan(0.14);
    expect(drawn.size / 300).toBeLessThan(0.3);
  });

  it('counts every layer where all look at the same number of features', () => {
    const swap = order(1, 0);
    const stay = order(0, 1);
    expect(changesLastWidely([stay, stay, stay], 2)).toBe(true);
    expect(changesLastWidely([stay, stay, swap], 2)).toBe(false);
    expect(changesLastWidely([stay, swap, swap], 2)).toBe(false);
  });
});

describe('connectedOrders', () => {
  it('keeps orders of a hypersurface, and replaces others by such', () => {
    for (let seed = 0; seed < 200; seed++) {
      const first = random(seed, 3, 5);
      const orders = connectedOrders(key(seed), first, 5, true);
      expect(connections(orders, 5)).toBe(9);
      expect(changesLastWidely(orders, 5)).toBe(true);
      if (connections(first, 5) === 9 && changesLastWidely(first, 5)) expect(orders).toBe(first);
    }
  });

  it('keeps orders that connect, and replaces others by some that do', () => {
    for (let seed = 0; seed < 200; seed++) {
      const first = random(seed, 3, 5);
      const orders = connectedOrders(key(seed), first, 5);
      expect(connections(orders, 5)).toBe(9);
      if (connections(first, 5) === 9) expect(orders).toBe(first);
      for (const order of orders) expect(Array.from(order).sort()).toEqual([0, 1, 2]);
    }
  });

  it('takes the best there is where layers are too few', () => {
    const first = random(0, 6, 1);
    expect(connections(connectedOrders(key(0), first, 1), 1)).toBeLessThan(36);
  });

  it('is what a vector flow starts with, unless it is told not to', () => {
    const ordersOf = (seed: number, connected?: boolean) => {
      const flow = vectorFlow({
        size: 2,
        layers: 3,
        hidden: 4,
        ...(connected === undefined ? {} : { connected }),
      });
      const params = flow.init(key(seed));
      const orders = params
        .filter((_, at) => at % 2 === 0)
        .map((part) => (part as unknown as PermutationParams).order.dataSync());
      treeDispose(params);
      return orders;
    };
    let parted = 0;
    for (let seed = 0; seed < 40; seed++) {
      expect(connections(ordersOf(seed), 3)).toBe(4);
      if (connections(ordersOf(seed, false), 3) < 4) parted++;
      else expect(ordersOf(seed)).toEqual(ordersOf(seed, false));
    }
    expect(parted).toBeGreaterThan(2);
  });
});
