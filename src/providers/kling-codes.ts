/** What Kling's two APIs share: an envelope with a code, the table of codes, and sentences that mean a refusal. */

import { z } from 'zod';
import type { Cause } from '../core/model.ts';
import { HttpError, type Reply } from '../ports/http.ts';
import type { Explained } from '../ports/provider.ts';
import { codeTable } from './define.ts';
import { codeOf, errorIn, plainText, readError, say } from './read.ts';

export const klingEnvelope = z
  .object({ code: z.number(), message: z.unknown(), data: z.unknown() })
  .partial();
export type KlingEnvelope = z.output<typeof klingEnvelope>;

/** The statuses of the codes that pass, by the vendor's table (unverified): by them the caller asks again or not. */
const PASSING: Readonly<Record<number, number>> = { 1302: 429, 1303: 429, 5000: 500, 5001: 503, 5002: 504 };

/**
 * The `data` of an answer. An error may come with status 200: the code decides.
 * @throws HttpError as the door would have thrown it
 */
export function klingData(reply: Reply<KlingEnvelope>): unknown {
  const { code, message, data } = reply.body;
  if (code === 0) return data;
  const text = `Kling answered with code ${code ?? 'missing'}: ${say(message) ?? 'no message'}`;
  throw errorIn(reply, code === undefined ? 'bad_json' : 'status', text, { status: PASSING[code ?? 0] });
}

/** The vendor's table as checked on 2026-08-23; 429 stands for arrears and for rate limits, so only the code decides. */
export const causeOfKlingCode = codeTable({
  auth: '1000 1001 1002 1003 1004',
  // Account abnormal; no permission for the model; our address is not on the account's list.
  no_access: '1100 1103 1304',
  // In arrears; resource pack used up or expired.
  no_credit: '1101 1102',
  bad_request: '1200 1201 1202',
  model_missing: '1203',
  moderated: '1300 1301',
  rate_limited: '1302 1303',
  unavailable: '5000 5001',
  timeout: '5002',
});

/** Reads an error by its code. */
export function explainKling(error: HttpError): Explained {
  const body = readError(error.body);
  const code = codeOf(body['code']);
  const message = say(body['message']) ?? plainText(error);
  return { code, message, cause: causeOfKlingCode(code) };
}

/** Kling forgets tasks after 30 days and says so with 1203, the code it also has for models. */
export function isUnknownKlingTask(error: unknown): boolean {
  return error instanceof HttpError && explainKling(error).code === '1203';
}

/** A failed task has a sentence and no code. These words mean a refusal (public client of this API, 2026-11-21). */
const REFUSAL = /risk[ -]control|content review|moderation|sensitive|violat\w*/i;

/** The words of a failed task that stand for its code; null where they tell nothing. */
export function klingJobCode(message: string): string | null {
  return REFUSAL.exec(message)?.[0] ?? null;
}

/** The cause that a code of a failed task stands for; null where unknown. */
export function causeOfKlingJob(code: string): Cause | null {
  return causeOfKlingCode(code) ?? (REFUSAL.test(code) ? 'moderated' : null);
}
