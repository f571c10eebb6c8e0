import { ConfigError } from '../errors/ebim-error.js';

/** Anything that JSON keeps unchanged: no `undefined`, no functions, no NaN or infinities. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/**
 * Refuses a value that JSON would change silently (NaN becomes null, `undefined` vanishes, a class loses its type).
 *
 * @throws {@link ConfigError} `not-json`
 */
export function checkJson(where: string, value: unknown): void {
  const walk = (node: unknown, path: string): void => {
    if (node === null || typeof node === 'boolean' || typeof node === 'string') return;
    if (typeof node === 'number' && Number.isFinite(node)) return;
    if (Array.isArray(node)) return node.forEach((child, i) => walk(child, `${path}/${i}`));
    if (typeof node === 'object' && isPlain(node))
      return Object.entries(node).forEach(([name, child]) => walk(child, `${path}/${name}`));
    throw new ConfigError({
      code: 'not-json',
      where: path === '' ? where : `${where} at "${path.slice(1)}"`,
      expected: 'null, a boolean, a finite number, a string, an array or a plain object',
      received: typeof node === 'object' ? 'an instance of a class' : String(node),
    });
  };
  walk(value, '');
}

const isPlain = (node: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(node);
  return prototype === Object.prototype || prototype === null;
};

/**
 * The first name that occurs twice in one object of a JSON text (which `JSON.parse` has accepted, keeping the last
 * of the two without a word); `undefined` if there is none.
 */
export function duplicateName(json: string): string | undefined {
  // Only braces, brackets and strings matter here; a string is a name if a colon follows.
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g;
  const open: Set<string>[] = [];
  for (const [token, colon] of json.matchAll(tokens)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, token.length - colon.length)) as string;
      const names = open.at(-1);
      if (names?.has(name)) return name;
      names?.add(name);
    }
  }
  return undefined;
}
