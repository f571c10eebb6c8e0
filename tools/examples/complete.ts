import ts from 'typescript';

/** Names that a piece of code declares or imports, and names that it uses. */
function namesIn(code: string): { declared: Set<string>; used: Set<string> } {
  const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  const declared = new Set<string>();
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const declares = (parent as { name?: ts.Node }).name === node && !ts.isPropertyAccessExpression(parent);
      const isMember =
        (ts.isPropertyAccessExpression(parent) && parent.name === node) || ts.isPropertyAssignment(parent);
      if (declares && !ts.isShorthandPropertyAssignment(parent)) declared.add(node.text);
      else if (!isMember || (ts.isPropertyAssignment(parent) && parent.initializer === node))
        used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { declared, used };
}

/** A package whose exports an example may use without importing them. */
export interface Surroundings {
  readonly packageName: string;
  readonly exports: ReadonlySet<string>;
}

/**
 * An example as a module that stands by itself: imports that the text leaves out for brevity are added.
 *
 * @param surroundings - where missing names are looked up, the first that has one wins: the documented package,
 * then those it stands on
 */
export function complete(code: string, surroundings: readonly Surroundings[]): string {
  const { declared, used } = namesIn(code);
  const lines = used.has('tf') && !declared.has('tf') ? [`import * as tf from '@tensorflow/tfjs';`] : [];
  const found = new Set(declared);
  for (const { packageName, exports } of surroundings) {
    const missing = [...used].filter((name) => exports.has(name) && !found.has(name)).sort();
    for (const name of missing) found.add(name);
    if (missing.length > 0) lines.push(`import { ${missing.join(', ')} } from '${packageName}';`);
  }
  return [...lines, code, 'export {};'].join('\n');
}
