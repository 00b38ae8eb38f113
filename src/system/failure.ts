/** Turns whatever the network throws into one of the stable codes. */

import type { Instant } from '../core/base.ts';
import { clamp, DAY, SECOND } from '../core/base.ts';
import type { HttpErrorCode } from '../ports/http.ts';
import { ADDRESS_REFUSED } from './address.ts';

/** How deep causes are followed. */
const CAUSES_MAX = 5;
const RETRY_AFTER_MS_MAX = DAY;

/** The codes that Node, OpenSSL and undici 8 give to a connection that did not come about. */
const CONNECT = new Set([
  'ENOTFOUND',
  'ENODATA',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'EPROTO',
  'UND_ERR_CONNECT_TIMEOUT',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
]);
const CONNECT_FAMILY =
  /^(EAI_|CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERROR_IN_CERT)/;

/** The first code found on an error or on its causes; null where there is none. */
export function codeOf(error: unknown): string | null {
  let here: unknown = error;
  for (let depth = 0; depth < CAUSES_MAX && here instanceof Error; depth++) {
    const code: unknown = Reflect.get(here, 'code');
    if (typeof code === 'string') return code;
    here = here instanceof AggregateError ? here.errors[0] : here.cause;
  }
  return null;
}

/** What a thrown network error means for the caller. Unknown errors count as a connection that broke. */
export function failureOf(error: unknown): HttpErrorCode {
  const code = codeOf(error) ?? '';
  if (code === ADDRESS_REFUSED) return 'address_refused';
  if (code === 'ETIMEDOUT') return isConnecting(error) ? 'connect' : 'timeout';
  if (CONNECT.has(code) || CONNECT_FAMILY.test(code)) return 'connect';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'timeout';
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'body_too_large';
  return 'reset';
}

/** Whether a body arrived that its Content-Encoding does not fit (zlib and brotli codes of Node). */
export function isBadEncoding(error: unknown): boolean {
  return /^(Z_|ERR_ZLIB|ERR__ERROR_FORMAT|ERR_BROTLI|ERR_PADDING|ERR_UNREACHABLE|ZSTD_)/.test(
    codeOf(error) ?? '',
  );
}

function isConnecting(error: unknown): boolean {
  let here: unknown = error;
  for (let depth = 0; depth < CAUSES_MAX && here instanceof Error; depth++) {
    if (Reflect.get(here, 'syscall') === 'connect') return true;
    here = here instanceof AggregateError ? here.errors[0] : here.cause;
  }
  return false;
}

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Retry-After (RFC 9110 10.2.3: seconds or a date) in ms from `now`: a date in the past is 0, what lies beyond a day is a
 * day; null where absent or neither seconds nor a date.
 */
export function retryAfterMs(header: string | undefined, now: Instant): number | null {
  const text = header?.trim() ?? '';
  let ms = Number.NaN;
  if (/^\d+(\.\d+)?$/.test(text)) ms = Math.ceil(Number(text) * SECOND);
  else if (HTTP_DATE.test(text)) ms = Date.parse(text) - now;
  return Number.isNaN(ms) ? null : clamp(ms, 0, RETRY_AFTER_MS_MAX);
}
