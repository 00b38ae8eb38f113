import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import type { JobStatus } from '../../src/ports/provider.ts';
import { wan } from '../../src/providers/wan.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const ID = '0385dc79-5ff8-4d82-bcb6-7a8b6f1d3c55';
const VIDEO = 'https://dashscope-result-sgp.oss-ap-southeast-1.aliyuncs.com/video.mp4?Expires=1';
const NOT_LISTED: JobStatus = {
  is: 'failed',
  code: null,
  message: 'the task failed without a reason',
  costUsd: null,
};

function task(task_status: string, more: object = {}, usage?: object): Answer[] {
  const body = { request_id: '4a0f', output: { task_id: ID, task_status, ...more }, ...(usage && { usage }) };
  return [{ status: 200, body }];
}

const accepted = task('PENDING')[0] ?? { status: 0, body: '' };

describe('wan', () => {
  simulatedContract({
    definition: wan,
    simulator: 'wan',
    options: { baseUrl: `${ORIGIN}/wan` },
    first: 'wan3.0-video',
    cancels: true,
    causes: { down: 'unavailable' },
  });

  providerContract({
    definition: wan,
    model: 'wan3.0-video',
    origins: ['https://dashscope-intl.aliyuncs.com'],
    accepted,
    jobId: ID,
    statuses: [
      ['PENDING', task('PENDING'), { is: 'pending', phase: 'queue', progress: null }],
      ['RUNNING', task('RUNNING'), { is: 'pending', phase: 'generate', progress: null }],
      [
        'SUCCEEDED',
        task('SUCCEEDED', { video_url: VIDEO }, { duration: 2, output_video_duration: 2, SR: 480 }),
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: 0.1, costFrom: 'computed' },
      ],
      [
        'SUCCEEDED without a count',
        task('SUCCEEDED', { video_url: VIDEO }),
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null },
      ],
      [
        'FAILED',
        task('FAILED', { code: 'DataInspectionFailed', message: 'Inappropriate.' }),
        { is: 'failed', code: 'DataInspectionFailed', message: 'Inappropriate.', costUsd: null },
      ],
      ['FAILED without a word', task('FAILED'), NOT_LISTED],
      [
        'CANCELED',
        task('CANCELED'),
        { is: 'failed', code: 'CANCELED', message: 'the task was cancelled', costUsd: null },
      ],
    ],
    unknownWord: { status: 200, body: { output: { task_id: ID, task_status: 'REBOOTING' } } },
    free: {
      answer: { status: 200, body: { request_id: '4a0f', output: { task_id: ID, task_status: 'UNKNOWN' } } },
      checked: { text: 'key accepted', balanceUsd: null, notices: [], isListed: null },
    },
    errors: errorsOf('wan'),
    jobCodes: [
      ['DataInspectionFailed', 'moderated'],
      ['InternalError', 'unavailable'],
      ['InternalError.Algo', 'unavailable'],
      ['InvalidParameter.Size', 'bad_request'],
      ['Throttling.RateQuota', 'rate_limited'],
      ['CANCELED', 'interrupted'],
      ['ThrottlingX', null],
      ['SomethingNew', null],
    ],
  });

  it.each([
    ['wan3.0-video', { duration: 2, seed: 7, resolution: '480P', ratio: '16:9', audio: false }, 0.1],
    ['wan2.7-t2v', { duration: 2, seed: 7, resolution: '720P', ratio: '16:9', prompt_extend: false }, 0.2],
    ['wan2.6-t2v', { duration: 2, seed: 7, size: '1280*720', prompt_extend: false }, 0.2],
    ['wan2.5-t2v-preview', { duration: 5, seed: 7, size: '832*480', prompt_extend: false }, 0.25],
  ])('orders the cheapest clip of %s in its own words', (model, parameters, costUsd) => {
    const order = orderOf(onScript(wan, []).provider, model);

    expect(order.request).toMatchObject({ model, parameters });
    expect(order.facts.costUsd).toBe(costUsd);
  });

  it('orders asynchronously', async () => {
    const { provider, heard } = onScript(wan, [accepted]);

    await provider.submit(orderOf(provider, 'wan3.0-video'), 'k', never);

    expect(heard[0]).toMatchObject({
      method: 'POST',
      url: { pathname: '/api/v1/services/aigc/video-generation/video-synthesis' },
      headers: { 'x-dashscope-async': 'enable' },
    });
  });

  it('says what to avoid in 500 characters at most, where there is a field for it', () => {
    const avoid = Array.from({ length: 20 }, () => 'no people, no text and no cuts at all');
    const canary = { ...DEFAULT_CANARY, prompt: { ...DEFAULT_CANARY.prompt, avoid } };
    const { provider } = onScript(wan, []);

    const [old, recent] = ['wan2.6-t2v', 'wan3.0-video'].map((model) => provider.plan(canary, model));

    expect(old).toMatchObject({ request: { input: { negative_prompt: avoid.join(', ').slice(0, 500) } } });
    expect(JSON.stringify(recent)).not.toContain('negative_prompt');
  });

  it('takes a task that is UNKNOWN for lost', async () => {
    const { provider } = onScript(wan, task('UNKNOWN'));

    const error = await failing(provider.poll({ id: ID, usdPerSecond: 0.05 }, never));

    expect(error).toMatchObject({ code: 'status', status: 404 });
    expect(provider.explain(error).cause).toBeNull();
  });

  it.each([
    ['Arrearage', 'no_credit'],
    ['Throttling.RateQuota', 'rate_limited'],
  ])('throws the code %s inside of status 200', async (code, cause) => {
    const { provider } = onScript(wan, [{ status: 200, body: { code, message: 'no', request_id: '4a0f' } }]);

    for (const call of [
      () => provider.submit(orderOf(provider, 'wan3.0-video'), 'k', never),
      () => provider.poll({ id: ID, usdPerSecond: null }, never),
      () => provider.check?.('wan3.0-video', never) ?? Promise.resolve(),
    ]) {
      const error = await failing(call());
      expect(error.code).toBe('status');
      expect(provider.explain(error)).toEqual({ code, message: 'no', cause });
    }
  });

  it('takes a task that has begun or is forgotten for one that cannot be stopped, and says other errors', async () => {
    const { provider, heard } = onScript(wan, [
      { status: 400, body: { code: 'UnsupportedOperation', message: 'not PENDING' } },
      { status: 404, body: {} },
      { status: 500, body: { code: 'InternalError', message: 'oops' } },
    ]);
    const job = { id: ID, usdPerSecond: 0.05 };

    await provider.cancel?.(job, never);
    await provider.cancel?.(job, never);

    expect(heard[0]).toMatchObject({ method: 'POST', url: { pathname: `/api/v1/tasks/${ID}/cancel` } });
    expect((await failing(provider.cancel?.(job, never) ?? Promise.resolve())).status).toBe(500);
  });

  it('calls a success without a video garbled', async () => {
    const { provider } = onScript(wan, task('SUCCEEDED'));

    expect((await failing(provider.poll({ id: ID, usdPerSecond: 1 }, never))).code).toBe('bad_json');
  });
});
