/** A reelwatch of its own for the client's tests: a real HTTP server on loopback that answers as it is told to. */

import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { aDocument } from './samples.ts';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface FakeReelwatch {
  url: string;
  /** Served at /v1/status, tagged with its epoch and generation. */
  document: Record<string, unknown>;
  /** Sent with every 200 and 304; the document's own by default. */
  validUntil: string | null;
  /** Answers instead of what would be answered; `false` where it leaves that alone. */
  instead: (request: IncomingMessage, response: ServerResponse) => boolean;
  asked: Asked[];
  askedFor: (path: string) => Asked[];
  streams: () => number;
  /** Sends to every open stream of events. */
  send: (text: string) => void;
  /** Cuts every open stream. */
  cut: () => void;
}

export const TOKEN = 'a-token-to-read';

/** Ends with the test that starts it. */
export async function startReelwatch(): Promise<FakeReelwatch> {
  const streams = new Set<ServerResponse>();
  const fake: FakeReelwatch = {
    url: '',
    document: aDocument({ validUntil: Date.now() + 60_000 }),
    validUntil: null,
    instead: () => false,
    asked: [],
    askedFor: (path) => fake.asked.filter((one) => one.path === path),
    streams: () => streams.size,
    send: (text) => {
      for (const stream of streams) stream.write(text);
    },
    cut: () => {
      for (const stream of streams) stream.destroy();
    },
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method = '', url: path = '', headers } = request;
      fake.asked.push({ method, path, headers, body });
      if (fake.instead(request, response)) return;
      if (path === '/v1/status') sendStatus(fake, request, response);
      else if (path === '/v1/events') open(streams, response);
      else response.writeHead(path === '/v1/outcomes' ? 202 : 404).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return fake;
}

function sendStatus(fake: FakeReelwatch, request: IncomingMessage, response: ServerResponse): void {
  const { epoch, generation, valid_until: until } = fake.document;
  const etag = `W/"${String(epoch)}.${String(generation)}"`;
  response.setHeader('etag', etag);
  response.setHeader('reelwatch-valid-until', fake.validUntil ?? String(until));
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(fake.document));
}

function open(streams: Set<ServerResponse>, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write('retry: 100\n: welcome\n\n');
  streams.add(response);
  response.on('close', () => streams.delete(response));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
