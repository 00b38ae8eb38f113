/** What is said to those who poll, as headers and bytes: made once for all who ask the same, until there is more to say. */

import { type Instant, SECOND } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';
import type { View } from '../ports/view.ts';
import type { Body } from './bodies.ts';
import { isKnownTag } from './context.ts';
import { indexOf } from './follow.ts';
import { freshHeaders, isPacked, JSON_TYPE } from './fresh.ts';
import { STRICT_HEADERS } from './headers.ts';

export interface Answer {
  status: 200 | 304;
  /** Names and values in turns. */
  headers: string[];
  body: Buffer | null;
  /** All of it as it goes over a connection that is kept open; `connection` are the headers about that. */
  bytes: (connection: string) => Buffer<ArrayBuffer>;
}

/**
 * What there is to say at one address to one who has, and accepts, this; null where the body is needed and has to be made
 * first.
 */
export type Answers = (
  request: { wanted: string | undefined; accepted: string | undefined },
  now: { tag: string; body: () => Body | null },
) => Answer | null;

export function createAnswers(view: View, clock: Clock): Answers {
  const kept = new Map<string, Answer & { of: Body | null; tag: string; validUntil: Instant }>();
  return ({ wanted, accepted }, { tag, body }) => {
    const isSame = wanted !== undefined && (wanted === tag || isKnownTag(wanted, tag));
    const of = isSame ? null : body();
    if (!isSame && of === null) return null;
    const form = isSame ? 'same' : isPacked(tag, accepted) ? 'packed' : 'plain';
    const validUntil = view.validUntil();
    const ready = kept.get(form);
    if (ready?.tag === tag && ready.of === of && ready.validUntil === validUntil) return ready;
    const fresh = freshHeaders(view, { tag, index: of?.index ?? indexOf(view) });
    const made = of === null ? same(fresh, clock) : whole(fresh, of, form === 'packed', clock);
    kept.set(form, { ...made, of, tag, validUntil });
    return made;
  };
}

function same(fresh: Record<string, string>, clock: Clock): Answer {
  return answerOf(304, Object.entries(fresh).flat(), null, clock);
}

function whole(fresh: Record<string, string>, of: Body, isPacked: boolean, clock: Clock): Answer {
  const body = isPacked ? of.zipped() : of.bytes;
  const headers = {
    ...STRICT_HEADERS,
    ...fresh,
    ...(of.signature !== null && { 'reelwatch-signature': of.signature }),
    'content-type': JSON_TYPE,
    ...(isPacked && { 'content-encoding': 'gzip' }),
    'content-length': String(body.length),
  };
  return answerOf(200, Object.entries(headers).flat(), body, clock);
}

function answerOf(status: 200 | 304, headers: string[], body: Buffer | null, clock: Clock): Answer {
  const line = `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Not Modified'}\r\n`;
  const pairs = headers.map((text, n) => (n % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
  let last = { second: NaN, connection: '', bytes: Buffer.of() };
  return {
    status,
    headers,
    body,
    bytes: (connection) => {
      const second = Math.floor(clock.now() / SECOND);
      if (last.second !== second || last.connection !== connection) {
        const date = `date: ${new Date(second * SECOND).toUTCString()}\r\n`;
        const head = Buffer.from(`${line}${pairs}${date}${connection}\r\n`, 'latin1');
        last = { second, connection, bytes: body === null ? head : Buffer.concat([head, body]) };
      }
      return last.bytes;
    },
  };
}
