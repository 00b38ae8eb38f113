import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hear, jsonIn, salvage, statusOf } from '../../src/core/errors.ts';

const inner = { error: { code: 503, message: 'Try again later.', status: 'UNAVAILABLE' } };

describe('an error body', () => {
  it.each<[what: string, body: string, codes: string[], text: string, status: number | null]>([
    ['plain text', 'Not authenticated', [], 'Not authenticated', null],
    ['fields', '{"code":"bad","message":"It is."}', ['bad'], 'It is.', null],
    ['fields of fields', '{"error":{"type":"t","message":"m m"}}', ['t'], 'm m', null],
    ['a number', '{"base_resp":{"status_code":1004,"status_msg":"no"}}', ['1004'], 'no', null],
    [
      'a list',
      '{"detail":[{"type":"too_long","msg":"Too long","input":"a secret"}]}',
      ['too_long'],
      'Too long',
      null,
    ],
    ['a list of sentences', '{"errors":["One.","Two."],"name":"n"}', ['n'], 'One. Two.', null],
    [
      'JSON in JSON',
      JSON.stringify({ error: { message: JSON.stringify(inner), status: 'x' } }),
      ['503', 'UNAVAILABLE', 'x'],
      'Try again later.',
      503,
    ],
    [
      'JSON in JSON in JSON',
      JSON.stringify({ error: JSON.stringify({ detail: JSON.stringify(inner) }) }),
      ['503', 'UNAVAILABLE'],
      'Try again later.',
      503,
    ],
    [
      'JSON in a sentence',
      'Request failed: {"code":402,"message":"No."} at once',
      ['402'],
      'No. Request failed:',
      402,
    ],
    [
      'JSON that was escaped for a log',
      String.raw`429 {\"error\":{\"message\":\"Slow down.\",\"code\":\"rate\"}}`,
      ['rate'],
      'Slow down. 429',
      null,
    ],
    [
      'JSON that was cut off',
      '{"error":{"code":1102,"message":"Account ba',
      ['1102'],
      '{"error":{"code":1102,"message":"Account ba',
      null,
    ],
    [
      'what Python prints',
      "Error code: 429 - {'error': {'message': \"It's too much\", 'code': None, 'type': 'quota'}}",
      ['429', 'quota'],
      "Error code: 429 - It's too much",
      429,
    ],
    [
      'what JavaScript prints',
      "{ error: 'Invalid status code: 404', status: 'ERROR' }",
      ['Invalid status code: 404', 'ERROR'],
      'Invalid status code: 404',
      404,
    ],
    [
      'a named code',
      'ThrottlingException: Too many requests',
      ['ThrottlingException'],
      'ThrottlingException: Too many requests',
      null,
    ],
    [
      'a code in front',
      'ServiceModelDeprecated: The model',
      ['ServiceModelDeprecated'],
      'ServiceModelDeprecated: The model',
      null,
    ],
    ['a class that only repeats a status', 'RateLimitError: busy', [], 'RateLimitError: busy', null],
    ['HTML', '<html><style>b{color:red}</style><b class="x">Bad</b> gateway</html>', [], 'Bad gateway', null],
    ['nothing', '', [], '', null],
  ])('of %s is heard', (_, body, codes, text, status) => {
    expect(hear(body)).toEqual({ codes, text, status });
  });

  it.each([
    ['404 NOT_FOUND. Model', 404],
    ['502/503: load shedding', 502],
    ['API Error: 403 You', 403],
    ['Request failed with status code 500', 500],
    ['HTTP 429: usage', 429],
    ['[400 Bad Request] User', 400],
    ["Client error '401 Unauthorized' for", 401],
    ['Error 1113: no balance', null],
    ['was 4838 characters long', null],
    ['took 503 seconds', null],
    ['gpt-404 failed', null],
  ])('%j names the status %s', (body, status) => {
    expect(hear(body).status).toBe(status);
  });

  it('never keeps what the caller had sent, nor links, nor ids', () => {
    const body = JSON.stringify({
      message: 'Refused.',
      input: { prompt: 'rate limit' },
      request_id: 'overloaded',
      details: [{ links: [{ description: 'billing' }] }],
    });

    expect(hear(body)).toEqual({ codes: [], text: 'Refused.', status: null });
  });
});

/** Long enough to cross every limit, and shaped to make a careless pattern try everything. */
const HOSTILE = [
  '{'.repeat(100_000),
  '['.repeat(100_000),
  '{"a":'.repeat(20_000),
  '{"message":"'.repeat(10_000),
  String.raw`message:\"`.repeat(10_000),
  String.raw`msg: "\\\\`.repeat(10_000),
  `code: '${'\\'.repeat(100_000)}`,
  '<script'.repeat(15_000),
  '<style>'.repeat(15_000),
  '<a '.repeat(30_000),
  'insufficient '.repeat(8_000),
  'exceeded a b c d '.repeat(6_000),
  'permission or '.repeat(7_000),
  'model '.repeat(16_000),
  'has been '.repeat(11_000),
  'billing to be is has not '.repeat(4_000),
  'https://'.repeat(12_000),
  'A'.repeat(100_000),
  ' '.repeat(100_000),
  'é𝄞\u0000\ud800'.repeat(20_000),
];

describe('whatever comes', () => {
  it.each(HOSTILE.map((text) => [text.slice(0, 20), text]))('is read at once: %j …', (_, text) => {
    const startedAt = performance.now();

    const heard = hear(text);

    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(heard.text.length).toBeLessThanOrEqual(2_000);
    expect(heard.codes.length).toBeLessThanOrEqual(30);
    expect(heard.codes.every((code) => code.length <= 100)).toBe(true);
  });

  it('never throws', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.json().map((text) => text.slice(3)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { codes, status } = hear(text);
        salvage(text);
        jsonIn(text);

        expect(codes.every((code) => code.trim() !== '')).toBe(true);
        expect(status === null || (status >= 400 && status <= 599)).toBe(true);
      }),
    );
  });

  it('is unwrapped only so deep', () => {
    const wrapped = (depth: number) => {
      let body: string = JSON.stringify({ message: 'deep down' });
      for (let n = 0; n < depth; n++) body = JSON.stringify({ message: body });
      return hear(body).text;
    };

    expect(wrapped(2)).toBe('deep down');
    expect(wrapped(6)).not.toBe('deep down');
    expect(hear(`${'{"error":'.repeat(9)}"too deep"${'}'.repeat(9)}`).text).toBe('');
  });

  it('has so many codes and parts and no more', () => {
    const codes = Array.from({ length: 40 }, (_, n) => ({ code: `c${n}` }));
    const parts = [...Array.from({ length: 600 }, () => ({})), { code: 'last' }];

    expect(hear(JSON.stringify(codes)).codes).toHaveLength(30);
    expect(hear(JSON.stringify({ code: 'x'.repeat(101) })).codes).toEqual([]);
    expect(hear(JSON.stringify(parts)).codes).toEqual([]);
  });
});

describe('a code', () => {
  it.each([
    ['404', 404],
    ['599', 599],
    ['399', null],
    ['600', null],
    ['4040', null],
    ['', null],
    [null, null],
  ])('%j is the status %s', (code, status) => {
    expect(statusOf(code)).toBe(status);
  });
});
