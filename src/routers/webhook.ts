/**
 * Pushes a route's weights to a webhook, signed after Standard Webhooks 1.0.0, symmetrically and asymmetrically
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, checked 2026-11-22).
 */

import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { SECOND, unreachable } from '../core/base.ts';
import type { RoutePlan } from '../core/route.ts';
import type { Applied } from '../ports/channels.ts';
import { HttpError } from '../ports/http.ts';
import type { Http } from '../ports/http.ts';
import type { Signer } from '../ports/signer.ts';
import { secret } from '../ports/options.ts';
import { pushBody } from './body.ts';
import { defineSink } from './define.ts';

const timeoutMs = 3 * SECOND;
const whyCharactersMax = 300;
/** The lengths of a key that Standard Webhooks allows. */
const keyBytesMin = 24;
const keyBytesMax = 64;

function signingSecret(description: string) {
  return secret(description)
    .refine(isSecret, `Expected whsec_ and the base64 of ${keyBytesMin} to ${keyBytesMax} bytes`)
    .meta({ description, secret: true });
}

const plain = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'Expected an http or https address' })
    .refine(hasNoPassword, 'Expected an address without a user name or password')
    .meta({ description: 'Where the router listens. Redirects are not followed.' }),
  secret: signingSecret(
    'Signs every push by HMAC (`v1`): `whsec_` and base64, as Standard Webhooks writes keys. Without it: a push has ' +
      "only the Ed25519 signature (`v1a`) of the daemon's own key, which every push has.",
  ).optional(),
  previousSecret: signingSecret(
    'While secrets are being exchanged: pushes carry another `v1` signature, with this one.',
  ).optional(),
  routes: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({ description: 'The routes that are pushed; all of them when left out.' }),
});

const options = plain.refine(
  ({ secret, previousSecret }) => secret !== undefined || previousSecret === undefined,
  { path: ['previousSecret'], error: 'Expected a "secret" beside it, which replaces it' },
);

export const webhook = defineSink({
  name: 'webhook',
  title: 'Signed webhook (Standard Webhooks)',
  options,
  create: ({ options, http, clock, signer }) => {
    const secrets = [options.secret, options.previousSecret].filter((secret) => secret !== undefined);
    return {
      routes: options.routes ?? null,
      push: (plan, validUntil, signal) => {
        const body = pushBody(plan, validUntil);
        const headers = signedHeaders(pushId(plan), Math.floor(clock.now() / SECOND), body, {
          secrets,
          signer,
        });
        return push(http, new URL(options.url), { plan, body, headers }, signal);
      },
    };
  },
});

/** `epoch.generation.route`: the same plan has the same id, however often it is pushed. */
function pushId(plan: RoutePlan): string {
  return `${plan.epoch}.${plan.generation}.${plan.route}`;
}

function signedHeaders(
  id: string,
  timestampS: number,
  body: string,
  keys: { secrets: readonly string[]; signer: Signer },
): Record<string, string> {
  const signed = Buffer.from(`${id}.${timestampS}.${body}`);
  const macs = keys.secrets.map((secret) => {
    const mac = createHmac('sha256', keyOf(secret)).update(signed);
    return `v1,${mac.digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': [...macs, keys.signer.sign(signed)].join(' '),
    'user-agent': 'reelwatch/1',
  };
}

/** What a receiver may say of what it now holds; anything else counts as "applied as sent". */
const Answer = z
  .object({
    applied: z.object({ epoch: z.int().nonnegative(), generation: z.int().nonnegative() }).nullable(),
  })
  .catch({ applied: null });

async function push(
  http: Http,
  url: URL,
  sent: { plan: RoutePlan; body: string; headers: Record<string, string> },
  signal: AbortSignal,
): Promise<Applied> {
  const { epoch, generation } = sent.plan;
  try {
    const reply = await http
      .at(url.origin, {})
      .send(
        'POST',
        url.pathname + url.search,
        { text: sent.body, type: 'application/json' },
        Answer,
        signal,
        { headers: sent.headers, timeoutMs, whenEmpty: {} },
      );
    return { is: 'applied', ...(reply.body.applied ?? { epoch, generation }) };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return appliedOf(error, { epoch, generation });
  }
}

function appliedOf(error: HttpError, sent: { epoch: number; generation: number }): Applied {
  switch (error.code) {
    case 'bad_json':
      // A 2xx in a body we cannot read, such as `ok`, is still a 2xx.
      return { is: 'applied', ...sent };
    case 'status': {
      const why = `the router answered ${error.status ?? 0} ${error.body.trim()}`.slice(0, whyCharactersMax);
      if (error.status === 409) return { is: 'stale', why };
      if (error.status === 410) return { is: 'unsubscribed', why };
      return { is: 'retry', afterMs: error.retryAfterMs, why };
    }
    case 'redirect':
      return {
        is: 'retry',
        afterMs: null,
        why: 'the router answered with a redirect, which is not followed',
      };
    case 'timeout':
    case 'connect':
    case 'reset':
    case 'body_too_large':
    case 'address_refused':
    case 'aborted':
      return { is: 'retry', afterMs: null, why: `no answer from the router: ${error.code}` };
    default:
      return unreachable(error.code);
  }
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice('whsec_'.length), 'base64');
}

function isSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const { length } = keyOf(text);
  return length >= keyBytesMin && length <= keyBytesMax;
}

function hasNoPassword(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.password === '';
}
