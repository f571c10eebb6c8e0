import type { Graph } from '../graph/graph.js';
import type { Threads } from '../parallel/cut-steps.js';
import { buildProgram } from '../program/program.js';
import { inputsFor } from '../program/test-data.js';

/** No strips: no program has arrays as large as that. */
export const WHOLE: Threads = { count: 1, leastSpace: Infinity };

/** The bits of all results, as text. */
export const bitsOf = (results: readonly (Float32Array | Int32Array)[]): string =>
  results.map((values) => Buffer.from(values.slice().buffer).toString('base64')).join();

/** Bits of the results of a program, run twice, and its strips. */
export function run(
  graph: Graph,
  threads: Threads,
  seed = 1,
): { readonly bits: readonly string[]; readonly strips: readonly string[] } {
  const program = buildProgram(graph, threads);
  const inputs = inputsFor(graph, seed);
  const bits = [1, 2].map(() => bitsOf(program.run(inputs)));
  program.dispose();
  return { bits, strips: program.steps.filter((step) => step.trimStart().startsWith('Strips')) };
}
