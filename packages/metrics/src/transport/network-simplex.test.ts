import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCost } from './cost.js';
import { greedyBasis } from './greedy-basis.js';
import { toWholeMasses, wholeTotal } from './masses.js';
import { computePotentials, nextInWalk, pivot, type SpanningTree } from './spanning-tree.js';

/** Everything that must hold between pivots. */
function expectSound(
  tree: SpanningTree,
  supply: Float64Array,
  demand: Float64Array,
  cost: Float64Array,
): void {
  const { rows, columns, root, parent, size, flow, potential } = tree;
  const balance = new Float64Array(root + 1);
  const counted = new Int32Array(root + 1);
  let walked = 0;
  for (let node = root; node !== -1; node = nextInWalk(tree, node, root, -1)) {
    walked++;
    for (let at = node; at !== -1; at = parent[at]) counted[at]++;
    if (node === root) continue;
    const above = parent[node];
    const up = node < rows || above === root;
    expect(flow[node]).toBeGreaterThanOrEqual(0);
    if (!up) expect(flow[node]).toBeGreaterThan(0);
    if (above === root) {
      expect(flow[node]).toBe(0);
      continue;
    }
    expect(above < rows).not.toBe(node < rows);
    const [i, j] = node < rows ? [node, above - rows] : [above, node - rows];
    balance[i] += flow[node];
    balance[rows + j] += flow[node];
    expect(potential[i] + potential[rows + j]).toBeCloseTo(cost[i * columns + j], 10);
  }
  expect(walked).toBe(root + 1);
  expect(counted).toEqual(size);
  supply.forEach((mass, i) => expect(balance[i]).toBe(mass));
  demand.forEach((mass, j) => expect(balance[rows + j]).toBe(mass));
}

describe('spanning tree of the transport simplex', () => {
  it('stays a strongly feasible basis through random pivots', () => {
    const masses = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(
        masses,
        masses,
        fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
        (a, b, stream) => {
          const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
          const supply = toWholeMasses(a, sum(a)).masses;
          const demand = toWholeMasses(b, sum(b)).masses;
          const values = Float64Array.from(
            { length: a.length * b.length },
            () => stream.next().value as number,
          );
          const cost = openCost(values, a.length, b.length, 'test');
          const tree = greedyBasis({ supply, demand, cost });
          computePotentials(tree, cost.at);
          expectSound(tree, supply, demand, values);
          let objective = planCost(tree, values);
          for (let step = 0; step < 30; step++) {
            const { potential, rows } = tree;
            const reduced = values.map((c, k) => {
              return c - potential[Math.floor(k / b.length)] - potential[rows + (k % b.length)];
            });
            const entering = reduced.findIndex((value) => value < -1e-12);
            if (entering === -1) break;
            const [i, j] = [Math.floor(entering / b.length), entering % b.length];
            const moved = pivot(tree, i, j, reduced[entering]);
            expectSound(tree, supply, demand, values);
            const now = planCost(tree, values);
            expect(now).toBeLessThanOrEqual(objective + 1e-12);
            if (moved === 0) expect(now).toBeCloseTo(objective, 12);
            objective = now;
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

function planCost(tree: SpanningTree, cost: Float64Array): number {
  const { rows, columns, root, parent, flow } = tree;
  let total = 0;
  for (let node = 0; node < root; node++) {
    const above = parent[node];
    if (above === root) continue;
    const [i, j] = node < rows ? [node, above - rows] : [above, node - rows];
    total += (flow[node] / wholeTotal) * cost[i * columns + j];
  }
  return total;
}

describe('toWholeMasses', () => {
  it('adds up exactly and stays within 1.5 units', () => {
    const masses = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(masses, (values) => {
        const total = values.reduce((sum, value) => sum + value, 0);
        fc.pre(total > 1e-3);
        const whole = toWholeMasses(values, total);
        expect(whole.masses.reduce((sum, value) => sum + value, 0)).toBe(wholeTotal);
        whole.masses.forEach((mass, k) => {
          expect(Number.isInteger(mass) && mass > 0).toBe(true);
          expect(Math.abs(mass - (values[whole.places[k]] / total) * wholeTotal)).toBeLessThanOrEqual(2);
        });
      }),
    );
  });
});
