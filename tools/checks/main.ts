/** `pnpm test`: every check of the repository, cheapest first, stopping at the first that fails. */
import { CommandFailed, run } from './run.js';

interface Step {
  readonly title: string;
  readonly command: readonly [string, ...string[]];
}

const tsx = ['--conditions=@ebim/source', '--import', 'tsx'];

// The tests come last: the runner's own summary is then the last thing on the screen.
const steps: readonly Step[] = [
  { title: 'format', command: ['prettier', '--check', '--log-level=warn', '.'] },
  { title: 'lint', command: ['eslint', '.'] },
  { title: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { title: 'build', command: ['nx', 'run-many', '-t', 'build', '--outputStyle=static'] },
  { title: 'packages', command: ['node', ...tsx, 'tools/checks/packages.ts'] },
  { title: 'install', command: ['node', ...tsx, 'tools/checks/install.ts'] },
  { title: 'tests', command: ['vitest', 'run'] },
];

async function main(): Promise<number> {
  const started = performance.now();
  for (const [index, { title, command }] of steps.entries()) {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`\n[${index + 1}/${steps.length}] ${title}: ${command.join(' ')}   (after ${seconds} s)`);
    try {
      await run(command[0], command.slice(1));
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      console.error(`\nStep "${title}" failed: ${error.message}`);
      return error.status;
    }
  }
  return 0;
}

process.exitCode = await main();
