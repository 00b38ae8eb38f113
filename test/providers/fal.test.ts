import { describe, expect, it } from 'vitest';
import { fal } from '../../src/providers/fal.ts';
import { modelsOption, withModels } from '../../src/providers/models.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const PIKA = 'fal-ai/pika/v2.2/text-to-video';
const ID = '764cabcf-b745-4b3e-ae38-1200304cf45b';
const QUEUE = 'https://queue.fal.run';
const ROOT = `${QUEUE}/fal-ai/pika/requests/${ID}`;
const VIDEO = 'https://v3b.fal.media/files/b/elephant/video.mp4';
const RESULT = { status: 200, body: { video: { url: VIDEO, content_type: 'video/mp4' }, seed: 7 } };

function accepted(urls: object = {}): Answer {
  const body = {
    status: 'IN_QUEUE',
    request_id: ID,
    response_url: ROOT,
    status_url: `${ROOT}/status`,
    cancel_url: `${ROOT}/cancel`,
    queue_position: 0,
    ...urls,
  };
  return { status: 200, body };
}

function queue(status: string, more: object = {}): Answer {
  return { status: status === 'COMPLETED' ? 200 : 202, body: { status, request_id: ID, ...more } };
}

function detail(status: number, type: string, msg: string): Answer {
  return { status, body: { detail: [{ loc: ['body', 'prompt'], msg, type }] } };
}

describe('fal', () => {
  simulatedContract({
    definition: fal,
    simulator: 'fal',
    options: { baseUrl: `${ORIGIN}/fal`, platformUrl: `${ORIGIN}/fal-platform/v1` },
    first: PIKA,
    cancels: true,
  });

  providerContract({
    definition: fal,
    model: PIKA,
    origins: [QUEUE, 'https://api.fal.ai'],
    accepted: accepted(),
    jobId: ID,
    statuses: [
      [
        'IN_QUEUE',
        [queue('IN_QUEUE', { queue_position: 3 })],
        { is: 'pending', phase: 'queue', progress: null },
      ],
      ['IN_PROGRESS', [queue('IN_PROGRESS')], { is: 'pending', phase: 'generate', progress: null }],
      [
        'COMPLETED',
        [queue('COMPLETED'), RESULT],
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null },
      ],
      [
        'COMPLETED with an error',
        [queue('COMPLETED', { error: 'Runner gone', error_type: 'runner_disconnected' })],
        { is: 'failed', code: 'runner_disconnected', message: 'Runner gone', costUsd: null },
      ],
      [
        'COMPLETED with an error type alone',
        [queue('COMPLETED', { error: '', error_type: 'startup_timeout' })],
        {
          is: 'failed',
          code: 'startup_timeout',
          message: 'the request failed without a reason',
          costUsd: null,
        },
      ],
      [
        'a refusal as the result',
        [queue('COMPLETED'), detail(422, 'content_policy_violation', 'Flagged.')],
        { is: 'failed', code: 'content_policy_violation', message: 'Flagged.', costUsd: null },
      ],
      [
        'a failure of the model as the result',
        [queue('COMPLETED'), detail(500, 'internal_server_error', 'Broken.')],
        { is: 'failed', code: 'internal_server_error', message: 'Broken.', costUsd: null },
      ],
      [
        'a result that is not there yet',
        [queue('COMPLETED'), { status: 400, body: { detail: 'Request is still in progress' } }],
        { is: 'pending', phase: 'generate', progress: null },
      ],
    ],
    unknownWord: queue('REBOOTING'),
    free: {
      answer: { status: 200, body: { models: [{ endpoint_id: PIKA, metadata: { status: 'active' } }] } },
      checked: { text: 'listed as active', balanceUsd: null, notices: [], isListed: true },
    },
    errors: errorsOf('fal'),
    jobCodes: [
      ['content_policy_violation', 'moderated'],
      ['no_media_generated', 'bad_output'],
      ['request_timeout', 'timeout'],
      ['runner_scheduling_failure', 'overloaded'],
      ['runner_server_error', 'unavailable'],
      ['internal_error', 'unavailable'],
      ['client_cancelled', 'interrupted'],
      ['bad_request', 'bad_request'],
      ['brand_new', null],
    ],
  });

  it.each([
    [PIKA, { duration: '5', resolution: '720p', aspect_ratio: '16:9', seed: 7 }, 0.2],
    ['fal-ai/veo3.1/fast', { duration: '4s', resolution: '720p', generate_audio: false }, 0.4],
    ['xai/grok-imagine-video/v1.5/text-to-video', { duration: 1, resolution: '480p' }, 0.08],
    ['alibaba/wan-3.0-prime/text-to-video', { duration: 2, resolution: '480p', audio: false }, 0.136],
    ['fal-ai/veo3.1', { duration: '4s', resolution: '720p', generate_audio: false }, 0.8],
    ['fal-ai/kling-video/v3/pro/text-to-video', { duration: '3', generate_audio: false }, 0.336],
    ['fal-ai/kling-video/v2.5-turbo/pro/text-to-video', { duration: '5', aspect_ratio: '16:9' }, 0.35],
    ['fal-ai/ltx-2.3/text-to-video/fast', { duration: '6', resolution: '1080p' }, 0.24],
    ['fal-ai/ltx-2.3/text-to-video', { duration: '6', resolution: '1080p' }, 0.36],
    ['fal-ai/hunyuan-video-v1.5/text-to-video', { num_frames: 121, resolution: '480p', seed: 7 }, 0.375],
  ])('spells the fields as %s takes them', (model, request, costUsd) => {
    expect(orderOf(onScript(fal, []).provider, model)).toMatchObject({ request, facts: { costUsd } });
  });

  it.each([
    [undefined, { duration: 3, resolution: '480p', aspect_ratio: '16:9' }],
    [
      { prompt: '{prompt}', num_frames: 81, image_size: { width: '{width}', height: '{height}' } },
      { num_frames: 81, image_size: { width: 854, height: 480 } },
    ],
  ])('orders from an endpoint that only the configuration knows: %j', (input, request) => {
    const wanted = { seconds: [3], sizes: { '480p': { '16:9': [854, 480] } }, price: { '480p': 0.05 } };
    const { models } = withModels({}, modelsOption.parse({ 'maker/film/fast': { ...wanted, input } }));

    const order = orderOf(onScript({ ...fal, models }, []).provider, 'maker/film/fast');

    expect(order).toMatchObject({ request, facts: { costUsd: 0.15 } });
  });

  it('asks where the answer says, as long as that is its own base', async () => {
    const moved = `${QUEUE}/other-app/requests/${ID}`;
    const { provider, heard } = onScript(fal, [
      accepted({ status_url: `${moved}/status`, response_url: moved, cancel_url: `${moved}/cancel` }),
      queue('COMPLETED'),
      RESULT,
    ]);
    const { job } = await provider.submit(orderOf(provider, PIKA), 'k', never);

    await provider.poll(job, never);
    await provider.cancel?.(job, never);

    expect(heard.map(({ method, url }) => `${method} ${url.href}`)).toEqual([
      `POST ${QUEUE}/${PIKA}`,
      `GET ${moved}/status?logs=0`,
      `GET ${moved}`,
      `PUT ${moved}/cancel`,
    ]);
  });

  it.each([
    ['another origin', `https://evil.example/fal-ai/pika/requests/${ID}`],
    ['a look-alike', `https://queue.fal.run.evil.example/fal-ai/pika/requests/${ID}`],
    ['a user in the address', `https://queue.fal.run@evil.example/fal-ai/pika/requests/${ID}`],
    ['another port', `https://queue.fal.run:8443/fal-ai/pika/requests/${ID}`],
    ['plain http', `http://queue.fal.run/fal-ai/pika/requests/${ID}`],
    ['a path beside the queue', `${QUEUE}/account/billing`],
    ['no address', 'not an address'],
    ['one that is far too long', `${ROOT}/${'x'.repeat(2_000)}`],
  ])('rebuilds the addresses from the rule where the answer names %s', async (_name, url) => {
    const { provider, heard } = onScript(fal, [
      accepted({ status_url: url, response_url: url, cancel_url: url }),
      queue('COMPLETED'),
      RESULT,
    ]);
    const { job } = await provider.submit(orderOf(provider, PIKA), 'k', never);

    await provider.poll(job, never);
    await provider.cancel?.(job, never);

    expect(heard.slice(1).map(({ url }) => url.href)).toEqual([
      `${ROOT}/status?logs=0`,
      ROOT,
      `${ROOT}/cancel`,
    ]);
  });

  it('keeps to a base with a path', async () => {
    const baseUrl = 'http://127.0.0.1:9/fal';
    const inside = `${baseUrl}/fal-ai/pika/requests/${ID}`;
    const outside = `http://127.0.0.1:9/falcon/fal-ai/pika/requests/${ID}`;
    const answers = [
      accepted({ status_url: `${inside}/status`, response_url: outside }),
      queue('COMPLETED'),
      RESULT,
    ];
    const { provider, heard } = onScript(fal, answers, { baseUrl });
    const { job } = await provider.submit(orderOf(provider, PIKA), 'k', never);

    await provider.poll(job, never);

    expect(heard.slice(1).map(({ url }) => url.href)).toEqual([`${inside}/status?logs=0`, inside]);
  });

  it.each([
    ['a field of ours', detail(422, 'literal_error', 'Input should be 5 or 10'), 422],
    ['a gateway', { status: 502, body: '<html>Bad Gateway</html>' }, 502],
    ['our balance', { status: 403, body: { detail: 'User is locked. Reason: Exhausted balance.' } }, 403],
  ])('leaves an error answer an error where the result complains of %s', async (_name, answer, status) => {
    const { provider } = onScript(fal, [accepted(), queue('COMPLETED'), answer]);
    const { job } = await provider.submit(orderOf(provider, PIKA), 'k', never);

    expect((await failing(provider.poll(job, never))).status).toBe(status);
  });

  it('reads the type of an error from its header where the body has none', async () => {
    const headers = { 'x-fal-error-type': 'concurrent_requests_limit' };
    const { provider } = onScript(fal, [{ status: 429, body: { detail: 'Too many requests' }, headers }]);

    const error = await failing(provider.submit(orderOf(provider, PIKA), 'k', never));

    const explained = { code: 'concurrent_requests_limit', cause: 'rate_limited' };
    expect(provider.explain(error)).toMatchObject(explained);
  });

  it.each([
    ['deprecated', [{ endpoint_id: PIKA, metadata: { status: 'deprecated' } }], 1, true],
    ['without metadata', [{ endpoint_id: PIKA }], 0, true],
    ['not listed', [], 0, false],
  ])('checks an endpoint that is %s', async (_name, models, notices, isListed) => {
    const { provider, heard } = onScript(fal, [{ status: 200, body: { models, has_more: false } }]);

    const checked = await provider.check?.(PIKA, never);

    expect(heard[0]?.url.href).toBe(`https://api.fal.ai/v1/models?endpoint_id=${encodeURIComponent(PIKA)}`);
    expect(checked?.isListed).toBe(isListed);
    const seen = checked?.notices.map(({ id, kind, effectiveAt }) => [id, kind, effectiveAt]);
    expect(seen).toEqual(notices === 1 ? [[`fal:${PIKA}`, 'announced', null]] : []);
  });

  it('takes a request that has ended for cancelled', async () => {
    const { provider } = onScript(fal, [
      accepted(),
      { status: 202, body: { status: 'CANCELLATION_REQUESTED' } },
      { status: 400, body: { status: 'ALREADY_COMPLETED' } },
      { status: 409, body: {} },
      { status: 401, body: { detail: 'Unauthorized' } },
    ]);
    const { job } = await provider.submit(orderOf(provider, PIKA), 'k', never);

    for (let i = 0; i < 3; i++) await provider.cancel?.(job, never);

    expect((await failing(provider.cancel?.(job, never) ?? Promise.resolve())).status).toBe(401);
  });
});
