/** A real server on 127.0.0.1 and a clock that is moved by hand. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';

export interface Loopback {
  origin: string;
  port: number;
  requests: {
    method: string;
    url: string;
    headers: IncomingMessage['headers'];
    body: string;
    /** The body as it came: text spoils what is none. */
    bytes: Buffer<ArrayBuffer>;
  }[];
}

/** Serves until the test ends; open connections are cut then. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Loopback> {
  const requests: Loopback['requests'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const bytes = Buffer.concat(chunks);
      requests.push({ method, url, headers, body: bytes.toString(), bytes });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, requests };
}

/** Time stands still until `pass` is called; knows how many sleepers there are. */
export function handClock(
  start = Date.UTC(2026, 10, 21),
): Clock & { pass: (ms: number) => void; sleepers: () => number } {
  let now = start;
  const sleeping = new Set<{ dueAt: number; wake: () => void }>();
  return {
    now: () => now,
    monotonicMs: () => now - start,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          sleeping.delete(sleeper);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { dueAt: now + ms, wake };
        if (signal.aborted) return resolve();
        sleeping.add(sleeper);
        signal.addEventListener('abort', wake, { once: true });
      }),
    pass: (ms) => {
      now += ms;
      for (const sleeper of sleeping) if (sleeper.dueAt <= now) sleeper.wake();
    },
    sleepers: () => sleeping.size,
  };
}
