import { BackendError } from '@ebim/runtime';
import type { Graph } from '../graph/graph.js';
import { fuse } from '../fuse/fuse.js';
import { hostFail } from '../kernels/failures.js';
import { hostMath } from '../kernels/host-math.js';
import { sizeOf, type Lowered, type Operand } from '../lower/block.js';
import { carriesInPlace } from '../lower/carries-in-place.js';
import { commonCopies } from '../lower/common-copies.js';
import { forwardCopies } from '../lower/forward-copies.js';
import { forwardScalars } from '../lower/forward-scalars.js';
import { lowerGraph } from '../lower/lower.js';
import { cutSteps, type Threads } from '../parallel/cut-steps.js';
import { availableThreads } from '../parallel/threads.js';
import { workOf } from '../parallel/work.js';
import { helpersFor, sharedMemory, type Helpers } from '../parallel/workers.js';
import { lifetimes } from '../plan/lifetimes.js';
import { planMemory, type MemoryPlan } from '../plan/memory.js';
import type { HostValues } from './interpret.js';
import { runIsland } from './island.js';
import { pagesFor, writeModule, type WrittenModule } from './write-module.js';

/** A graph as WebAssembly, ready to be called. */
export interface Program {
  /**
   * Computes the outputs; they are copies. `bool` goes in and comes out as 0 and 1.
   *
   * @throws DataError `bad-index` when a gather reads outside its array
   * @throws BackendError `program-disposed`
   */
  run(inputs: readonly HostValues[]): (Float32Array | Int32Array)[];
  /** Size of the memory of the program. */
  readonly bytes: number;
  /** Size of the code. */
  readonly moduleBytes: number;
  /** Kernels that have no code and run on the cpu backend, in order. */
  readonly islands: readonly string[];
  /** Names of the steps in the order in which they run, bodies of loops indented: for people. */
  readonly steps: readonly string[];
  /** Threads that share its longer steps; 1 if no step is long enough. */
  readonly threads: number;
  /** Lets go of the memory; the program cannot run afterwards. */
  dispose(): void;
}

/**
 * Compiles a graph: lowering (lower/), fusion (fuse/), memory plan (plan/), code (kernels/), module (wasm/). All
 * synchronous.
 *
 * @param threads among how many threads long steps are shared; results do not depend on it
 * @throws BackendError `program-too-large`
 */
export function buildProgram(graph: Graph, threads: Threads = availableThreads()): Program {
  const whole = carriesInPlace(fuse(commonCopies(forwardCopies(forwardScalars(lowerGraph(graph))))));
  const { lowered, plan } = arrange(whole, threads);
  if (plan.bytes > LARGEST_MEMORY) throw tooLarge(plan.bytes);
  const { all, mostParts } = workOf(lowered.block);
  const count = Math.min(threads.count, mostParts);
  const written = writeModule(lowered, plan, count);
  const start = (): Machine => startMachine(lowered, plan, written, { count, milliseconds: all / 1000 });
  let machine: Machine | null = start();
  const { bytes, islands, steps } = written;
  /** Helpers hold the memory: nobody may hold them longer than the program. */
  const hold = (helpers: Helpers | undefined): void => {
    forgotten.unregister(program);
    if (helpers !== undefined) forgotten.register(program, helpers, program);
  };
  const program: Program = {
    run(given) {
      if (machine === null) throw disposed();
      if (machine.helpers?.interrupted === true) {
        machine.helpers.stop();
        machine = start();
        hold(machine.helpers);
      }
      const { inputs, run, outputs } = machine;
      inputs.forEach((view, i) => view?.set(given[i]));
      run();
      return outputs.map((view) => view.slice());
    },
    bytes: plan.bytes,
    moduleBytes: bytes.length,
    islands: islands.map(({ attrs }) => String(attrs.kernel)),
    steps,
    threads: count,
    dispose() {
      machine?.helpers?.stop();
      hold(undefined);
      machine = null;
    },
  };
  hold(machine.helpers);
  return program;
}

/** Bytes up to which nobody minds. */
const SMALL_MEMORY = 0x1000000;

/** Cuts the steps and plans the memory; without strips where these would take much more of it. */
function arrange(whole: Lowered, threads: Threads): { readonly lowered: Lowered; readonly plan: MemoryPlan } {
  const planned = (lowered: Lowered): ReturnType<typeof arrange> => ({
    lowered,
    plan: planMemory(lifetimes(lowered)),
  });
  const inStrips = planned(cutSteps(whole, threads));
  if (inStrips.plan.bytes <= SMALL_MEMORY) return inStrips;
  // Steps are in another order for them, and what many need may be there at once.
  const plain = planned(cutSteps(whole, { ...threads, leastSpace: Infinity, leastWork: Infinity }));
  return inStrips.plan.bytes > 1.25 * plain.plan.bytes ? plain : inStrips;
}

/** Programs that nobody disposed of. */
const forgotten = new FinalizationRegistry((helpers: Helpers) => helpers.stop());

/** Addresses are used as signed numbers. */
const LARGEST_MEMORY = 2 ** 31;

const tooLarge = (bytes: number): BackendError =>
  new BackendError({
    code: 'program-too-large',
    where: 'compiled function',
    expected: `intermediate results of at most ${LARGEST_MEMORY} bytes`,
    received: `${bytes} bytes`,
    hint: 'Use smaller batches, or do not compile: work of this size is not slowed by single operations.',
    details: { bytes },
  });

const disposed = (): BackendError =>
  new BackendError({
    code: 'program-disposed',
    where: 'compiled function',
    expected: 'a program that is still there',
    received: 'one that has been disposed of',
  });

/** An instance with its memory. */
interface Machine {
  /** Where inputs go; `null` for those that nothing reads. */
  readonly inputs: readonly (Float32Array | Int32Array | null)[];
  readonly outputs: readonly (Float32Array | Int32Array)[];
  readonly run: () => void;
  /** The other threads, where there are any. */
  readonly helpers?: Helpers;
}

function startMachine(
  lowered: Lowered,
  plan: MemoryPlan,
  { bytes, islands, shared }: WrittenModule,
  threads: { readonly count: number; readonly milliseconds: number },
): Machine {
  const imports = {
    math: hostMath,
    fail: hostFail,
    island: (index: number) => runIsland(islands[index], plan, memory),
    ...(shared ? { memory: sharedMemory(pagesFor(plan)) } : {}),
  };
  const module = new WebAssembly.Module(bytes);
  const instance = new WebAssembly.Instance(module, { host: imports });
  const memory = instance.exports.memory as WebAssembly.Memory;
  writeConstants(lowered, plan, memory);
  const run = instance.exports.run as () => void;
  const helpers = shared ? helpersFor(module, memory, threads.count - 1, threads.milliseconds) : undefined;
  const viewOfOperand = (operand: Operand): Float32Array | Int32Array =>
    viewOf(memory, plan.addresses.get(operand.value) ?? 0, operand);
  return {
    inputs: lowered.inputs.map((operand) =>
      plan.addresses.has(operand.value) ? viewOfOperand(operand) : null,
    ),
    outputs: lowered.block.outputs.map(viewOfOperand),
    run: helpers === undefined ? run : () => helpers.during(run),
    helpers,
  };
}

/** The elements of a value inside the memory. */
function viewOf(
  memory: WebAssembly.Memory,
  address: number,
  { shape, dtype }: Operand,
): Float32Array | Int32Array {
  const Values = dtype === 'float32' ? Float32Array : Int32Array;
  return new Values(memory.buffer, address, sizeOf(shape));
}

function writeConstants(lowered: Lowered, plan: MemoryPlan, memory: WebAssembly.Memory): void {
  for (const [id, data] of lowered.constants) {
    const address = plan.addresses.get(id);
    if (address === undefined) continue;
    const Values = data instanceof Float32Array ? Float32Array : Int32Array;
    new Values(memory.buffer, address, data.length).set(data);
  }
}
