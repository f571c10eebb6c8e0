/** Pages of the documentation name only what exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../checks/workspace.js';

function pagesUnder(folder: string, recursive: boolean): string[] {
  return readdirSync(folder, { recursive, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !/(^|\/)(node_modules|dist)\//.test(file))
    .map((file) => path.join(folder, file));
}

/** Relative links, and paths in backquotes that start at a folder of the repository. */
function namedPaths(page: string, text: string): string[] {
  const links = [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, link]) =>
    path.resolve(path.dirname(page), link),
  );
  const quoted = [...text.matchAll(/`((?:packages|tools|docs|\.github|\.changeset|\.ci)\/[\w./-]*)`/g)];
  return [...links, ...quoted.map(([, name]) => path.resolve(root, name))];
}

const pages = [
  ...pagesUnder(root, false),
  ...pagesUnder(path.join(root, 'docs'), true),
  ...readdirSync(path.join(root, 'packages')).flatMap((name) =>
    pagesUnder(path.join(root, 'packages', name), false),
  ),
];

it.each(pages.map((page) => [path.relative(root, page), page]))('%s names only what exists', (_, page) => {
  const missing = namedPaths(page, readFileSync(page, 'utf8')).filter((name) => !existsSync(name));
  expect(missing.map((name) => path.relative(root, name))).toEqual([]);
});
