import fc from 'fast-check';
import { expect } from 'vitest';
import type { ValueId } from '../graph/graph.js';
import type { HostValues } from '../program/interpret.js';
import { difference, inputsFor } from '../program/test-data.js';
import { graphWriter, type GraphWriter } from '../program/test-graph.js';

const RUNS = 15;
/** Lengths of axes around the width of a vector. */
export const size = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 16, 17);
/** Shapes of `least` to `most` such axes. */
export const shape = (least = 0, most = 3): fc.Arbitrary<number[]> =>
  fc.array(size, { minLength: least, maxLength: most });
/** Shapes that may be empty. */
export const shapeWithZero = fc.array(fc.constantFrom(0, 1, 3, 4), { minLength: 1, maxLength: 3 });

/** A shape and one that broadcasts to it. */
export const pair = fc
  .oneof({ weight: 8, arbitrary: shape() }, shapeWithZero)
  .chain((whole) =>
    fc
      .tuple(
        fc.array(fc.boolean(), { minLength: whole.length, maxLength: whole.length }),
        fc.nat({ max: whole.length }),
      )
      .map(([ones, cut]) => ({ whole, part: whole.map((d, i) => (ones[i] ? 1 : d)).slice(cut) })),
  );

/** The kernel on random inputs gives what the cpu backend gives, without an island unless told. */
export function agree<T>(
  arbitrary: fc.Arbitrary<T>,
  build: (g: GraphWriter, value: T) => ValueId,
  options: {
    adjust?: (inputs: HostValues[], value: T) => void;
    runs?: number;
    island?: boolean;
    /** Relative to 1 and the value. Default that of `difference`. */
    tolerance?: number;
  } = {},
): void {
  fc.assert(
    fc.property(arbitrary, fc.nat(), (value, seed) => {
      const g = graphWriter();
      const graph = g.build([build(g, value)]);
      const inputs = inputsFor(graph, seed);
      options.adjust?.(inputs, value);
      const { problem, program } = difference(graph, inputs, options.tolerance);
      expect(problem).toBeNull();
      const empty = [...graph.values.values()].some((info) => info.shape.includes(0));
      if (!empty && options.island !== true) expect(program.islands).toEqual([]);
    }),
    { numRuns: options.runs ?? RUNS },
  );
}
