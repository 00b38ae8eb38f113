/**
 * From what an error said to its cause. The vendor's own table goes first, then codes whose words are clear, then the
 * status where it stands for one thing, then the sentence, then what codes and status usually stand for.
 */

import { readCodes } from './codes.ts';
import { statusOf } from './errors.ts';
import type { Cause } from './model.ts';
import { readText } from './phrases.ts';

export interface Said {
  /** From the vendor's table; null where the code is not in it. */
  hint: Cause | null;
  codes: readonly string[];
  text: string;
  status: number | null;
  /** An accepted job that failed: then key, rights and model's name were good, whatever its message speaks of. */
  isJob?: boolean;
}

export interface Meaning {
  cause: Cause;
  by: 'table' | 'code' | 'status' | 'text';
  /** The code, the status or the words that decided, verbatim. */
  what: string;
}

/** What a status stands for where nothing else is said. */
const BY_STATUS: Readonly<Record<number, Cause>> = {
  400: 'bad_request',
  401: 'auth',
  402: 'no_credit',
  403: 'no_access',
  404: 'model_missing',
  405: 'bad_request',
  408: 'timeout',
  409: 'bad_request',
  410: 'retired',
  413: 'bad_request',
  415: 'bad_request',
  422: 'bad_request',
  425: 'rate_limited',
  429: 'rate_limited',
  503: 'overloaded',
  504: 'timeout',
  529: 'overloaded',
};

const REFUSED = 'no_credit moderated no_access rate_limited model_missing retired bad_request auth';
/**
 * What words may turn a status into. Vendors bill with 400, 401, 403, 429 and 500, and moderate with most of them
 * (public issues, 2026-11); but no sentence makes a refused key the provider's fault, nor an outage ours.
 */
const WORDS_MAY: Readonly<Record<number, string>> = {
  401: 'no_credit',
  402: 'no_credit',
  403: REFUSED,
  404: REFUSED,
  405: 'bad_request',
  408: 'timeout',
  410: 'retired bad_request no_access',
  413: 'bad_request',
  415: 'bad_request',
  425: 'rate_limited',
  429: 'rate_limited no_credit overloaded no_access bad_request retired',
  500: 'no_credit moderated overloaded timeout rate_limited retired unavailable bad_output',
  504: 'timeout',
  529: 'overloaded',
};
const WORDS_MAY_JOB =
  'no_credit moderated overloaded timeout rate_limited bad_request unavailable bad_output';
const WORDS_MAY_5XX = 'no_credit moderated overloaded timeout rate_limited unavailable bad_output';

/** Reads an error by all that is known of it; null where nothing decides. */
export function meaningOf(said: Said): Meaning | null {
  const { hint, codes, text } = said;
  const status = errorStatus(said);
  // A table that names no code and says what the status says anyway has not read the sentence.
  const isEcho = codes.length === 0 && status !== null && hint === causeOfStatus(status);
  if (hint !== null && !isEcho) return refined(hint, said);
  const code = readCodes(codes);
  // A code that only repeats the status leaves the sentence to say why: `rateLimitExceeded` where there is no capacity.
  const repeats = code?.isSharp === true && status !== null && code.cause === causeOfStatus(status);
  if (code?.isSharp === true && !repeats) return { cause: code.cause, by: 'code', what: code.code };
  const words = said.isJob === true ? WORDS_MAY_JOB : wordsAt(status);
  const isAllowed = (cause: Cause) => words === null || words.split(' ').includes(cause);
  const phrase = readText(text, isAllowed, status === 404 || status === 410);
  if (phrase !== null) return { cause: phrase.cause, by: 'text', what: phrase.words };
  // `invalid_request_error` is what many send beside every status from 400 to 499.
  const isTelling =
    code !== null &&
    isAllowed(code.cause) &&
    (code.isSharp || status === null || code.cause !== 'bad_request');
  if (isTelling) return { cause: code.cause, by: 'code', what: code.code };
  return status === null ? null : { cause: causeOfStatus(status), by: 'status', what: String(status) };
}

/** What an HTTP status of 400 and more stands for by itself. */
export function causeOfStatus(status: number): Cause {
  return BY_STATUS[status] ?? (status >= 500 ? 'unavailable' : 'bad_request');
}

/** What a sentence may make of a table's answer, where the code stands for several things. */
const REFINES: Partial<Record<Cause, string>> = {
  bad_request: 'auth no_credit moderated no_access retired model_missing bad_request',
  no_access: 'no_credit moderated auth retired model_missing no_access',
  model_missing: 'retired no_access model_missing',
  // Google's RESOURCE_EXHAUSTED stands for quota, capacity, and a request that came by the wrong way.
  rate_limited: 'overloaded no_access bad_request retired rate_limited',
};

/** A table knows codes only: `INVALID_ARGUMENT` is Google's word for a bad key and for a bad field. */
function refined(hint: Cause, said: Said): Meaning {
  const { codes, text } = said;
  const table: Meaning = { cause: hint, by: 'table', what: codes[0] ?? '' };
  const refines = REFINES[hint]?.split(' ');
  const isVague = hint === 'model_missing' || codes.length === 0 || readCodes(codes)?.isSharp === false;
  if (refines === undefined || !isVague || said.isJob === true) return table;
  const words = wordsAt(errorStatus(said))?.split(' ');
  const isAllowed = (cause: Cause) => refines.includes(cause) && (words?.includes(cause) ?? true);
  const phrase = readText(text, isAllowed, [404, 410].includes(errorStatus(said) ?? 0));
  return phrase === null || phrase.cause === hint
    ? table
    : { cause: phrase.cause, by: 'text', what: phrase.words };
}

function errorStatus({ status, codes }: Said): number | null {
  if (status !== null && status >= 400) return status;
  return codes.map(statusOf).find((inner) => inner !== null) ?? null;
}

/** The causes that words may claim at a status; null where they may claim all. */
function wordsAt(status: number | null): string | null {
  if (status === null) return null;
  return WORDS_MAY[status] ?? (status >= 500 ? WORDS_MAY_5XX : null);
}
