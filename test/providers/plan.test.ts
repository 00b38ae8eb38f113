import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpError } from '../../src/ports/http.ts';
import { PROVIDERS } from '../../src/providers/index.ts';
import { dayOf } from '../../src/providers/ends.ts';
import { costOf, jobId, plainText, progressOf, readError, say, videoUrl } from '../../src/providers/read.ts';
import { onScript } from '../contract/provider-script.ts';
import { ltxOptions } from './http-description.ts';

describe('reading an error body', () => {
  it.each([
    ['an object', '{"code":1,"message":"m"}', { code: 1, message: 'm' }],
    ['JSON in a text', '{"error":"{\\"code\\":2}"}', { code: 2 }],
    [
      'JSON in JSON in JSON',
      JSON.stringify({ detail: JSON.stringify({ message: '{"code":"x"}' }) }),
      { code: 'x' },
    ],
    ['JSON in the message of an error', '{"error":{"message":"{\\"code\\":3}"}}', { code: 3 }],
    [
      'what was cut off',
      '{"code":1102,"message":"no \\"credit\\"","data":{"x',
      { code: 1102, message: 'no "credit"' },
    ],
    ['what was cut off in a text', '{"error":"half a sen', {}],
    ['HTML', '<html><body>Bad Gateway</body></html>', {}],
    ['nothing', '', {}],
    ['a list', '[1]', {}],
  ])('understands %s', (_name, body, fields) => {
    expect(readError(body)).toEqual(fields);
  });

  it('stops unwrapping after three layers', () => {
    let body = '{"code":"deep"}';
    for (let i = 0; i < 5; i++) body = JSON.stringify({ error: body });

    expect(readError(body)['code']).toBeUndefined();
    expect(JSON.stringify(readError(body))).toContain('deep');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(typeof readError(body)).toBe('object');
      }),
    );
  });
});

describe('words for people', () => {
  it('takes the text out of HTML', () => {
    const body = '<html><head><style>b {}</style><title>502 Bad Gateway</title></head><body><h1>Sorry</h1>';

    expect(plainText(new HttpError('status', 'answered 502', { status: 502, body }))).toBe(
      '502 Bad Gateway Sorry',
    );
  });

  it('falls back to the words of the door', () => {
    expect(plainText(new HttpError('status', 'answered 502', { body: '<b></b>' }))).toBe('answered 502');
  });

  it('cuts what is too long and leaves out what is no text', () => {
    expect(say('x'.repeat(600))).toHaveLength(500);
    expect([say('  a\n b '), say(7), say(''), say(null), say({})]).toEqual(['a b', '7', null, null, null]);
  });
});

describe('figures from outside', () => {
  it.each([
    [0, 0],
    [0.24, 0.24],
    [1_000, 1_000],
    [1_000.01, null],
    [-1, null],
    [Number.NaN, null],
    [Infinity, null],
    [null, null],
  ])('believes a cost of %d dollars as %d', (given, believed) => {
    expect(costOf(given)).toBe(believed);
  });

  it.each([
    [50, 100, 0.5],
    [150, 100, 1],
    [-1, 1, 0],
    [Infinity, 1, null],
    ['50', 100, null],
  ])('reads the progress %j of %d as %j', (given, whole, share) => {
    expect(progressOf(given, whole)).toBe(share);
  });

  it.each([
    ['2026-09-24', Date.UTC(2026, 8, 24)],
    ['2026-09-24T17:00:00Z', Date.UTC(2026, 8, 24)],
    ['2026-02-30', null],
    ['2026-9-24', null],
    ['2026-09-24x', null],
    [20260924, null],
  ])('reads the day %j', (text, at) => {
    expect(dayOf(text)).toBe(at);
  });

  it.each(['a', 'video_123', '17f20503-6c24-4c16-946b-35dbbce2af2f', 'x'.repeat(600)])(
    'takes the job id %s',
    (id) => {
      expect(jobId.safeParse(id).success).toBe(true);
    },
  );

  it.each(['', '.', '..', '../x', 'a/b', 'a?b', 'a#b', 'a b', '%2e%2e', 'x'.repeat(601), 7])(
    'takes no job id %s',
    (id) => {
      expect(jobId.safeParse(id).success).toBe(false);
    },
  );

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'video.mp4',
    '',
    `https://x.test/${'x'.repeat(4_000)}`,
  ])('takes no video address %s', (url) => {
    expect(videoUrl.safeParse(url).success).toBe(false);
  });
});

/** What some providers need beside `apiKey`, or in its place. */
const NEEDS: Readonly<Record<string, object>> = {
  azure: { baseUrl: 'https://reels.openai.azure.com/openai/v1' },
  bedrock: { accessKeyId: 'AKIA0', secretAccessKey: 'secret', output: 's3://canaries/here' },
  http: ltxOptions,
  'kling-legacy': { apiKey: undefined, accessKey: 'access', secretKey: 'secret' },
  veo: { project: 'my-project' },
};

describe('the registry', () => {
  it('holds each name once', () => {
    const names = PROVIDERS.map(({ name }) => name);

    expect(names).toContain('runway');
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(PROVIDERS.map((provider) => [provider.name, provider] as const))(
    'has options for %s that need little more than a key, and refuses others',
    (name, provider) => {
      const needed = NEEDS[name] ?? {};
      const { pollEveryMs, deadlineMs } = onScript(provider, [], needed).provider;

      expect(pollEveryMs).toBeGreaterThanOrEqual(5_000);
      expect(deadlineMs).toBe(600_000);
      expect(onScript(provider, [], { ...needed, pollEvery: '1s', deadline: '90s' }).provider).toMatchObject({
        pollEveryMs: 1_000,
        deadlineMs: 90_000,
      });
      expect(() => onScript(provider, [], { ...needed, apikey: 'typing error' })).toThrow(/apikey/);
      expect(() => onScript(provider, [], { ...needed, apiKey: '' })).toThrow(/apiKey/);
    },
  );
});
