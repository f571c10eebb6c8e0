/** The code in the documentation runs: `@example` blocks, READMEs and pages. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { useBackend } from '@ebim/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { publicPackages, root, type WorkspacePackage } from '../checks/workspace.js';
import { complete } from './complete.js';
import { execute, importsOf } from './execute.js';
import { examplesOfPage, examplesOfSource, type Example } from './extract.js';
import { typeCheck } from './type-check.js';

interface DocumentedExample extends Example {
  /** What it may use without an import: its package, then those below. None for a page. */
  readonly packageNames: readonly string[];
}

function filesUnder(folder: string, suffix: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(suffix) && !file.includes('node_modules') && !file.includes('dist'))
    .map((file) => path.join(folder, file))
    .sort();
}

function read(file: string): [string, string] {
  return [path.relative(root, file).replaceAll(path.sep, '/'), readFileSync(file, 'utf8')];
}

function examplesOfPackage({ name, folder, dependencies }: WorkspacePackage): DocumentedExample[] {
  const packageNames = [name, ...dependencies];
  const sources = filesUnder(path.join(folder, 'src'), '.ts').filter((file) => !file.endsWith('.test.ts'));
  return sources
    .flatMap((file) => examplesOfSource(...read(file)))
    .map((example) => ({ ...example, packageNames }));
}

function examplesOfPages(): DocumentedExample[] {
  const pages = [
    ...filesUnder(path.join(root, 'docs'), '.md'),
    ...filesUnder(path.join(root, 'packages'), 'README.md'),
    ...readdirSync(root)
      .filter((file) => file.endsWith('.md'))
      .map((file) => path.join(root, file)),
  ];
  return pages
    .flatMap((file) => examplesOfPage(...read(file)))
    .map((example) => ({ ...example, packageNames: [] }));
}

async function moduleOf({ code, packageNames }: DocumentedExample): Promise<string> {
  const surroundings = await Promise.all(
    packageNames.map(async (packageName) => {
      const exports = new Set(Object.keys((await import(packageName)) as object));
      return { packageName, exports };
    }),
  );
  return complete(code, surroundings);
}

const examples = [...publicPackages().flatMap(examplesOfPackage), ...examplesOfPages()];
const home = process.cwd();
let folder = '';

beforeAll(() => {
  // Examples may write files.
  folder = mkdtempSync(path.join(tmpdir(), 'ebim-examples-'));
  process.chdir(folder);
});

afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await useBackend('cpu');
  // The same result everywhere: no network, no data that lie on one machine only.
  vi.stubGlobal('fetch', () => Promise.reject(new Error('examples run without a network: mark them no-run')));
  vi.stubEnv('EBIM_DATA_DIR', undefined);
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

describe('examples in the documentation', () => {
  const running = examples
    .filter(({ runs }) => runs)
    .map((example) => [example.title, example.where, example] as const);
  it.each(running)('run: %s (%s)', async (_title, _where, example) => {
    const code = await moduleOf(example);
    const names = [...new Set(importsOf(code))];
    const loaded = await Promise.all(
      names.map(async (name) => [name, (await import(name)) as unknown] as const),
    );
    await execute(code, Object.fromEntries(loaded));
  });

  it('have the right types', async () => {
    const codes = await Promise.all(examples.map(moduleOf));
    const files = new Map(codes.map((code, index) => [`example-${index}.ts`, code]));
    const problems = [...typeCheck(path.join(root, 'tools'), files)].map(
      ([file, messages]) => `${examples[Number(/\d+/.exec(file)?.[0])].where}: ${messages.join('; ')}`,
    );
    expect(problems).toEqual([]);
  });
});
