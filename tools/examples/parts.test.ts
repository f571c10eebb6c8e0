import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../checks/workspace.js';
import { complete } from './complete.js';
import { execute, importsOf } from './execute.js';
import { examplesOfPage, examplesOfSource } from './extract.js';
import { typeCheck } from './type-check.js';

const source = `
/**
 * Doubles.
 *
 * @example
 * \`\`\`ts
 * twice(2);
 * \`\`\`
 * @example
 * \`\`\`ts no-run
 * twice(await fetch('x'));
 * \`\`\`
 */
export function twice(x: number): number { return 2 * x; }

/** @example inner() */
function inner() {}

/** @example later */
export const later = 1;
`;

describe('extract', () => {
  it('finds the examples of exported declarations only, with their lines', () => {
    expect(examplesOfSource('a.ts', source)).toEqual([
      { where: 'a.ts:7', title: 'twice', code: 'twice(2);\n', runs: true },
      { where: 'a.ts:11', title: 'twice', code: "twice(await fetch('x'));\n", runs: false },
      { where: 'a.ts:19', title: 'later', code: 'later', runs: true },
    ]);
  });

  it('finds TypeScript in pages and leaves other languages alone', () => {
    const page = '# A\n\n```sh\nnpm install\n```\n\n```ts\nconst a = 1;\n```\n';
    expect(examplesOfPage('a.md', page)).toEqual([
      { where: 'a.md:8', title: 'a.md', code: 'const a = 1;\n', runs: true },
    ]);
  });
});

describe('complete', () => {
  const surroundings = [
    { packageName: '@ebim/nn', exports: new Set(['mlp', 'linear', 'apply']) },
    { packageName: '@ebim/runtime', exports: new Set(['key', 'mlp']) },
  ];

  it('adds what is used and neither imported nor declared', () => {
    const code = complete(
      'const linear = 1;\nconsole.log(mlp({ apply: linear }), key(1), tf.scalar(1).apply);',
      surroundings,
    );
    expect(importsOf(code)).toEqual(['@tensorflow/tfjs', '@ebim/nn', '@ebim/runtime']);
    expect(code).toContain('import { mlp } from');
  });

  it('leaves a complete example as it is', () => {
    const code = "import { mlp } from '@ebim/nn';\nmlp();";
    expect(complete(code, surroundings)).toBe(`${code}\nexport {};`);
  });
});

describe('execute', () => {
  it('runs typed code with top-level await on the given modules', async () => {
    const seen: number[] = [];
    const code = "import { push } from 'a';\nconst x: number = await Promise.resolve(3);\npush(x);";
    await execute(code, { a: { push: (x: number) => seen.push(x) } });
    expect(seen).toEqual([3]);
  });

  it('fails when the code fails, also late, and when it imports what is not there', async () => {
    await expect(execute('await Promise.resolve();\nthrow new Error("late");', {})).rejects.toThrow('late');
    await expect(execute("import { x } from 'b';\nx();", {})).rejects.toThrow('imports b');
  });
});

describe('typeCheck', () => {
  it('reports a wrong type in the file that has it', () => {
    const good = "import { key } from '@ebim/runtime';\nkey(1);\n";
    const bad = "import { key } from '@ebim/runtime';\nkey({});\n";
    const problems = typeCheck(
      path.join(root, 'tools'),
      new Map([
        ['good.ts', good],
        ['bad.ts', bad],
      ]),
    );
    expect([...problems.keys()]).toEqual(['bad.ts']);
  });
});
