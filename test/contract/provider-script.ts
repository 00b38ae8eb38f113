/** A provider that says what it is told to: answers in order, behind the real door to the network. */

import { readFileSync } from 'node:fs';
import { createHttp } from '../../src/system/http.ts';
import { systemClock } from '../../src/system/clock.ts';
import type { AnyProvider } from '../../src/providers/define.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { Order, Provider } from '../../src/ports/provider.ts';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';

/** A body that is no text is sent as JSON. */
export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface Heard {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string;
}

export const KEY = 'key-0123456789';
export const never = new AbortController().signal;

/** One adapter on a script. The last answer is given again for ever. */
export function onScript(definition: AnyProvider, answers: readonly Answer[], options: object = {}) {
  const heard: Heard[] = [];
  let next = 0;
  const http = createHttp({
    clock: systemClock,
    secrets: [KEY],
    fetch: async (request) => {
      const { method, url, headers } = request;
      const body = await request.text();
      heard.push({ method, url: new URL(url), headers: Object.fromEntries(headers), body });
      const answer = answers[Math.min(next++, answers.length - 1)];
      if (!answer) throw new Error('nothing is scripted');
      return respond(answer);
    },
  });
  const parsed: unknown = definition.options.parse(withKey(options));
  return {
    provider: definition.create({ options: parsed, http, models: definition.models, now: systemClock.now }),
    heard,
  };
}

/** Options with the key under its usual name, unless they say `apiKey: undefined`: then there is no such option. */
export function withKey(options: object): object {
  return Object.fromEntries(
    Object.entries({ apiKey: KEY, ...options }).filter(([, value]) => value !== undefined),
  );
}

function respond({ status, body, headers = {} }: Answer): Response {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  const hasNone = status === 204 || text === '';
  return new Response(hasNone ? null : text, { status, headers: { 'content-type': type, ...headers } });
}

/** The default canary as this model's order. */
export function orderOf(provider: Provider, model: string): Order {
  const order = provider.plan(DEFAULT_CANARY, model);
  if ('impossible' in order) throw new Error(order.impossible);
  return order;
}

/** The HttpError that a call ends with; anything else is a failure of the test. */
export async function failing(work: Promise<unknown>): Promise<HttpError> {
  const outcome: unknown = await work.then(
    (value) => new Error(`expected an HttpError, got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof HttpError) return outcome;
  throw outcome;
}

/** An error as the door would throw it for this answer. */
export function errorOf({ status, body, headers = {} }: Answer): HttpError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new HttpError('status', `GET https://provider.test/ answered ${status}`, {
    status,
    headers,
    body: text.slice(0, 4_000),
  });
}

/** The labelled error answers of a provider, each with its source. */
export function errorsOf(provider: string): (Answer & { code: string | null; cause: string | null })[] {
  const file = new URL(`../fixtures/${provider}/errors.json`, import.meta.url);
  const { errors } = JSON.parse(readFileSync(file, 'utf8')) as { errors: ReturnType<typeof errorsOf> };
  return errors;
}
