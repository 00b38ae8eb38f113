import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import { modelsOption, withModels } from '../../src/providers/models.ts';
import { seedance } from '../../src/providers/seedance.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const ID = 'cgt-20261121120000-abcde';
const VIDEO =
  'https://ark-content-generation-ap-southeast-1.tos-ap-southeast-1.volces.com/video.mp4?X-Tos-Expires=86400';
const CHEAPEST = 'seedance-1-0-pro-fast-251015';
const ENDED = ['doubao-seedance-1-5-pro-251215', 'seedance-1-0-lite-t2v-250428'];
const served = Object.keys(seedance.models).filter((model) => !ENDED.includes(model));

function task(status: string, more: object = {}): Answer[] {
  return [{ status: 200, body: { id: ID, model: CHEAPEST, status, created_at: 1795000000, ...more } }];
}
function done(usage: unknown): Answer[] {
  return task('succeeded', { content: { video_url: VIDEO }, usage });
}

const accepted: Answer = { status: 200, body: { id: ID } };
const models: Answer = { status: 200, body: { object: 'list', data: [{ id: CHEAPEST, status: 'Active' }] } };

describe('seedance', () => {
  simulatedContract({
    definition: seedance,
    simulator: 'seedance',
    options: { baseUrl: `${ORIGIN}/seedance/api/v3` },
    first: CHEAPEST,
    models: served,
    cancels: true,
    // ModelArk's sentence leaves open whether the model is gone or only not for us.
    causes: { down: 'unavailable' },
  });

  providerContract({
    definition: seedance,
    model: CHEAPEST,
    origins: ['https://ark.ap-southeast.bytepluses.com'],
    accepted,
    jobId: ID,
    statuses: [
      ['queued', task('queued'), { is: 'pending', phase: 'queue', progress: null }],
      ['running', task('running'), { is: 'pending', phase: 'generate', progress: null }],
      [
        'succeeded',
        done({ completion_tokens: 19_440, total_tokens: 19_440 }),
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: 0.01944, costFrom: 'computed' },
      ],
      [
        'failed',
        task('failed', {
          error: { code: 'OutputVideoSensitiveContentDetected', message: 'may be sensitive' },
        }),
        {
          is: 'failed',
          code: 'OutputVideoSensitiveContentDetected',
          message: 'may be sensitive',
          costUsd: null,
        },
      ],
      [
        'failed without a reason',
        task('failed'),
        { is: 'failed', code: null, message: 'the task failed without a reason', costUsd: null },
      ],
      [
        'cancelled',
        task('cancelled'),
        { is: 'failed', code: 'cancelled', message: 'the task was cancelled', costUsd: null },
      ],
      [
        'expired',
        task('expired'),
        { is: 'failed', code: 'expired', message: 'the task expired before it was done', costUsd: null },
      ],
    ],
    unknownWord: { status: 200, body: { id: ID, status: 'REBOOTING' } },
    free: {
      answer: models,
      checked: {
        text: `1 models listed, ${CHEAPEST} among them`,
        balanceUsd: null,
        notices: [],
        isListed: true,
      },
    },
    errors: errorsOf('seedance'),
    jobCodes: [
      ['OutputVideoSensitiveContentDetected', 'moderated'],
      ['OutputAudioSensitiveContentDetected', 'moderated'],
      ['InternalServiceError', 'unavailable'],
      ['cancelled', 'interrupted'],
      ['expired', 'timeout'],
      ['something else', null],
    ],
  });

  it('orders the cheapest clip for two cents, without sound where there is a choice', async () => {
    const { provider, heard } = onScript(seedance, [accepted]);
    const order = orderOf(provider, CHEAPEST);

    await provider.submit(order, 'slot-1', never);

    expect(order.facts).toMatchObject({ seconds: 2, width: 864, height: 480, costUsd: 0.01944 });
    expect(heard[0]).toMatchObject({
      method: 'POST',
      url: { pathname: '/api/v3/contents/generations/tasks' },
    });
    const body = JSON.parse(heard[0]?.body ?? '') as Record<string, unknown>;
    expect(body).toMatchObject({ resolution: '480p', ratio: '16:9', duration: 2, seed: 7, watermark: false });
    expect(body).not.toHaveProperty('generate_audio');
    expect(orderOf(provider, 'dreamina-seedance-2-0-260128').request).toMatchObject({
      generate_audio: false,
    });
  });

  // The vendor's formula: width x height x 24 x seconds / 1024, at dollars for a million.
  it.each([
    ['seedance-1-0-pro-250528', {}, 0.0486],
    ['seedance-1-5-pro-251215', {}, 0.048211],
    ['seedance-1-5-pro-251215', { audio: true }, 0.096422],
    ['dreamina-seedance-2-0-mini-260615', {}, 0.140616],
    ['dreamina-seedance-2-0-260128', { resolution: '1080p', seconds: 5 }, 1.8711],
    ['dreamina-seedance-2-5-260628', { resolution: '720p', aspect: '9:16' }, 0.92448],
  ] as const)('prices %s with %j', (model, wanted, costUsd) => {
    const canary = { ...DEFAULT_CANARY, order: { ...DEFAULT_CANARY.order, ...wanted } };

    expect(onScript(seedance, []).provider.plan(canary, model)).toMatchObject({ facts: { costUsd } });
  });

  it.each([
    ['a text', { total_tokens: '40000' }, 0.04],
    ['nothing', undefined, null],
    ['no number', { total_tokens: 'many' }, null],
    ['less than nothing', { total_tokens: -1 }, null],
    ['more than any canary costs', { total_tokens: 1e15 }, null],
  ])('counts tokens that are %s', async (_name, usage, costUsd) => {
    const { provider } = onScript(seedance, [accepted, ...done(usage)]);
    const { job } = await provider.submit(orderOf(provider, CHEAPEST), 'k', never);

    expect(await provider.poll(job, never)).toMatchObject({ is: 'done', costUsd });
  });

  it('multiplies tokens by the price that held when it ordered, with sound or without', async () => {
    const price = { '480p/Mtok': 1, '480p+audio/Mtok': 3 };
    const wanted = modelsOption.parse({ [CHEAPEST]: { like: 'seedance-1-5-pro-251215', price, sizes } });
    const given = { ...seedance, models: withModels(seedance.models, wanted).models };
    const { provider } = onScript(given, [accepted, ...done({ total_tokens: 1e6 })]);
    const loud = { ...DEFAULT_CANARY, order: { ...DEFAULT_CANARY.order, audio: true } };
    const order = provider.plan(loud, CHEAPEST);
    if ('impossible' in order) throw new Error(order.impossible);

    const { job } = await provider.submit(order, 'k', never);

    expect(await provider.poll(job, never)).toMatchObject({ costUsd: 3 });
    const dearer = onScript(seedance, done({ total_tokens: 1e6 })).provider;
    expect(await dearer.poll(JSON.parse(JSON.stringify(job)) as typeof job, never)).toMatchObject({
      costUsd: 3,
    });
  });

  it('has no figure for a model that is not priced by tokens', async () => {
    const wanted = modelsOption.parse({ new: { like: CHEAPEST, price: { '480p': 0.1 }, sizes } });
    const given = { ...seedance, models: withModels(seedance.models, wanted).models };
    const { provider } = onScript(given, [accepted, ...done({ total_tokens: 1e6 })]);

    const { job } = await provider.submit(orderOf(provider, 'new'), 'k', never);

    expect(await provider.poll(job, never)).toMatchObject({ is: 'done', costUsd: null });
  });

  it('does not take a model for gone because the list leaves it out', async () => {
    const { provider, heard } = onScript(seedance, [models]);

    expect(await provider.check?.('dreamina-seedance-2-5-260628', never)).toMatchObject({ isListed: null });
    expect(heard.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual(['GET /api/v3/models']);
  });

  it.each([
    [200, {}],
    [204, ''],
    [404, { error: { code: 'ResourceNotFound', message: 'gone' } }],
    [409, { error: { code: 'InvalidAction.RunningTaskDeletion', message: 'it runs' } }],
  ])('is content with a cancellation that is answered with %d: %j', async (status, body) => {
    const { provider } = onScript(seedance, [{ status, body }]);

    await expect(provider.cancel?.({ id: ID, usdPerMtok: null }, never)).resolves.toBeUndefined();
  });

  it('is not content with a cancellation that is refused', async () => {
    const { provider } = onScript(seedance, [{ status: 403, body: { error: { code: 'AccessDenied' } } }]);
    const call = provider.cancel?.({ id: ID, usdPerMtok: null }, never) ?? Promise.resolve();

    expect((await failing(call)).status).toBe(403);
  });

  it('knows what ended in China, and does not say so of BytePlus', () => {
    const { provider } = onScript(seedance, []);
    const now = Date.UTC(2026, 10, 21);

    expect(provider.knownNotice('doubao-seedance-1-5-pro-251215', now)).toMatchObject({
      kind: 'retired',
      effectiveAt: Date.UTC(2026, 10, 11),
      replacement: 'doubao-seedance-2-5-260628',
    });
    expect(provider.knownNotice('seedance-1-5-pro-251215', now)).toBeNull();
  });
});

const sizes = { '480p': { '16:9': [864, 496] } };
