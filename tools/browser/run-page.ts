import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));

/** The part of esbuild that is used here; tsup brings it. */
interface Esbuild {
  build(options: Record<string, unknown>): Promise<{ outputFiles: { text: string }[] }>;
}

async function bundle(entry: string): Promise<string> {
  const ofTsup = createRequire(createRequire(import.meta.url).resolve('tsup'));
  const { build } = ofTsup('esbuild') as Esbuild;
  const { outputFiles } = await build({
    entryPoints: [path.join(here, entry)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['@ebim/source', 'browser', 'import'],
    // Node's own modules are imported by functions that no browser calls.
    external: ['node:*'],
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Bundles `entry`, opens it in a headless browser and waits for what it posts to `/result/<name>`.
 *
 * @returns the results by name
 * @throws Error if the browser ends, or has not posted them all within `timeout` milliseconds
 */
export async function runPage(
  browser: string,
  entry: string,
  names: readonly string[],
  timeout: number,
): Promise<Record<string, unknown>> {
  const script = await bundle(entry);
  const results: Record<string, unknown> = {};
  const profile = await mkdtemp(path.join(tmpdir(), 'ebim-browser-'));
  let done = (): void => undefined;
  const server = createServer((request, response) => {
    // A page that is isolated from other origins may share memory with its workers.
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    const name = /^\/result\/(\w+)$/.exec(request.url ?? '')?.[1];
    if (name !== undefined)
      void bodyOf(request).then((body) => {
        results[name] = JSON.parse(body);
        response.end();
        if (names.every((each) => each in results)) done();
      });
    else if (request.url === '/page.js') response.setHeader('content-type', 'text/javascript').end(script);
    else
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const child = spawn(browser, [...flags, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-2000)));
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  try {
    await new Promise<void>((resolve, reject) => {
      done = resolve;
      const fail = (what: string): void => {
        reject(new Error(`${browser} ${what}; got ${Object.keys(results).join()}; it said: ${said}`));
      };
      child.once('error', (error) => {
        fail(error.message);
      });
      child.once('exit', (code) => {
        fail(`ended with ${code}`);
      });
      setTimeout(fail, timeout, `posted nothing within ${timeout} ms`).unref();
    });
    return results;
  } finally {
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
    await ended;
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
