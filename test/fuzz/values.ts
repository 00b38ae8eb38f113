/** What a broken, careless or hostile server might say: the tables that mutations draw from. */

import type { Draw } from '../../src/simulator/random.ts';

export const EVIL = 'https://evil.fuzz.test';
export const LONG = 'x'.repeat(1_000_000);

/** One of these, each as likely as the others. */
export function oneOf<T>(draw: Draw, values: readonly T[]): T {
  const value = values[Math.floor(draw() * values.length)];
  if (value === undefined) throw new Error('nothing to choose from');
  return value;
}

/** A whole number from 0 to below `end`. */
export function below(draw: Draw, end: number): number {
  return Math.floor(draw() * end);
}

/** Words that no provider has for the state of a job, and words that another one has. */
export const WORDS: readonly string[] = [
  'zombie',
  '',
  ' ',
  'DONE',
  'Succeeded',
  'succeed',
  'completed',
  'failed',
  'error',
  'cancelled',
  'expired',
  'queued',
  'running',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'ready\u0000',
  '成功',
  'w'.repeat(99),
  'w'.repeat(101),
];

/** Ids of jobs that would lead a careless client elsewhere. */
export const IDS: readonly string[] = [
  '../../admin',
  '..',
  '.',
  './',
  '/',
  '//evil.fuzz.test/x',
  'https://evil.fuzz.test/x',
  '%2e%2e%2fadmin',
  '%00',
  'a\u0000b',
  'a\r\nauthorization: x',
  'a b',
  'a?b=c',
  'a#b',
  'a@evil.fuzz.test',
  'a:b@evil.fuzz.test',
  '\\\\evil.fuzz.test\\x',
  '{id}',
  '$.id',
  '*',
  '😀',
  'javascript:1',
  'x'.repeat(601),
  '',
  '-1',
  '__proto__',
  'projects/x/../../operations/y',
  'models/..%2f',
  'operations/..',
  'a/b/c',
  'a/../../../b',
  ';a=b',
  'ｅvil',
  'arn:aws:bedrock:us-west-2:123456789012:async-invoke/../../x',
  's3://other-bucket/x',
  'gs://other/../x',
  LONG,
];

/** Where no video may be fetched from, or nothing with a key. */
export const URLS: readonly string[] = [
  'file:///etc/passwd',
  'data:video/mp4;base64,AAAA',
  'javascript:alert(1)',
  'ftp://evil.fuzz.test/v.mp4',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::1]/',
  'http://127.0.0.1:9/v.mp4',
  'http://0/',
  'http://0x7f.1/',
  'http://2130706433/',
  'http://10.0.0.1/',
  'http://[::ffff:10.0.0.1]/',
  'http://100.64.0.1/',
  `https://user:pass@evil.fuzz.test/v.mp4`,
  'https://api.fuzz.test@evil.fuzz.test/v.mp4',
  `${EVIL}/v.mp4`,
  `${EVIL}/again`,
  `${EVIL}/home`,
  `${EVIL}/file`,
  `${EVIL}/private`,
  'https://api.fuzz.test/v.mp4',
  'https://api.fuzz.test:444/v.mp4',
  'http://api.fuzz.test/v.mp4',
  'https://api.fuzz.test.evil.fuzz.test/v.mp4',
  'https://API.FUZZ.TEST/../..',
  'https://assets.fuzz.test/',
  '//evil.fuzz.test/v.mp4',
  '/v.mp4',
  '',
  ' ',
  'https://',
  'http:///v',
  'https://%00/',
  'https://exa mple/',
  'https:\\\\evil.fuzz.test\\v.mp4',
  'about:blank',
  'blob:https://evil.fuzz.test/1',
  'gs://other/x',
  `${EVIL}/${'a'.repeat(3_000)}`,
  `${EVIL}/${'a'.repeat(100_000)}`,
];

/** RFC 9110 wants seconds or a date. */
export const RETRY_AFTERS: readonly string[] = [
  '-1',
  '1e99',
  'soon',
  '0',
  '00',
  '1.5',
  ' 5 ',
  '3600',
  '43200',
  '86400',
  '86401',
  '999999999',
  '99999999999999999999',
  'Tue, 01 Dec 2026 12:00:00 GMT',
  'Wed, 02 Dec 2026 00:00:00 GMT',
  'Fri, 31 Dec 9999 23:59:59 GMT',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'Sun, 06 Nov 1994 08:49:37 GMT',
  '5, 10',
  '0x10',
  'NaN',
  'Infinity',
  '',
  '1'.repeat(5_000),
];

export const STATUSES: readonly number[] = [
  200, 201, 202, 203, 206, 226, 299, 300, 306, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412,
  413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 444, 451, 460, 499, 500, 501,
  502, 503, 504, 505, 507, 508, 510, 511, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 561, 598, 599,
];

export const TYPES: readonly (string | null)[] = [
  null,
  'text/html',
  'text/plain; charset=utf-16',
  'video/mp4',
  'image/svg+xml',
  'application/octet-stream',
  'application/json; charset=shift_jis',
  'multipart/form-data; boundary=x',
  'json',
  '/',
  ';',
  'a'.repeat(9_000),
];

export const HTML =
  '<!DOCTYPE html><html><head><title>502 Bad Gateway</title><script>steal()</script></head><body><h1>Bad Gateway</h1></body></html>';

/** How a connection can fail before an answer, by the codes of Node and undici. */
export const BREAKS: readonly string[] = [
  'ECONNRESET',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'CERT_HAS_EXPIRED',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_HEADERS_TIMEOUT',
  'HPE_INVALID_CONSTANT',
  'ABORT_ERR',
];
