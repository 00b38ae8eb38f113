/** Reading what a provider answers with care: what the adapters share of listening. */

import { z } from 'zod';
import { clamp } from '../core/base.ts';
import { salvage } from '../core/errors.ts';
import { HttpError, InlineFile, type Reply } from '../ports/http.ts';
import type { JobStatus } from '../ports/provider.ts';

const MESSAGE_CHARACTERS_MAX = 500;
const CODE_CHARACTERS_MAX = 100;
const JOB_ID_CHARACTERS_MAX = 600;
const URL_CHARACTERS_MAX = 4_000;
const BODY_CHARACTERS_MAX = 4_000;
const NESTING_MAX = 3;
/** No single canary costs more; a larger figure is a mistake in the answer and is not believed. */
const COST_USD_MAX = 1_000;

/** A job id as it may stand in a path: nothing that could lead the key elsewhere. */
export const jobId = z
  .string()
  .max(JOB_ID_CHARACTERS_MAX)
  .regex(/^\w[\w.:-]*$/, 'Expected the id of a job');

/** A video in the answer itself, in base64; a long one was decoded at the door. */
export const inlineVideo = z.union([z.string().min(1), z.instanceof(InlineFile)]);

/** Where a provider says that a video lies. */
export const videoUrl = z
  .url({ protocol: /^https?$/, error: 'Expected the address of a video' })
  .max(URL_CHARACTERS_MAX);

/**
 * An address that an answer gave, if the key may go there: on the origin of our base, and without a login of its own.
 * What is no whole address is looked for below the base.
 */
export function ownAddress(base: string, told: unknown): URL | null {
  const there = typeof told === 'string' ? URL.parse(told, `${base.replace(/\/+$/, '')}/`) : null;
  if (there === null || there.origin !== new URL(base).origin) return null;
  return there.username === '' && there.password === '' ? there : null;
}

/** The same as a path with its query below the base; null where it lies elsewhere. */
export function ownPath(base: string, told: unknown): string | null {
  const there = ownAddress(base, told);
  const prefix = new URL(base).pathname.replace(/\/+$/, '');
  if (there === null || !there.pathname.startsWith(`${prefix}/`)) return null;
  return `${there.pathname.slice(prefix.length)}${there.search}`;
}

/** Dollars as an answer states them; null for what no canary can cost. */
export function costOf(usd: unknown): number | null {
  return typeof usd === 'number' && usd >= 0 && usd <= COST_USD_MAX ? usd : null;
}

/** A cost and who reckoned it, as a status carries them: of no cost nothing more is said. */
export function costing(
  usd: number | null,
  costFrom: 'provider' | 'computed',
): Pick<JobStatus & { is: 'done' }, 'costUsd' | 'costFrom'> {
  const costUsd = costOf(usd);
  return { costUsd, ...(costUsd !== null && { costFrom }) };
}

/** A share of 0..1 from a provider's progress, given what it counts to. */
export function progressOf(value: unknown, whole: number): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? clamp(value / whole, 0, 1) : null;
}

/** Reads part of an answer that the door has already taken; throws 'bad_json' like the door does. */
export function readAs<T>(shape: { parse: (value: unknown) => T }, value: unknown, reply: Reply<unknown>): T {
  try {
    return shape.parse(value);
  } catch (cause) {
    throw errorIn(reply, 'bad_json', 'answered with JSON of another shape', { cause });
  }
}

/**
 * What is wrong with an answer that the door has let in, as the door would have thrown it.
 * @param more.status in place of the answer's own, where an error came with success
 */
export function errorIn(
  { status, headers, body }: Reply<unknown>,
  code: 'bad_json' | 'status',
  text: string,
  more: { status?: number | undefined; cause?: unknown } = {},
): HttpError {
  return new HttpError(code, text, {
    status: more.status ?? status,
    headers,
    body: JSON.stringify(body).slice(0, BODY_CHARACTERS_MAX),
    cause: more.cause,
  });
}

/** A job that the provider has forgotten, or never knew, however it says so. */
export function noSuchJob(title: string, id: string): HttpError {
  return new HttpError('status', `${title} knows no task ${id}`, { status: 404, body: `no task ${id}` });
}

/** Text for people from anything: cut, without line breaks. Null where there is none. */
export function say(value: unknown, charactersMax = MESSAGE_CHARACTERS_MAX): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value).replace(/\s+/g, ' ').trim().slice(0, charactersMax);
  return text === '' ? null : text;
}

/** The first of these values that is a text or a number with something in it. */
export function firstSaid(...values: unknown[]): string | null {
  return values.map((value) => say(value)).find((text) => text !== null) ?? null;
}

/** A provider's code, whether it came as a text or a number. */
export function codeOf(value: unknown): string | null {
  return say(value, CODE_CHARACTERS_MAX);
}

/** Waits for a call, and takes an answer with one of these statuses for success too. */
export async function allowing(statuses: readonly number[], call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof HttpError && statuses.includes(error.status ?? 0))) throw error;
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; none for anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/**
 * The fields of an error body. JSON inside of JSON is unwrapped (gateways pass on what they were told as a text);
 * of JSON that was cut off, whatever can still be read; of HTML and other text, none. Never throws.
 */
export function readError(body: string): Fields {
  let here = parsed(body) ?? salvage(body);
  for (let depth = 0; depth < NESTING_MAX; depth++) {
    const nested = [here['error'], here['message'], here['detail'], fieldsOf(here['error'])['message']];
    const inner = nested.map((value) => (typeof value === 'string' ? parsed(value) : null)).find(Boolean);
    if (!inner) break;
    here = inner;
  }
  return here;
}

function parsed(text: string): Fields | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return null;
  }
}

/** What an error says to people where its fields say nothing: the body's plain text, else the door's own words. */
export function plainText(error: HttpError): string {
  const text = error.body.replace(/<(script|style)\b[^<>]*>[^<]*<\/\1>/gi, ' ').replace(/<[^<>]*>/g, ' ');
  return say(text) ?? say(error.message) ?? error.code;
}
