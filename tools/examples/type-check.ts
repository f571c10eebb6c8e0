import path from 'node:path';
import ts from 'typescript';

/**
 * Type checks modules that exist only in memory, as if they lay in `folder`.
 *
 * @param modules - file name (without folder) to code
 * @returns file name to messages, for those with any
 */
export function typeCheck(folder: string, modules: ReadonlyMap<string, string>): Map<string, string[]> {
  const configFile = path.join(folder, 'tsconfig.json');
  const { config } = ts.readConfigFile(configFile, (file) => ts.sys.readFile(file)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const texts = new Map([...modules].map(([name, code]) => [path.join(folder, name), code]));
  const settings: ts.CompilerOptions = {
    ...options,
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
  const host = ts.createCompilerHost(settings);
  const read = host.readFile.bind(host);
  const exists = host.fileExists.bind(host);
  host.readFile = (file) => texts.get(path.normalize(file)) ?? read(file);
  host.fileExists = (file) => texts.has(path.normalize(file)) || exists(file);
  const program = ts.createProgram([...texts.keys()], settings, host);
  const problems = new Map<string, string[]>();
  for (const file of texts.keys()) {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    if (found.length > 0) {
      problems.set(
        path.basename(file),
        found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
      );
    }
  }
  return problems;
}
