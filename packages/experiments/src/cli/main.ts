#!/usr/bin/env node
import { enableFusedMultiply } from '@ebim/compiler';
import { runCli } from './run-cli.js';

// Whoever reads us may stop reading, as `head` does: nothing is left to do then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});
// This process is ours, so that its engine's flags are, too.
await enableFusedMultiply();
process.exitCode = await runCli(process.argv.slice(2));
