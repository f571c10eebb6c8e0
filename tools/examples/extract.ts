import ts from 'typescript';

/** A piece of code from the documentation, and where it stands. */
export interface Example {
  /** File relative to the root, and line of its first line, e.g. `packages/nn/src/mlp.ts:12`. */
  readonly where: string;
  /** What it documents: the declaration's name, or the nearest heading. */
  readonly title: string;
  readonly code: string;
  /** False for code behind a fence that says `no-run`: it needs a network, a file, or hours. */
  readonly runs: boolean;
}

interface Fence {
  readonly code: string;
  readonly runs: boolean;
  /** Lines between the start of the text and the first line of code. */
  readonly line: number;
}

/** The fenced TypeScript blocks of a text; fences of another language are not examples. */
function fences(text: string): Fence[] {
  const found: Fence[] = [];
  for (const match of text.matchAll(/^```(ts|typescript)\b([^\n]*)\n([\s\S]*?)^```/gm)) {
    const [, , flags, code] = match;
    const line = text.slice(0, match.index).split('\n').length;
    found.push({ code, runs: !/\bno-run\b/.test(flags), line });
  }
  return found;
}

function exampleTexts(node: ts.Node): { text: string; position: number }[] {
  return ts
    .getJSDocTags(node)
    .filter((tag) => tag.tagName.text === 'example')
    .map((tag) => ({ text: ts.getTextOfJSDocComment(tag.comment) ?? '', position: tag.getStart() }));
}

function nameOf(node: ts.Node, file: ts.SourceFile): string {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations[0].name.getText(file);
  const { name } = node as { name?: ts.Node };
  return name?.getText(file) ?? 'declaration';
}

/** The `@example` blocks of every exported declaration of a source file. */
export function examplesOfSource(file: string, text: string): Example[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const exported = source.statements.filter(
    (node) =>
      ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true,
  );
  return exported.flatMap((node) =>
    exampleTexts(node).flatMap(({ text: body, position }) => {
      const line = source.getLineAndCharacterOfPosition(position).line + 1;
      const fenced = body.includes('```');
      // The parser drops the line break between the tag and a fence on the next line.
      const offset = fenced && !/^@example[^\n]*```/.test(text.slice(position)) ? 1 : 0;
      const blocks = fenced ? fences(body) : [{ code: body, runs: true, line: 0 }];
      return blocks.map((block) => ({
        where: `${file}:${line + block.line + offset}`,
        title: nameOf(node, source),
        code: block.code,
        runs: block.runs,
      }));
    }),
  );
}

/** The TypeScript blocks of a Markdown page. */
export function examplesOfPage(file: string, text: string): Example[] {
  return fences(text).map((block) => ({
    where: `${file}:${block.line + 1}`,
    title: file,
    code: block.code,
    runs: block.runs,
  }));
}
