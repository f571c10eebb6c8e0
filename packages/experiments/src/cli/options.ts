import { InvalidArgumentError, Option, type Command } from 'commander';
import { configSchema, type EbimConfig } from '../config/schema.js';

/** Options that every command has. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Options of commands that run. */
export interface RunOptions extends OutputOptions {
  readonly preset?: 'paper' | 'fast';
  readonly fast?: boolean;
  readonly seed?: number;
  readonly seeds?: number;
  readonly set: readonly string[];
  readonly only?: readonly string[];
  readonly backend?: EbimConfig['backend'];
  readonly out?: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
}

/** A whole number from `least` on. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`a whole number ${range}`);
  };
}

/** `--json` and, where something takes time, `--quiet`. */
export function outputOptions(command: Command, { quiet = true } = {}): Command {
  command.option('--json', 'one JSON object a line on stdout, for machines');
  return quiet ? command.option('--quiet', 'no progress') : command;
}

/** What `run` and `fit` share. */
export function runOptions(command: Command): Command {
  command
    .addOption(new Option('--preset <name>', 'size of the run').choices(['paper', 'fast']))
    .option('--fast', 'the same as --preset fast')
    .option('--seed <n>', 'seed of everything random (default: 0)', wholeNumber(0))
    .option('--seeds <n>', 'this many runs, with seeds from --seed on, and a summary', wholeNumber(1, 1000))
    .option(
      '--set <path=value>',
      'change any setting, e.g. manifold.epochs=20; may be repeated',
      (setting: string, earlier: readonly string[]) => [...earlier, setting],
      [] as readonly string[],
    )
    .addOption(
      new Option('--backend <name>', 'where to compute (default: auto)').choices(
        configSchema.entries.backend.options,
      ),
    )
    .option('--out <folder>', 'folder of the run (default: a new one in runs/)')
    .option('--resume', 'go on with the latest run of these options, or with the one in --out')
    .option('--overwrite', 'replace the run in --out');
  return outputOptions(command);
}
