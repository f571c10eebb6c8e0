import { DataError } from '@ebim/runtime';

/** Options of {@link download}. */
export interface DownloadOptions {
  /** Longest wait for the next bytes, milliseconds. Default 30 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called after each piece; `total` is null when the server does not tell. */
  readonly onProgress?: (received: number, total: number | null) => void;
  /** More bytes than this are refused. Default 64 MiB. */
  readonly maxBytes?: number;
}

const UNREACHABLE = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * The bytes at a URL, redirects followed, all of them or an error.
 *
 * @throws {@link DataError} `offline` (no connection), `download-timeout`, `download-status` (such as 404),
 *   `download-interrupted`, `download-too-large`; the reason of `signal` when it is aborted
 */
export async function download(url: string, options: DownloadOptions = {}): Promise<Uint8Array> {
  const { timeoutMs = 30_000, signal, onProgress, maxBytes = 64 * 2 ** 20 } = options;
  signal?.throwIfAborted();
  const stop = new AbortController();
  let stalled = false;
  const stall = (): void => {
    stalled = true;
    stop.abort();
  };
  const abort = (): void => stop.abort();
  signal?.addEventListener('abort', abort, { once: true });
  let timer = setTimeout(stall, timeoutMs);
  const pieces: Uint8Array[] = [];
  let received = 0;
  try {
    const response = await fetch(url, { signal: stop.signal });
    if (!response.ok) throw statusError(url, response);
    const total = expectedLength(response);
    if (response.body !== null)
      for await (const piece of piecesOf(response.body)) {
        clearTimeout(timer);
        timer = setTimeout(stall, timeoutMs);
        received += piece.length;
        if (received > maxBytes) throw tooLarge(url, maxBytes);
        pieces.push(piece);
        onProgress?.(received, total);
      }
    return concatenate(pieces, received);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    signal?.throwIfAborted();
    throw stalled ? timeoutError(url, timeoutMs, received) : networkError(url, received, cause);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    // Lets go of the connection when the rest of the answer is not wanted.
    stop.abort();
  }
}

async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function expectedLength(response: Response): number | null {
  // With a content encoding the header counts compressed bytes.
  if (response.headers.has('content-encoding')) return null;
  const length = Number(response.headers.get('content-length') ?? NaN);
  return Number.isSafeInteger(length) ? length : null;
}

function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

const statusError = (url: string, { status, statusText }: Response): DataError =>
  new DataError({
    code: 'download-status',
    where: url,
    expected: 'the file',
    received: `HTTP status ${status} ${statusText}`.trim(),
    details: { url, status },
  });

const tooLarge = (url: string, maxBytes: number): DataError =>
  new DataError({
    code: 'download-too-large',
    where: url,
    expected: `at most ${maxBytes} bytes`,
    received: 'more',
    details: { url, maxBytes },
  });

const timeoutError = (url: string, timeoutMs: number, received: number): DataError =>
  new DataError({
    code: 'download-timeout',
    where: url,
    expected: `bytes within ${timeoutMs / 1000} s`,
    received: `none after the first ${received}`,
    hint: 'The connection is very slow or blocked; try again.',
    details: { url, received },
  });

function networkError(url: string, received: number, cause: unknown): DataError {
  const system = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = system instanceof Error && 'code' in system ? String(system.code) : undefined;
  const reason = code ?? (system instanceof Error ? system.message : String(system));
  const offline = received === 0 && code !== undefined && UNREACHABLE.has(code);
  return new DataError({
    code: offline ? 'offline' : 'download-interrupted',
    where: url,
    expected: 'the file',
    received: offline ? `no connection (${reason})` : `an error after ${received} bytes (${reason})`,
    details: { url, received, reason },
    cause,
  });
}
