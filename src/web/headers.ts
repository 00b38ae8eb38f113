/** The headers that every answer carries, and the longest address that is read. */

import type { App } from './context.ts';
import { sendProblem } from './problem.ts';

/** Longer than any address that is linked anywhere, ids of the greatest length included. */
export const URL_CHARACTERS_MAX = 8_000;

/** Everything comes from here; nothing inline; nobody frames us. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Swagger UI writes style attributes and shows its icons from data addresses; its scripts are files. */
export const CSP_DOCS = CSP.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
  "img-src 'self'",
  "img-src 'self' data:",
);

/** For what a mounted handler answers without a policy of its own: a plain page with its style inside may be shown. */
export const CSP_EXTRA = CSP_DOCS.replace("form-action 'none'", "form-action 'self'").replace(
  "script-src 'self'; ",
  "media-src 'self'; ",
);

export const STRICT_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CSP,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export function useHeaders(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(STRICT_HEADERS);
    if (request.url.length > URL_CHARACTERS_MAX)
      return sendProblem(reply, 414, 'The address is longer than this server reads.');
  });
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}
