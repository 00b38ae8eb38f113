/** Slack through an incoming webhook. The library writes the request; our own door carries it. */

import { IncomingWebhook, IncomingWebhookHTTPError, IncomingWebhookRequestError } from '@slack/webhook';
import type { FetchFunction } from '@slack/webhook';
import { z } from 'zod';
import { SECOND } from '../core/base.ts';
import { EFFECT_TYPES } from '../core/effect.ts';
import type { Delivery } from '../ports/channels.ts';
import { HttpError } from '../ports/http.ts';
import type { Http } from '../ports/http.ts';
import { duration, secret } from '../ports/options.ts';
import { defineChannel } from './define.ts';
import { slackMessage } from './format/slack.ts';
import type { SlackMessage } from './format/slack.ts';

const timeoutMs = 10 * SECOND;
const whyCharactersMax = 300;

const options = z.strictObject({
  url: secret('').refine(isWebhook, 'Expected the http or https address of a webhook').meta({
    description:
      'The incoming webhook, `https://hooks.slack.com/services/…`. Whoever has it can post. Only the answer `ok` counts as delivered.',
    secret: true,
  }),
  mention: z
    .string()
    .regex(
      /^<(!here|!channel|!everyone|!subteam\^S[A-Z0-9]+|@[UW][A-Z0-9]+)>$/,
      'Expected <!here>, <!channel>, <!subteam^S…> or <@U…>',
    )
    .optional()
    .meta({ description: 'Whom to wake when a target goes down: `<!subteam^S123>`, `<@U123>`, `<!here>`.' }),
  username: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .meta({ description: 'The name to post under; only legacy webhooks and Slack look-alikes honour it.' }),
  hears: z
    .array(z.enum(EFFECT_TYPES))
    .min(1)
    .default([...EFFECT_TYPES])
    .meta({ description: 'The events to tell.' }),
  frames: z.boolean().default(false).meta({
    description:
      "Show the frame of a failing video. Slack fetches it, so `server.publicUrl` must be reachable from Slack's servers.",
  }),
  gap: duration('The least time between two messages; Slack takes one a second per webhook.').prefault('1s'),
});

export const slack = defineChannel({
  name: 'slack',
  title: 'Slack (incoming webhook)',
  options,
  create: ({ options, http }) => ({
    hears: (effect) => options.hears.includes(effect.type),
    gapMs: options.gap,
    tell: async (telling, _key, signal) => {
      const mention = options.mention ?? null;
      const framed = slackMessage(telling, { mention, frames: options.frames });
      const delivery = await send(http, options, framed, signal);
      if (delivery.is !== 'refused' || !framed.blocks.some(({ type }) => type === 'image')) return delivery;
      // A picture that Slack cannot fetch makes it refuse the whole message: better without than never.
      return send(http, options, slackMessage(telling, { mention, frames: false }), signal);
    },
  }),
});

async function send(
  http: Http,
  { url, username }: { url: string; username?: string | undefined },
  message: SlackMessage,
  signal: AbortSignal,
): Promise<Delivery> {
  const door = fetchThrough(http, signal);
  const webhook = new IncomingWebhook(url, {
    ...(username === undefined ? {} : { username }),
    fetch: door.fetch,
  });
  try {
    const answer = await webhook.send({ ...message, unfurl_links: false, unfurl_media: false });
    // A proxy, a login page or a broken relay answers 200, too; only Slack answers `ok`.
    if (answer.text.trim() === 'ok') return { is: 'done' };
    const why = `Slack answered ${bodyText(answer.text)} instead of ok`.slice(0, whyCharactersMax);
    return { is: 'retry', afterMs: null, why };
  } catch (error) {
    if (error instanceof IncomingWebhookHTTPError)
      return deliveryOf(error.statusCode, error.body, door.retryAfterMs());
    if (error instanceof IncomingWebhookRequestError && error.original instanceof HttpError)
      // The code only: the message would name the webhook, which is a secret.
      return { is: 'retry', afterMs: null, why: `no answer from Slack: ${error.original.code}` };
    throw error;
  }
}

/** What an answer outside 2xx means (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, 2026-11-21). */
function deliveryOf(status: number, body: string, retryAfterMs: number | null): Delivery {
  const why = `Slack answered ${status} ${body.trim()}`.trim().slice(0, whyCharactersMax);
  if (status === 429) return { is: 'retry', afterMs: retryAfterMs, why, scope: 'channel' };
  if (status >= 500) return { is: 'retry', afterMs: retryAfterMs, why };
  if (status === 408 || status < 400) return { is: 'retry', afterMs: null, why };
  return { is: 'refused', why, ...(OF_THE_CHANNEL.has(status) && { scope: 'channel' as const }) };
}

/** The webhook, its channel or its app is refused, not the message; a proxy in front says the same while it is repaired. */
const OF_THE_CHANNEL: ReadonlySet<number> = new Set([401, 403, 404, 410]);

/** What the body of a 2xx was; our door reads the empty one as the JSON text `""`. */
function bodyText(text: string): string {
  const body = text.trim();
  return body === '' || body === '""' ? 'nothing' : body;
}

/**
 * Our door in the shape the library wants. An answer of any status is an answer; what never came is thrown.
 * The library keeps no headers of a refusal, so Retry-After is remembered beside it.
 */
function fetchThrough(http: Http, signal: AbortSignal) {
  let retryAfterMs: number | null = null;
  const fetch: FetchFunction = async (to, init = {}) => {
    const url = new URL(to);
    const payload = { text: typeof init.body === 'string' ? init.body : '', type: 'application/json' };
    const api = http.at(url.origin, {});
    try {
      const { status, headers, body } = await api.send(
        'POST',
        url.pathname + url.search,
        payload,
        ANY,
        signal,
        {
          headers: init.headers ?? {},
          timeoutMs,
          whenEmpty: '',
        },
      );
      return answerOf(url, status, headers, JSON.stringify(body));
    } catch (error) {
      if (!(error instanceof HttpError) || error.status === null) throw error;
      // `bad_json` is Slack's ordinary answer: the bare word `ok`.
      if (error.code !== 'status' && error.code !== 'bad_json') throw error;
      retryAfterMs = error.retryAfterMs;
      return answerOf(url, error.status, error.headers, error.body);
    }
  };
  return { fetch, retryAfterMs: () => retryAfterMs };
}

const ANY = { parse: (value: unknown) => value };

function answerOf(url: URL, status: number, headers: Record<string, string>, text: string) {
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText: '',
    url: url.href,
    // Not `new Headers`: to touch that name makes Node load a second undici, its own.
    headers: {
      get: (name: string) => headers[name.toLowerCase()] ?? null,
      entries: () => Object.entries(headers),
    },
    text: () => Promise.resolve(text),
    json: () => Promise.resolve(JSON.parse(text) as unknown),
    arrayBuffer: () => Promise.resolve(new TextEncoder().encode(text).buffer),
  };
}

function isWebhook(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}
