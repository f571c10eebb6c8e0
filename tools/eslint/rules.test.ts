import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ESLint } from 'eslint';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** The rules that fire when `code` stands in an existing file (the type-aware parser wants one). */
async function rulesBroken(file: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: path.join(root, file) });
  return result.messages.map((message) => message.ruleId ?? message.message);
}

let eslint: ESLint;
beforeAll(() => {
  // Where CI is set, typescript-eslint reads every file from the disk once, not the text that it is given.
  vi.stubEnv('TSESTREE_SINGLE_RUN', 'false');
  eslint = new ESLint({ cwd: root });
});

afterAll(() => {
  vi.unstubAllEnvs();
});

const boundary = '@nx/enforce-module-boundaries';
const imports = '@typescript-eslint/no-restricted-imports';
const autodiff = 'packages/autodiff/src';
const aTest = path.join(
  autodiff,
  readdirSync(path.join(root, autodiff), { recursive: true, encoding: 'utf8' }).find((file) =>
    file.endsWith('.test.ts'),
  ) ?? 'a.test.ts',
);

function source(name: string): string {
  return `packages/${name}/src/index.ts`;
}

describe('layers', () => {
  it.each([
    ['runtime', 'autodiff'],
    ['compiler', 'datasets'],
    ['autodiff', 'samplers'],
    ['samplers', 'nn'],
    ['training', 'metrics'],
    ['ebm', 'implicit'],
    ['implicit', 'experiments'],
    ['runtime', 'testing'],
    ['autodiff', 'testing'],
  ])('%s does not import %s', async (from, to) => {
    expect(await rulesBroken(source(from), `export * from '@ebim/${to}';\n`)).toEqual([boundary]);
  });

  it.each([
    ['compiler', 'runtime'],
    ['autodiff', 'compiler'],
    ['samplers', 'autodiff'],
    ['ebm', 'samplers'],
    ['implicit', 'ebm'],
    ['experiments', 'implicit'],
  ])('%s may import %s', async (from, to) => {
    expect(await rulesBroken(source(from), `export * from '@ebim/${to}';\n`)).toEqual([]);
  });

  it('lets a test use the shared suites, and only lower layers besides', async () => {
    expect(await rulesBroken(aTest, `export * from '@ebim/testing';\n`)).toEqual([]);
    expect(await rulesBroken(aTest, `export * from '@ebim/nn';\n`)).toEqual([boundary]);
  });

  it('sees through a relative path into another package', async () => {
    const broken = await rulesBroken(source('nn'), `export * from '../../autodiff/src/index.js';\n`);
    expect(broken).toContain(boundary);
  });
});

describe('imports and exports', () => {
  it.each([
    ['a deep import', `export * from '@ebim/runtime/src/index.js';\n`],
    ['a backend', `export * from '@tensorflow/tfjs-backend-wasm';\n`],
    ['a missing extension', `export * from './foo';\n`],
    ['a static node module', `export { readFileSync } from 'node:fs';\n`],
  ])('refuses %s', async (_, code) => {
    expect(await rulesBroken(source('nn'), code)).toContain(imports);
  });

  it('lets the runtime name backends', async () => {
    expect(await rulesBroken(source('runtime'), `export * from '@tensorflow/tfjs-backend-cpu';\n`)).toEqual(
      [],
    );
  });

  it.each(['/** A. */\nexport default function a() {}\n', 'const a = 1;\nexport { a as default };\n'])(
    'refuses a default export',
    async (code) => {
      expect(await rulesBroken(source('nn'), code)).toContain('no-restricted-syntax');
    },
  );

  it('wants type imports to say so', async () => {
    const code = `import { Key } from '@ebim/runtime';\n/** A. */\nexport type A = Key;\n`;
    expect(await rulesBroken(source('nn'), code)).toEqual(['@typescript-eslint/consistent-type-imports']);
  });
});

describe('code', () => {
  it.each([
    ['any', '@typescript-eslint/no-explicit-any', '/** A. */\nexport const a = (b: any): unknown => b;\n'],
    [
      'a floating promise',
      '@typescript-eslint/no-floating-promises',
      '/** A. */\nexport function a(): void {\n  Promise.resolve(1);\n}\n',
    ],
    ['an undocumented function', 'jsdoc/require-jsdoc', 'export function a(): void {}\n'],
    ['an undocumented constant', 'jsdoc/require-jsdoc', 'export const a = 1;\n'],
    ['an undocumented interface', 'jsdoc/require-jsdoc', 'export interface A {\n  b: number;\n}\n'],
    ['an undocumented type', 'jsdoc/require-jsdoc', 'export type A = number;\n'],
    ['an unkeyed random number', 'no-restricted-properties', '/** A. */\nexport const a = Math.random();\n'],
    [
      'a disabled rule without a reason',
      'local/explained-disable',
      '/** A. */\n// eslint-disable-next-line no-restricted-properties\nexport const a = Math.random();\n',
    ],
    [
      'a synchronous read',
      'no-restricted-syntax',
      `import { type Tensor } from '@tensorflow/tfjs';\n/** A. */\nexport const a = (b: Tensor): unknown => b.dataSync();\n`,
    ],
    ['a console', 'no-console', `console.log('a');\n`],
  ])('refuses %s', async (_, rule, code) => {
    expect(await rulesBroken(source('nn'), code)).toContain(rule);
  });

  it('refuses a file name that is not kebab-case', async () => {
    const [result] = await eslint.lintText('export {};\n', {
      filePath: path.join(root, 'tools/eslint/fooBar.mjs'),
    });
    expect(result.messages.map((message) => message.ruleId)).toEqual(['local/file-name']);
  });
});
