/**
 * `pnpm check:install`: the packed tarballs, installed with npm into an empty ESM project, run.
 * No sources, no workspace, no export condition: what a user gets.
 */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packAll } from './pack.js';
import { run } from './run.js';

const project = await mkdtemp(path.join(tmpdir(), 'ebim-install-'));
try {
  const tarballs = (await packAll()).map(({ tarball }) => tarball);
  await writeFile(path.join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  await copyFile(path.join(import.meta.dirname, 'install-example.mjs'), path.join(project, 'example.mjs'));
  const npmOptions = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--loglevel=error'];
  await run('npm', ['install', ...npmOptions, ...tarballs], { cwd: project, quiet: true });
  process.stdout.write(await run('node', ['example.mjs'], { cwd: project, quiet: true }));
  await run(path.join(project, 'node_modules/.bin/ebim'), ['list'], { cwd: project, quiet: true });
  console.log('ran the ebim command');
} finally {
  await rm(project, { recursive: true, force: true });
}
