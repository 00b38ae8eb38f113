/**
 * Requests that come again on a connection, byte for byte: most polls are, and reading them as HTTP each time costs more
 * than answering them. What was not read as HTTP before, by the server itself, never gets past it.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from './answer.ts';

/** Requests of pollers have a few hundred bytes; each connection keeps one. */
export const REPEATED_BYTES_MAX = 2_048;

export interface Repeats {
  /** Where it came twice, the same bytes on the same connection get this from now on, for as long as it is not null. */
  learn: (request: IncomingMessage, response: ServerResponse, answer: () => Answer | null) => void;
}

interface Line {
  /** What came in last, and whether it was what had come in before; only while it is being read can it be learned. */
  chunk: Buffer | null;
  isRepeated: boolean;
  isReading: boolean;
  known: { bytes: Buffer; answer: () => Answer | null } | null;
  /** How many it has answered on this connection. */
  count: number;
}

/**
 * Stands before a server's own reading of its connections.
 * @param countMax then the connection ends, as the server ends those on which it has read so many
 */
export function createRepeats(server: Server, countMax: number): Repeats {
  const lines = new WeakMap<Socket, Line>();
  const connection = `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(server.keepAliveTimeout / 1000)}, max=${countMax}\r\n`;

  server.on('connection', (socket: Socket) => {
    const [read, ...others] = socket.listeners('data');
    // Only where the server listens to its connections as we think it does.
    if (read === undefined || others.length > 0) return;
    const line: Line = { chunk: null, isRepeated: false, isReading: false, known: null, count: 0 };
    lines.set(socket, line);
    socket.off('data', read as (chunk: Buffer) => void);
    socket.on('data', (chunk: Buffer<ArrayBuffer>) => {
      const answer = answerTo(line, chunk, socket, countMax);
      if (answer !== null) {
        socket.write(answer.bytes(connection));
        return;
      }
      const isShort = chunk.length <= REPEATED_BYTES_MAX;
      line.isRepeated = isShort && line.chunk !== null && line.chunk.equals(chunk);
      line.chunk = isShort ? chunk : null;
      line.known = null;
      line.isReading = true;
      read.call(socket, chunk);
      line.isReading = false;
    });
  });
  return {
    learn: (request, response, answer) => {
      const line = lines.get(request.socket);
      // As the server ends a connection after so many requests that it has read.
      if (line !== undefined && line.count >= countMax) response.setHeader('connection', 'close');
      // Most that come only once are told apart by this alone.
      if (line === undefined || !line.isReading || !line.isRepeated || line.chunk === null) return;
      // Not while an earlier answer is on its way, nor where this is to be the last.
      if (response.socket !== request.socket || !response.shouldKeepAlive) return;
      // Exactly one request, and nothing before or after it: then its bytes can stand for it.
      if (line.chunk.toString('latin1') === textOf(request)) line.known = { bytes: line.chunk, answer };
    },
  };
}

function answerTo(line: Line, chunk: Buffer, socket: Socket, countMax: number): Answer | null {
  // Who does not take its answers is left to the server, which stops reading then.
  if (line.known === null || socket.writableLength > 0 || line.count >= countMax) return null;
  if (!line.known.bytes.equals(chunk)) return null;
  line.count += 1;
  return line.known.answer();
}

/** A request without a body, as most clients write it. */
function textOf({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): string {
  const headers = rawHeaders.map((text, n) => (n % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
  return `${method} ${url} HTTP/${httpVersion}\r\n${headers}\r\n`;
}
