import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { priceDrift } from '../../src/providers/openrouter-prices.ts';
import { openrouter } from '../../src/providers/openrouter.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import {
  errorOf,
  errorsOf,
  failing,
  never,
  onScript,
  orderOf,
  type Answer,
} from '../contract/provider-script.ts';

const GROK = 'x-ai/grok-imagine-video';
const ID = 'job-abc123';
const HOME = 'https://openrouter.ai/api/v1';
const OWN = { at: 'own', path: `/videos/${ID}/content?index=0` } as const;
const ACCEPTED = { status: 202, body: { id: ID, polling_url: `/api/v1/videos/${ID}`, status: 'pending' } };

interface Listed {
  id: string;
  supported_durations: number[] | null;
  supported_resolutions: string[] | null;
  supported_sizes: string[] | null;
  generate_audio: boolean | null;
  seed: boolean | null;
  pricing_skus: Record<string, string>;
}

const file = new URL('../fixtures/openrouter/models.json', import.meta.url);
const { data: LIST } = JSON.parse(readFileSync(file, 'utf8')) as { data: Listed[] };

function says(status: string, more: object = {}): Answer {
  return { status: 200, body: { id: ID, polling_url: `/api/v1/videos/${ID}`, status, ...more } };
}

async function polled(answer: Answer, options: object = {}) {
  const { provider } = onScript(openrouter, [ACCEPTED, answer], options);
  const { job } = await provider.submit(orderOf(provider, GROK), 'k', never);
  return provider.poll(job, never);
}

describe('openrouter', () => {
  simulatedContract({
    definition: openrouter,
    simulator: 'openrouter',
    options: { baseUrl: `${ORIGIN}/openrouter/api/v1` },
    first: GROK,
  });

  providerContract({
    definition: openrouter,
    model: GROK,
    origins: ['https://openrouter.ai'],
    accepted: ACCEPTED,
    jobId: ID,
    statuses: [
      ['pending', [says('pending')], { is: 'pending', phase: 'queue', progress: null }],
      ['in_progress', [says('in_progress')], { is: 'pending', phase: 'generate', progress: null }],
      [
        'completed',
        [
          says('completed', {
            unsigned_urls: [`${HOME}/videos/${ID}/content?index=0`],
            usage: { cost: 0.05, is_byok: false },
          }),
        ],
        { is: 'done', asset: OWN, costUsd: 0.05, costFrom: 'provider' },
      ],
      [
        'completed without addresses',
        [says('completed', { unsigned_urls: null })],
        { is: 'done', asset: OWN, costUsd: null },
      ],
      [
        'failed',
        [says('failed', { error: 'Provider returned an error' })],
        { is: 'failed', code: null, message: 'Provider returned an error', costUsd: null },
      ],
      [
        'failed with an object, and charged',
        [says('failed', { error: { code: 502, message: 'Bad gateway' }, usage: { cost: 0.01 } })],
        { is: 'failed', code: '502', message: 'Bad gateway', costUsd: 0.01 },
      ],
      [
        'cancelled',
        [says('cancelled')],
        { is: 'failed', code: 'cancelled', message: 'the job was cancelled without a reason', costUsd: null },
      ],
      [
        'expired',
        [says('expired')],
        { is: 'failed', code: 'expired', message: 'the job expired without a reason', costUsd: null },
      ],
      [
        'dead',
        [says('dead')],
        { is: 'failed', code: 'dead', message: 'the job ended as dead without a reason', costUsd: null },
      ],
    ],
    unknownWord: says('REBOOTING'),
    free: {
      // The same for the key, of which it says nothing.
      answer: { status: 200, body: { data: LIST } },
      checked: { text: 'listed', balanceUsd: null, notices: [], isListed: true },
    },
    errors: errorsOf('openrouter'),
    jobCodes: [
      ['cancelled', 'interrupted'],
      ['expired', 'timeout'],
      ['dead', null],
      ['502', null],
    ],
  });

  it.each([
    ['its own address', `${HOME}/videos/${ID}/content?index=0`, OWN],
    ['an address without an origin', `/api/v1/videos/${ID}/content?index=0`, OWN],
    [
      'a store',
      'https://storage.example.com/v.mp4',
      { at: 'foreign', url: 'https://storage.example.com/v.mp4' },
    ],
    ['a look-alike', 'https://openrouter.ai.evil.example/api/v1/videos/1/content', 'foreign'],
    ['a user in the address', 'https://openrouter.ai@evil.example/api/v1/videos/1/content', 'foreign'],
    ['another port', 'https://openrouter.ai:8443/api/v1/videos/1/content', 'foreign'],
    ['plain http', 'http://openrouter.ai/api/v1/videos/1/content', 'foreign'],
    ['a path beside the videos', `${HOME}/keys`, 'foreign'],
    ['a path that climbs out', `${HOME}/videos/../keys`, 'foreign'],
  ])('shows its key to %s as it should', async (_name, url, asset) => {
    const status = await polled(says('completed', { unsigned_urls: [url] }));

    const expected = typeof asset === 'string' ? { at: asset, url } : asset;
    expect(status).toEqual({ is: 'done', asset: expected, costUsd: null });
  });

  it('takes a signed address where there is no other', async () => {
    const url = 'https://storage.example.com/v.mp4?signature=1';

    expect(await polled(says('completed', { urls: [url] }))).toMatchObject({ asset: { at: 'foreign', url } });
  });

  it('keeps to a base of its own', async () => {
    const baseUrl = 'http://127.0.0.1:9/openrouter/api/v1';
    const url = `${baseUrl}/videos/${ID}/content?index=0`;

    expect(await polled(says('completed', { unsigned_urls: [url] }), { baseUrl })).toMatchObject({
      asset: OWN,
    });
  });

  it.each([
    ['no address', ['not an address']],
    ['an address that is too long', [`https://storage.example.com/${'x'.repeat(4_000)}`]],
    ['too many addresses', Array.from({ length: 21 }, () => 'https://storage.example.com/v.mp4')],
    ['another protocol', ['ftp://storage.example.com/v.mp4']],
  ])('does not take %s for a video', async (_name, unsigned_urls) => {
    const call = polled(says('completed', { unsigned_urls }));

    expect((await failing(call)).code).toBe('bad_json');
  });

  it.each([-1, 1e9, '0.05', Number.NaN])('does not believe a cost of %s', async (cost) => {
    expect(await polled(says('completed', { usage: { cost } }))).toMatchObject({ is: 'done', costUsd: null });
  });

  it('says what the maker behind it has said', () => {
    const { provider } = onScript(openrouter, []);
    const metadata = { raw: 'duration 99 is not supported', provider_name: 'xAI' };
    const error = { message: 'Provider returned error', code: 400, metadata };

    expect(provider.explain(errorOf({ status: 400, body: { error } })).message).toBe(
      'Provider returned error: duration 99 is not supported',
    );
  });

  describe('the free check', () => {
    const check = async (data: readonly object[], key: object = { limit_remaining: null }) => {
      const { provider, heard } = onScript(openrouter, [
        { status: 200, body: { data: key } },
        { status: 200, body: { data } },
      ]);
      return { checked: await provider.check?.(GROK, never), heard };
    };

    it('proves the key, and reads what it may still spend', async () => {
      const { checked, heard } = await check(LIST, { label: 'sk-or-v1', limit: 10, limit_remaining: 7.5 });

      expect(checked).toMatchObject({ balanceUsd: 7.5, isListed: true });
      expect(heard.map(({ url }) => url.pathname)).toEqual(['/api/v1/key', '/api/v1/videos/models']);
    });

    it('says that a model is no longer listed', async () => {
      const { checked } = await check(LIST.filter(({ id }) => id !== GROK));

      expect(checked).toMatchObject({ text: 'not among 26 listed models', isListed: false });
    });

    it('says that a price has moved', async () => {
      const { checked } = await check([
        {
          id: GROK,
          pricing_skus: { cents_per_video_output_second_480p: '6', cents_per_video_output_second_720p: '7' },
        },
      ]);

      expect(checked).toMatchObject({
        text: 'listed, but 480p costs $0.06 a second, the catalogue says $0.05',
        isListed: true,
      });
    });

    it('does not take a list without end', async () => {
      const many = Array.from({ length: 2_001 }, (_, i) => ({ id: `a/${i}`, pricing_skus: {} }));

      expect((await failing(check(many))).code).toBe('bad_json');
    });
  });
});

describe('the catalogue of OpenRouter', () => {
  const known = Object.entries(openrouter.models);

  it.each(known)('has %s as the recorded list has it', (id, facts) => {
    const listed = LIST.find((entry) => entry.id === id);

    expect(listed?.supported_durations?.toSorted((a, b) => a - b)).toEqual(facts.seconds);
    expect(listed?.supported_resolutions).toEqual(expect.arrayContaining(Object.keys(facts.sizes)));
    expect([listed?.generate_audio ?? false, listed?.seed ?? false]).toEqual([facts.audio, facts.seed]);
    expect(priceDrift(facts, listed?.pricing_skus)).toBe('');
    if (!listed?.supported_sizes) return;
    const sizes = Object.values(facts.sizes).flatMap((sizes) =>
      Object.values(sizes).map((size) => size.join('x')),
    );
    expect(listed.supported_sizes).toEqual(expect.arrayContaining(sizes));
  });

  it('lacks only what canaries cannot ask for', () => {
    const missing = LIST.map(({ id }) => id).filter((id) => !Object.hasOwn(openrouter.models, id));

    expect(missing).toEqual(['black-forest-labs/flux-video-edit', 'minimax/hailuo-3']);
  });

  it.each([
    [
      'bytedance/seedance-2.0',
      { video_tokens: '0.000014' },
      'costs $14 a million tokens, the catalogue says $7',
    ],
    [
      'google/veo-3.1',
      { duration_seconds_without_audio: '0.25' },
      '720p costs $0.25 a second, the catalogue says $0.2',
    ],
    ['runway/gen-4.5', { cents_per_second_output: '24' }, '720p costs $0.24 a second'],
    ['kwaivgi/kling-v3.0-std', { text_to_video_duration_seconds_720p: '0.1' }, '720p costs $0.1 a second'],
  ])('notices that %s costs otherwise', (id, skus, text) => {
    const facts = openrouter.models[id];

    expect(facts && priceDrift(facts, skus)).toContain(text);
  });

  it.each([
    ['nothing', null],
    ['names that nobody knows', { per_thought: '5' }],
    ['words', { duration_seconds: 'cheap' }],
    ['nothing at all', { duration_seconds: '' }],
    ['a price of zero', { duration_seconds: '0' }],
    ['a price below zero', { duration_seconds: '-1' }],
  ])('is silent about %s', (_name, skus) => {
    const facts = openrouter.models['runway/gen-4.5'];

    expect(facts && priceDrift(facts, skus)).toBe('');
  });
});
