/** `pnpm bench <suite> [--json]`: how long the hot parts take on this machine. */
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { enableFusedMultiply } from '@ebim/compiler';
import { BackendError, useBackend, type BackendName } from '@ebim/runtime';
import { Argument, Command } from 'commander';
import { type Suite } from './bench.js';
import { measure, type Measurement } from './measure.js';
import { compileTime } from './suites/compile-time.js';
import { flows } from './suites/flows.js';
import { growth } from './suites/growth.js';
import { steps } from './suites/steps.js';

const suites: readonly Suite[] = [steps, growth, flows, compileTime];

interface Result extends Measurement {
  readonly name: string;
  readonly backend: BackendName;
}

interface Flags {
  readonly json?: boolean;
  readonly backend?: BackendName[];
  readonly only?: string;
  readonly seconds: string;
  readonly against?: string;
}

async function runSuite(suite: Suite, flags: Flags, onResult: (result: Result) => void): Promise<void> {
  const benches = suite.benches.filter(({ name }) => flags.only === undefined || name.includes(flags.only));
  for (const wanted of flags.backend ?? suite.backends) {
    const backend = await start(wanted, flags.backend !== undefined);
    if (backend === null) continue;
    for (const { name, prepare, measure: options } of benches) {
      const { work, dispose } = prepare();
      const budget = 1000 * Number(flags.seconds);
      onResult({ name, backend, ...(await measure(work, { budget, ...options })) });
      dispose();
    }
  }
}

/** A backend that was not asked for and is not installed is left out. */
async function start(wanted: BackendName, asked: boolean): Promise<BackendName | null> {
  try {
    return (await useBackend(wanted)).active;
  } catch (error) {
    if (asked || !(error instanceof BackendError)) throw error;
    console.error(`${wanted} is not available here: ${error.message.split('\n')[0]}`);
    return null;
  }
}

/** Milliseconds of another program, by the names of the benches. */
const readPeer = async (file: string): Promise<Readonly<Record<string, number>>> =>
  JSON.parse(await readFile(file, 'utf8')) as Record<string, number>;

async function main(name: string, flags: Flags): Promise<void> {
  const suite = suites.find((candidate) => candidate.name === name) ?? steps;
  // As the `ebim` command does.
  const fusedMultiply = await enableFusedMultiply();
  const cpu = cpus()[0]?.model ?? 'unknown';
  const machine = { node: process.version, cpu, cores: cpus().length, fusedMultiply };
  const results: Result[] = [];
  const peer = flags.against === undefined ? {} : await readPeer(flags.against);
  if (flags.json !== true) {
    const fused = fusedMultiply ? '' : ', no fused multiplication';
    console.log(`Node ${machine.node}, ${machine.cores} x ${cpu}${fused}; milliseconds`);
    for (const { name: bench, description } of suite.benches)
      if (description !== '') console.log(`${bench}: ${description}`);
  }
  await runSuite(suite, flags, (result) => {
    results.push(result);
    if (flags.json === true) return;
    const { name: bench, backend, median, iqr, samples } = result;
    const numbers = `median ${median.toFixed(3).padStart(9)}   iqr ${iqr.toFixed(3).padStart(8)}`;
    const ratio = bench in peer ? `   peer / this ${(peer[bench] / median).toFixed(2).padStart(6)}` : '';
    console.log(`${bench.padEnd(20)} ${backend.padEnd(10)} ${numbers}${ratio}   (${samples} samples)`);
  });
  if (flags.json === true)
    console.log(JSON.stringify({ ...headline(suite, results), machine, unit: 'ms', results }, null, 2));
  else
    for (const [what, value] of Object.entries(headline(suite, results)))
      console.log(`${what.padEnd(20)} ${value.toPrecision(3)}`);
}

/** Nothing when benches were left out. */
function headline(suite: Suite, results: readonly Result[]): Readonly<Record<string, number>> {
  const last = new Map(results.map(({ name, median }) => [name, median]));
  if (suite.headline === undefined || suite.benches.some(({ name }) => !last.has(name))) return {};
  return suite.headline((bench) => last.get(bench) ?? NaN);
}

await new Command('bench')
  .description('how long the hot parts take on this machine')
  .addArgument(new Argument('<suite>', 'what to measure').choices(suites.map(({ name }) => name)))
  .option('--json', 'one JSON document instead of a table')
  .option('--backend <names...>', "backends, instead of the suite's own")
  .option('--against <file>', 'a JSON object of milliseconds by bench, of a peer: adds its time over ours')
  .option('--only <text>', 'only benches whose name has this text')
  .option('--seconds <number>', 'sampling time for each bench', '1.5')
  .action(main)
  .parseAsync();
