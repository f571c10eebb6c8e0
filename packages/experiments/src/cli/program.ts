import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { experiments } from '../definitions/registry.js';
import { PROFILES } from '../definitions/experiment.js';
import { studies } from '../studies/registry.js';
import { COORDINATES } from '../run/choose-coordinates.js';
import type { FitOptions } from './commands/fit.js';
import type { SampleOptions } from './commands/sample.js';
import { EXIT } from './exit-codes.js';
import { outputOptions, runOptions, wholeNumber, type OutputOptions, type RunOptions } from './options.js';
import { terminal, type Streams, type Terminal } from './terminal.js';

/** A command: what to do once its words are understood. Its promise is the exit status. */
export type Action = (out: Terminal) => Promise<number>;

/** The commands of `ebim`. `act` gets what was asked for. Each command loads its own code, so that help is quick. */
export function buildProgram(
  words: readonly string[],
  streams: Streams,
  act: (out: Terminal, action: Action) => Promise<void>,
): Command {
  const start = (options: OutputOptions, action: Action) => act(terminal(streams, options), action);
  const program = new Command('ebim')
    .description('Learns a manifold from points, and a density on it (energy-based implicit manifolds).')
    .helpOption('-h, --help', 'show help')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 a bug, 2 refused input, 3 diverged, 130 stopped by Ctrl-C.',
    );

  outputOptions(program.command('list'), { quiet: false })
    .description('experiments and data sets')
    .action((options: OutputOptions) =>
      start(options, async (out) => {
        const { listCommand } = await import('./commands/list.js');
        listCommand(out);
        return EXIT.ok;
      }),
    );

  runOptions(program.command('run'))
    .description('train, measure and report an experiment, or a figure, table or benchmark')
    .argument('<experiment>', [...experiments, ...studies].map(({ name }) => name).join(', '))
    .addOption(new Option('--profile <name>', 'whose settings (default: reference)').choices([...PROFILES]))
    .option('--only <names>', 'some of what a table compares, with commas between the names', nameList)
    .action((name: string, options: RunOptions) =>
      start(options, async (out) => {
        const { runCommand } = await import('./commands/run.js');
        return runCommand(name, options, out, words);
      }),
    );

  runOptions(program.command('fit'))
    .description('learn a manifold and a density from your own points')
    .addArgument(new Argument('<points>', 'CSV, TSV, NPY or NPZ, one point a row'))
    .option(
      '--manifold-dim <m>',
      'dimension of the manifold (default: estimated from the points, if they tell)',
      wholeNumber(1),
    )
    .addOption(
      new Option('--coordinates <kind>', 'what the columns are (default: auto)').choices([...COORDINATES]),
    )
    .option('--delimiter <name>', 'comma, tab, semicolon or space (default: found out)', delimiter)
    .option('--columns <list>', 'columns to use, by name or by index from 0, with commas', columnList)
    .action((path: string, options: FitOptions) =>
      start(options, async (out) => {
        const { fitCommand } = await import('./commands/fit.js');
        return fitCommand(path, options, out, words);
      }),
    );

  outputOptions(program.command('sample'))
    .description('draw samples from a run')
    .argument('<run>', 'folder of the run')
    .requiredOption('--count <n>', 'number of samples', wholeNumber(1, 10_000_000))
    .requiredOption('--out <file>', 'samples.npy, samples.csv or samples.tsv')
    .option('--seed <n>', 'seed of the chains', wholeNumber(0), 0)
    .option('--steps <n>', 'steps of each chain', wholeNumber(1), 100)
    .option('--embedded', 'points in space instead of the coordinates of the file')
    .action((path: string, options: SampleOptions) =>
      start(options, async (out) => {
        const { sampleCommand } = await import('./commands/sample.js');
        return sampleCommand(path, options, out);
      }),
    );

  outputOptions(program.command('evaluate'))
    .description('measure a run again from its checkpoints')
    .argument('<run>', 'folder of the run')
    .action((path: string, options: OutputOptions) =>
      start(options, async (out) => {
        const { evaluateCommand } = await import('./commands/evaluate.js');
        return evaluateCommand(path, out);
      }),
    );

  outputOptions(program.command('report'))
    .description('draw figures and report of a run again')
    .argument('<run>', 'folder of the run')
    .action((path: string, options: OutputOptions) =>
      start(options, async (out) => {
        const { reportCommand } = await import('./commands/report.js');
        return reportCommand(path, out);
      }),
    );

  outputOptions(program.command('doctor'), { quiet: false })
    .description('what works on this machine, what does not, and how to change that')
    .action((options: OutputOptions) =>
      start(options, async (out) => {
        const { doctorCommand } = await import('./commands/doctor.js');
        return doctorCommand(out);
      }),
    );
  return program;
}

const nameList = (text: string): string[] => text.split(',').map((name) => name.trim());

const DELIMITERS: Readonly<Record<string, string>> = { comma: ',', tab: '\t', semicolon: ';', space: ' ' };

function delimiter(text: string): string {
  const found = DELIMITERS[text] ?? (text === '\\t' ? '\t' : text);
  if (Object.values(DELIMITERS).includes(found)) return found;
  throw new InvalidArgumentError('comma, tab, semicolon or space');
}

function columnList(text: string): (string | number)[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('names or indices with commas between them');
  return names.map((name) => (/^\d+$/.test(name) ? Number(name) : name));
}
