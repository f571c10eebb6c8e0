import { useBackend } from '@ebim/runtime';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { STRIPS } from '../program/test-data.js';
import { layerRecipes, layerShapes, layersOf } from '../test-support/random-layers.js';
import { run, WHOLE } from '../test-support/strips.js';
import { traced } from '../test-support/traced.js';

beforeAll(() => useBackend('cpu'));

it('gives random programs of layers and loops the bits of whole steps', () => {
  const ways = [
    { ...STRIPS, count: 1 },
    { ...STRIPS, count: 3 },
    // Higher strips, as many as a small space wants.
    { ...STRIPS, count: 2, space: 4096, leastHeight: 8 },
  ];
  const made = { all: 0, inLoops: 0 };
  fc.assert(
    fc.property(layerRecipes, (recipe) => {
      const graph = traced(layersOf(recipe), ...layerShapes(recipe));
      const whole = run(graph, WHOLE, recipe.seed);
      for (const way of ways) {
        const { bits, strips } = run(graph, way, recipe.seed);
        made.all += strips.length;
        made.inLoops += strips.filter((line) => line.startsWith(' ')).length;
        expect(bits).toEqual(whole.bits);
      }
    }),
    { numRuns: 80, seed: 1 },
  );
  expect(made.all).toBeGreaterThan(200);
  expect(made.inLoops).toBeGreaterThan(40);
});
