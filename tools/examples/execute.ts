import ts from 'typescript';

type Modules = Readonly<Record<string, unknown>>;

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (require: (name: string) => unknown, exports: object) => Promise<void>;

/** The names that a module's static imports ask for. */
export function importsOf(code: string): string[] {
  return ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName);
}

/**
 * Runs a TypeScript module in this process, with top-level await.
 *
 * @throws whatever the code throws, and when it imports a module that is not in `modules`
 */
export async function execute(code: string, modules: Modules): Promise<void> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  const require = (name: string): unknown => {
    if (!(name in modules)) throw new Error(`The example imports ${name}, which it may not.`);
    return modules[name];
  };
  await new AsyncFunction('require', 'exports', outputText)(require, {});
}
