import * as tf from '@tensorflow/tfjs';
import { CompileError, keyOfValues, keyValues } from '@ebim/runtime';
import type { Dtype, Graph, ValueId, ValueInfo } from '../graph/graph.js';
import { optimize } from '../passes/optimize.js';
import type { HostValues } from '../program/interpret.js';
import { buildProgram, type Program } from '../program/program.js';
import { traceFunction, type TracedFunction } from '../trace/trace-function.js';
import type { Leaf } from './leaves.js';
import { fromPattern, patternOf } from './pattern.js';

/** A function for arguments of one signature, ready to run. */
export interface Compilation {
  readonly traced: TracedFunction;
  /** What the program computes: the graph after the passes, without results that are arguments or constants. */
  readonly graph: Graph;
  readonly program: Program;
  /** Milliseconds that tracing, the passes and building took. */
  readonly milliseconds: Readonly<Record<'trace' | 'optimize' | 'build', number>>;
  /** Runs the program on the leaves of arguments. The caller owns the result. */
  run(leaves: readonly Leaf[]): unknown;
  dispose(): void;
}

/** Traces a function, optimises its graph and builds its program. */
export function compilation(f: (...args: never[]) => unknown, args: readonly unknown[]): Compilation {
  const started = performance.now();
  const traced = traceFunction(f, args);
  const tracedAt = performance.now();
  const optimized = optimize(traced.graph);
  const { inputs, outputs, constants, values } = optimized;
  const used = usedInputs(optimized);
  const computed = outputs.filter((id) => !constants.has(id) && !inputs.includes(id));
  const programOutputs = [...new Set(computed)];
  const graph: Graph = { ...optimized, inputs: used.map((i) => inputs[i]), outputs: programOutputs };
  const optimizedAt = performance.now();
  const program = buildProgram(graph);
  const builtAt = performance.now();

  const sources = outputs.map((id) => sourceOf(id, optimized, programOutputs));
  const result = patternOf(traced.result);
  const infos = outputs.map((id) => values.get(id) as ValueInfo);
  return {
    traced,
    graph,
    program,
    milliseconds: {
      trace: tracedAt - started,
      optimize: optimizedAt - tracedAt,
      build: builtAt - optimizedAt,
    },
    run: (leaves) => {
      checkCaptured(traced);
      const results = program.run(used.map((i) => dataOf(leaves[i])));
      const given = new Set<HostValues>();
      const resultLeaves = sources.map((source, i) => {
        const kind = traced.resultKinds[i];
        if (source.from === 'input') return handOn(leaves[source.index]);
        const data = source.from === 'constant' ? source.data : results[source.index];
        if (kind === 'key') return keyOfValues(data);
        if (kind === 'keys') return { kind: 'keys', length: data.length / 2, words: Uint32Array.from(data) };
        // Tensors of the cpu backend live in the array that they are made of.
        const own = source.from === 'constant' || given.has(data) ? data.slice() : data;
        given.add(data);
        return tensorOf(own, infos[i]);
      });
      return fromPattern(result, resultLeaves);
    },
    dispose: () => program.dispose(),
  };
}

/** The function itself could not go on with a tensor that is disposed, and a program would use an old value. */
function checkCaptured({ captured }: TracedFunction): void {
  const gone = captured.find(({ tensor }) => tensor.isDisposed);
  if (gone === undefined) return;
  throw new CompileError({
    code: 'impure-capture',
    where: gone.line === undefined ? 'compiled function' : `compiled function, at ${gone.line}`,
    expected: 'tensors of the surroundings that stay the same',
    received: 'one that has been disposed since the function was compiled',
    hint: 'Pass what changes from call to call as an argument.',
    details: { line: gone.line },
  });
}

type Source =
  | { readonly from: 'input'; readonly index: number }
  | { readonly from: 'constant'; readonly data: Float32Array | Int32Array }
  | { readonly from: 'program'; readonly index: number };

function sourceOf(id: ValueId, { inputs, constants }: Graph, programOutputs: readonly ValueId[]): Source {
  const input = inputs.indexOf(id);
  if (input >= 0) return { from: 'input', index: input };
  const data = constants.get(id);
  return data !== undefined
    ? { from: 'constant', data }
    : { from: 'program', index: programOutputs.indexOf(id) };
}

/** Positions of the inputs that some operation reads. */
function usedInputs({ inputs, nodes }: Graph): number[] {
  const used = new Set(nodes.flatMap((node) => node.inputs));
  return inputs.flatMap((id, i) => (used.has(id) ? [i] : []));
}

function dataOf(leaf: Leaf): HostValues {
  if (!(leaf instanceof tf.Tensor)) return keyValues(leaf);
  // eslint-disable-next-line no-restricted-syntax -- arguments go into the program; only host backends get here
  return leaf.dataSync<'float32' | 'int32' | 'bool'>();
}

/** A result that is an argument: keys are values, tensors get another owner. */
const handOn = (leaf: Leaf): Leaf => (leaf instanceof tf.Tensor ? leaf.clone() : leaf);

/**
 * Results stay in the arrays that they come in, which is how the cpu backend holds data; the engine moves them to the
 * backend in use when one of its kernels reads them. Most go into the next call instead, which then takes longer to
 * read from any other place than a small program runs.
 */
function tensorOf(data: Float32Array | Int32Array, { shape, dtype }: ValueInfo): tf.Tensor {
  return tf.engine().makeTensor(ofDtype(data, dtype), [...shape], dtype, tf.findBackend('cpu'));
}

const ofDtype = (data: Float32Array | Int32Array, dtype: Dtype): HostValues =>
  dtype === 'bool' ? Uint8Array.from(data) : data;
