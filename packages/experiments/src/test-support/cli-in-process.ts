import { Writable } from 'node:stream';
import { runCli } from '../cli/run-cli.js';

/** Runs `ebim` within this process: without the second that a process needs to start, and its signals. */
export async function ebimInProcess(
  words: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') =>
    new Writable({
      write: (chunk, _encoding, done) => {
        written[name] += String(chunk);
        done();
      },
    });
  const code = await runCli(words, { stdout: sink('stdout'), stderr: sink('stderr') });
  return { code, ...written };
}
