import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import type { JobStatus } from '../../src/ports/provider.ts';
import { modelsOption, withModels } from '../../src/providers/models.ts';
import { runway } from '../../src/providers/runway.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createHttp } from '../../src/system/http.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const ID = '17f20503-6c24-4c16-946b-35dbbce2af2f';
const VIDEO = 'https://dnznrvs05pmza.cloudfront.net/video.mp4?_jwt=abc';
const accepted = { status: 200, body: { id: ID, estimatedCost: { credits: 24 } } };

function task(status: string, more: object = {}): Answer[] {
  return [{ status: 200, body: { id: ID, createdAt: '2026-11-21T10:00:00Z', status, ...more } }];
}

const waiting: JobStatus = { is: 'pending', phase: 'queue', progress: null };

describe('runway', () => {
  simulatedContract({
    definition: runway,
    simulator: 'runway',
    options: { baseUrl: `${ORIGIN}/runway` },
    first: 'gen4.5',
    cancels: true,
  });

  providerContract({
    definition: runway,
    model: 'gen4.5',
    origins: ['https://api.dev.runwayml.com'],
    accepted,
    jobId: ID,
    statuses: [
      ['PENDING', task('PENDING', { estimatedCost: { credits: 24 } }), waiting],
      ['THROTTLED', task('THROTTLED'), waiting],
      ['RUNNING', task('RUNNING', { progress: 0.4 }), { is: 'pending', phase: 'generate', progress: 0.4 }],
      ['RUNNING without progress', task('RUNNING'), { is: 'pending', phase: 'generate', progress: null }],
      [
        'SUCCEEDED',
        task('SUCCEEDED', { output: [VIDEO], cost: { credits: 24 } }),
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: 0.24 },
      ],
      [
        'FAILED',
        task('FAILED', {
          failure: 'Not good.',
          failureCode: 'INTERNAL.BAD_OUTPUT.CODE01',
          cost: { credits: 0 },
        }),
        { is: 'failed', code: 'INTERNAL.BAD_OUTPUT.CODE01', message: 'Not good.', costUsd: 0 },
      ],
      [
        'FAILED without a word',
        task('FAILED'),
        { is: 'failed', code: null, message: 'the task failed without a reason', costUsd: null },
      ],
      [
        'CANCELLED',
        task('CANCELLED', { cost: { credits: 0 } }),
        { is: 'failed', code: 'CANCELLED', message: 'the task was cancelled', costUsd: 0 },
      ],
    ],
    unknownWord: { status: 200, body: { id: ID, status: 'REBOOTING' } },
    free: {
      answer: {
        status: 200,
        body: { creditBalance: 1234, tier: { models: { 'gen4.5': { maxConcurrentGenerations: 1 } } } },
      },
      checked: {
        text: '1234 credits left',
        balanceUsd: 12.34,
        notices: [],
        isListed: null,
        limits: { concurrentMax: 1, perDayMax: null, usedToday: null },
      },
    },
    errors: errorsOf('runway'),
    jobCodes: [
      ['SAFETY.INPUT.TEXT', 'moderated'],
      ['SAFETY.OUTPUT.VIDEO', 'moderated'],
      ['INPUT_PREPROCESSING.SAFETY.TEXT', 'moderated'],
      ['INPUT_PREPROCESSING.INTERNAL', 'unavailable'],
      ['INTERNAL.BAD_OUTPUT.CODE01', 'bad_output'],
      ['INTERNAL', 'unavailable'],
      ['INTERNAL.SOMETHING', 'unavailable'],
      ['THIRD_PARTY.UNAVAILABLE', 'unavailable'],
      ['ASSET.INVALID', 'bad_request'],
      ['CANCELLED', 'interrupted'],
      ['SAFETYNET', null],
      ['SOMETHING.NEW', null],
    ],
  });

  it('orders the cheapest clip of gen4.5', () => {
    const { provider } = onScript(runway, []);

    expect(orderOf(provider, 'gen4.5')).toMatchObject({
      request: { model: 'gen4.5', ratio: '1280:720', duration: 2, seed: 7 },
      facts: { seconds: 2, width: 1280, height: 720, costUsd: 0.24 },
    });
  });

  it('turns sound off where it is on by default, and leaves the field out where there is none', () => {
    const { provider } = onScript(runway, []);

    expect(orderOf(provider, 'veo3.1').request).toMatchObject({
      audio: false,
      negativePrompt: 'text, people, cuts, camera movement',
    });
    expect(orderOf(provider, 'gen4.5').request).not.toHaveProperty('audio');
  });

  it.each([
    [{ seconds: 7 }, 'veo3.1', 'seconds: 7 asked, veo3.1 makes 4, 6 or 8'],
    [{ seconds: 1 }, 'gen4.5', 'seconds: 1 asked, gen4.5 makes 2 to 10'],
    [{ aspect: '1:1' }, 'gen4.5', 'aspect: 1:1 asked, gen4.5 makes 16:9 or 9:16'],
    [{ resolution: '1080p' }, 'gen4.5', 'resolution: 1080p asked, gen4.5 makes 720p at 16:9'],
    [{ audio: true }, 'gen4.5', 'audio: sound asked, gen4.5 makes none that can be asked for'],
  ] as const)('says why %j is impossible for %s', (order, model, impossible) => {
    const canary = { ...DEFAULT_CANARY, order: { ...DEFAULT_CANARY.order, ...order } };

    expect(onScript(runway, []).provider.plan(canary, model)).toEqual({ impossible });
  });

  it('charges sound where it costs more', () => {
    const canary = { ...DEFAULT_CANARY, order: { ...DEFAULT_CANARY.order, audio: true } };

    expect(onScript(runway, []).provider.plan(canary, 'veo3.1')).toMatchObject({
      request: { audio: true },
      facts: { costUsd: 1.6 },
    });
  });

  it('reads the estimate of credits as dollars, and no absurd one', async () => {
    const answers = [accepted, { status: 200, body: { id: ID, estimatedCost: { credits: 1e308 } } }];
    const { provider, heard } = onScript(runway, answers);
    const order = orderOf(provider, 'gen4.5');

    expect((await provider.submit(order, 'k', never)).costUsd).toBe(0.24);
    expect((await provider.submit(order, 'k', never)).costUsd).toBeNull();
    expect(heard[0]?.headers['x-runway-version']).toBe('2024-11-06');
  });

  it('takes a job that is gone for cancelled', async () => {
    const { provider, heard } = onScript(runway, [
      { status: 204, body: '' },
      { status: 404, body: { error: 'not found' } },
      { status: 500, body: { error: 'oops' } },
    ]);

    await provider.cancel?.({ id: ID }, never);
    await provider.cancel?.({ id: ID }, never);

    expect(heard[0]).toMatchObject({ method: 'DELETE', url: { pathname: `/v1/tasks/${ID}` } });
    expect((await failing(provider.cancel?.({ id: ID }, never) ?? Promise.resolve())).status).toBe(500);
  });

  it('calls a success without a video garbled', async () => {
    const { provider } = onScript(runway, task('SUCCEEDED', { output: [] }));

    expect((await failing(provider.poll({ id: ID }, never))).code).toBe('bad_json');
  });

  it.each([
    [
      'both figures',
      {
        tier: { models: { wan3: { maxConcurrentGenerations: 2, maxDailyGenerations: 50 } } },
        usage: { models: { wan3: { dailyGenerations: 7 } } },
      },
      { concurrentMax: 2, perDayMax: 50, usedToday: 7 },
    ],
    [
      'what is used only',
      { usage: { models: { wan3: { dailyGenerations: 0 } } } },
      { concurrentMax: null, perDayMax: null, usedToday: 0 },
    ],
    [
      'figures that make no sense',
      { tier: { models: { wan3: { maxConcurrentGenerations: -1, maxDailyGenerations: 'many' } } } },
      { concurrentMax: null, perDayMax: null, usedToday: null },
    ],
    ['another model', { tier: { models: { 'gen4.5': { maxConcurrentGenerations: 2 } } } }, undefined],
    ['lists that are none', { tier: 'free', usage: [] }, undefined],
    ['nothing', {}, undefined],
  ])('reads the limits of the watched model: %s', async (_name, more, limits) => {
    const { provider } = onScript(runway, [{ status: 200, body: { creditBalance: 0, ...more } }]);

    const checked = await provider.check?.('wan3', never);

    expect(checked).toMatchObject({ balanceUsd: 0, isListed: null });
    expect(checked?.limits).toEqual(limits);
  });

  it.each([
    ['seedance2_mini', 64],
    ['seedance2_5', 80],
  ])('plans no clip of %s below the %d credits that a job costs at least', (model, creditsMin) => {
    const facts = runway.models[model];
    const cheapest = Math.min(...Object.values(facts?.price ?? {})) * (facts?.seconds[0] ?? 0);

    expect(cheapest * 100).toBeGreaterThanOrEqual(creditsMin);
    expect(orderOf(onScript(runway, []).provider, model).facts.costUsd).toBeCloseTo(creditsMin / 100, 6);
  });

  it('keeps the prompt of h3_max as it is, so that its seed counts', () => {
    expect(orderOf(onScript(runway, []).provider, 'h3_max').request).toMatchObject({
      resolution: '480p',
      promptExpansionMode: 'disabled',
      seed: 7,
    });
  });

  it.each([
    [
      'like a known one, in its words',
      { like: 'grok_imagine_1_5' },
      { model: 'new', ratio: '16:9', resolution: '480p', duration: 1 },
    ],
    [
      'with fields of its own',
      {
        seconds: [3],
        sizes: { '720p': { '16:9': [1280, 720] } },
        price: { '720p': 0.2 },
        input: { promptText: '{prompt}', ratio: '{aspect}', duration: '{seconds}', mode: 'fast' },
      },
      { model: 'new', ratio: '16:9', duration: 3, mode: 'fast' },
    ],
    [
      'in pixels where nothing is said',
      { seconds: [3], sizes: { '720p': { '16:9': [1280, 720] } }, price: { '720p': 0.2 }, audio: true },
      { model: 'new', ratio: '1280:720', duration: 3, audio: false },
    ],
  ])('orders a model of the configuration: %s', (_name, options, request) => {
    const wanted = modelsOption.parse({ new: options });
    const { models, problems } = withModels(runway.models, wanted);
    const provider = runway.create({
      options: runway.options.parse({ apiKey: 'key_test' }),
      http: createHttp({ clock: systemClock }),
      models,
      now: systemClock.now,
    });

    expect(problems).toEqual([]);
    expect(orderOf(provider, 'new').request).toEqual({
      ...request,
      promptText: expect.any(String) as unknown,
    });
  });
});
