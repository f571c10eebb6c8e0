/**
 * Imports a module of Node. Bundlers for the browser look for every module that is named in an `import`
 * and stop where they find none; here they see no name.
 *
 * @param specifier - e.g. `node:path`
 * @throws whatever `import` throws where there is no Node
 *
 * @example
 * ```ts
 * const { join } = await importNode<typeof import('node:path')>('node:path');
 * console.log(join('runs', 'first')); // runs/first
 * ```
 */
export async function importNode<M>(specifier: `node:${string}`): Promise<M> {
  return (await import(/* webpackIgnore: true */ /* @vite-ignore */ specifier)) as M;
}
