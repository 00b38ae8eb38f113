/**
 * The short way for polls of the status document, most of all those that find nothing new: routers ask thousands of
 * times for each change. It says what the long way says, header for header.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Judge } from './access.ts';
import type { Context } from './context.ts';
import { indexOf } from './follow.ts';
import { freshHeaders, JSON_TYPE } from './fresh.ts';
import { STRICT_HEADERS } from './headers.ts';

/** True where the request has been answered. */
export type Shortcut = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createShortcut(
  context: Pick<Context, 'view' | 'settings' | 'bodies'>,
  judge: Judge,
): Shortcut {
  const routes = new Map<string, string | null>([['/v1/status', null]]);
  for (const { id } of context.settings.routes) routes.set(`/v1/status?route=${encodeURIComponent(id)}`, id);
  const answer = createShortAnswer(context);

  return (request, response) => {
    const { method, url = '', headers } = request;
    const route = method === 'GET' ? routes.get(url) : undefined;
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    if (route === undefined || hasBody) return false;
    if (judge({ headers, address: request.socket.remoteAddress }, 'read') !== null) return false;
    return answer(route, request, response);
  };
}

/** Sends the status, or that it is the same, where this takes nothing but writing it; to whoever may read it. */
export function createShortAnswer({ view, bodies }: Pick<Context, 'view' | 'bodies'>) {
  const headersNow = createHeaders(view);
  return (route: string | null, { headers }: IncomingMessage, response: ServerResponse): boolean => {
    const { tag, same, whole } = headersNow();
    const wanted = headers['if-none-match'];
    if (wanted === tag) {
      response.writeHead(304, same).end();
      return true;
    }
    const isPlain = wanted === undefined && headers['accept-encoding'] === undefined;
    const body = isPlain ? bodies.ready(route) : null;
    if (body === null || body.index !== indexOf(view)) return false;
    const signed = body.signature === null ? [] : ['reelwatch-signature', body.signature];
    const own = ['content-type', JSON_TYPE, 'content-length', String(body.bytes.length)];
    response.writeHead(200, [...whole, ...signed, ...own]).end(body.bytes);
    return true;
  };
}

/** The headers as flat lists, made again when the index or the time of validity moves. */
function createHeaders(view: Context['view']): () => { tag: string; same: string[]; whole: string[] } {
  let kept = { key: '', tag: '', same: [] as string[], whole: [] as string[] };
  return () => {
    const index = indexOf(view);
    const key = `${index} ${view.validUntil()}`;
    if (kept.key === key) return kept;
    const tag = `W/"${index}"`;
    const same = Object.entries(freshHeaders(view, { tag, index })).flat();
    kept = { key, tag, same, whole: [...Object.entries(STRICT_HEADERS).flat(), ...same] };
    return kept;
  };
}
