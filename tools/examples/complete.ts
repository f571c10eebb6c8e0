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

/** What an example may use without importing it. */
export interface Surroundings {
  /** The name of the package that it documents. */
  readonly packageName: string;
  /** What that package exports. */
  readonly exports: ReadonlySet<string>;
}

/**
 * An example as a module that stands by itself: imports of `tf` and of the documented package's own exports are
 * added where the text leaves them out, as it may for brevity.
 */
export function complete(code: string, { packageName, exports }: Surroundings): string {
  const { declared, used } = namesIn(code);
  const missing = [...used].filter((name) => exports.has(name) && !declared.has(name)).sort();
  const lines = [
    ...(used.has('tf') && !declared.has('tf') ? [`import * as tf from '@tensorflow/tfjs';`] : []),
    ...(missing.length > 0 ? [`import { ${missing.join(', ')} } from '${packageName}';`] : []),
  ];
  return [...lines, code, 'export {};'].join('\n');
}
