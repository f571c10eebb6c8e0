import { fault } from '../fault.js';
import type { EmitContext, EmitRule } from '../kernels/emit.js';
import { emitScan, emitWhile } from '../kernels/loops.js';
import { emitStrips, inStrip } from '../kernels/strips.js';
import { emitRules } from '../kernels/rules.js';
import type { Block, Lowered, Operand, Step } from '../lower/block.js';
import { writeFork, type ForkFunctions } from '../parallel/fork.js';
import type { Part, Parts } from '../parallel/parts.js';
import { maySleep } from '../parallel/workers.js';
import type { MemoryPlan } from '../plan/memory.js';
import type { Strips } from '../strips/strips.js';
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
  /** Whether threads can share its steps: it imports its memory, and exports `serve` for the others. */
  readonly shared: boolean;
}

/**
 * Writes the module: one function a step (engines compile many small functions faster than a large one), and `run`,
 * which calls them. A step in parts has a second one, which computes the part of a number.
 */
export function writeModule(lowered: Lowered, plan: MemoryPlan, threadCount: number): WrittenModule {
  const module = new ModuleWriter();
  const hostMath = module.import('math', ['i32', 'f64', 'f64'], ['f64']);
  const hostFail = module.import('fail', ['i32']);
  const hostIsland = module.import('island', ['i32']);
  const helpers = new Map<string, Callable>();
  const islands: Step[] = [];
  const steps: string[] = [];
  const address = ({ value }: Operand): number => {
    const known = plan.addresses.get(value);
    if (known === undefined) throw fault('memory for every value', `none for value ${value}`);
    return known;
  };
  const contextFor = (f: FunctionWriter): EmitContext => ({
    f,
    module,
    hostMath,
    hostFail,
    hostIsland,
    address,
    place: (operand) => ({ offset: address(operand) }),
    helper(name, write) {
      const known = helpers.get(name) ?? write(module);
      helpers.set(name, known);
      return known;
    },
  });
  let threads: ForkFunctions | undefined;
  const writeParts = (
    parts: Parts,
    name: string,
    write: (f: FunctionWriter, part: Part) => void,
  ): Callable => {
    threads ??= writeFork(module, threadCount, maySleep());
    const { fork } = threads;
    const ofPart = module.function(`part of ${name}`, ['i32', 'i32'], [], (f) =>
      write(f, { ...parts, index: f.parameter(0, 'i32'), thread: f.parameter(1, 'i32') }),
    );
    const place = module.tabulate(ofPart);
    return module.function(name, [], [], (f) => f.call(fork, i32.const(place), i32.const(parts.count)));
  };
  const writeBlock = (block: Block, depth: number): Callable[] =>
    block.steps.map((step) => {
      const name = describe(step);
      const mark = step.parts === undefined ? '' : ` || ${step.parts.count}`;
      steps.push(`${'  '.repeat(depth)}${name}${mark}`);
      const { loop } = step;
      const condition = loop?.condition === undefined ? [] : writeBlock(loop.condition, depth + 1);
      const body = loop === undefined ? [] : writeBlock(loop.body, depth + 1);
      const { strips } = step;
      const ofStrip = strips === undefined ? [] : writeStrip(strips, depth + 1);
      const write = (f: FunctionWriter, part?: Part): void =>
        strips === undefined
          ? ruleOf(step)(contextFor(f), step, part)
          : emitStrips(contextFor(f), strips, step, ofStrip, part);
      if (step.parts !== undefined) return writeParts(step.parts, name, write);
      return module.function(name, [], [], (f) => {
        const context = contextFor(f);
        if (step.op === 'Scan') return emitScan(context, step, { body, condition });
        if (step.op === 'While') return emitWhile(context, step, { body, condition });
        if (step.op === 'Island') return f.call(hostIsland, i32.const(islands.push(step) - 1));
        write(f);
      });
    });
  /** A function for each step of a strip, called with its first row and where the space for it is. */
  const writeStrip = (strips: Strips, depth: number): Callable[] =>
    strips.body.map((step) => {
      const name = describe(step);
      steps.push(`${'  '.repeat(depth)}${name}`);
      return module.function(name, ['i32', 'i32'], [], (f) =>
        ruleOf(step)(inStrip(contextFor(f), strips, step), step),
      );
    });
  const all = writeBlock(lowered.block, 0);
  module.export(
    'run',
    module.function('run', [], [], (f) => all.forEach((each) => f.call(each))),
  );
  if (threads !== undefined) module.export('serve', threads.serve);
  const shared = threads !== undefined;
  return { bytes: module.bytes(pagesFor(plan), shared), islands, steps, shared };
}

/** Size of the memory in the units in which it is given. */
export const pagesFor = ({ bytes }: MemoryPlan): number => Math.ceil(bytes / PAGE);

function ruleOf({ op }: Step): EmitRule {
  const rule = emitRules.get(op);
  if (rule === undefined) throw fault('a step with code', op);
  return rule;
}

/** A step for people: its name, what a group does, and its shapes. */
function describe({ op, attrs, outputs, strips }: Step): string {
  if (strips !== undefined) return `Strips of ${strips.height} of ${strips.rows} rows`;
  const nodes = Array.isArray(attrs.nodes) ? (attrs.nodes as { op: string }[]).map((node) => node.op) : [];
  const what = nodes.length > 0 ? ` (${nodes.join(' ')})` : '';
  const name = op === 'Island' ? `Island ${String(attrs.kernel)}` : op;
  return `${name}${what} ${outputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' ')}`;
}
