/** `pnpm bench <suite> [--json]`: how long the hot parts take on this machine. */
import { cpus } from 'node:os';
import { useBackend, type BackendName } from '@ebim/runtime';
import { Argument, Command } from 'commander';
import { type Suite } from './bench.js';
import { measure, type Measurement } from './measure.js';
import { steps } from './suites/steps.js';

const suites: readonly Suite[] = [steps];

interface Result extends Measurement {
  readonly name: string;
  readonly backend: BackendName;
}

interface Flags {
  readonly json?: boolean;
  readonly backend?: BackendName[];
  readonly only?: string;
  readonly seconds: string;
}

async function runSuite(suite: Suite, flags: Flags, onResult: (result: Result) => void): Promise<void> {
  const benches = suite.benches.filter(({ name }) => flags.only === undefined || name.includes(flags.only));
  for (const wanted of flags.backend ?? suite.backends) {
    const { active: backend } = await useBackend(wanted);
    for (const { name, prepare } of benches) {
      const { work, dispose } = prepare();
      onResult({ name, backend, ...(await measure(work, { budget: 1000 * Number(flags.seconds) })) });
      dispose();
    }
  }
}

async function main(name: string, flags: Flags): Promise<void> {
  const suite = suites.find((candidate) => candidate.name === name) ?? steps;
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
  const results: Result[] = [];
  if (flags.json !== true) {
    console.log(`Node ${machine.node}, ${machine.cores} x ${machine.cpu}; milliseconds`);
    for (const { name: bench, description } of suite.benches) console.log(`${bench}: ${description}`);
  }
  await runSuite(suite, flags, (result) => {
    results.push(result);
    if (flags.json === true) return;
    const { name: bench, backend, median, iqr, samples } = result;
    const numbers = `median ${median.toFixed(3).padStart(9)}   iqr ${iqr.toFixed(3).padStart(8)}`;
    console.log(`${bench.padEnd(20)} ${backend.padEnd(8)} ${numbers}   (${samples} samples)`);
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
  .option('--only <text>', 'only benches whose name has this text')
  .option('--seconds <number>', 'sampling time for each bench', '1.5')
  .action(main)
  .parseAsync();
