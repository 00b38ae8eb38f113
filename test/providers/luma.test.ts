import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import { luma } from '../../src/providers/luma.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const ID = '182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e';
const VIDEO = 'https://luma-outputs.s3.amazonaws.com/video.mp4?X-Amz-Signature=0a1b';

function generation(state: string, more: object = {}, status = 200): Answer {
  const common = { id: ID, type: 'video', model: 'ray-3.2', created_at: '2026-11-21T12:00:00Z' };
  return {
    status,
    body: { ...common, state, output: [], failure_code: null, failure_reason: null, ...more },
  };
}

describe('luma', () => {
  simulatedContract({
    definition: luma,
    simulator: 'luma',
    options: { baseUrl: `${ORIGIN}/luma/v1` },
    first: 'ray-3.2',
  });

  providerContract({
    definition: luma,
    model: 'ray-3.2',
    origins: ['https://agents.lumalabs.ai'],
    accepted: generation('queued', {}, 201),
    jobId: ID,
    statuses: [
      ['queued', [generation('queued')], { is: 'pending', phase: 'queue', progress: null }],
      ['processing', [generation('processing')], { is: 'pending', phase: 'generate', progress: null }],
      [
        'completed',
        [
          generation('completed', {
            output: [
              { type: 'exr', url: 'https://luma-outputs.s3.amazonaws.com/video.exr' },
              { type: 'video', url: VIDEO },
            ],
          }),
        ],
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null },
      ],
      [
        'failed',
        [
          generation('failed', {
            failure_code: 'content_moderated',
            failure_reason: 'Prompt violated\ncontent guidelines',
          }),
        ],
        {
          is: 'failed',
          code: 'content_moderated',
          message: 'Prompt violated content guidelines',
          costUsd: null,
        },
      ],
      [
        'failed without a reason',
        [generation('failed')],
        { is: 'failed', code: null, message: 'the generation failed without a reason', costUsd: null },
      ],
    ],
    unknownWord: generation('REBOOTING'),
    free: {
      answer: { status: 200, body: { data: [], has_more: false } },
      checked: { text: 'key accepted', balanceUsd: null, notices: [], isListed: null },
    },
    errors: errorsOf('luma'),
    jobCodes: [
      ['content_moderated', 'moderated'],
      ['generation_failed', 'unavailable'],
      ['output_not_found', 'bad_output'],
      ['budget_exhausted', 'no_credit'],
      ['image_too_large', 'bad_request'],
      ['unsupported_format', 'bad_request'],
      ['corrupt_input', 'bad_request'],
      ['invalid_request', 'bad_request'],
      ['rate_limited', 'rate_limited'],
      ['something_else', null],
    ],
  });

  it.each([
    ['shortest', 'smallest', '540p', '5s', 0.15],
    [10, 'smallest', '540p', '10s', 0.45],
    [5, '720p', '720p', '5s', 0.3],
    [10, '1080p', '1080p', '10s', 3.6],
  ] as const)('prices %s s at %s by the clip', (seconds, resolution, named, duration, costUsd) => {
    const order = { ...DEFAULT_CANARY.order, seconds, resolution };

    const plan = onScript(luma, []).provider.plan({ ...DEFAULT_CANARY, order }, 'ray-3.2');

    expect(plan).toMatchObject({ facts: { costUsd }, request: { video: { resolution: named, duration } } });
  });

  it('says what the API does not take', () => {
    const { notes } = orderOf(onScript(luma, []).provider, 'ray-3.2').facts;

    expect(notes).toEqual([
      'seed left out: ray-3.2 takes none',
      'what to avoid is said in the prompt: ray-3.2 takes no negative prompt',
    ]);
  });

  it.each([
    ['without an output', []],
    ['with pictures only', [{ type: 'image', url: VIDEO }]],
    ['with more outputs than one reads', Array.from({ length: 101 }, () => ({ type: 'video', url: VIDEO }))],
  ])('calls a success %s garbled', async (_name, output) => {
    const { provider } = onScript(luma, [generation('completed', { output })]);

    expect((await failing(provider.poll({ id: ID }, never))).code).toBe('bad_json');
  });

  it('asks for no more than one file to check the key', async () => {
    const { provider, heard } = onScript(luma, [{ status: 200, body: { data: [] } }]);

    await provider.check?.('ray-3.2', never);

    expect(heard.map(({ url }) => url.href)).toEqual(['https://agents.lumalabs.ai/v1/files?limit=1']);
  });

  it('hears for how long to wait', async () => {
    const { provider } = onScript(luma, [
      { status: 429, body: { detail: 'Too many concurrent jobs' }, headers: { 'retry-after': '60' } },
    ]);

    const error = await failing(provider.submit(orderOf(provider, 'ray-3.2'), 'k', never));

    expect(error.retryAfterMs).toBe(60_000);
  });
});
