/**
 * The short way for polls of status and weights, most of all those that find nothing new: routers ask thousands of times
 * for each change. It says what the long way says, header for header.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { SECOND } from '../core/base.ts';
import type { Judge } from './access.ts';
import { type Answer, type Answers, createAnswers } from './answer.ts';
import type { Body } from './bodies.ts';
import type { Context } from './context.ts';
import { indexOf } from './follow.ts';
import type { Repeats } from './repeat.ts';
import { WAIT_S, WAIT_S_MAX } from './waiting.ts';

/** Answers a request, or has `onward` do it. */
export type Shortcut = (
  request: IncomingMessage,
  response: ServerResponse,
  onward: () => void,
  repeats: Repeats,
) => void;

const STATUS = '/v1/status';
/** What a long poll adds to an address that is known by heart. */
const LONG_POLL = /([?&])index=(\d{1,15}\.\d{1,15})(?:&wait=(\d{1,2}))?$/;

export function createShortcut(context: Context, judge: Judge): Shortcut {
  const addresses = addressesOf(context);
  const answerLater = createLongPoll(context);

  return (request, response, onward, repeats) => {
    const { method, url = '', headers } = request;
    const poll = addresses.has(url) ? null : longPollOf(url);
    const address = addresses.get(poll === null ? url : poll.url);
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    if (address === undefined || method !== 'GET' || hasBody) return onward();
    if (judge({ headers }, 'read') !== null) return onward();
    const asked = { wanted: headers['if-none-match'], accepted: headers['accept-encoding'] };
    if (poll !== null) return answerLater({ ...poll, ...address, asked }, response, onward);
    const answerNow = () => address.answers(asked, address.now());
    const answer = answerNow();
    if (answer === null) return onward();
    // Before it is sent: then it is still to be seen whether another one has to be sent first.
    repeats.learn(request, response, answerNow);
    return send(response, answer);
  };
}

interface Address {
  answers: Answers;
  now: () => { tag: string; body: () => Body | null };
  /** Of which route the status is; null for all. */
  route: string | null;
}

function addressesOf(context: Context): Map<string, Address> {
  const { view, clock, bodies, settings, weights } = context;
  const addresses = new Map<string, Address>();
  const status = (url: string, route: string | null) => {
    const ready = () => bodies.ready(route);
    const now = () => ({ tag: `W/"${indexOf(view)}"`, body: ready });
    addresses.set(url, { answers: createAnswers(view, clock), now, route });
  };
  status(STATUS, null);
  for (const route of settings.routes) {
    const id = encodeURIComponent(route.id);
    status(`${STATUS}?route=${id}`, route.id);
    const now = () => {
      const { tag, body } = weights(route);
      return { tag, body: () => body };
    };
    addresses.set(`/v1/weights/${id}`, { answers: createAnswers(view, clock), now, route: route.id });
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
