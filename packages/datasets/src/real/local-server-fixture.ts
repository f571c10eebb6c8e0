import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on this machine that answers as it is told. */
export interface LocalServer {
  readonly url: string;
  /** Paths asked for, in order. */
  readonly requests: string[];
  /** What to do with the next requests. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  close(): Promise<void>;
}

/** Starts a server on a free port; every request is a 404 until `answer` is set. */
export async function startLocalServer(): Promise<LocalServer> {
  const { createServer } = await import('node:http');
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request.url ?? '');
    local.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const local: LocalServer = {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (_request, response) => response.writeHead(404).end('404: Not Found'),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return local;
}
