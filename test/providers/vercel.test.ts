import { describe, expect, it } from 'vitest';
import { vercel } from '../../src/providers/vercel.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const GROK = 'spacexai/grok-imagine-video';
const ID = 'job_abc123';
const VIDEO = 'https://storage.example.com/v.mp4';
const OPERATION = { gatewayJobId: ID };

function ofJob(more: object = {}) {
  return { gateway: { asyncJob: { jobId: ID, status: 'running' }, ...more } };
}

const ACCEPTED = { status: 200, body: { operation: OPERATION, warnings: [], providerMetadata: ofJob() } };

function says(status: string, more: object = {}): Answer {
  return { status: 200, body: { status, ...more } };
}

function done(video: object, metadata: object = ofJob()): Answer {
  return says('completed', { videos: [video], providerMetadata: metadata });
}

const url = { type: 'url', url: VIDEO, mediaType: 'video/mp4' };
const foreign = { at: 'foreign', url: VIDEO } as const;

async function started(body: object) {
  const { provider, heard } = onScript(vercel, [{ status: 200, body }]);
  return { answer: provider.submit(orderOf(provider, GROK), 'slot-1', never), heard };
}

async function polled(answer: Answer) {
  const { provider, heard } = onScript(vercel, [ACCEPTED, answer]);
  const { job } = await provider.submit(orderOf(provider, GROK), 'slot-1', never);
  return { status: provider.poll(job, never), heard };
}

describe('vercel', () => {
  simulatedContract({
    definition: vercel,
    simulator: 'vercel',
    options: { baseUrl: `${ORIGIN}/vercel/v4/ai` },
    first: GROK,
    hasKey: () => true,
  });

  providerContract({
    definition: vercel,
    model: GROK,
    origins: ['https://ai-gateway.vercel.sh'],
    accepted: ACCEPTED,
    jobId: ID,
    statuses: [
      [
        'pending',
        [says('pending', { providerMetadata: ofJob() })],
        { is: 'pending', phase: 'generate', progress: null },
      ],
      ['pending without more', [says('pending')], { is: 'pending', phase: 'generate', progress: null }],
      [
        'pending in a queue',
        [says('pending', { providerMetadata: { gateway: { asyncJob: { status: 'queued' } } } })],
        { is: 'pending', phase: 'queue', progress: null },
      ],
      ['completed', [done(url)], { is: 'done', asset: foreign, costUsd: null }],
      [
        'completed, with what it cost',
        [done(url, ofJob({ cost: '0.42' }))],
        { is: 'done', asset: foreign, costUsd: 0.42, costFrom: 'provider' },
      ],
      [
        'completed, with the video itself',
        [done({ type: 'base64', data: 'AAAA', mediaType: 'video/mp4' })],
        { is: 'done', asset: { at: 'inline', base64: 'AAAA' }, costUsd: null },
      ],
      [
        'error',
        [says('error', { error: 'Content was blocked.' })],
        { is: 'failed', code: null, message: 'Content was blocked.', costUsd: null },
      ],
      [
        'error without a reason',
        [says('error')],
        {
          is: 'failed',
          code: null,
          message: 'the job ended in an error without a reason',
          costUsd: null,
        },
      ],
      [
        'cancelled',
        [says('cancelled')],
        { is: 'failed', code: 'cancelled', message: 'the job was cancelled', costUsd: null },
      ],
    ],
    unknownWord: says('REBOOTING'),
    free: {
      // The same for the credits and for the list.
      answer: {
        status: 200,
        body: {
          balance: '12.5',
          total_used: '1',
          models: [{ id: 'google/veo-3.1-generate-001' }, { id: GROK }],
        },
      },
      checked: { text: 'listed', balanceUsd: 12.5, notices: [], isListed: true },
    },
    errors: errorsOf('vercel'),
    jobCodes: [
      ['cancelled', 'interrupted'],
      ['AI_APICallError', null],
    ],
  });

  it('sends the slot as the key under which an order is started once', async () => {
    const { answer, heard } = await started(ACCEPTED.body);
    await answer;

    expect(heard[0]?.headers).toMatchObject({
      'idempotency-key': 'slot-1',
      'ai-model-id': GROK,
      'ai-video-model-specification-version': '4',
      'ai-gateway-auth-method': 'api-key',
      'ai-gateway-protocol-version': '0.0.1',
    });
  });

  it('hands back the operation as it came, under the model it was ordered from', async () => {
    const { status, heard } = await polled(says('pending'));
    await status;

    expect(heard[1]?.headers['ai-model-id']).toBe(GROK);
    expect(JSON.parse(heard[1]?.body ?? '')).toEqual({ operation: OPERATION });
  });

  it.each([
    ['a text', 'op-text', '"op-text"'],
    ['an object without an id', { a: [1, 'b'] }, '{"a":[1,"b"]}'],
  ])('takes an operation that is %s', async (_name, operation, jobId) => {
    const { answer } = await started({ operation });

    expect(await answer).toMatchObject({ jobId, job: { operation } });
  });

  it('does not keep the secret that signs webhooks', async () => {
    const { answer } = await started({
      operation: OPERATION,
      providerMetadata: { gateway: { asyncJob: { jobId: ID, webhookSigningSecret: 'whsec_1' } } },
    });

    expect(JSON.stringify(await answer)).not.toContain('whsec_1');
  });

  it.each([
    ['nothing', null],
    ['a text without end', 'x'.repeat(8_001)],
    ['an object without a floor', [[[[[[['deep']]]]]]]],
  ])('does not take %s for an operation', async (_name, operation) => {
    const { answer } = await started({ operation });

    expect((await failing(answer)).code).toBe('bad_json');
  });

  it.each([
    ['no video', says('completed', { videos: [] })],
    ['no list of videos', says('completed')],
    ['a video that was stored elsewhere', done({ type: 'uploaded', mediaType: 'video/mp4' })],
    ['an address that is none', done({ ...url, url: 'file:///etc/passwd' })],
    ['too many videos', says('completed', { videos: Array.from({ length: 21 }, () => url) })],
  ])('does not take %s for a finished job', async (_name, answer) => {
    const { status } = await polled(answer);

    expect((await failing(status)).code).toBe('bad_json');
  });

  it.each(['-1', '1e9', 'free', ' ', null])('does not believe a cost of %s', async (cost) => {
    const { status } = await polled(done(url, ofJob({ cost })));

    expect(await status).toMatchObject({ is: 'done', costUsd: null });
  });

  describe('the request', () => {
    const planned = (model: string, order: object = {}) => {
      const { provider } = onScript(vercel, []);
      return orderOf(
        {
          ...provider,
          plan: (canary, id) => provider.plan({ ...canary, order: { ...canary.order, ...order } }, id),
        },
        model,
      );
    };

    it.each([
      ['spacexai/grok-imagine-video', '854x480'],
      ['alibaba/wan-v3.0-video', '832x480'],
      ['bytedance/seedance-2.0-mini', '864x480'],
      ['google/veo-3.1-generate-001', '1280x720'],
    ])('names the pixels that the maker of %s has a name for', (model, resolution) => {
      expect(planned(model).request).toMatchObject({ resolution, n: 1, providerOptions: {} });
    });

    it('asks Kling for a mode in place of pixels', () => {
      const { request } = planned('klingai/kling-v3.0-t2v', { resolution: '1080p' });

      expect(request).toMatchObject({ providerOptions: { klingai: { mode: 'pro' } }, generateAudio: false });
      expect(request).not.toHaveProperty('resolution');
    });

    it.each([
      ['google/veo-3.1-generate-001', 7],
      [GROK, undefined],
    ])('sends %s the seed %s', (model, seed) => {
      expect(planned(model, { seed: 7 }).request).toHaveProperty('duration');
      expect((planned(model, { seed: 7 }).request as { seed?: number }).seed).toBe(seed);
    });
  });

  describe('the free check', () => {
    const check = async (options: object, models: object[], balance: unknown = '3') => {
      const { provider, heard } = onScript(
        vercel,
        [
          { status: 200, body: { balance, total_used: '0' } },
          { status: 200, body: { models } },
        ],
        options,
      );
      return { checked: await provider.check?.(GROK, never), heard };
    };

    it('asks for credits beside the API and for the list', async () => {
      const { heard } = await check({}, [{ id: GROK }]);

      expect(heard.map(({ url: { pathname, search } }) => pathname + search)).toEqual([
        '/v1/credits',
        '/v4/ai/config',
      ]);
    });

    it.each([
      ['team_abc', '/v1/credits?teamId=team_abc'],
      ['my-team', '/v1/credits?slug=my-team'],
    ])('asks for the credits of the team %s', async (team, path) => {
      const { heard } = await check({ team }, [{ id: GROK }]);

      expect(`${heard[0]?.url.pathname}${heard[0]?.url.search}`).toBe(path);
      expect(heard.every(({ headers }) => headers['x-vercel-ai-gateway-team'] === team)).toBe(true);
    });

    it('says that a model is no longer listed', async () => {
      const { checked } = await check({}, [{ id: 'google/veo-3.1-generate-001' }]);

      expect(checked).toMatchObject({ text: 'not among 1 listed models', isListed: false, balanceUsd: 3 });
    });

    it.each([['a word'], [''], [null], [{}]])('does not take %j for a balance', async (balance) => {
      const { checked } = await check({}, [{ id: GROK }], balance);

      expect(checked?.balanceUsd).toBeNull();
    });

    it('does not take a list without end', async () => {
      const many = Array.from({ length: 5_001 }, (_, i) => ({ id: `a/${i}` }));

      expect((await failing(check({}, many))).code).toBe('bad_json');
    });
  });
});
