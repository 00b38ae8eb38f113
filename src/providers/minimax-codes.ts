/** How MiniMax says no, in both of its video APIs: inside of HTTP 200 (V1), or as an error object (V2). */

import { z } from 'zod';
import type { Cause } from '../core/model.ts';
import { HttpError, type Reply } from '../ports/http.ts';
import type { Explained } from '../ports/provider.ts';
import { codeTable } from './define.ts';
import { codeOf, errorIn, fieldsOf, firstSaid, plainText, readError, say, type Fields } from './read.ts';

/**
 * platform.minimaxi.com/docs/api-reference/errorcode and …/video-generation-v2-create as checked on 2026-08-23; 1028,
 * 1030 and 2061 from mmx-cli 1.0.27.
 */
const causeInTable = codeTable({
  auth: '1004 2049 authorized_error',
  // Token plans: quota used up (1028, 1030), resources used up (2056).
  no_credit: '1008 1028 1030 2056 insufficient_balance_error',
  // The token plan does not cover the model.
  no_access: '2061',
  rate_limited: '1002 1041 rate_limit_error',
  unavailable: '1000 1024 1033 server_error',
  timeout: '1001 expired',
  // 1026: what we asked for; 1027: what came of it.
  moderated: '1026 1027',
  bad_request: '1039 1042 2013 bad_request_error unprocessable_entity_error',
  interrupted: 'cancelled',
});
const SENSITIVE = /sensitive|content (filter|policy|safety)|敏/i;
const RATE = /\b(rate|rpm|tpm)\b|too (many|frequent)/i;
const NO_MODEL = /\bunknown model\b|\bmodel\b.{0,60}\bnot (exist|found|supported)\b/i;

/**
 * What a code stands for. The docs call 1002 a rate limit and 1039 a count of tokens, MiniMax's own client calls both
 * a content filter: there the message decides. A model that is unknown has no code of its own (public issues, 2026-11).
 */
export function causeOfMinimaxCode(code: string | null, message = ''): Cause | null {
  switch (code ?? '') {
    case '1002':
    case 'unprocessable_entity_error':
      return SENSITIVE.test(message) ? 'moderated' : causeInTable(code);
    case '1039':
      if (SENSITIVE.test(message)) return 'moderated';
      return RATE.test(message) ? 'rate_limited' : causeInTable(code);
    case '2013':
    case 'bad_request_error':
      return NO_MODEL.test(message) ? 'model_missing' : causeInTable(code);
    default:
      return causeInTable(code);
  }
}

/** V2 has words for its errors, and V1's number in brackets at the end of the message: `… (1026)`. */
const IN_BRACKETS = /\((\d{4})\)\s*$/;

/** Reads an error of either API; the number goes before the word. */
export function explainMinimax(error: HttpError): Explained {
  const body = readError(error.body);
  const [base, inner] = [fieldsOf(body['base_resp']), fieldsOf(body['error'])];
  const message = firstSaid(base['status_msg'], inner['message'], body['message']) ?? plainText(error);
  const numbers = [codeOf(base['status_code']), IN_BRACKETS.exec(message)?.[1] ?? null];
  const codes = [...numbers, codeOf(inner['type'])].filter((code) => code !== null);
  const code = codes.find((code) => causeOfMinimaxCode(code, message) !== null) ?? codes[0] ?? null;
  return { code, message, cause: causeOfMinimaxCode(code, message) };
}

/** Any object: what is in it depends on whether it is an error. */
export const minimaxAnswer: z.ZodType<Fields> = z.looseObject({});

/** By these statuses the caller asks again or not. */
const PASSING: Partial<Record<Cause, number>> = { rate_limited: 429, unavailable: 500, timeout: 504 };

/** The number in `base_resp`, which stands beside what an answer says; null where all is well. */
export function numberIn(body: Fields): string | null {
  const code = codeOf(fieldsOf(body['base_resp'])['status_code']);
  return code === '0' ? null : code;
}

/** Throws what an answer says with status 200 as the door would have thrown it; gives back an answer that is none. */
export function orThrow(reply: Reply<Fields>): Fields {
  const { body } = reply;
  if (numberIn(body) === null && body['type'] !== 'error') return body;
  const text = JSON.stringify(body).slice(0, 4_000);
  const { code, message, cause } = explainMinimax(new HttpError('status', 'an error', { body: text }));
  const said = say(`MiniMax answered with code ${code ?? 'missing'}: ${message}`) ?? message;
  throw errorIn(reply, 'status', said, { status: cause === null ? undefined : PASSING[cause] });
}
