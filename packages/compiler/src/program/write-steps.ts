import { fault } from '../fault.js';
import type { EmitContext, EmitRule } from '../kernels/emit.js';
import { FAILURES } from '../kernels/failures.js';
import { emitScan, emitWhile } from '../kernels/loops.js';
import { emitStrips, inStrip } from '../kernels/strips.js';
import { emitRules } from '../kernels/rules.js';
import type { Block, Operand, Step } from '../lower/block.js';
import { writeFork, type ForkFunctions } from '../parallel/fork.js';
import type { Part, Parts } from '../parallel/parts.js';
import { maySleep } from '../parallel/workers.js';
import type { MemoryPlan } from '../plan/memory.js';
import type { Strips } from '../strips/strips.js';
import { i32 } from '../wasm/expr.js';
import type { Callable, FunctionWriter } from '../wasm/func.js';
import { ModuleWriter } from '../wasm/module.js';

/** A module that still grows. */
export interface CodeWriter {
  readonly module: ModuleWriter;
  /** Steps that the host computes, in the order of their places. */
  readonly islands: Step[];
  /** Names of the steps so far, for people. */
  readonly steps: string[];
  /** What rules write a function with. */
  contextFor(f: FunctionWriter): EmitContext;
  /** The functions by which threads work together, once a step has parts. */
  fork(): ForkFunctions | undefined;
  /** The same, written now if they are not there. */
  needFork(): ForkFunctions;
}

/** A module with its imports, and without functions. */
export function codeWriter(plan: MemoryPlan, threadCount: number): CodeWriter {
  const module = new ModuleWriter();
  const hostMath = module.import('math', ['i32', 'f64', 'f64'], ['f64']);
  const hostFail = module.import('fail', ['i32']);
  const hostIsland = module.import('island', ['i32']);
  const helpers = new Map<string, Callable>();
  const address = ({ value }: Operand): number => {
    const known = plan.addresses.get(value);
    if (known === undefined) throw fault('memory for every value', `none for value ${value}`);
    return known;
  };
  let fork: ForkFunctions | undefined;
  return {
    module,
    islands: [],
    steps: [],
    contextFor: (f) => ({
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
    }),
    fork: () => fork,
    needFork: () =>
      (fork ??= writeFork(module, threadCount, maySleep(), (f) =>
        f.call(hostFail, i32.const(FAILURES.lostThread)),
      )),
  };
}

/** Functions for the steps of a block, in order. */
export const writeBlock = (writer: CodeWriter, block: Block, depth: number): Callable[] =>
  block.steps.map((step) => writeStep(writer, step, depth));

function writeStep(writer: CodeWriter, step: Step, depth: number): Callable {
  const { module, contextFor } = writer;
  const { loop, strips, parts } = step;
  const name = list(writer, step, depth);
  const condition = loop?.condition === undefined ? [] : writeBlock(writer, loop.condition, depth + 1);
  const body = loop === undefined ? [] : writeBlock(writer, loop.body, depth + 1);
  const ofStrip = strips === undefined ? [] : writeStrip(writer, strips, depth + 1);
  const write = (f: FunctionWriter, part?: Part): void =>
    strips === undefined
      ? ruleOf(step)(contextFor(f), step, part)
      : emitStrips(contextFor(f), strips, step, ofStrip, part);
  if (parts !== undefined) return writeParts(writer, parts, name, write);
  return module.function(name, [], [], (f) => {
    const context = contextFor(f);
    if (step.op === 'Scan') return emitScan(context, step, { body, condition });
    if (step.op === 'While') return emitWhile(context, step, { body, condition });
    if (step.op === 'Island') return f.call(context.hostIsland, i32.const(writer.islands.push(step) - 1));
    write(f);
  });
}

/** A function for each step of a strip, called with its first row and where the space for it is. */
const writeStrip = (writer: CodeWriter, strips: Strips, depth: number): Callable[] =>
  strips.body.map((step) =>
    writer.module.function(list(writer, step, depth), ['i32', 'i32'], [], (f) =>
      ruleOf(step)(inStrip(writer.contextFor(f), strips, step), step),
    ),
  );

/** A function that computes a part, and one that lets threads take all of them. */
function writeParts(
  { module, needFork }: CodeWriter,
  parts: Parts,
  name: string,
  write: (f: FunctionWriter, part: Part) => void,
): Callable {
  const { fork } = needFork();
  const ofPart = module.function(`part of ${name}`, ['i32', 'i32'], [], (f) =>
    write(f, { ...parts, index: f.parameter(0, 'i32'), thread: f.parameter(1, 'i32') }),
  );
  const place = module.tabulate(ofPart);
  return module.function(name, [], [], (f) => f.call(fork, i32.const(place), i32.const(parts.count)));
}

/** Adds a step to the list for people. @returns its name */
function list({ steps }: CodeWriter, step: Step, depth: number): string {
  const name = describe(step);
  const mark = step.parts === undefined ? '' : ` || ${step.parts.count}`;
  steps.push(`${'  '.repeat(depth)}${name}${mark}`);
  return name;
}

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
