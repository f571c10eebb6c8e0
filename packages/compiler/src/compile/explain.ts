import { ConfigError } from '@ebim/runtime';
import type { Graph, GraphNode, ScanAttrs, ValueId, ValueInfo, WhileAttrs } from '../graph/graph.js';
import { printGraph } from '../graph/print.js';
import { nodeCount } from '../passes/optimize.js';
import { sizeOf } from '../passes/rewrite.js';
import { compilation } from './compilation.js';
import { flatten } from './leaves.js';

/** What compiling a function gives. */
export interface Explanation {
  /** For people: everything below and both graphs. */
  readonly text: string;
  /** The graph as traced, and after all passes. */
  readonly before: Graph;
  readonly after: Graph;
  /** Number of operations of both, with those of the bodies of loops. */
  readonly operations: { readonly before: number; readonly after: number };
  /** The steps of the program, fused groups by the names of their parts. */
  readonly steps: readonly string[];
  /** Operations that have no code of their own and run on the kernels of the cpu backend. */
  readonly islands: readonly string[];
  /** Among how many threads long steps are shared. */
  readonly threads: number;
  /** Bytes that the program holds: its memory and its code. */
  readonly memory: { readonly data: number; readonly code: number };
  /** Floating point operations of one call, estimated; loops until convergence are counted with all iterations. */
  readonly flops: number;
  /** Milliseconds that compiling took. */
  readonly milliseconds: Readonly<Record<'trace' | 'optimize' | 'build', number>>;
}

/**
 * Tells what {@link compile} makes of a function for these arguments. The function is traced, not run.
 *
 * @throws CompileError as a compiled function does
 * @throws ConfigError `bad-argument` for no function
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { explain } from '@ebim/compiler';
 *
 * const { text, islands } = explain((x: tf.Tensor) => tf.tanh(tf.mul(x, 2)), tf.zeros([8]));
 * console.log(text, islands); // no islands
 * ```
 */
export function explain<A extends unknown[]>(f: (...args: A) => unknown, ...args: A): Explanation {
  if (typeof f !== 'function')
    throw new ConfigError({
      code: 'bad-argument',
      where: 'explain(f, ...args)',
      expected: 'a function and its arguments',
      received: typeof f,
    });
  const { leaves } = flatten(args);
  const { traced, graph, program, milliseconds } = compilation(f, args);
  program.dispose();
  const explanation: Omit<Explanation, 'text'> = {
    before: traced.graph,
    after: graph,
    operations: { before: nodeCount(traced.graph), after: nodeCount(graph) },
    steps: program.steps,
    islands: program.islands,
    threads: program.threads,
    memory: { data: program.bytes, code: program.moduleBytes },
    flops: flopsOf(graph),
    milliseconds,
  };
  return { ...explanation, text: describe(explanation, leaves.length) };
}

function describe(e: Omit<Explanation, 'text'>, leaves: number): string {
  const { trace, optimize, build } = e.milliseconds;
  const count = (n: number): string => n.toLocaleString('en-US');
  return [
    `${leaves} arguments, ${e.after.inputs.length} of them read; ${e.after.outputs.length} computed results`,
    `operations: ${e.operations.before} traced, ${e.operations.after} after the passes, ${e.steps.length} steps`,
    `memory: ${count(e.memory.data)} bytes of data, ${count(e.memory.code)} bytes of code`,
    `work: about ${count(e.flops)} floating point operations a call`,
    e.threads === 1 ? 'threads: one' : `threads: ${e.threads}, for the steps marked with ||`,
    `compiled in ${ms(trace + optimize + build)}: trace ${ms(trace)}, passes ${ms(optimize)}, code ${ms(build)}`,
    e.islands.length === 0 ? 'islands: none' : `islands (slow, on the cpu backend): ${e.islands.join(', ')}`,
    '',
    'steps',
    ...e.steps.map((step) => `  ${step}`),
    '',
    'graph as traced',
    printGraph(e.before, '  '),
    '',
    'graph after the passes',
    printGraph(e.after, '  '),
  ].join('\n');
}

const ms = (t: number): string => `${t.toFixed(1)} ms`;

/** Operations of one element of the result, where it is not one. */
const COSTS: Readonly<Record<string, number>> = {
  Identity: 0,
  Reshape: 0,
  Cast: 0,
  Slice: 0,
  Concat: 0,
  Tile: 0,
  Transpose: 0,
  GatherV2: 0,
  KeySplit: 40,
  KeyFold: 40,
  RandomUniform: 40,
  RandomInteger: 40,
  RandomNormal: 60,
  Sigmoid: 12,
  Tanh: 12,
  Exp: 10,
  Log: 10,
  Softplus: 20,
  Sin: 10,
  Cos: 10,
  Pow: 20,
};

function flopsOf(graph: Graph): number {
  const size = (id: ValueId): number => sizeOf(graph.values.get(id) as ValueInfo);
  const ofNode = ({ op, inputs, outputs, attrs, bodies = [] }: GraphNode): number => {
    const ofBodies = bodies.reduce((sum, body) => sum + flopsOf(body), 0);
    if (op === 'Scan') return (attrs as unknown as ScanAttrs).length * ofBodies;
    if (op === 'While') return (attrs as unknown as WhileAttrs).maxIterations * ofBodies;
    const result = outputs.reduce((sum, id) => sum + size(id), 0);
    if (op === 'BatchMatMul') {
      const { shape } = graph.values.get(inputs[0]) as ValueInfo;
      return 2 * result * shape[attrs.transposeA ? shape.length - 2 : shape.length - 1];
    }
    const reduces = /^(Sum|Mean|Max|Min|Prod|All|Any)$/.test(op);
    return reduces ? size(inputs[0]) : (COSTS[op] ?? 1) * result;
  };
  return graph.nodes.reduce((sum, node) => sum + ofNode(node), 0);
}
