/**
 * Answers polls of status and weights before fastify sees them: routers poll thousands of times for each change. The
 * answers are the same, header for header, as the routes give.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Instant, SECOND } from '../core/base.ts';
import type { View } from '../ports/view.ts';
import type { Judge } from './access.ts';
import type { Body } from './bodies.ts';
import { type Context, isKnownTag } from './context.ts';
import { indexOf } from './follow.ts';
import { freshHeaders, isPacked, JSON_TYPE } from './fresh.ts';
import { STRICT_HEADERS } from './headers.ts';
import { WAIT_S, WAIT_S_MAX } from './waiting.ts';

/** Answers a request, or leaves it to `onward`, which is fastify. */
export type FastPath = (request: IncomingMessage, response: ServerResponse, onward: () => void) => void;

const STATUS = '/v1/status';
/** What a long poll adds to the address that it waits at. */
const LONG_POLL = /([?&])index=(\d{1,15}\.\d{1,15})(?:&wait=(\d{1,2}))?$/;

export function createFastPath(context: Context, judge: Judge): FastPath {
  const addresses = addressesOf(context);
  const answerLater = createLongPoll(context);

  return (request, response, onward) => {
    const { method, url = '', headers } = request;
    const poll = addresses.has(url) ? null : longPollOf(url);
    const address = addresses.get(poll === null ? url : poll.url);
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    if (address === undefined || method !== 'GET' || hasBody) return onward();
    if (judge({ headers }, 'read') !== null) return onward();
    const asked = { wanted: headers['if-none-match'], accepted: headers['accept-encoding'] };
    if (poll !== null) return answerLater({ ...poll, ...address, asked }, response, onward);
    const answer = address.answers(asked, address.now());
    return answer === null ? onward() : send(response, answer);
  };
}

interface Address {
  answers: Answers;
  now: () => { tag: string; body: () => Body | null };
  /** Of which route the status is; null for all. */
  route: string | null;
}

function addressesOf(context: Context): Map<string, Address> {
  const { view, bodies, settings, weights } = context;
  const addresses = new Map<string, Address>();
  const status = (url: string, route: string | null) => {
    const body = () => bodies.ready(route);
    let known = { generation: NaN, tag: '', body };
    const now = () => {
      const generation = view.generation();
      if (known.generation !== generation) known = { generation, tag: `W/"${indexOf(view)}"`, body };
      return known;
    };
    addresses.set(url, { answers: createAnswers(view), now, route });
  };
  status(STATUS, null);
  for (const route of settings.routes) {
    const id = encodeURIComponent(route.id);
    status(`${STATUS}?route=${id}`, route.id);
    const now = () => {
      const { tag, body } = weights(route);
      return { tag, body: () => body };
    };
    addresses.set(`/v1/weights/${id}`, { answers: createAnswers(view), now, route: route.id });
  }
  return addresses;
}

interface LongPoll {
  /** The address without what makes it a long poll. */
  url: string;
  index: string;
  waitMs: number;
}

function longPollOf(whole: string): LongPoll | null {
  const found = whole.startsWith(STATUS) ? LONG_POLL.exec(whole) : null;
  if (found === null) return null;
  const [, sign, index = '', wait = WAIT_S] = found;
  const url = whole.slice(0, found.index);
  const isGood = url.includes('?') === (sign === '&') && Number(wait) <= WAIT_S_MAX;
  return isGood ? { url, index, waitMs: Number(wait) * SECOND } : null;
}

function createLongPoll({ bodies, waiting }: Context) {
  type Asked = LongPoll & Address & { asked: Parameters<Answers>[0] };
  const answer = async ({ answers, asked, route }: Asked, response: ServerResponse, onward: () => void) => {
    const body = bodies.ready(route) ?? (await bodies.of(route).catch(() => null));
    if (response.destroyed) return;
    const answer = body === null ? null : answers(asked, { tag: `W/"${body.index}"`, body: () => body });
    if (answer === null) onward();
    else send(response, answer);
  };
  return (poll: Asked, response: ServerResponse, onward: () => void): void => {
    const turn = waiting.wait(poll.index, poll.waitMs, (gone) => response.once('close', gone));
    if (turn === null) onward();
    else void turn.then(() => answer(poll, response, onward));
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}

interface Answer {
  status: 200 | 304;
  /** Names and values in turns. */
  headers: string[];
  body: Buffer | null;
}

/** The answer to a request at one address; null where its body is needed and has to be made first. */
type Answers = (
  request: { wanted: string | undefined; accepted: string | undefined },
  now: { tag: string; body: () => Body | null },
) => Answer | null;

/** Keeps the last answer of each form until there is another state or another body. */
function createAnswers(view: View): Answers {
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
    const made = of === null ? same(fresh) : whole(fresh, of, form === 'packed');
    kept.set(form, { ...made, of, tag, validUntil });
    return made;
  };
}

function same(fresh: Record<string, string>): Answer {
  return { status: 304, headers: Object.entries(fresh).flat(), body: null };
}

function whole(fresh: Record<string, string>, of: Body, isPacked: boolean): Answer {
  const body = isPacked ? of.zipped() : of.bytes;
  const headers = {
    ...STRICT_HEADERS,
    ...fresh,
    ...(of.signature !== null && { 'reelwatch-signature': of.signature }),
    'content-type': JSON_TYPE,
    ...(isPacked && { 'content-encoding': 'gzip' }),
    'content-length': String(body.length),
  };
  return { status: 200, headers: Object.entries(headers).flat(), body };
}
