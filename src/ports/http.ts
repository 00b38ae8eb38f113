/** The door to the network, as the adapters see it. The real one is system/http.ts. */

import type { Instant } from '../core/base.ts';

/** Stable codes for every way a call can go wrong at the door. */
export type HttpErrorCode =
  | 'status' // an answer outside 2xx
  | 'body_too_large'
  | 'bad_json' // 2xx, but not the JSON that was expected
  | 'timeout' // no whole answer in time
  | 'connect' // DNS, TCP or TLS did not come about
  | 'reset' // the connection broke in the middle
  | 'redirect' // a redirect where none is allowed, or too many
  | 'address_refused' // the name leads to a private address and that is not allowed
  | 'aborted'; // we stopped it ourselves

/** The world failing, thrown once at the door. `message` is for people and never read by code. */
export class HttpError extends Error {
  readonly code: HttpErrorCode;
  /** Of the answer, where there was one. */
  readonly status: number | null;
  readonly headers: Record<string, string>;
  /** The answer's body, at most 4,000 characters, secrets masked. */
  readonly body: string;
  /** From Retry-After, in ms from now; null where absent or absurd. */
  readonly retryAfterMs: number | null;

  constructor(
    code: HttpErrorCode,
    message: string,
    more: {
      status?: number;
      headers?: Record<string, string>;
      body?: string;
      retryAfterMs?: number | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'HttpError';
    this.code = code;
    this.status = more.status ?? null;
    this.headers = more.headers ?? {};
    this.body = more.body ?? '';
    this.retryAfterMs = more.retryAfterMs ?? null;
  }
}

/** True for an error in which no whole answer reached us, so that the other side may or may not have acted. */
export function isTransport(error: HttpError): boolean {
  return error.code === 'connect' || error.code === 'reset' || error.code === 'timeout';
}

export interface Reply<T> {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: T;
}

/** A text of an answer that is so long that it is a file in base64: decoded while it was read. */
export class InlineFile {
  readonly parts: readonly Uint8Array[];
  readonly byteLength: number;

  constructor(parts: readonly Uint8Array[]) {
    this.parts = parts;
    this.byteLength = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  toJSON(): string {
    return `<${this.byteLength} bytes>`;
  }
}

/** A file in a form. */
export interface FormFile {
  bytes: Uint8Array;
  type: string;
  filename: string;
}

/** What is sent: JSON, an ordered multipart form, raw text, or nothing. */
export type Payload =
  | { json: unknown }
  | { form: [name: string, value: string | FormFile][] }
  | { text: string; type: string };

/** Turns the parsed JSON of an answer into a typed value, or throws; a zod schema's `parse` fits. */
export interface Shape<T> {
  parse: (value: unknown) => T;
}

export interface CallOptions {
  headers?: Record<string, string>;
  timeoutMs?: number;
  /** The largest answer, decoded; for answers that may hold a whole video, which then is an InlineFile in the body. */
  bytesMax?: number;
  /** Credentials in the payload. The answer then holds some, too: it is given as it came, and shown in no error. */
  credentials?: readonly string[];
  /** What stands for the body where a 2xx answer has none (202, 204). Without it an empty body is `bad_json`. */
  whenEmpty?: unknown;
}

/**
 * One origin with its credentials. Paths are joined to the base; credentials never leave the base's origin, and
 * redirects are refused. Every method throws HttpError and nothing else.
 */
export interface Api {
  get: <T>(path: string, shape: Shape<T>, signal: AbortSignal, options?: CallOptions) => Promise<Reply<T>>;
  send: <T>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    payload: Payload | null,
    shape: Shape<T>,
    signal: AbortSignal,
    options?: CallOptions,
  ) => Promise<Reply<T>>;
  /** Streams a body to a file with the credentials, from the base's own origin only. */
  download: (
    path: string,
    limits: DownloadLimits,
    signal: AbortSignal,
    options?: CallOptions,
  ) => Promise<Download>;
}

export interface DownloadLimits {
  bytesMax: number;
  timeMsMax: number;
  redirectsMax: number;
  /** Whether an address in a private, loopback or link-local range may be called. */
  privateAddresses: boolean;
  /** Where the bytes go; the caller deletes the file. */
  file: string;
}

export interface Download {
  file: string;
  bytes: number;
  contentType: string;
  /** From the first byte asked for to the last one written. */
  tookMs: number;
  finishedAt: Instant;
}

export interface Http {
  /** @param base an origin with an optional path prefix, e.g. `https://api.openai.com/v1` */
  at: (base: string, headers: Record<string, string>) => Api;
  /** Fetches a foreign URL without any credentials. */
  download: (url: string, limits: DownloadLimits, signal: AbortSignal) => Promise<Download>;
}
