import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { root } from './workspace.js';

/** How a command is started. */
export interface RunOptions {
  /** Working folder; default: the repository's root. */
  readonly cwd?: string;
  /** Keep the output and show it only when the command fails; default: false. */
  readonly quiet?: boolean;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that ended with another status than 0. */
export class CommandFailed extends Error {
  constructor(
    readonly command: string,
    readonly status: number,
  ) {
    super(`\`${command}\` ended with status ${status}`);
    this.name = 'CommandFailed';
  }
}

/**
 * Runs a command of the workspace (`eslint`, `vitest`, ...) or of the machine, without a shell and without
 * standard input.
 *
 * @throws CommandFailed when its status is not 0
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { cwd = root, quiet = false, env = {} } = options;
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    env: {
      ...process.env,
      ...env,
      PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    },
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
  if (status !== 0) {
    if (output !== '') process.stderr.write(output);
    throw new CommandFailed([command, ...args].join(' '), status);
  }
  return output;
}

/**
 * Runs pnpm: the very copy that started this process where there is one, because on a machine with nothing but
 * npm (`npx pnpm test`) no other exists.
 */
export function pnpm(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const own = process.env['npm_execpath'];
  if (own === undefined || !/pnpm[^/\\]*$/.test(own)) return run('pnpm', args, options);
  return /\.[cm]?js$/.test(own) ? run(process.execPath, [own, ...args], options) : run(own, args, options);
}
