import type { Graph } from '../graph/graph.js';
import { interpret, type HostValues } from './interpret.js';
import { buildProgram, type Program } from './program.js';

/** Numbers in [0, 1) from a whole number: tests need data, not good randomness. */
export function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Values for the inputs of a graph: floats in [-2, 2), whole numbers in [-5, 5]. */
export function inputsFor(graph: Graph, seed: number): HostValues[] {
  const next = sequence(seed);
  return graph.inputs.map((id) => {
    const { shape, dtype } = graph.values.get(id) ?? { shape: [], dtype: 'float32' };
    const length = shape.reduce((a, b) => a * b, 1);
    if (dtype === 'float32') return Float32Array.from({ length }, () => 4 * next() - 2);
    if (dtype === 'bool') return Uint8Array.from({ length }, () => Math.floor(2 * next()));
    return Int32Array.from({ length }, () => Math.floor(11 * next()) - 5);
  });
}

const agrees = (a: number, b: number, tolerance: number): boolean =>
  Object.is(a, b) ||
  a === b ||
  (Number.isNaN(a) && Number.isNaN(b)) ||
  Math.abs(a - b) <= tolerance * (1 + Math.abs(a));

/** Everything that can be is cut, in strips that are as short as can be. */
export const STRIPS = { space: 0, leastSpace: 0, leastWork: 0, leastHeight: 4, leastPart: 0, leastShare: 0 };

/**
 * How a program differs from the interpreter, run twice, or from one whose steps are cut into parts, which has the same
 * bits; null where it does not.
 */
export function difference(
  graph: Graph,
  inputs: readonly HostValues[],
  tolerance = 2e-6,
): { readonly problem: string | null; readonly program: Program } {
  const wanted = interpret(
    graph,
    inputs.map((values) => values.slice()),
  );
  const program = buildProgram(graph, { count: 1 });
  for (let time = 1; time <= 2; time++) {
    const given = program.run(inputs);
    for (let o = 0; o < wanted.length; o++) {
      if (given[o].length !== wanted[o].length) return { program, problem: `length of output ${o}` };
      const at = wanted[o].findIndex((value, i) => !agrees(value, given[o][i], tolerance));
      if (at >= 0)
        return {
          program,
          problem: `output ${o} [${at}] of run ${time}: ${given[o][at]}, not ${wanted[o][at]}: ${program.steps.join('; ')}`,
        };
    }
  }
  const inParts = buildProgram(graph, { ...STRIPS, count: 3 });
  const [whole, cut] = [program, inParts].map((each) => each.run(inputs));
  inParts.dispose();
  for (let o = 0; o < whole.length; o++) {
    const at = whole[o].findIndex((value, i) => !Object.is(value, cut[o][i]));
    if (at >= 0)
      return {
        program,
        problem: `output ${o} [${at}]: ${cut[o][at]} in parts, not ${whole[o][at]}: ${program.steps.join('; ')}`,
      };
  }
  return { program, problem: null };
}
