import { describe, expect, it } from 'vitest';
import { lumaLegacy } from '../../src/providers/luma-legacy.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const ID = '5a3c9d6e-0f1b-4f44-9a63-2f9b6f6a6c11';
const VIDEO = 'https://storage.cdn-luma.com/dream_machine/video.mp4';

function generation(state: string, more: object = {}, status = 200): Answer {
  const common = { id: ID, generation_type: 'video', model: 'ray-flash-2' };
  return { status, body: { ...common, state, failure_reason: null, assets: null, ...more } };
}

function failed(failure_reason: string | null): Answer[] {
  return [generation('failed', { failure_reason })];
}

describe('luma-legacy', () => {
  simulatedContract({
    definition: lumaLegacy,
    simulator: 'luma-legacy',
    options: { baseUrl: `${ORIGIN}/luma-legacy/dream-machine/v1` },
    first: 'ray-flash-2',
    cancels: true,
  });

  providerContract({
    definition: lumaLegacy,
    model: 'ray-flash-2',
    origins: ['https://api.lumalabs.ai'],
    accepted: generation('queued', {}, 201),
    jobId: ID,
    statuses: [
      ['queued', [generation('queued')], { is: 'pending', phase: 'queue', progress: null }],
      ['dreaming', [generation('dreaming')], { is: 'pending', phase: 'generate', progress: null }],
      [
        'completed',
        [generation('completed', { assets: { video: VIDEO, progress_video: 'https://x.test/p.mp4' } })],
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null },
      ],
      [
        'failed',
        failed('Prompt processing failed'),
        { is: 'failed', code: null, message: 'Prompt processing failed', costUsd: null },
      ],
      [
        'failed by refusal',
        failed('Advanced prompt moderation failed'),
        {
          is: 'failed',
          code: 'moderation failed',
          message: 'Advanced prompt moderation failed',
          costUsd: null,
        },
      ],
      [
        'failed by a word',
        failed('Contains blacklisted words'),
        {
          is: 'failed',
          code: 'blacklisted words',
          message: 'Contains blacklisted words',
          costUsd: null,
        },
      ],
      [
        'failed without a reason',
        failed(null),
        { is: 'failed', code: null, message: 'the generation failed without a reason', costUsd: null },
      ],
    ],
    unknownWord: generation('REBOOTING'),
    free: {
      answer: { status: 200, body: { credit_balance: 1234 } },
      checked: { text: '$12.34 left', balanceUsd: 12.34, notices: [], isListed: null },
    },
    errors: errorsOf('luma-legacy'),
    jobCodes: [
      ['moderation failed', 'moderated'],
      ['blacklisted words', 'moderated'],
      ['Prompt processing failed', null],
    ],
  });

  it('orders the cheapest clip', async () => {
    const { provider, heard } = onScript(lumaLegacy, [generation('queued', {}, 201)]);
    const order = orderOf(provider, 'ray-flash-2');

    await provider.submit(order, 'k', never);

    expect(order.facts).toMatchObject({ seconds: 5, width: 960, height: 540, costUsd: 0.14 });
    expect(heard[0]).toMatchObject({
      method: 'POST',
      url: { pathname: '/dream-machine/v1/generations/video' },
    });
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual({
      model: 'ray-flash-2',
      prompt: expect.stringContaining('red ball') as string,
      resolution: '540p',
      duration: '5s',
      aspect_ratio: '16:9',
    });
  });

  it('calls a success without a video garbled', async () => {
    const { provider } = onScript(lumaLegacy, [generation('completed', { assets: { image: VIDEO } })]);

    expect((await failing(provider.poll({ id: ID }, never))).code).toBe('bad_json');
  });

  it.each([204, 404])('is content with status %d for a deleted generation', async (status) => {
    const { provider, heard } = onScript(lumaLegacy, [{ status, body: '' }]);

    await provider.cancel?.({ id: ID }, never);

    expect(heard.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
      `DELETE /dream-machine/v1/generations/${ID}`,
    ]);
  });

  it('does not take a refused cancellation for a cancelled job', async () => {
    const { provider } = onScript(lumaLegacy, [{ status: 500, body: { detail: 'no' } }]);

    expect((await failing(provider.cancel?.({ id: ID }, never) ?? Promise.resolve())).status).toBe(500);
  });
});
