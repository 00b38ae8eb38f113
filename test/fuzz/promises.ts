/** What must hold at the end of every run, whatever was answered. Each gives sentences, one a broken promise. */

import { CAUSES, type Verdict } from '../../src/core/model.ts';
import { HttpError } from '../../src/ports/http.ts';
import { API, LOGIN, PLATFORM, STORE, type FuzzSubject } from './subjects.ts';
import { PATIENCE_MS, VIDEO_BYTES_MAX, type Story } from './run.ts';
import { proofsOf } from './wire.ts';

const TEXT_CHARACTERS_MAX = 600;
const JOB_ID_CHARACTERS_MAX = 900;
const JOB_BYTES_MAX = 20_000;
const TRACE_BYTES_MAX = 64 * 1024;
const EVENTS_MAX = 60;
const NOTICE_CHARACTERS_MAX = 4_500;
const COST_USD_MAX = 1_000;
const REQUESTS_MAX = 200;
/** Bodies are taken in chunks of this size. */
const CHUNK_BYTES = 64 * 1024;

const OWN = [API, PLATFORM, LOGIN, STORE];
/** All that a host without our trust may be told. */
const PLAIN_HEADERS = ['user-agent', 'accept', 'accept-encoding'];

/** @param orders how many orders the truthful run places on the wire */
export function brokenPromises(story: Story, subject: FuzzSubject, orders: number): string[] {
  return [
    ...crashes(story),
    ...endings(story),
    ...limits(story, subject),
    ...keeping(story),
    ...leaks(story, subject),
    ...spending(story, orders),
    ...(Object.keys(Object.prototype).length > 0 || 'polluted' in {} ? ['Object.prototype was changed'] : []),
  ];
}

function crashes({ thrown }: Story): string[] {
  if (thrown === null) return [];
  const what = thrown instanceof Error ? (thrown.stack ?? thrown.message) : JSON.stringify(thrown);
  return [`threw ${thrown instanceof HttpError ? 'past its catcher ' : ''}${what.slice(0, 700)}`];
}

function endings({ verdict, thrown, tookMs, deadlineMs, sleepers }: Story): string[] {
  if (thrown !== null) return [];
  if (verdict === null) return ['ended without a verdict'];
  return [
    ...wordsOf(verdict),
    ...(tookMs > deadlineMs + PATIENCE_MS ? [`took ${tookMs / 1000} s`] : []),
    ...(sleepers > 0 ? [`left ${sleepers} sleepers behind`] : []),
  ];
}

function wordsOf(verdict: Verdict): string[] {
  const broken: string[] = [];
  if (verdict.is === 'fail' || verdict.is === 'inconclusive') {
    if (!CAUSES.includes(verdict.cause)) broken.push(`the cause is ${verdict.cause}`);
    if (typeof verdict.text !== 'string' || verdict.text.trim() === '')
      broken.push(`says nothing: ${verdict.cause}`);
  }
  if (verdict.text.length > TEXT_CHARACTERS_MAX) broken.push(`a text of ${verdict.text.length} characters`);
  return broken;
}

function limits({ trace, job, events, bodyBytesMax, seen }: Story, subject: FuzzSubject): string[] {
  const bytesMax = Math.max(subject.answerBytesMax, VIDEO_BYTES_MAX) + 2 * CHUNK_BYTES;
  const traceBytes = JSON.stringify(trace).length;
  const jobBytes = JSON.stringify(job)?.length ?? 0;
  const notices = events.flatMap((event) => (event.type === 'notice.seen' ? [event.notice] : []));
  return [
    ...(bodyBytesMax > bytesMax ? [`read ${bodyBytesMax} bytes of one body`] : []),
    ...(traceBytes > TRACE_BYTES_MAX ? [`a trace of ${traceBytes} bytes`] : []),
    ...(jobBytes > JOB_BYTES_MAX ? [`saved a job of ${jobBytes} bytes`] : []),
    ...((trace?.jobId?.length ?? 0) > JOB_ID_CHARACTERS_MAX
      ? [`a job id of ${trace?.jobId?.length} characters`]
      : []),
    ...(events.length > EVENTS_MAX ? [`${events.length} events of one run`] : []),
    ...(seen.length > REQUESTS_MAX ? [`${seen.length} requests`] : []),
    ...notices.flatMap((notice) => {
      const at = notice.effectiveAt;
      const isOdd = at !== null && !Number.isFinite(at);
      return [
        ...(isOdd ? [`a notice for ${String(at)}`] : []),
        ...(JSON.stringify(notice).length > NOTICE_CHARACTERS_MAX ? ['a notice as long as a book'] : []),
      ];
    }),
  ];
}

/** What is stored comes back as it was: a restart goes on with it. No database takes a text with a NUL. */
function keeping({ trace, job, events }: Story): string[] {
  const isPlain = (text: string) => text.isWellFormed() && !/\p{Cc}/u.test(text);
  return [
    ...(isKept(trace) ? [] : ['a trace that cannot be stored']),
    ...(isKept(job) ? [] : ['a job that cannot be stored']),
    ...(isKept(events) ? [] : [`events that cannot be stored: ${JSON.stringify(events).slice(0, 200)}`]),
    ...(isPlain(trace?.jobId ?? '') ? [] : [`the job id ${JSON.stringify(trace?.jobId)}`]),
  ];
}

/** JSON has no word for these, and says nothing or null instead. */
function isKept(value: unknown): boolean {
  let isWhole = true;
  JSON.stringify(value, (_, part: unknown) => {
    isWhole &&= part !== undefined && (typeof part !== 'number' || Number.isFinite(part));
    return part;
  });
  return isWhole;
}

/** Strangers get a plain GET; our secrets stand in no address and in nothing that people read. */
function leaks({ seen, verdict, trace, events }: Story, subject: FuzzSubject): string[] {
  const proofs = new Set([
    ...subject.secrets,
    ...seen.flatMap(({ url, headers }) => (OWN.includes(url.origin) ? secretsOf(headers) : [])),
  ]);
  const told = JSON.stringify([verdict, trace, events]);
  const broken = subject.secrets.filter((secret) => told.includes(secret)).map(() => 'tells our secret');
  for (const { method, url, headers, body } of seen) {
    const where = `${method} ${url.origin}${url.pathname.slice(0, 80)}`;
    if (subject.secrets.some((secret) => url.href.includes(secret)))
      broken.push(`secret in the address of ${where}`);
    const everything = `${url.href} ${JSON.stringify(headers)} ${body}`;
    if (subject.unsent.some((secret) => everything.includes(secret)))
      broken.push(`showed what signs to ${where}`);
    if (!/^https?:$/.test(url.protocol)) broken.push(`asked for ${url.protocol}`);
    if (isPrivate(url)) broken.push(`went to a private address: ${where}`);
    if (OWN.includes(url.origin)) continue;
    const odd = Object.keys(headers).filter((name) => !PLAIN_HEADERS.includes(name));
    if (odd.length > 0) broken.push(`sent ${odd.join(', ')} with ${where}`);
    if (method !== 'GET' || body !== '') broken.push(`sent ${body.length} bytes with ${where}`);
    if ([...proofs].some((proof) => everything.includes(proof)))
      broken.push(`proved to a stranger who we are: ${where}`);
  }
  return broken;
}

/** Headers that prove something, and what stands behind their scheme: tokens and signatures count as keys. */
function secretsOf(headers: Record<string, string>): string[] {
  return proofsOf(headers).flatMap((proof) => [proof, proof.slice(proof.lastIndexOf(' ') + 1)]);
}

function isPrivate({ hostname }: URL): boolean {
  return /^(?:0|10|127|169\.254|192\.168|100\.64)\.|^\[|^0$/.test(hostname);
}

function spending({ trace, submits, seen, events }: Story, orders: number): string[] {
  const posts = seen.filter(({ step, method }) => step === 'submit' && method !== 'GET').length;
  const usd = trace?.cost.usd ?? 0;
  const funds = events.flatMap((event) =>
    event.type === 'check.judged' && event.funds ? [event.funds.usd] : [],
  );
  return [
    ...(submits > 1 || posts > orders ? [`ordered ${submits} times, with ${posts} calls`] : []),
    ...(Number.isFinite(usd) && usd >= 0 && usd <= COST_USD_MAX ? [] : [`believes a cost of ${usd}`]),
    ...funds.filter((usd) => !Number.isFinite(usd)).map((usd) => `believes a balance of ${usd}`),
  ];
}
