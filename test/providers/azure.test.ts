import { describe, expect, it } from 'vitest';
import { azure } from '../../src/providers/azure.ts';
import { modelsOption, withModels } from '../../src/providers/models.ts';
import { createHttp } from '../../src/system/http.ts';
import { systemClock } from '../../src/system/clock.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, KEY, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const ID = 'video_68f0';
const baseUrl = 'https://reels.openai.azure.com/openai/v1';
const END = Date.UTC(2026, 9, 15);

function video(status: string, more: object = {}): Answer[] {
  return [{ status: 200, body: { id: ID, object: 'video', status, progress: 0, error: null, ...more } }];
}

function listing(...data: object[]): Answer {
  return { status: 200, body: { object: 'list', data } };
}

describe('azure', () => {
  simulatedContract({
    definition: azure,
    simulator: 'azure',
    options: { baseUrl: `${ORIGIN}/azure/openai/v1` },
    first: 'sora-2',
    notices: ['azure:sora-2'],
    causes: { model_gone: 'retired' },
  });

  providerContract({
    definition: azure,
    model: 'sora-2',
    options: { baseUrl },
    proves: (headers) => headers['api-key'] === KEY && !('authorization' in headers),
    origins: ['https://reels.openai.azure.com'],
    accepted: { status: 200, body: { id: ID, object: 'video', status: 'queued', progress: 0 } },
    jobId: ID,
    statuses: [
      ['queued', video('queued'), { is: 'pending', phase: 'queue', progress: 0 }],
      [
        'in_progress',
        video('in_progress', { progress: 50 }),
        { is: 'pending', phase: 'generate', progress: 0.5 },
      ],
      [
        'completed',
        video('completed'),
        { is: 'done', asset: { at: 'own', path: `/videos/${ID}/content` }, costUsd: null },
      ],
      [
        'failed',
        video('failed', { error: { code: 'content_filter', message: 'Filtered.' } }),
        { is: 'failed', code: 'content_filter', message: 'Filtered.', costUsd: null },
      ],
    ],
    unknownWord: { status: 200, body: { id: ID, status: 'REBOOTING' } },
    free: {
      answer: listing({ id: 'gpt-5-2025-08-07' }),
      checked: {
        text: '1 models listed, sora-2 not among them',
        balanceUsd: null,
        notices: [],
        isListed: null,
      },
    },
    errors: errorsOf('azure'),
    jobCodes: [
      ['content_filter', 'moderated'],
      ['moderation_blocked', 'moderated'],
      ['DeploymentNotFound', 'model_missing'],
      ['internal_error', null],
    ],
  });

  it('says the version of the API on every call where one is configured', async () => {
    const { provider, heard } = onScript(azure, [...video('queued'), ...video('queued'), listing()], {
      baseUrl,
      apiVersion: 'preview',
    });

    await provider.submit(orderOf(provider, 'sora-2'), 'k', never);
    await provider.poll({ id: ID }, never);
    await provider.check?.('sora-2', never);

    expect(heard.map(({ url }) => url.pathname + url.search)).toEqual([
      '/openai/v1/videos?api-version=preview',
      `/openai/v1/videos/${ID}?api-version=preview`,
      '/openai/v1/models?api-version=preview',
    ]);
  });

  it.each([
    ['its version', [{ id: 'sora-2-2025-12-08', deprecation: { inference: END / 1_000 } }], [END]],
    [
      'several versions, of which the last counts',
      [
        { id: 'sora-2-2025-10-06', deprecation: { inference: 1_780_000_000 } },
        { id: 'sora-2-2025-12-08', deprecation: { inference: END / 1_000 } },
      ],
      [END],
    ],
    [
      'a version without an end',
      [
        { id: 'sora-2', deprecation: { fine_tune: 1_780_000_000 } },
        { id: 'sora-2-2025-12-08', deprecation: { inference: END / 1_000 } },
      ],
      [],
    ],
    ['an end that makes no sense', [{ id: 'sora-2', deprecation: { inference: 1e15 } }], []],
  ])('meets the end of a model in the list: %s', async (_name, data, ends) => {
    const { provider } = onScript(azure, [listing(...data)], { baseUrl });

    const checked = await provider.check?.('sora-2', never);

    expect(checked?.isListed).toBe(true);
    expect(checked?.notices.map(({ effectiveAt }) => effectiveAt)).toEqual(ends);
  });

  it('takes no other model for a version of it', async () => {
    const end = { deprecation: { inference: END / 1_000 } };
    const { provider } = onScript(azure, [listing({ id: 'sora-2-pro-2025-10-06', ...end })], { baseUrl });

    expect(await provider.check?.('sora-2', never)).toMatchObject({ notices: [], isListed: null });
  });

  it('knows the end of a deployment by another name', () => {
    const { models } = withModels(azure.models, modelsOption.parse({ 'video-prod': { like: 'sora-2' } }));
    const options: unknown = azure.options.parse({ apiKey: KEY, baseUrl });
    const http = createHttp({ clock: systemClock });

    const provider = azure.create({ options, http, models, now: () => END });

    expect(provider.knownNotice('video-prod', END)).toMatchObject({ kind: 'retired', effectiveAt: END });
    expect(orderOf(provider, 'video-prod').request).toContainEqual(['model', 'video-prod']);
  });
});
