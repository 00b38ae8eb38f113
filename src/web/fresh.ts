/** How what routers read is sent: with how long it may be believed, signed, and not again to those who have it. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { View } from '../ports/view.ts';
import type { Body } from './bodies.ts';
import { isKnownTag } from './context.ts';
import { iso } from './format.ts';
import { STRICT_HEADERS } from './headers.ts';

/** Stale is better than nothing for a quarter of an hour: as long as a plan is valid by default. */
const CACHE_CONTROL = 'private, max-age=5, stale-if-error=900';
export const JSON_TYPE = 'application/json; charset=utf-8';
const WANTS_GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/;

/** What stands on every such answer, 304 too. */
export function freshHeaders(
  view: Pick<View, 'validUntil'>,
  served: { tag: string; index: string },
): Record<string, string> {
  return {
    'cache-control': CACHE_CONTROL,
    etag: served.tag,
    'reelwatch-index': served.index,
    'reelwatch-valid-until': iso(view.validUntil()),
    vary: 'accept-encoding',
  };
}

/** Packed bytes are other bytes, which a strong tag must not stand for. */
export function isPacked(tag: string, accepted: string | undefined): boolean {
  return tag.startsWith('W/') && WANTS_GZIP.test(accepted ?? '');
}

/** Sends bytes, or to those who have them a 304, which renews `Reelwatch-Valid-Until`. */
export function sendFresh(
  request: FastifyRequest,
  reply: FastifyReply,
  view: Pick<View, 'validUntil'>,
  answer: { tag: string; type: string; body: Body },
): FastifyReply {
  const { tag, type, body } = answer;
  reply.headers(freshHeaders(view, { tag, index: body.index }));
  if (isKnownTag(request.headers['if-none-match'], tag)) {
    // There is nothing that these could protect, and polls are many.
    for (const name of Object.keys(STRICT_HEADERS)) reply.removeHeader(name);
    return reply.code(304).send();
  }
  if (body.signature !== null) reply.header('reelwatch-signature', body.signature);
  reply.type(type);
  return isPacked(tag, request.headers['accept-encoding'])
    ? reply.header('content-encoding', 'gzip').send(body.zipped())
    : reply.send(body.bytes);
}
