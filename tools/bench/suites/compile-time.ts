import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'tsup';
import { type Bench, type Suite } from '../bench.js';
import type { CompiledStep } from '../compile-once.js';

const program = fileURLToPath(new URL('../compile-once.ts', import.meta.url));
const cache = fileURLToPath(new URL('../../../node_modules/.cache/ebim-bench', import.meta.url));
const run = promisify(execFile);

let built: Promise<string> | undefined;

/** The program as packages are built: the loader of sources gives every inner function a name while it runs. */
const builtProgram = (): Promise<string> =>
  (built ??= build({
    entry: [program],
    outDir: cache,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    noExternal: [/^@ebim/],
    external: [/^@tensorflow/],
    esbuildOptions: (options) => {
      options.conditions = ['@ebim/source'];
    },
    config: false,
    silent: true,
  }).then(() => join(cache, 'compile-once.js')));

/** Compiles a step in a process of its own: the first time is what users wait for, when the engine knows no code yet. */
function coldCompilation(name: string, step: CompiledStep, description: string): Bench {
  // The process says how long it took, without its start.
  let clock = 0;
  return {
    name,
    description: `compiling ${description}, the first thing that a process does`,
    measure: { warmUp: 0, budget: 0, minimumSamples: 7, now: () => clock },
    prepare: () => ({
      work: async () => {
        const { stdout } = await run(process.execPath, [await builtProgram(), step]);
        clock += Number(stdout);
      },
      dispose: () => undefined,
    }),
  };
}

/** How long the first call of the training steps takes longer than the others: tracing, passes and code. */
export const compileTime: Suite = {
  name: 'compile-time',
  // The step does not run: it is the same for all backends that compile.
  backends: ['cpu'],
  benches: [
    coldCompilation('mdf', 'mdf', 'a training step of the manifold-defining function'),
    coldCompilation('cebm', 'cebm', 'a training step of the constrained EBM'),
    coldCompilation('mflow_manifold', 'outer', 'a step of the manifold phase of an M-flow'),
    coldCompilation('mflow_density', 'inner', 'a step of the density phase of an M-flow'),
  ],
};
