/** One request and its answer, with every way to fail turned into an HttpError. */

import type { Clock } from '../ports/clock.ts';
import { HttpError, type HttpErrorCode } from '../ports/http.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { failureOf, isBadEncoding, retryAfterMs } from './failure.ts';
import type { Masker } from './mask.ts';

/** What is shown of an answer's body in an error. */
const SHOWN_CHARS_MAX = 4_000;
/** What is read of the body of an answer outside 2xx. */
const FAILED_BODY_BYTES_MAX = 64 * 1024;
/** The longest secret that may be cut in half, in its longest encoding. */
const HALF_SECRET_CHARS = 32 * 1024;
const CAUSE_CHARS_MAX = 300;

/** A request on its way out. */
export interface Outgoing {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | null;
  signal: AbortSignal;
  /** Whether only public addresses may be connected to. */
  isPublicOnly: boolean;
}

/** Sends one request and follows nothing. */
export type Transport = (outgoing: Outgoing) => Promise<Response>;

/** What every exchange needs to know. */
export interface Wire {
  clock: Clock;
  transport: Transport;
  masker: Masker;
  userAgent: string;
}

/** A call from its first byte to its last: knows its name for messages and its deadline. */
export interface Call {
  wire: Wire;
  deadline: Deadline;
  /** `GET https://host/path`, without the query, which may hold a key. */
  name: string;
}

/** Runs one call with a deadline, and sees to it that nothing but HttpError comes out. */
export async function exchange<T>(
  wire: Wire,
  name: string,
  timeoutMs: number,
  signal: AbortSignal,
  work: (call: Call) => Promise<T>,
): Promise<T> {
  const deadline = createDeadline(wire.clock, timeoutMs, signal);
  const call: Call = { wire, deadline, name };
  try {
    if (deadline.reason() === 'aborted') throw fault(call, 'aborted', 'was stopped before it began');
    return await work(call);
  } catch (error) {
    if (deadline.reason() === 'aborted') throw fault(call, 'aborted', 'was stopped', { cause: error });
    if (deadline.reason() === 'timeout')
      throw fault(call, 'timeout', `had no whole answer within ${timeoutMs} ms`, { cause: error });
    if (error instanceof HttpError) throw error;
    throw fault(call, failureOf(error), `failed: ${causeText(error)}`, { cause: error });
  } finally {
    deadline.end();
  }
}

/** An HttpError about a call, its texts masked. */
export function fault(
  call: Call,
  code: HttpErrorCode,
  what: string,
  more: { answer?: Response; body?: string; cause?: unknown } = {},
): HttpError {
  const { clock, masker } = call.wire;
  const headers: Record<string, string> = {};
  for (const [name, value] of more.answer?.headers ?? []) headers[name] = masker.clean(value);
  return new HttpError(code, masker.clean(`${call.name} ${what}`), {
    ...(more.answer && { status: more.answer.status }),
    headers,
    body: shown(more.body ?? '', masker),
    retryAfterMs: retryAfterMs(headers['retry-after'], clock.now()),
    cause: more.cause,
  });
}

/** The beginning of a body. Of a longer one the end is cut off after masking: half a secret there is not found. */
function shown(body: string, { clean }: Masker): string {
  if (body.length <= FAILED_BODY_BYTES_MAX) return clean(body).slice(0, SHOWN_CHARS_MAX);
  return clean(body.slice(0, FAILED_BODY_BYTES_MAX)).slice(0, -HALF_SECRET_CHARS).slice(0, SHOWN_CHARS_MAX);
}

/** Sends one request of a call; redirects come back as answers. */
export function send(call: Call, outgoing: Omit<Outgoing, 'signal'>): Promise<Response> {
  return call.deadline.within(call.wire.transport({ ...outgoing, signal: call.deadline.signal }));
}

/** The place an answer redirects to; null where it is no redirect. */
export function redirectOf(answer: Response): string | null {
  return [301, 302, 303, 307, 308].includes(answer.status) ? answer.headers.get('location') : null;
}

/** Throws 'status' with the beginning of the body for an answer outside 2xx. */
export async function requireOk(call: Call, answer: Response): Promise<void> {
  if (answer.ok) return;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    await eachChunk(call, answer, (chunk) => {
      chunks.push(chunk);
      bytes += chunk.length;
      return bytes < FAILED_BODY_BYTES_MAX;
    });
  } catch (error) {
    // The status is known: a body that breaks off takes nothing from it.
    if (call.deadline.reason() !== null) throw error;
  }
  const body = new TextDecoder().decode(Buffer.concat(chunks));
  throw fault(call, 'status', `answered ${answer.status}`, { answer, body });
}

/** Reads a text body of at most `bytesMax` decoded bytes; more throws 'body_too_large'. */
export async function readText(call: Call, answer: Response, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  await readBody(call, answer, bytesMax, (chunk) => {
    chunks.push(chunk);
    return true;
  });
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** Hands over a body of at most `bytesMax` decoded bytes; more, or `take` saying false, throws 'body_too_large'. */
export async function readBody(
  call: Call,
  answer: Response,
  bytesMax: number,
  take: (chunk: Uint8Array) => boolean,
): Promise<void> {
  let bytes = 0;
  let fits = true;
  const isOver = () => bytes > bytesMax;
  try {
    await eachChunk(call, answer, (chunk) => {
      bytes += chunk.length;
      fits = !isOver() && take(chunk);
      return fits;
    });
  } catch (error) {
    if (call.deadline.reason() !== null || !isBadEncoding(error)) throw error;
    throw fault(call, 'bad_json', 'answered with a body that its content-encoding does not fit', {
      answer,
      cause: error,
    });
  }
  if (fits) return;
  const what = isOver() ? `more than ${bytesMax} bytes` : 'too much beside the video that it may hold';
  throw fault(call, 'body_too_large', `answered with ${what}`, { answer });
}

/** Hands over a body piece by piece until it ends, the deadline fires, or `take` says false. */
export async function eachChunk(
  call: Call,
  answer: Response,
  take: (chunk: Uint8Array) => boolean | Promise<boolean>,
): Promise<void> {
  if (!answer.body) return;
  const reader: ReadableStreamDefaultReader<Uint8Array> = answer.body.getReader();
  const { signal } = call.deadline;
  // Ends a pending read even where the stream itself does not listen to the signal.
  const stop = () => void reader.cancel().catch(() => {});
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    let goesOn = true;
    while (goesOn) {
      const { done, value } = await reader.read();
      if (signal.aborted) throw new Error('stopped');
      if (done) return;
      goesOn = await take(value);
    }
    stop();
  } catch (error) {
    stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function causeText(error: unknown): string {
  let text = '';
  let here: unknown = error;
  // The last cause says what happened ("getaddrinfo ENOTFOUND"); the first only says that it did ("fetch failed").
  for (let depth = 0; depth < 5 && here instanceof Error; depth++) {
    const inner: unknown = here instanceof AggregateError ? here.errors[0] : here.cause;
    text = here.message || text;
    here = inner;
  }
  return (text || 'unknown network error').slice(0, CAUSE_CHARS_MAX);
}
