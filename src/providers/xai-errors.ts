/** What xAI's errors mean: gRPC's codes, and sentences where a code stands for two things. */

import type { Cause } from '../core/model.ts';
import type { HttpError } from '../ports/http.ts';
import type { Explained } from '../ports/provider.ts';
import { codeTable } from './define.ts';
import { codeOf, fieldsOf, firstSaid, plainText, readError } from './read.ts';

/**
 * Codes are gRPC's names, in an answer either as words or as the sentence that gRPC has for them; the same in a job's
 * `error` (xAI's protobuf, xai-sdk-python 1.19.0; public issues, 2026-11-21). `permission-denied` also stands for an
 * empty account, `invalid-argument` also for a bad key: there the sentence decides, below.
 */
const causeOfCode = codeTable({
  moderated: 'respect-moderation',
  timeout: 'expired deadline-exceeded',
  auth: 'unauthenticated',
  no_access: 'permission-denied',
  model_missing: 'not-found',
  bad_request: 'invalid-argument failed-precondition out-of-range',
  rate_limited: 'resource-exhausted',
  overloaded: 'unavailable service-unavailable',
  unavailable: 'internal internal-error unknown',
});
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^client specified an invalid argument/i, 'invalid-argument'],
  [/^some requested entity was not found/i, 'not-found'],
  [/^the caller does not have permission/i, 'permission-denied'],
  [/^some resource has been exhausted/i, 'resource-exhausted'],
  [/^the service is currently unavailable/i, 'unavailable'],
  [/^internal error/i, 'internal'],
];

/** What a code of an answer or of a failed job stands for; null where it is not gRPC's. */
export function causeOf(code: string | null): Cause | null {
  if (code === null) return null;
  const known = SENTENCES.find(([pattern]) => pattern.test(code))?.[1];
  return causeOfCode(known ?? code.toLowerCase().replaceAll('_', '-'));
}

/**
 * What xAI says under a code that means something else: seen in public issues of 2025-09 to 2026-09. A bad key comes
 * with status 400 and an empty account with 403 or 429, so that neither code nor status tells them.
 */
const SAID: readonly (readonly [RegExp, Cause])[] = [
  [/^incorrect api key provided/i, 'auth'],
  [/\bused all available credits\b|\bmonthly spending limit\b|\brun out of credits\b/i, 'no_credit'],
  [/\brejected by content moderation\b/i, 'moderated'],
  [/^the model \S+ was deprecated on\b/i, 'retired'],
  [/^model not found\b|^the model \S+ does not exist or your team\b/i, 'model_missing'],
];

/** Reads an error answer. Three shapes: `{error: {message, code}}`, `{code, error}` and `{error}` (@ai-sdk/xai 5.0.12 src/xai-error.ts). */
export function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const inner = fieldsOf(body['error']);
  const code = codeOf(firstSaid(inner['code'], body['code']));
  const message = firstSaid(inner['message'], body['error'], body['message']) ?? plainText(error);
  const said = SAID.find(([pattern]) => pattern.test(message))?.[1];
  // Where the status says that it is our key or account, no code says otherwise.
  const isOurs = [401, 402, 403].includes(error.status ?? 0);
  return { code, message, cause: said ?? (isOurs ? null : causeOf(code)) };
}
