/** What the adapters share: choosing within a model's facts, and reading what a provider answers with care. */

import { z } from 'zod';
import { promptText, type Canary } from '../canary/canary.ts';
import { clamp, invariant, type Instant } from '../core/base.ts';
import type { Opaque } from '../core/model.ts';
import type { OrderFacts } from '../core/trace.ts';
import { HttpError, type Reply } from '../ports/http.ts';
import type { Impossible, Provider, SeenNotice } from '../ports/provider.ts';
import type { ModelFacts } from './define.ts';

const MESSAGE_CHARACTERS_MAX = 500;
const CODE_CHARACTERS_MAX = 100;
const JOB_ID_CHARACTERS_MAX = 600;
const URL_CHARACTERS_MAX = 4_000;
const NESTING_MAX = 3;
/** No single canary costs more; a larger figure is a mistake in the answer and is not believed. */
const COST_USD_MAX = 1_000;

type Models = Readonly<Record<string, ModelFacts>>;

/** A canary fitted to one model. */
export interface Choice {
  model: string;
  resolution: string;
  audio: boolean;
  prompt: string;
  negativePrompt: string | null;
  seed: number | null;
  facts: OrderFacts;
}

/** A provider's `plan`: fits the canary to the model, then lets the adapter write the request. */
export function planner(models: Models, request: (choice: Choice) => Opaque): Provider['plan'] {
  return (canary, model) => {
    const choice = choose(canary, model, models);
    return 'impossible' in choice ? choice : { model, facts: choice.facts, request: request(choice) };
  };
}

/** Fits the canary to what the model can do, the shortest and smallest where it leaves the choice. */
export function choose(canary: Canary, model: string, models: Models): Choice | Impossible {
  const facts = Object.hasOwn(models, model) ? models[model] : undefined;
  if (!facts) return { impossible: `model: ${model} is not known here, only ${words(Object.keys(models))}` };
  const { order, prompt } = canary;
  const refuse = (what: string, asked: string, can: string): Impossible => ({
    impossible: `${what}: ${asked} asked, ${model} makes ${can}`,
  });

  const seconds = order.seconds === 'shortest' ? facts.seconds[0] : order.seconds;
  if (seconds === undefined || !facts.seconds.includes(seconds))
    return refuse('seconds', String(seconds), spans(facts.seconds));
  const fitting = Object.entries(facts.sizes).filter(([, sizes]) => Object.hasOwn(sizes, order.aspect));
  if (fitting.length === 0)
    return refuse(
      'aspect',
      order.aspect,
      words([...new Set(Object.values(facts.sizes).flatMap(Object.keys))]),
    );
  const found =
    order.resolution === 'smallest' ? fitting[0] : fitting.find(([name]) => name === order.resolution);
  const size = found?.[1][order.aspect];
  if (!found || !size)
    return refuse(
      'resolution',
      order.resolution,
      words(fitting.map(([name]) => `${name} at ${order.aspect}`)),
    );
  if (order.audio && !facts.audio) return refuse('audio', 'sound', 'none that can be asked for');

  const notes: string[] = [];
  const avoid = !facts.negativePrompt;
  const text = promptText(prompt, { avoid, charactersMax: facts.promptCharactersMax });
  if (text.length < promptText(prompt, { avoid, charactersMax: Infinity }).length)
    notes.push(`prompt cut: ${model} reads ${facts.promptCharactersMax} characters`);
  if (order.seed !== null && !facts.seed) notes.push(`seed left out: ${model} takes none`);
  if (prompt.avoid.length > 0 && avoid)
    notes.push(`what to avoid is said in the prompt: ${model} takes no negative prompt`);
  const [width, height] = size;
  const costUsd = priceOf(facts, found[0], seconds, order.audio);
  return {
    model,
    resolution: found[0],
    audio: order.audio,
    prompt: text,
    negativePrompt: facts.negativePrompt && prompt.avoid.length > 0 ? prompt.avoid.join(', ') : null,
    seed: facts.seed ? order.seed : null,
    facts: { seconds, width, height, aspect: order.aspect, costUsd, notes },
  };
}

/** Dollars for a whole clip. Keys: `720p/5` for the clip, `720p+audio` and `720p` per second. */
function priceOf(facts: ModelFacts, resolution: string, seconds: number, audio: boolean): number {
  const whole = facts.price[`${resolution}/${seconds}`];
  const perSecond = (audio ? facts.price[`${resolution}+audio`] : undefined) ?? facts.price[resolution];
  const usd = whole ?? (perSecond === undefined ? undefined : perSecond * seconds);
  invariant(usd !== undefined, `the catalogue has a price for ${resolution} and ${seconds} s`);
  return Math.round(usd * 1e6) / 1e6;
}

function words(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function spans(seconds: readonly number[]): string {
  const [first = 0] = seconds;
  const isRange = seconds.length > 3 && seconds.every((second, i) => second === first + i);
  return isRange ? `${first} to ${seconds.at(-1)}` : words(seconds.map(String));
}

/** A job id as it may stand in a path: nothing that could lead the key elsewhere. */
export const jobId = z
  .string()
  .max(JOB_ID_CHARACTERS_MAX)
  .regex(/^\w[\w.:-]*$/, 'Expected the id of a job');

/** Where a provider says that a video lies. */
export const videoUrl = z
  .url({ protocol: /^https?$/, error: 'Expected the address of a video' })
  .max(URL_CHARACTERS_MAX);

/** Dollars as an answer states them; null for what no canary can cost. */
export function costOf(usd: number | null | undefined): number | null {
  return typeof usd === 'number' && usd >= 0 && usd <= COST_USD_MAX ? usd : null;
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
    const { status, headers } = reply;
    const body = JSON.stringify(reply.body).slice(0, URL_CHARACTERS_MAX);
    throw new HttpError('bad_json', 'answered with JSON of another shape', { status, headers, body, cause });
  }
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

function salvage(body: string): Fields {
  const found: Record<string, unknown> = {};
  for (const key of ['code', 'message', 'type', 'error', 'error_type', 'detail', 'msg']) {
    const hit = new RegExp(`"${key}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*"|-?\\d{1,15}\\b)`).exec(body)?.[1];
    if (hit) found[key] = hit.startsWith('"') ? hit.slice(1, -1).replace(/\\(.)/g, '$1') : Number(hit);
  }
  return found;
}

/** What an error says to people where its fields say nothing: the body's plain text, else the door's own words. */
export function plainText(error: HttpError): string {
  const text = error.body.replace(/<(script|style)\b[^>]*>[^<]*<\/\1>/gi, ' ').replace(/<[^<>]*>/g, ' ');
  return say(text) ?? say(error.message) ?? error.code;
}

/** UTC midnight of a day written `YYYY-MM-DD` (or longer: the time is left out); null where it is no day. */
export function dayOf(text: unknown): Instant | null {
  const day = typeof text === 'string' ? (/^\d{4}-\d{2}-\d{2}(?=$|T)/.exec(text)?.[0] ?? '') : '';
  const at = Date.parse(day === '' ? '' : `${day}T00:00:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? null : at;
}

/** The notice of a model's end, `retired` from its day on (UTC midnight); without a day it is only announced. */
export function endNotice(
  provider: string,
  model: string,
  end: { at: Instant | null; replacement: string | null; source: string; url: string },
  now: Instant,
): SeenNotice {
  const kind = end.at !== null && now >= end.at ? 'retired' : 'announced';
  const { replacement, source, url } = end;
  return { id: `${provider}:${model}`, kind, subject: model, effectiveAt: end.at, replacement, source, url };
}

/** What the catalogue knows of a model's end; null where it knows of none. */
export function knownEnd(provider: string, models: Models, url: string): Provider['knownNotice'] {
  return (model, now) => {
    const facts = Object.hasOwn(models, model) ? models[model] : undefined;
    const at = dayOf(facts?.endsOn);
    if (!facts || at === null) return null;
    return endNotice(
      provider,
      model,
      { at, replacement: facts.replacement ?? null, source: new URL(url).host, url },
      now,
    );
  };
}
