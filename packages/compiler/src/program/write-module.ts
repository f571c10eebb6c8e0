import { fault } from '../fault.js';
import type { EmitContext } from '../kernels/emit.js';
import { emitScan, emitWhile } from '../kernels/loops.js';
import { emitRules } from '../kernels/rules.js';
import type { Block, Lowered, Step } from '../lower/block.js';
import type { MemoryPlan } from '../plan/memory.js';
import { i32 } from '../wasm/expr.js';
import type { Callable, FunctionWriter } from '../wasm/func.js';
import { ModuleWriter } from '../wasm/module.js';

const PAGE = 0x10000;

/** A module and what it needs from the host. */
export interface WrittenModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Steps to run when the module calls `island` with their place here. */
  readonly islands: readonly Step[];
  readonly steps: readonly string[];
}

/**
 * Writes the module: one function a step (engines compile many small functions faster than a large one), and `run`,
 * which calls them.
 */
export function writeModule(lowered: Lowered, plan: MemoryPlan): WrittenModule {
  const module = new ModuleWriter();
  const hostMath = module.import('math', ['i32', 'f64', 'f64'], ['f64']);
  const hostFail = module.import('fail', ['i32']);
  const hostIsland = module.import('island', ['i32']);
  const helpers = new Map<string, Callable>();
  const islands: Step[] = [];
  const steps: string[] = [];
  const contextFor = (f: FunctionWriter): EmitContext => ({
    f,
    module,
    hostMath,
    hostFail,
    hostIsland,
    address({ value }) {
      const address = plan.addresses.get(value);
      if (address === undefined) throw fault('memory for every value', `none for value ${value}`);
      return address;
    },
    helper(name, write) {
      const known = helpers.get(name) ?? write(module);
      helpers.set(name, known);
      return known;
    },
  });
  const writeBlock = (block: Block, depth: number): Callable[] =>
    block.steps.map((step) => {
      const name = describe(step);
      steps.push(`${'  '.repeat(depth)}${name}`);
      const { loop } = step;
      const condition = loop?.condition === undefined ? [] : writeBlock(loop.condition, depth + 1);
      const body = loop === undefined ? [] : writeBlock(loop.body, depth + 1);
      return module.function(name, [], [], (f) => {
        const context = contextFor(f);
        if (step.op === 'Scan') return emitScan(context, step, { body, condition });
        if (step.op === 'While') return emitWhile(context, step, { body, condition });
        if (step.op === 'Island') return f.call(hostIsland, i32.const(islands.push(step) - 1));
        const rule = emitRules.get(step.op);
        if (rule === undefined) throw fault('a step with code', step.op);
        rule(context, step);
      });
    });
  const all = writeBlock(lowered.block, 0);
  module.export(
    'run',
    module.function('run', [], [], (f) => all.forEach((each) => f.call(each))),
  );
  return { bytes: module.bytes(Math.ceil(plan.bytes / PAGE)), islands, steps };
}

/** A step for people: its name, what a group does, and its shapes. */
function describe({ op, attrs, outputs }: Step): string {
  const nodes = Array.isArray(attrs.nodes) ? (attrs.nodes as { op: string }[]).map((node) => node.op) : [];
  const what = nodes.length > 0 ? ` (${nodes.join(' ')})` : '';
  const name = op === 'Island' ? `Island ${String(attrs.kernel)}` : op;
  return `${name}${what} ${outputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' ')}`;
}
