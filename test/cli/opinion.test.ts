import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../src/app/failures.ts';
import { explainerFor, explainerOf } from '../../src/cli/explainers.ts';
import { opinionOf, type Opinion } from '../../src/cli/opinion.ts';
import { causeOf } from '../../src/core/classify.ts';
import { CAUSES, type Cause } from '../../src/core/model.ts';
import { HttpError } from '../../src/ports/http.ts';
import { PROVIDERS } from '../../src/providers/index.ts';

interface Sample {
  id: string;
  provider: string;
  label: string;
  http_status: number | null;
  body?: string;
  text?: string;
  ambiguous?: true;
  lifecycle_hint?: string;
}

const LABELS: Record<string, Cause> = {
  'retired-or-deprecated': 'retired',
  'no-access': 'no_access',
  'quota-billing': 'no_credit',
  moderation: 'moderated',
  'invalid-request': 'bad_request',
  auth: 'auth',
  'server-error': 'unavailable',
  'not-found-typo': 'model_missing',
  overload: 'overloaded',
  'rate-limit': 'rate_limited',
  timeout: 'timeout',
};
const OURS = ['auth', 'quota-billing', 'no-access', 'not-found-typo', 'invalid-request'];

function samples(name: string): Sample[] {
  const path = new URL(`../fixtures/errors/${name}.jsonl`, import.meta.url);
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Sample);
}

function asked(sample: Sample, change: { provider?: string; workedBefore?: boolean } = {}): Opinion {
  const { id, provider, http_status: httpStatus } = sample;
  return opinionOf({ id, provider, httpStatus, body: bodyOf(sample), workedBefore: false, ...change });
}

function bodyOf({ body, text }: Sample): string {
  return body ?? text ?? '';
}

/**
 * What a sample should be read as. Where the label and the sentence differ, the sentence decides: a feature of an API
 * that is gone (`feature-retired`) makes our request wrong, and retires no model.
 */
function expected({ label, lifecycle_hint: hint }: Sample): Cause | undefined {
  return hint === 'feature-retired' ? 'bad_request' : LABELS[label];
}

/** Ours against theirs, for a failing test to show. */
function misses(all: readonly Sample[], provider?: string): string[] {
  return all.flatMap((sample) => {
    const { cause, why } = asked(sample, provider === undefined ? {} : { provider });
    const isRight = cause === expected(sample) || (sample.ambiguous === true && cause === 'model_missing');
    return isRight ? [] : [`${sample.id} ${sample.provider}: ${expected(sample)}, not ${cause}: ${why}`];
  });
}

describe.each([
  ['corpus', 87],
  ['held-out', 138],
  // Collected and labelled before the rules had seen one of them: 96 were read right then, 93 without their sender.
  ['wild', 113],
])('the errors of %s', (name, count) => {
  const all = samples(name);

  it('are read right, at least 97 of 100', () => {
    expect(all).toHaveLength(count);
    expect(misses(all)).toEqual([]);
  });

  it('are read nearly as well by those who do not know the sender', () => {
    expect(misses(all, 'somebody').length / count).toBeLessThan(0.03);
  });

  it('agree with their labels, at least 97 of 100, even where the sentence knows better', () => {
    const wrong = all.filter((sample) => {
      const { cause } = asked(sample);
      return cause !== LABELS[sample.label] && !(sample.ambiguous === true && cause === 'model_missing');
    });

    expect(wrong.length / count).toBeLessThan(0.03);
  });

  it('are never a guess where the text leaves open what is missing', () => {
    const open = all.filter(({ ambiguous, label }) => ambiguous === true && label !== 'quota-billing');
    const guesses = open.map((sample) => asked(sample).cause).filter((cause) => cause === 'retired');

    expect(open.length).toBeGreaterThan(5);
    expect(guesses).toEqual([]);
  });

  it('never make the provider guilty of what is ours', () => {
    const ours = all.filter(({ label }) => OURS.includes(label));

    expect(ours.length).toBeGreaterThan(20);
    expect(ours.filter((sample) => asked(sample).blame === 'provider')).toEqual([]);
    expect(ours.filter((sample) => asked(sample, { provider: 'x' }).blame === 'provider')).toEqual([]);
  });

  it('are read by the daemon as by the command', () => {
    const answers = all.filter(({ http_status: status }) => (status ?? 0) >= 400);

    for (const sample of answers) {
      const error = new HttpError('status', 'refused', {
        status: sample.http_status ?? 0,
        body: bodyOf(sample),
      });
      const cause = causeOf(failureOf(error, 'submit', explainerFor(sample.provider), 'works'));

      expect([sample.id, asked(sample).cause]).toEqual([sample.id, cause]);
    }
  });

  it('are explained in a sentence', () => {
    for (const sample of all) expect(asked(sample).why).toMatch(/^.{10,400}$/);
  });
});

describe('a sentence', () => {
  it.each<[provider: string, status: number | null, said: string, expected: Cause]>([
    ['gemini', 429, 'Veo must be accessed through the Vertex PredictLongRunning API.', 'bad_request'],
    ['gemini', 429, 'Resource has been exhausted (e.g. check quota).', 'rate_limited'],
    ['gemini', 429, 'No capacity available for model on the server', 'overloaded'],
    ['fal', 403, 'User is locked. Reason: TOP_UP.', 'no_credit'],
    ['fal', 403, 'User is locked. Reason: Admin lock.', 'no_access'],
    ['replicate', null, 'Service is temporarily busy, please try again later (E003)', 'overloaded'],
    ['luma', 404, 'sora-turbo is no longer available', 'retired'],
    ['luma', 404, 'The parameter seed is no longer supported', 'bad_request'],
    ['bedrock', 400, '#/outputDataConfig: required key [s3Location] not found', 'bad_request'],
    ['bedrock', 401, 'required API key not found', 'auth'],
    [
      'tencent',
      200,
      '{"Response":{"Error":{"Code":"UnsupportedOperation.PkgExhausted","Message":""}}}',
      'no_credit',
    ],
    ['openai', 404, 'Invalid URL (POST /v1/video/generations)', 'bad_request'],
    ['openrouter', 404, 'No endpoints found that support the requested parameters', 'bad_request'],
    ['wan', null, 'Green net check failed for output video', 'moderated'],
    ['somebody', null, 'Could not process with this prompt', 'moderated'],
    ['somebody', null, '内容不合规，请修改后重试', 'moderated'],
    ['somebody', null, '视频审核未通过', 'moderated'],
    ['somebody', null, '提示词包含违禁词', 'moderated'],
    ['somebody', null, '{"code":"TaskTypeMismatch","message":""}', 'bad_request'],
    ['somebody', 429, 'Too many running tasks for this account', 'rate_limited'],
    ['somebody', 400, 'Prompt contains words that are not allowed', 'moderated'],
    ['somebody', null, 'Failed to generate video due to an internal issue', 'unavailable'],
    ['somebody', null, 'Input data is suspected of being involved in IP infringement.', 'moderated'],
  ])('of %s with status %s, "%s", is read as %s', (provider, httpStatus, body, expected) => {
    expect(opinionOf({ id: 1, provider, httpStatus, body, workedBefore: false }).cause).toBe(expected);
  });
});

describe('a model that is missing', () => {
  const missing = samples('corpus').filter((sample) => asked(sample).cause === 'model_missing');

  it('is our mistake at first, and the provider’s doing once it has worked', () => {
    expect(missing.length).toBeGreaterThan(15);
    for (const sample of missing) {
      expect(asked(sample)).toMatchObject({ blame: 'us', why: expect.stringContaining('read alike') });
      expect(asked(sample, { workedBefore: true })).toMatchObject({
        cause: 'model_missing',
        blame: 'provider',
        why: expect.stringContaining('it worked before'),
      });
    }
  });
});

const WHYS: [provider: string, status: number | null, body: string, Partial<Opinion>][] = [
  [
    'kling',
    429,
    '{"code":1102,"message":"x"}',
    { cause: 'no_credit', why: "code 1102 is in Kling's table: our account is out of credit" },
  ],
  [
    'z-ai',
    429,
    '{"error":{"code":"1305","message":"x"}}',
    { cause: 'overloaded', why: "code 1305 is in Z.AI's table: overloaded" },
  ],
  [
    'nobody',
    401,
    '',
    { cause: 'auth', why: 'status 401, and the text says nothing else: our key was refused' },
  ],
  [
    'nobody',
    429,
    '{"code":"insufficient_quota"}',
    { cause: 'no_credit', why: 'the code says insufficient_quota: our account is out of credit' },
  ],
  [
    'nobody',
    400,
    'Your credit balance is too low',
    { cause: 'no_credit', why: 'the text says "credit balance is too low": our account is out of credit' },
  ],
  [
    'nobody',
    null,
    'lorem ipsum',
    { cause: 'unknown_status', blame: 'nobody', why: 'neither a code nor a status nor the text decides' },
  ],
  ['nobody', 200, '{"code":402,"msg":"x"}', { cause: 'no_credit', blame: 'us' }],
  ['kling (via kie.ai)', null, '{"code":1102}', { cause: 'unknown_status' }],
];

describe('the reason', () => {
  it.each(WHYS)('of %s, status %j, %j is told', (provider, httpStatus, body, opinion) => {
    expect(opinionOf({ id: 1, provider, httpStatus, body, workedBefore: false })).toMatchObject(opinion);
  });

  it.each<[body: string, retiresAt: string | undefined, replacement: string | undefined]>([
    ['The model grok-beta was deprecated on 2025-09-15. Please use grok-3 instead.', '2025-09-15', 'grok-3'],
    ['The model x-1 has been deprecated since 02/13/2025 00:00:00.', '2025-02-13', undefined],
    ['The model sora-2-2025-10-06 has been shut down.', undefined, undefined],
    ['The model x-1 has been shut down on 2025-13-40.', undefined, undefined],
    ['The free X period has ended. Please migrate to the paid slug: x/chat-v3.1', undefined, 'x/chat-v3.1'],
    ['{"reason":"deprecated","message":"The model x-1 was retired","replacement":"x-2"}', undefined, 'x-2'],
  ])('of %j holds the day and the successor', (body, retiresAt, replacement) => {
    const opinion = opinionOf({ id: 1, provider: '', httpStatus: 404, body, workedBefore: false });

    expect(opinion).toMatchObject({ cause: 'retired', blame: 'provider' });
    expect(opinion.retires_at).toBe(retiresAt);
    expect(opinion.replacement).toBe(replacement);
  });
});

describe('an adapter', () => {
  it.each(PROVIDERS.filter(({ name }) => name !== 'http').map((adapter) => [adapter.name, adapter] as const))(
    '%s reads errors without a key',
    (_, adapter) => {
      expect(explainerOf(adapter)?.title).toBe(adapter.title);
    },
  );

  it.each([
    ['kling', 'Kling'],
    ['KLING', 'Kling'],
    ['runway', 'Runway'],
    ['openai-sora-web', 'OpenAI Sora'],
    ['luma-web', 'Luma'],
    ['azure-openai', 'Azure'],
    ['z-ai', 'Z.AI'],
    ['kling (via kie.ai)', null],
    ['z-image', null],
    ['', null],
    ['somebody', null],
  ])('is found for %j: %j', (name, title) => {
    const found = explainerFor(name).title;

    expect(title === null ? found : found?.slice(0, title.length)).toBe(title);
  });
});

describe('whatever is pasted', () => {
  it('has a cause and a reason', () => {
    const bodies = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom(...samples('corpus').map((sample) => bodyOf(sample).slice(0, 60))),
    );
    const names = fc.oneof(fc.string(), fc.constantFrom(...PROVIDERS.map(({ name }) => name)));
    fc.assert(
      fc.property(
        bodies,
        names,
        fc.constantFrom(null, 200, 400, 404, 429, 500, 599),
        (body, provider, httpStatus) => {
          const opinion = opinionOf({ id: 'x', provider, httpStatus, body, workedBefore: true });

          expect(CAUSES).toContain(opinion.cause);
          expect(opinion.why).not.toBe('');
        },
      ),
    );
  });

  it.each([
    'permission or ',
    'a a a a "replacement": "',
    'is no longer ',
    'billing to be ',
    'use model-1 ',
    '🔥',
  ])('is read at once, also 100 KB of %j', (words) => {
    const body = words.repeat(100_000 / words.length);
    const startedAt = performance.now();

    for (const provider of ['x', 'kling', 'gemini'])
      opinionOf({ id: 1, provider, httpStatus: 400, body, workedBefore: false });

    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });
});
