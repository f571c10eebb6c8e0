import { DataError } from '@ebim/runtime';
import { writeBytes } from '../readers/write.js';
import { download } from './download.js';
import { cacheFolder, environment, hasFileSystem, readIfExists, requireFolder } from './folders.js';
import type { SourceFile } from './info.js';
import { sha256 } from './sha256.js';

/** What happens while data is fetched. */
export type DatasetEvent =
  | { readonly type: 'found'; readonly path: string }
  | { readonly type: 'download'; readonly url: string }
  | {
      readonly type: 'progress';
      readonly url: string;
      readonly received: number;
      /** null when the server does not tell. */
      readonly total: number | null;
    }
  | { readonly type: 'warning'; readonly message: string };

/** Where data is looked for. */
export interface ObtainOptions {
  /** A folder with the files as they are laid out in the project's data collection. Default `EBIM_DATA_DIR`. */
  readonly dataFolder?: string;
  /** Where downloads are kept. Default `EBIM_CACHE_DIR`, else the user's cache folder. */
  readonly cacheFolder?: string;
  /** A mirror in place of `https://raw.githubusercontent.com`. Default `EBIM_DATA_URL`. */
  readonly baseUrl?: string;
  /** Whether to download what is missing. Default true. */
  readonly download?: boolean;
  /** Longest wait for the next bytes, milliseconds. Default 30 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: DatasetEvent) => void;
}

const GITHUB = 'https://raw.githubusercontent.com';

/** The address of a file at its fixed commit. */
export const urlOf = (file: SourceFile, baseUrl = environment('EBIM_DATA_URL') ?? GITHUB): string =>
  `${baseUrl.replace(/\/+$/, '')}/${file.repository}/${file.commit}/${file.remotePath}`;

/**
 * The checked bytes of a file: from the data folder, else from the cache, else downloaded and cached. A file that the
 * data folder lacks is not an error; one that differs from what was published is. A damaged file of the cache is
 * replaced.
 *
 * @throws {@link DataError} `missing-data-folder`, `wrong-content`, `not-downloaded`, and those of `download`
 */
export async function obtain(file: SourceFile, options: ObtainOptions = {}): Promise<Uint8Array> {
  if (!hasFileSystem())
    return checked(await fetchRaw(file, options, undefined), file, urlOf(file, options.baseUrl));
  const { join } = await import('node:path');
  const dataFolder = options.dataFolder ?? environment('EBIM_DATA_DIR');
  if (dataFolder !== undefined) {
    await requireFolder(dataFolder);
    const path = join(dataFolder, file.path);
    const bytes = await readIfExists(path);
    if (bytes !== null) {
      await requireHash(bytes, file, path);
      options.onEvent?.({ type: 'found', path });
      return bytes;
    }
  }
  const cached = join(options.cacheFolder ?? (await cacheFolder()), file.cachePath);
  return (await fromCache(file, cached, options)) ?? (await intoCache(file, cached, options));
}

async function fromCache(file: SourceFile, path: string, options: ObtainOptions): Promise<Uint8Array | null> {
  const bytes = await readIfExists(path);
  if (bytes === null) return null;
  try {
    const content = await checked(bytes, file, path);
    options.onEvent?.({ type: 'found', path });
    return content;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    options.onEvent?.({ type: 'warning', message: `${path} is damaged and is downloaded again` });
    return null;
  }
}

async function intoCache(file: SourceFile, path: string, options: ObtainOptions): Promise<Uint8Array> {
  const raw = await fetchRaw(file, options, path);
  const content = await checked(raw, file, urlOf(file, options.baseUrl));
  try {
    await writeBytes(path, raw);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.onEvent?.({ type: 'warning', message: `The download could not be kept: ${reason}` });
  }
  return content;
}

async function fetchRaw(
  file: SourceFile,
  options: ObtainOptions,
  path: string | undefined,
): Promise<Uint8Array> {
  const url = urlOf(file, options.baseUrl);
  if (options.download === false)
    throw new DataError({
      code: 'not-downloaded',
      where: file.path,
      expected: 'the file on this machine',
      received: 'none, and downloading is switched off',
      hint: manualHint(file, url, path),
      details: { url },
    });
  options.onEvent?.({ type: 'download', url });
  try {
    return await download(url, {
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      onProgress: (received, total) => options.onEvent?.({ type: 'progress', url, received, total }),
    });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError({
      code: error.code,
      where: url,
      expected: error.expected,
      received: error.received,
      hint: manualHint(file, url, path),
      details: { ...error.details, ...(path === undefined ? {} : { cachePath: path }) },
      cause: error,
    });
  }
}

function manualHint(file: SourceFile, url: string, path: string | undefined): string {
  if (path === undefined) return `Check that ${url} can be reached.`;
  return (
    `Without a connection: download ${url} on another machine and save it as ${path}, ` +
    `or set EBIM_DATA_DIR to a folder that has ${file.path}.`
  );
}

/** The content of a raw file, converted where needed. @throws {@link DataError} `wrong-content` */
async function checked(raw: Uint8Array, file: SourceFile, where: string): Promise<Uint8Array> {
  const content = await convert(raw, file, where);
  await requireHash(content, file, where);
  return content;
}

async function convert(raw: Uint8Array, file: SourceFile, where: string): Promise<Uint8Array> {
  if (file.convert === undefined) return raw;
  try {
    return await file.convert(raw);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw wrongContent(file, where, cause.received, cause);
  }
}

async function requireHash(content: Uint8Array, file: SourceFile, where: string): Promise<void> {
  const received = await sha256(content);
  if (received !== file.sha256) throw wrongContent(file, where, `${received} (${content.length} bytes)`);
}

const wrongContent = (file: SourceFile, where: string, received: string, cause?: unknown): DataError =>
  new DataError({
    code: 'wrong-content',
    where,
    expected: `content with sha256 ${file.sha256}`,
    received,
    hint: 'The file was altered or is incomplete: delete it, or fetch it again.',
    details: { sha256: file.sha256 },
    ...(cause === undefined ? {} : { cause }),
  });
