/** What the browser runs: the checks in the page, then in a worker; results go back to the server. */
import { checkCompiler } from './check-compiler.js';
import { checkThreads } from './check-threads.js';

const check = async (): Promise<unknown> => ({
  findings: await checkCompiler(),
  threads: await checkThreads(),
});

const report = async (where: string, result: unknown): Promise<void> => {
  await fetch(`/result/${where}`, { method: 'POST', body: JSON.stringify(result) });
};

const messageOf = (error: unknown): { error: string } => ({
  error: error instanceof Error ? (error.stack ?? error.message) : String(error),
});

if (typeof document === 'undefined')
  void check()
    .catch(messageOf)
    .then((result) => report('worker', result));
else {
  await report('page', await check().catch(messageOf));
  const worker = new Worker('/page.js', { type: 'module' });
  worker.onerror = (event) => void report('worker', { error: event.message });
}
