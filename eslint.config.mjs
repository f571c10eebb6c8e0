import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';
import { localRules } from './tools/eslint/local-rules.mjs';

// The boundary rule reads Nx's cached project graph and silently checks nothing when there is none yet
// (a fresh clone), so the graph is made here, before the first file is linted.
process.env.NX_DAEMON ??= 'false';
await createProjectGraphAsync({ exitOnError: true });

const sources = ['packages/*/src/**/*.ts'];
const tests = ['**/*.test.ts', 'packages/testing/**/*.ts'];
const nodeOnly = [
  'packages/experiments/**/*.ts',
  'tools/**',
  '*.config.*',
  '*.shared.ts',
  'packages/*/*.config.ts',
];

/** Layer n sees layers 0 to n - 1; tests see the shared suites as well. */
function layers({ withTesting }) {
  const testing = withTesting ? ['layer:test'] : [];
  const library = Array.from({ length: 7 }, (_, layer) => ({
    sourceTag: `layer:${layer}`,
    onlyDependOnLibsWithTags: [...Array.from({ length: layer }, (__, below) => `layer:${below}`), ...testing],
  }));
  return [
    ...library,
    { sourceTag: 'layer:test', onlyDependOnLibsWithTags: [] },
    { sourceTag: 'layer:tools', onlyDependOnLibsWithTags: ['*'] },
  ];
}

function boundaries(options) {
  return ['error', { allow: [], enforceBuildableLibDependency: false, depConstraints: layers(options) }];
}

const noDefaultExport = [
  { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
  { selector: 'ExportSpecifier[exported.name="default"]', message: 'Name what you export.' },
];

const noBlockingRead = {
  selector: 'CallExpression > MemberExpression[property.name=/^(dataSync|arraySync|bytesSync)$/]',
  message:
    'Reading a tensor synchronously blocks the backend and cannot be compiled: stay in tensors, or await data().',
};

const noDeepImport = {
  regex: '^@ebim/[^/]+/.+|^(\\.\\./)+packages/',
  message: 'Import from the package itself; what it does not export is not yours.',
};

const noBackendImport = {
  regex: '^@tensorflow/tfjs-(?!$)',
  message: 'Only @ebim/runtime knows backends; import * as tf from "@tensorflow/tfjs".',
};

const extensionNeeded = {
  regex: '^\\.{1,2}/(?!.*\\.(js|mjs|json)$)',
  message: 'A relative import names its file with .js, as it will be called at run time.',
};

const noStaticNodeImport = {
  regex: '^node:',
  allowTypeImports: true,
  message:
    'Libraries run in the browser too: import node modules dynamically, inside the function that needs them.',
};

function restrictedImports(...patterns) {
  return ['error', { patterns }];
}

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '**/runs/**',
      '.nx/**',
      'coverage/**',
      '**/.cache/**',
      '**/*.timestamp-*',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.mjs'],
    plugins: { local: localRules, '@typescript-eslint': tseslint.plugin },
    rules: {
      'local/file-name': 'error',
      'local/explained-disable': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...noDefaultExport],
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strict],
    plugins: { '@nx': nx },
    // One program for the whole workspace: a program for each package takes more than twice as long.
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@nx/enforce-module-boundaries': boundaries({ withTesting: false }),
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-restricted-imports': restrictedImports(
        noDeepImport,
        noBackendImport,
        extensionNeeded,
        noStaticNodeImport,
      ),
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'typeLike', format: ['PascalCase'] },
        { selector: 'interface', format: ['PascalCase'], custom: { regex: '^I[A-Z][a-z]', match: false } },
      ],
      // With types: what the compiler does not catch and what bites at run time.
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: sources,
    ignores: tests,
    plugins: { jsdoc },
    settings: { jsdoc: { mode: 'typescript', tagNamePreference: { template: 'typeParam' } } },
    rules: {
      'no-restricted-syntax': ['error', ...noDefaultExport, noBlockingRead],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness comes from a key (@ebim/runtime).' },
      ],
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          enableFixer: false,
          require: { ClassDeclaration: true, FunctionDeclaration: true },
          contexts: [
            'ExportNamedDeclaration > VariableDeclaration',
            'TSInterfaceDeclaration',
            'TSTypeAliasDeclaration',
            'TSEnumDeclaration',
          ],
        },
      ],
      'jsdoc/require-description': ['error', { contexts: ['any'], descriptionStyle: 'body' }],
      'jsdoc/no-types': 'error',
      'jsdoc/check-param-names': ['error', { disableMissingParamChecks: true }],
      'jsdoc/check-tag-names': [
        'error',
        { definedTags: ['remarks', 'defaultValue', 'packageDocumentation'] },
      ],
      'jsdoc/empty-tags': 'error',
    },
  },
  {
    // The one package that knows backends.
    files: ['packages/runtime/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': restrictedImports(
        noDeepImport,
        extensionNeeded,
        noStaticNodeImport,
      ),
    },
  },
  {
    files: tests,
    rules: {
      '@nx/enforce-module-boundaries': boundaries({ withTesting: true }),
      '@typescript-eslint/no-restricted-imports': restrictedImports(noDeepImport, extensionNeeded),
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  {
    files: nodeOnly,
    ignores: tests,
    rules: {
      '@typescript-eslint/no-restricted-imports': restrictedImports(
        noDeepImport,
        noBackendImport,
        extensionNeeded,
      ),
      'no-restricted-properties': 'off',
    },
  },
  { files: ['tools/**', 'packages/experiments/src/cli/**'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.config.*'],
    // Tools ask for default exports there, and the shared halves live at the root, outside every project.
    rules: { 'no-restricted-syntax': 'off', '@nx/enforce-module-boundaries': 'off' },
  },
);
