import { EXIT } from './exit-codes.js';
import type { Terminal } from './terminal.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that the first Ctrl-C (or SIGTERM) asks to stop by its signal, and the second ends at once. Checkpoints
 * are written whole or not at all, so that even that loses no more than the time since the last one.
 */
export async function interruptible<T>(out: Terminal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    out.complain('Stopping after the step at hand; once more to stop at once.');
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
