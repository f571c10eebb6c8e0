#!/usr/bin/env node
import { runCli } from './run-cli.js';

// Whoever reads us may stop reading, as `head` does: nothing is left to do then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});
process.exitCode = await runCli(process.argv.slice(2));
