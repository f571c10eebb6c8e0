import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** How a process ended and what it wrote. */
export interface CliResult {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One line of `--json`. */
export type CliEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** Options of {@link ebim}. */
export interface CliOptions {
  readonly cwd: string;
  /** Looks at each line of `--json`; the first signal that it gives is sent. */
  readonly signalAt?: (event: CliEvent) => NodeJS.Signals | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs `ebim` as a process of its own, from its sources. */
export function ebim(words: readonly string[], { cwd, signalAt, env }: CliOptions): Promise<CliResult> {
  const child = spawn(process.execPath, ['--conditions=@ebim/source', '--import', TSX, MAIN, ...words], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  let [seen, sent] = [0, false];
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
    const end = stdout.lastIndexOf('\n') + 1;
    for (const event of signalAt === undefined || sent ? [] : eventsOf(stdout.slice(seen, end))) {
      const name = signalAt?.(event);
      if (name === undefined || sent) continue;
      sent = true;
      child.kill(name);
    }
    seen = end;
  });
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
}

/** The objects of `--json`; throws where a line is none. */
export const eventsOf = (stdout: string): CliEvent[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CliEvent);

/** Settings with which a run of von-mises takes a second. */
export const TINY: readonly string[] = [
  'data.count=60',
  'manifold.hidden=[4]',
  'manifold.epochs=6',
  'manifold.sampler.steps=3',
  'manifold.bufferCapacity=200',
  'density.hidden=[4]',
  'density.epochs=4',
  'density.sampler.steps=2',
  'density.bufferCapacity=200',
  'checkpointEvery=2',
  'evaluation.points=200',
  'evaluation.meshResolution=20',
  'evaluation.distancePoints=10',
].flatMap((setting) => ['--set', setting]);
