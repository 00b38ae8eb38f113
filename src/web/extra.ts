/** Mounts somebody else's fetch-style handler, body and all, under a few prefixes. */

import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './context.ts';
import { CSP_EXTRA } from './headers.ts';

/** Raw bodies are passed on whole: forms with small files, at most. */
export const EXTRA_BODY_BYTES_MAX = 4 * 1024 * 1024;

export interface Extra {
  /** Paths that begin here are the handler's: `/_sim`, `/inbox`. */
  prefixes: string[];
  handle: (request: Request) => Promise<Response>;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** These belong to one connection (RFC 9110, 7.6.1), or are worked out anew from the body. */
const DROPPED = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'te',
  'trailer',
]);

/** Registers the prefixes in a scope of their own, so that the API's body rules do not hold there. */
export function mountExtra(app: App, extra: Extra): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: EXTRA_BODY_BYTES_MAX },
      (_request, body, done) => done(null, body),
    );
    const handler = (request: FastifyRequest, reply: FastifyReply) => pass(request, reply, extra);
    for (const prefix of extra.prefixes) {
      for (const url of [prefix, `${prefix}/*`]) {
        scope.route({
          method: [...METHODS],
          url,
          handler,
          bodyLimit: EXTRA_BODY_BYTES_MAX,
          schema: { hide: true },
          config: { scope: 'open' },
        });
      }
    }
  });
}

async function pass(request: FastifyRequest, reply: FastifyReply, extra: Extra): Promise<FastifyReply> {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const response = await extra.handle(requestOf(request, gone.signal));
  reply.code(response.status).header('content-security-policy', CSP_EXTRA);
  for (const [name, value] of response.headers) {
    if (name !== 'set-cookie' && !(DROPPED.has(name) && name !== 'content-length')) reply.header(name, value);
  }
  if (response.body === null) return reply.send();
  return reply.send(Readable.fromWeb(response.body));
}

function requestOf(request: FastifyRequest, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || DROPPED.has(name)) continue;
    for (const one of [value].flat()) headers.append(name, one);
  }
  const takesBody = request.method !== 'GET' && request.method !== 'HEAD';
  const body = takesBody && Buffer.isBuffer(request.body) ? new Uint8Array(request.body) : null;
  const base = URL.canParse(`http://${request.host}`) ? `http://${request.host}` : 'http://localhost';
  return new Request(`${base}${request.url}`, {
    method: request.method,
    headers,
    body,
    signal,
  });
}
