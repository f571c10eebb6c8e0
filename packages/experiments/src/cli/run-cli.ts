import { type Command, CommanderError } from 'commander';
import { usageError } from './commander-errors.js';
import { EXIT } from './exit-codes.js';
import { buildProgram } from './program.js';
import { reportError } from './report-error.js';
import { terminal, type Streams } from './terminal.js';

/** Runs `ebim` with the words after its name; gives the exit status, whatever happens. */
export async function runCli(words: readonly string[], streams: Streams = process): Promise<number> {
  // `pnpm ebim -- list` hands over the dashes.
  const given = words[0] === '--' ? words.slice(1) : words;
  const plain = terminal(streams, { json: given.includes('--json') });
  let status: number = EXIT.ok;
  const program = buildProgram(given, streams, async (out, action) => {
    try {
      status = await action(out);
    } catch (error) {
      status = reportError(error, out);
    }
  });
  let complaining: Command = program;
  for (const command of [program, ...program.commands])
    command
      .exitOverride((error) => {
        complaining = command;
        throw error;
      })
      .showSuggestionAfterError(false)
      .configureOutput({
        writeOut: (text) => streams.stdout.write(text),
        writeErr: () => undefined,
      });
  if (given.length === 0) {
    program.outputHelp();
    return EXIT.ok;
  }
  try {
    await program.parseAsync([...given], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, plain);
    return error.exitCode === 0 ? EXIT.ok : reportError(usageError(error, complaining), plain);
  }
  return status;
}
