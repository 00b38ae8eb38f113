/** The simulator behind a real socket. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { BODY_BYTES_MAX, problem } from './answers.ts';
import { createSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import type { TimelineEntry } from './types.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

export interface ServerOptions {
  /** 0 takes a free port. */
  port: number;
  host?: string;
  seed: number;
  speed?: number;
  revived?: boolean;
  timeline?: readonly TimelineEntry[];
  /** A JSON file `{ "timeline": [...] }`, or the list alone. */
  faultsFile?: string;
  now?: () => number;
}

export interface RunningSimulator {
  origin: string;
  simulator: Simulator;
  close: () => Promise<void>;
}

/**
 * Starts the simulator on loopback.
 * @throws Error where the port is taken or the faults file is wrong
 */
export async function startSimulator(options: ServerOptions): Promise<RunningSimulator> {
  const { port, host = '127.0.0.1', faultsFile, timeline = [], now = Date.now, ...rest } = options;
  const planned = [...timeline, ...(faultsFile === undefined ? [] : readTimeline(faultsFile))];
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const shown = host.includes(':') ? `[${host}]` : host;
  const origin = `http://${shown}:${(server.address() as AddressInfo).port}`;
  const sleep = async (ms: number, signal: AbortSignal) => {
    await wait(ms, undefined, { signal }).catch(() => undefined);
  };
  const simulator = createSimulator({ ...rest, timeline: planned, now, sleep, origin });
  server.on('request', (request, response) => {
    void answer(request, response, simulator, origin);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { origin, simulator, close };
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  simulator: Simulator,
  origin: string,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  try {
    const body = await readBody(incoming);
    const response =
      body === null
        ? problem(413, 'Too large.')
        : await simulator.handle(asRequest(incoming, body, origin, gone.signal));
    if (outgoing.destroyed) return;
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    const isMeant =
      gone.signal.aborted || (error instanceof Error && 'code' in error && error.code === 'ECONNRESET');
    if (isMeant || outgoing.headersSent) {
      incoming.socket.resetAndDestroy();
      return;
    }
    process.stderr.write(
      `simulator: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    outgoing.writeHead(500).end('simulator error');
  }
}

function asRequest(
  incoming: IncomingMessage,
  body: Buffer<ArrayBuffer>,
  origin: string,
  signal: AbortSignal,
): Request {
  const method = incoming.method ?? 'GET';
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  const hasBody = method !== 'GET' && method !== 'HEAD' && body.byteLength > 0;
  return new Request(new URL(incoming.url ?? '/', origin), {
    method,
    headers,
    signal,
    ...(hasBody ? { body } : {}),
  });
}

/** The whole body; null where it is too large, after reading it away. */
async function readBody(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer> | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  }
  return bytes > BODY_BYTES_MAX ? null : Buffer.concat(chunks);
}

function readTimeline(file: string): TimelineEntry[] {
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const list: unknown = Array.isArray(parsed) ? parsed : (parsed as { timeline?: unknown } | null)?.timeline;
  if (!Array.isArray(list)) throw new Error(`${file}: expected a list of faults, or {"timeline": [...]}.`);
  return list as TimelineEntry[];
}
