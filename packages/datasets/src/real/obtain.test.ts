import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DataError } from '@ebim/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLocalServer, type LocalServer } from './local-server-fixture.js';
import { cacheFolder } from './folders.js';
import type { SourceFile } from './info.js';
import { obtain, urlOf, type DatasetEvent, type ObtainOptions } from './obtain.js';

const CONTENT = Buffer.from(`lat,long\n${'1,2\n'.repeat(50_000)}`);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const FILE: SourceFile = {
  path: 'earth/test.csv',
  cachePath: 'earth/test.csv',
  sha256: sha256(CONTENT),
  repository: 'owner/name',
  commit: 'abc123',
  remotePath: 'data/original.csv',
};

/** A file that is downloaded in another form. */
const CONVERTED: SourceFile = {
  ...FILE,
  cachePath: 'earth/test.bin',
  convert: async (bytes) => {
    if (bytes.length !== CONTENT.length)
      throw new DataError({ code: 'bad', expected: 'another length', received: `${bytes.length} bytes` });
    return Uint8Array.from(bytes, (byte) => byte ^ 0x55);
  },
};
const RAW = CONTENT.map((byte) => byte ^ 0x55);

let server: LocalServer;
let root: string;
let cache: string;
let events: DatasetEvent[];
let options: ObtainOptions;

beforeEach(async () => {
  vi.stubEnv('EBIM_DATA_DIR', '');
  vi.stubEnv('EBIM_CACHE_DIR', '');
  vi.stubEnv('EBIM_DATA_URL', '');
  server = await startLocalServer();
  root = await mkdtemp(join(tmpdir(), 'ebim-data-'));
  cache = join(root, 'cache');
  events = [];
  options = { cacheFolder: cache, baseUrl: server.url, onEvent: (event) => events.push(event) };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(root, { recursive: true, force: true });
});

const serve = (bytes: Uint8Array): void => {
  server.answer = (_request, response) =>
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
};

/** Quicker than `toEqual` on long arrays. */
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const failure = async (promise: Promise<unknown>): Promise<DataError> => {
  const error: unknown = await promise.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
};

/** All files below a folder; none when it is missing. */
const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
};

describe('download', () => {
  it('fetches once, checks, keeps, and reports progress', async () => {
    serve(CONTENT);
    expect(same(await obtain(FILE, options), CONTENT)).toBe(true);
    expect(server.requests).toEqual(['/owner/name/abc123/data/original.csv']);
    expect(same(await readFile(join(cache, 'earth/test.csv')), CONTENT)).toBe(true);
    const progress = events.flatMap((event) => (event.type === 'progress' ? [event] : []));
    expect(events[0]).toMatchObject({ type: 'download', url: urlOf(FILE, server.url) });
    expect(progress.at(-1)).toMatchObject({ received: CONTENT.length, total: CONTENT.length });
    expect(progress.map(({ received }) => received)).toEqual(
      progress.map(({ received }) => received).sort((a, b) => a - b),
    );
    expect(same(await obtain(FILE, options), CONTENT)).toBe(true);
    expect(server.requests).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ type: 'found', path: join(cache, 'earth/test.csv') });
  });

  it('follows redirects and understands compressed answers without a length', async () => {
    const { gzipSync } = await import('node:zlib');
    server.answer = (request, response) => {
      if (request.url?.startsWith('/owner')) response.writeHead(302, { location: '/moved' }).end();
      else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(CONTENT));
    };
    expect(same(await obtain(FILE, options), CONTENT)).toBe(true);
    expect(server.requests).toEqual(['/owner/name/abc123/data/original.csv', '/moved']);
    expect(events.some((event) => event.type === 'progress' && event.total === null)).toBe(true);
  });

  it('keeps what was downloaded and returns what it was converted to', async () => {
    serve(RAW);
    expect(same(await obtain(CONVERTED, options), CONTENT)).toBe(true);
    expect(same(await readFile(join(cache, 'earth/test.bin')), RAW)).toBe(true);
    expect(same(await obtain(CONVERTED, options), CONTENT)).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  it('goes to GitHub at the fixed commit, or to the mirror that the environment names', () => {
    expect(urlOf(FILE)).toBe('https://raw.githubusercontent.com/owner/name/abc123/data/original.csv');
    vi.stubEnv('EBIM_DATA_URL', 'http://mirror/data/');
    expect(urlOf(FILE)).toBe('http://mirror/data/owner/name/abc123/data/original.csv');
  });

  it.each<[string, string, (response: import('node:http').ServerResponse) => void, RegExp]>([
    ['a missing file', 'download-status', (r) => r.writeHead(404).end('404'), /HTTP status 404/],
    ['a failing server', 'download-status', (r) => r.writeHead(503).end(), /HTTP status 503/],
    ['other content', 'wrong-content', (r) => r.writeHead(200).end('<html>log in</html>'), /19 bytes/],
    ['no content', 'wrong-content', (r) => r.writeHead(200).end(), /0 bytes/],
    [
      'a part of the content that ends early',
      'download-interrupted',
      (r) => {
        r.writeHead(200, { 'content-length': CONTENT.length });
        r.write(CONTENT.subarray(0, 1000), () => r.destroy());
      },
      /after 1000 bytes/,
    ],
    ['a connection that is cut', 'download-interrupted', (r) => r.destroy(), /after 0 bytes/],
    ['silence', 'download-timeout', () => undefined, /within 0.5 s.*after the first 0/],
    [
      'silence after a while',
      'download-timeout',
      (r) => {
        r.writeHead(200, { 'content-length': CONTENT.length });
        r.write(CONTENT.subarray(0, 1000));
      },
      /after the first 1000/,
    ],
    [
      'redirects in a circle',
      'download-interrupted',
      (r) => r.writeHead(302, { location: '/loop' }).end(),
      /redirect/,
    ],
  ])('%s is a %s error that leaves nothing behind', async (_, code, answer, message) => {
    server.answer = (_request, response) => answer(response);
    const error = await failure(obtain(FILE, { ...options, timeoutMs: 500 }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(server.url);
    expect(await filesBelow(root)).toEqual([]);
    serve(CONTENT);
    expect(same(await obtain(FILE, options), CONTENT)).toBe(true);
  });

  it('that is slow but moving is not a timeout', async () => {
    server.answer = (_request, response) => {
      response.writeHead(200);
      let sent = 0;
      const timer = setInterval(() => {
        response.write(CONTENT.subarray(sent, (sent += CONTENT.length / 8)));
        if (sent < CONTENT.length) return;
        clearInterval(timer);
        response.end();
      }, 150);
    };
    expect(same(await obtain(FILE, { ...options, timeoutMs: 1000 }), CONTENT)).toBe(true);
  });

  it('without a connection says what to do: address, place, variable', async () => {
    const { url } = server;
    await server.close();
    const error = await failure(obtain(FILE, options));
    expect(error.code).toBe('offline');
    expect(error.message).toContain(`download ${url}/owner/name/abc123/data/original.csv on another machine`);
    expect(error.message).toContain(`save it as ${join(cache, 'earth/test.csv')}`);
    expect(error.message).toContain('EBIM_DATA_DIR');
    expect(error.message).toContain('earth/test.csv');
    await mkdir(join(cache, 'earth'), { recursive: true });
    await writeFile(join(cache, 'earth/test.csv'), CONTENT);
    expect(same(await obtain(FILE, options), CONTENT)).toBe(true);
  });

  it('can be switched off', async () => {
    const error = await failure(obtain(FILE, { ...options, download: false }));
    expect(error.code).toBe('not-downloaded');
    expect(error.message).toContain(join(cache, 'earth/test.csv'));
    expect(server.requests).toEqual([]);
  });

  it('stops on a signal, before and during', async () => {
    const before = AbortSignal.abort(new Error('not now'));
    await expect(obtain(FILE, { ...options, signal: before })).rejects.toThrow('not now');
    expect(server.requests).toEqual([]);
    const controller = new AbortController();
    server.answer = (_request, response) => {
      response.writeHead(200).write('lat');
      controller.abort(new Error('enough'));
    };
    await expect(obtain(FILE, { ...options, signal: controller.signal })).rejects.toThrow('enough');
    expect(await filesBelow(root)).toEqual([]);
  });

  it.each([
    ['shorter', CONTENT.subarray(0, 1000)],
    ['altered', Buffer.concat([Buffer.from('L'), CONTENT.subarray(1)])],
    ['empty', Buffer.alloc(0)],
  ])('replaces a file of the cache that is %s', async (_, damaged) => {
    for (const [file, raw] of [
      [FILE, CONTENT],
      [CONVERTED, RAW],
    ] as const) {
      await mkdir(join(cache, 'earth'), { recursive: true });
      await writeFile(join(cache, file.cachePath), damaged);
      serve(raw);
      expect(same(await obtain(file, options), CONTENT)).toBe(true);
      expect(events.some(({ type }) => type === 'warning')).toBe(true);
      expect(same(await readFile(join(cache, file.cachePath)), raw)).toBe(true);
    }
  });

  it('gives the data even when it cannot be kept', async () => {
    await writeFile(cache, 'a file in the place of the folder');
    serve(CONTENT);
    expect(same(await obtain(FILE, options), CONTENT)).toBe(true);
    expect(events.at(-1)).toMatchObject({
      type: 'warning',
      message: expect.stringMatching(/could not be kept/),
    });
  });

  it('twice at the same time leaves one whole file', async () => {
    serve(CONTENT);
    const both = await Promise.all([obtain(FILE, options), obtain(FILE, options)]);
    for (const bytes of both) expect(same(bytes, CONTENT)).toBe(true);
    expect(await filesBelow(cache)).toEqual(['test.csv']);
  });
});

describe('data folder', () => {
  const place = async (content: Uint8Array): Promise<string> => {
    const path = join(root, 'data', FILE.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return join(root, 'data');
  };

  it('comes first, from the option or the environment', async () => {
    const folder = await place(CONTENT);
    expect(same(await obtain(FILE, { ...options, dataFolder: folder }), CONTENT)).toBe(true);
    vi.stubEnv('EBIM_DATA_DIR', folder);
    // Not converted: the data folder holds what conversion gives.
    expect(same(await obtain(CONVERTED, options), CONTENT)).toBe(true);
    expect(server.requests).toEqual([]);
    expect(await filesBelow(cache)).toEqual([]);
  });

  it('with other content is an error, and nothing is fetched instead', async () => {
    serve(CONTENT);
    const dataFolder = await place(CONTENT.subarray(1));
    const error = await failure(obtain(FILE, { ...options, dataFolder }));
    expect(error.code).toBe('wrong-content');
    expect(error.message).toContain(FILE.sha256);
    expect(error.message).toContain(join(dataFolder, FILE.path));
    expect(server.requests).toEqual([]);
  });

  it('without the file falls back to the cache and the net', async () => {
    serve(CONTENT);
    await mkdir(join(root, 'data'));
    expect(same(await obtain(FILE, { ...options, dataFolder: join(root, 'data') }), CONTENT)).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  it('that does not exist, or is a file, is an error', async () => {
    const missing = await failure(obtain(FILE, { ...options, dataFolder: join(root, 'dtaa') }));
    expect([missing.code, missing.hint]).toEqual([
      'missing-data-folder',
      expect.stringContaining('EBIM_DATA_DIR'),
    ]);
    await writeFile(join(root, 'file'), '');
    expect((await failure(obtain(FILE, { ...options, dataFolder: join(root, 'file') }))).code).toBe(
      'missing-data-folder',
    );
  });
});

describe('cache folder', () => {
  it('follows the environment and the customs of the system', async () => {
    vi.stubEnv('XDG_CACHE_HOME', '/xdg');
    expect(await cacheFolder()).toBe(join('/xdg', 'ebim'));
    vi.stubEnv('EBIM_CACHE_DIR', '/own');
    expect(await cacheFolder()).toBe('/own');
    vi.stubEnv('EBIM_CACHE_DIR', '');
    vi.stubEnv('XDG_CACHE_HOME', '');
    vi.stubEnv('HOME', '/home/somebody');
    vi.stubEnv('USERPROFILE', '/home/somebody');
    vi.stubEnv('LOCALAPPDATA', '/local');
    const platform = vi.spyOn(process, 'platform', 'get');
    for (const [name, folder] of [
      ['linux', '/home/somebody/.cache/ebim'],
      ['darwin', '/home/somebody/Library/Caches/ebim'],
      ['win32', '/local/ebim/Cache'],
    ] as const) {
      platform.mockReturnValue(name);
      expect(await cacheFolder()).toBe(join(folder));
    }
    platform.mockRestore();
  });

  it('that may not be written to is a warning', async () => {
    if (process.getuid?.() === 0) return;
    await mkdir(cache);
    await chmod(cache, 0o500);
    serve(CONTENT);
    await obtain(FILE, options);
    expect(events.at(-1)).toMatchObject({ type: 'warning' });
    expect((await stat(cache)).isDirectory()).toBe(true);
  });
});
