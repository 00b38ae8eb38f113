import { describe, expect, it } from 'vitest';
import { xai } from '../../src/providers/xai.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const ID = '8a0a5b6f-2f2f-4c8e-9a5e-1b2c3d4e5f60';
const VIDEO = 'https://vidgen.x.ai/xai-vidgen-bucket/video.mp4';
const ACCEPTED = { status: 200, body: { request_id: ID } };
const RUNNING = { is: 'pending', phase: 'generate', progress: null } as const;

function says(status: string, more: object = {}): Answer {
  return { status: 200, body: { status, model: 'grok-imagine-video', ...more } };
}

describe('xai', () => {
  simulatedContract({
    definition: xai,
    simulator: 'xai',
    options: { baseUrl: `${ORIGIN}/xai/v1` },
    first: 'grok-imagine-video',
  });

  providerContract({
    definition: xai,
    model: 'grok-imagine-video',
    origins: ['https://api.x.ai'],
    accepted: ACCEPTED,
    jobId: ID,
    statuses: [
      ['202 without a body', [{ status: 202, body: '' }], RUNNING],
      ['202 without a status', [{ status: 202, body: { progress: 12 } }], { ...RUNNING, progress: 0.12 }],
      [
        'pending',
        [{ status: 202, body: { status: 'pending', progress: 50 } }],
        { ...RUNNING, progress: 0.5 },
      ],
      ['pending with status 200', [says('pending', { progress: 400 })], { ...RUNNING, progress: 1 }],
      [
        'done',
        [
          says('done', {
            video: { url: VIDEO, respect_moderation: true },
            usage: { cost_in_usd_ticks: 5e8 },
          }),
        ],
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: 0.05, costFrom: 'provider' },
      ],
      [
        'no status, but a video',
        [{ status: 200, body: { video: { url: VIDEO } } }],
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null },
      ],
      [
        'done, in the Files API',
        [says('done', { video: { file_output: { public_url: VIDEO } } })],
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null },
      ],
      [
        'done, but refused and charged',
        [
          says('done', {
            video: { url: VIDEO, respect_moderation: false },
            usage: { cost_in_usd_ticks: 5e8 },
          }),
        ],
        {
          is: 'failed',
          code: 'respect_moderation',
          message: 'the video was withheld: it does not respect moderation',
          costUsd: 0.05,
        },
      ],
      [
        'failed',
        [says('failed', { error: { code: 'internal_error', message: 'Try again.' } })],
        { is: 'failed', code: 'internal_error', message: 'Try again.', costUsd: null },
      ],
      [
        'failed with a text',
        [says('failed', { error: 'Out of luck' })],
        { is: 'failed', code: null, message: 'Out of luck', costUsd: null },
      ],
      [
        'failed without a reason',
        [says('failed')],
        { is: 'failed', code: null, message: 'the request failed without a reason', costUsd: null },
      ],
      [
        'expired',
        [says('expired')],
        { is: 'failed', code: 'expired', message: 'the request expired', costUsd: null },
      ],
    ],
    unknownWord: says('REBOOTING'),
    free: {
      answer: { status: 200, body: { data: [{ id: 'grok-4.7' }, { id: 'grok-imagine-video' }] } },
      checked: { text: 'key accepted, model listed', balanceUsd: null, notices: [], isListed: true },
    },
    errors: errorsOf('xai'),
    jobCodes: [
      ['respect_moderation', 'moderated'],
      ['expired', 'timeout'],
      ['invalid_argument', 'bad_request'],
      ['service_unavailable', 'overloaded'],
      ['INTERNAL_ERROR', 'unavailable'],
      ['brand_new', null],
    ],
  });

  it.each([
    ['grok-imagine-video', 0.05],
    ['grok-imagine-video-1.5', 0.08],
    ['grok-imagine-video-1.5-lite', 0.02],
  ])('orders one second of %s at the smallest size', (model, costUsd) => {
    const order = orderOf(onScript(xai, []).provider, model);

    expect(order).toMatchObject({
      request: { model, duration: 1, aspect_ratio: '16:9', resolution: '480p' },
      facts: { costUsd },
    });
    expect(order.request).not.toHaveProperty('generate_audio');
  });

  it.each([
    ['a charge that no canary can have', { cost_in_usd_ticks: 1e15 }],
    ['a charge below nothing', { cost_in_usd_ticks: -5 }],
    ['a charge in words', { cost_in_usd_ticks: '500000000' }],
  ])('does not believe %s', async (_name, usage) => {
    const { provider } = onScript(xai, [ACCEPTED, says('done', { video: { url: VIDEO }, usage })]);
    const { job } = await provider.submit(orderOf(provider, 'grok-imagine-video'), 'k', never);

    expect(await provider.poll(job, never)).toMatchObject({ is: 'done', costUsd: null });
  });

  it('takes nothing for an answer only while a video is made', async () => {
    const { provider } = onScript(xai, [ACCEPTED, { status: 204, body: '' }]);
    const { job } = await provider.submit(orderOf(provider, 'grok-imagine-video'), 'k', never);

    expect((await failing(provider.poll(job, never))).code).toBe('bad_json');
    const unpaid = onScript(xai, [{ status: 202, body: '' }]).provider;
    expect((await failing(unpaid.submit(orderOf(unpaid, 'grok-imagine-video'), 'k', never))).code).toBe(
      'bad_json',
    );
  });

  it('says nothing about a model that the list does not name', async () => {
    const { provider } = onScript(xai, [{ status: 200, body: { data: [{ id: 'grok-4.7' }] } }]);

    expect(await provider.check?.('grok-imagine-video', never)).toMatchObject({
      text: 'key accepted, 1 models listed',
      isListed: null,
    });
  });
});
