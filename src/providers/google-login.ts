/** The door to google-auth-library: tokens for a service account, fetched through our own door to the network. */

import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import type { Instant } from '../core/base.ts';
import { MINUTE, SECOND } from '../core/base.ts';
import { HttpError, type Http } from '../ports/http.ts';

const TOKEN_CHARACTERS_MAX = 8_000;
const LIFE_SECONDS_MAX = 3_600;
/** A token is used until this long before its end, or for half of its life where that is longer. */
const MARGIN_MS = 5 * MINUTE;

const CREDENTIALS = z.object({
  client_email: z.email(),
  private_key: z.string().refine(isRsaKey),
  project_id: z.string().max(100).optional(),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
});

/** What a key file of a service account says. */
export type GoogleAccount = z.output<typeof CREDENTIALS>;

/** Reads the JSON of a key file; null where it is no service account with a key that can sign. */
export function readAccount(text: string): GoogleAccount | null {
  try {
    const parsed = CREDENTIALS.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

export interface GoogleLogin {
  /** The header that proves who we are; throws HttpError, a refused login as status 401. */
  headers: (signal: AbortSignal) => Promise<Record<string, string>>;
  /** Drops the token at hand, after an API has refused it. */
  forget: () => void;
}

const answer = z.object({
  access_token: z
    .string()
    .max(TOKEN_CHARACTERS_MAX)
    .regex(/^[\x21-\x7e]+$/),
  expires_in: z.number().positive(),
});

/** Signs in as a service account (RFC 7523), and again whenever the token at hand is about to end. */
export function createGoogleLogin(given: {
  http: Http;
  account: GoogleAccount;
  scope: string;
  now: () => Instant;
}): GoogleLogin {
  const { http, account, now } = given;
  const { origin, pathname, search } = new URL(account.token_uri);
  const api = http.at(origin, {});
  let held: { token: string; until: Instant } | null = null;

  const signIn = async (signal: AbortSignal): Promise<string> => {
    // Nobody who has no service account pays for the library's memory.
    const { GoogleToken } = await import('google-auth-library');
    const iat = Math.floor(now() / SECOND);
    const library = new GoogleToken({
      email: account.client_email,
      key: account.private_key,
      scope: given.scope,
      // The library knows one token endpoint and the machine's clock only.
      additionalClaims: { aud: account.token_uri, iat, exp: iat + LIFE_SECONDS_MAX },
      transporter: {
        request: async (options) => {
          // The library writes a form; anything else would be another version of it.
          const form = options.data instanceof URLSearchParams ? options.data : new URLSearchParams();
          const payload = { text: form.toString(), type: 'application/x-www-form-urlencoded' };
          const credentials = form.getAll('assertion');
          const path = `${pathname}${search}`;
          const { body } = await api.send('POST', path, payload, answer, signal, { credentials });
          return { data: body } as never;
        },
      },
    });
    const { access_token: token, expires_in: seconds } = answer.parse(await library.getToken());
    const lifeMs = Math.min(seconds, LIFE_SECONDS_MAX) * SECOND;
    held = { token, until: now() + Math.max(lifeMs - MARGIN_MS, lifeMs / 2) };
    return token;
  };

  return {
    headers: async (signal) => {
      const isGood = held !== null && now() < held.until;
      const token = isGood && held !== null ? held.token : await signIn(signal).catch(refused);
      return { authorization: `Bearer ${token}` };
    },
    forget: () => {
      held = null;
    },
  };
}

/** The token endpoint says 400 for a bad login, and its 404 is no news of a job: what it refuses is our login. */
function refused(error: unknown): never {
  if (!(error instanceof HttpError)) throw error;
  const { code, status, headers, body, message } = error;
  const isOurs = code === 'status' && status !== null && status >= 400 && status < 500;
  if (!isOurs || status === 429 || status === 408) throw error;
  throw new HttpError('status', message, { status: 401, headers, body, cause: error });
}
