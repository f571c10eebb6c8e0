/**
 * Writes where the sources live into every public manifest, just before publishing: npm accepts a provenance
 * statement only when `repository` names the very repository that the workflow runs in, forks included.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { publicPackages, root } from '../checks/workspace.js';

const repository = process.env['GITHUB_REPOSITORY'];
if (repository === undefined)
  throw new Error('GITHUB_REPOSITORY is not set: packages are published by the workflow.');

for (const { folder } of publicPackages()) {
  const file = path.join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  manifest['repository'] = {
    type: 'git',
    url: `git+https://github.com/${repository}.git`,
    directory: path.relative(root, folder),
  };
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
