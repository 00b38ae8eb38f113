import { expect, it } from 'vitest';
import { codeOf, failureOf, isBadEncoding } from '../../src/system/failure.ts';

function coded(code: string, more: object = {}): Error {
  return Object.assign(new Error(code), { code, ...more });
}

it.each([
  ['ENOTFOUND', 'connect'],
  ['EAI_AGAIN', 'connect'],
  ['ECONNREFUSED', 'connect'],
  ['EHOSTUNREACH', 'connect'],
  ['ENETUNREACH', 'connect'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect'],
  ['CERT_HAS_EXPIRED', 'connect'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'connect'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'connect'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'connect'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'connect'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'connect'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['UND_ERR_SOCKET', 'reset'],
  ['HPE_INVALID_CONSTANT', 'reset'],
  ['UND_ERR_HEADERS_OVERFLOW', 'body_too_large'],
  ['REELWATCH_ADDRESS_REFUSED', 'address_refused'],
  ['SOMETHING_NEW', 'reset'],
])('%s means %s, also as a cause', (code, expected) => {
  expect(failureOf(coded(code))).toBe(expected);
  expect(failureOf(new TypeError('fetch failed', { cause: coded(code) }))).toBe(expected);
  expect(failureOf(new TypeError('fetch failed', { cause: new AggregateError([coded(code)]) }))).toBe(
    expected,
  );
});

it('tells a connection that timed out from an answer that did', () => {
  expect(failureOf(coded('ETIMEDOUT', { syscall: 'connect' }))).toBe('connect');
  expect(failureOf(coded('ETIMEDOUT', { syscall: 'read' }))).toBe('timeout');
});

it.each([['Z_DATA_ERROR'], ['Z_BUF_ERROR'], ['ERR__ERROR_FORMAT_PADDING_1'], ['ZSTD_error_prefix_unknown']])(
  '%s is a body that its encoding does not fit',
  (code) => {
    expect(isBadEncoding(new TypeError('terminated', { cause: coded(code) }))).toBe(true);
  },
);

it('follows causes only so far', () => {
  let error = coded('ECONNREFUSED');
  for (let depth = 0; depth < 10; depth++) error = new Error('outer', { cause: error });
  const circle = new Error('circle');
  circle.cause = circle;

  expect(codeOf(error)).toBeNull();
  expect(codeOf(circle)).toBeNull();
  expect(failureOf('a string')).toBe('reset');
});
