import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import { kling } from '../../src/providers/kling.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const ID = '831922345719271433';
const VIDEO = 'https://v16-kling.klingai.com/video.mp4';

function reply(data: unknown): Answer {
  return { status: 200, body: { code: 0, message: 'SUCCEED', request_id: '9c4a', data } };
}

function task(status: string, more: object = {}): Answer[] {
  return [reply([{ id: ID, status, message: '', create_time: 1795000000000, ...more }])];
}

function refusal(code: number, status = 200): Answer {
  return { status, body: { code, message: 'no', request_id: '9c4a' } };
}

describe('kling', () => {
  simulatedContract({
    definition: kling,
    simulator: 'kling',
    options: { baseUrl: `${ORIGIN}/kling` },
    first: 'kling-3.0',
    hasKey: (model) => !model.startsWith('kling-4.'),
    causes: { down: 'unavailable' },
  });

  providerContract({
    definition: kling,
    model: 'kling-3.0',
    origins: ['https://api-singapore.klingai.com'],
    accepted: reply({ id: ID, status: 'submitted' }),
    jobId: ID,
    statuses: [
      ['submitted', task('submitted'), { is: 'pending', phase: 'queue', progress: null }],
      ['processing', task('processing'), { is: 'pending', phase: 'generate', progress: null }],
      [
        'succeeded',
        task('succeeded', {
          outputs: [
            { type: 'image', url: 'https://v16-kling.klingai.com/cover.png' },
            { type: 'video', url: VIDEO, duration: '3' },
          ],
          billing: [{ charge_type: 'cash', amount: '0.25', currency: 'USD' }],
        }),
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: 0.25, costFrom: 'provider' },
      ],
      [
        'failed',
        task('failed', { message: 'Generation failed, please try again' }),
        { is: 'failed', code: null, message: 'Generation failed, please try again', costUsd: null },
      ],
      [
        'failed by refusal',
        task('failed', { message: 'Failure to pass the risk control system' }),
        {
          is: 'failed',
          code: 'risk control',
          message: 'Failure to pass the risk control system',
          costUsd: null,
        },
      ],
    ],
    unknownWord: reply([{ id: ID, status: 'REBOOTING' }]),
    free: {
      answer: refusal(1203, 404),
      checked: { text: 'key accepted', balanceUsd: null, notices: [], isListed: null },
    },
    errors: errorsOf('kling'),
    jobCodes: [
      ['risk control', 'moderated'],
      ['1301', 'moderated'],
      ['5002', 'timeout'],
      ['something else', null],
    ],
  });

  it('orders the cheapest clip with the slot as its own task id', async () => {
    const { provider, heard } = onScript(kling, [reply({ id: ID, status: 'submitted' })]);

    await provider.submit(orderOf(provider, 'kling-3.0'), 'kling/kling-3.0@1795000000000', never);

    expect(heard[0]).toMatchObject({ method: 'POST', url: { pathname: '/text-to-video/kling-3.0' } });
    expect(JSON.parse(heard[0]?.body ?? '')).toMatchObject({
      settings: { resolution: '720p', aspect_ratio: '16:9', duration: 3, audio: 'off' },
      options: { watermark_info: { enabled: false }, external_task_id: 'kling/kling-3.0@1795000000000' },
    });
  });

  it.each([
    ['kling-3.0', true, 'native', 0.378],
    ['kling-3.0', false, 'off', 0.252],
    ['kling-3.0-turbo', false, undefined, 0.336],
    ['kling-4.0', false, undefined, 0.471],
    ['kling-4.0-flash', false, undefined, 0.282],
    ['kling-2.6', false, 'off', 0.21],
    ['kling-2.5-turbo', false, undefined, 0.21],
  ])(
    'sends the setting for sound to %s only if the model has one, asked: %s',
    (model, audio, spelled, costUsd) => {
      const canary = { ...DEFAULT_CANARY, order: { ...DEFAULT_CANARY.order, audio } };

      const plan = onScript(kling, []).provider.plan(canary, model);

      expect(plan).toMatchObject({ facts: { costUsd } });
      expect(/"audio":"(\w+)"/.exec(JSON.stringify(plan))?.[1]).toBe(spelled);
    },
  );

  it.each(Object.keys(kling.models))('orders a square of %s', (model) => {
    const canary = { ...DEFAULT_CANARY, order: { ...DEFAULT_CANARY.order, aspect: '1:1' as const } };

    const plan = onScript(kling, []).provider.plan(canary, model);

    expect(plan).toMatchObject({
      facts: { width: 960, height: 960 },
      request: { settings: { resolution: '720p', aspect_ratio: '1:1' } },
    });
  });

  it.each([
    ['kling-4.0', [3, 30], ['720p', '1080p']],
    ['kling-4.0-flash', [3, 20], ['720p']],
  ])('knows %s by the lengths and sizes that resellers sell', (model, [shortest, longest], resolutions) => {
    const { seconds = [], sizes = {} } = kling.models[model] ?? {};

    expect([seconds[0], seconds.at(-1)]).toEqual([shortest, longest]);
    expect(Object.keys(sizes)).toEqual(resolutions);
  });

  it.each([
    ['kling-3.0', 'the-slot'],
    ['kling-3.0-turbo', 'the-slot'],
    ['kling-2.5-turbo', 'the-slot'],
    ['kling-4.0', undefined],
    ['kling-4.0-flash', undefined],
  ])('sends its own task id to %s only if the model takes one', async (model, expected) => {
    const { provider, heard } = onScript(kling, [reply({ id: ID, status: 'submitted' })]);

    await provider.submit(orderOf(provider, model), 'the-slot', never);

    const { options } = JSON.parse(heard[0]?.body ?? '') as { options: object };
    expect(options).toEqual({
      watermark_info: { enabled: false },
      ...(expected !== undefined && { external_task_id: expected }),
    });
  });

  it.each([
    ['dollars, a decimal text', [{ charge_type: 'cash', amount: '0.42', currency: 'USD' }], 0.42],
    ['dollars, a number', [{ charge_type: 'cash', amount: 0.42, currency: 'USD' }], 0.42],
    [
      'two charges in dollars',
      [
        { charge_type: 'cash', amount: '0.2', currency: 'USD' },
        { charge_type: 'cash', amount: '0.22', currency: 'USD' },
      ],
      0.42,
    ],
    ['yuan', [{ charge_type: 'cash', amount: '3', currency: 'CNY' }], null],
    ['money without a currency', [{ charge_type: 'cash', amount: '0.42' }], null],
    ['units of a resource pack', [{ charge_type: 'unit', amount: '1.5', package_type: 'video' }], null],
    [
      'units and dollars',
      [
        { charge_type: 'unit', amount: '1', package_type: 'video' },
        { charge_type: 'cash', amount: '0.2', currency: 'USD' },
      ],
      null,
    ],
    ['an amount that is no number', [{ charge_type: 'cash', amount: 'free', currency: 'USD' }], null],
    ['an empty amount', [{ charge_type: 'cash', amount: '', currency: 'USD' }], null],
    ['an empty list', [], null],
    ['no list', undefined, null],
    ['something else', 'cash', null],
  ])('reads the cost of a video from the bill: %s', async (_name, billing, costUsd) => {
    const { provider } = onScript(
      kling,
      task('succeeded', { outputs: [{ type: 'video', url: VIDEO }], billing }),
    );

    const status = await provider.poll({ id: ID }, never);

    const from = costUsd === null ? {} : { costFrom: 'provider' };
    expect(status).toEqual({ is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd, ...from });
  });

  it('says what the API does not take', () => {
    const { notes } = orderOf(onScript(kling, []).provider, 'kling-3.0').facts;

    expect(notes).toEqual([
      'seed left out: kling-3.0 takes none',
      'what to avoid is said in the prompt: kling-3.0 takes no negative prompt',
    ]);
  });

  it.each([
    [1102, 200, 'no_credit'],
    [1301, 200, 'moderated'],
    [1303, 429, 'rate_limited'],
    [5000, 500, 'unavailable'],
    [5001, 503, 'unavailable'],
    [5002, 504, 'timeout'],
  ])('throws code %d inside of status 200 as status %d', async (code, status, cause) => {
    const { provider } = onScript(kling, [refusal(code)]);

    for (const call of [
      () => provider.submit(orderOf(provider, 'kling-3.0'), 'k', never),
      () => provider.poll({ id: ID }, never),
      () => provider.check?.('kling-3.0', never) ?? Promise.resolve(),
    ]) {
      const error = await failing(call());
      expect(error).toMatchObject({ code: 'status', status });
      expect(provider.explain(error)).toEqual({ code: String(code), message: 'no', cause });
    }
  });

  it.each([
    ['1203 with status 404', refusal(1203, 404)],
    ['1203 with status 200', refusal(1203)],
    ['an empty list', reply([])],
    ['no list', reply(null)],
    ['another task only', reply([{ id: 'other', status: 'succeeded' }])],
  ])('takes a polled task for lost, not its model: %s', async (_name, answer) => {
    const { provider } = onScript(kling, [answer]);

    const error = await failing(provider.poll({ id: ID }, never));

    expect(error).toMatchObject({ code: 'status', status: 404 });
    expect(provider.explain(error).cause).toBeNull();
  });

  it.each([
    ['not found', refusal(1203)],
    ['an empty list', reply([])],
  ])('is content with a check that finds no task: %s', async (_name, answer) => {
    const { provider, heard } = onScript(kling, [answer]);

    expect(await provider.check?.('kling-3.0', never)).toMatchObject({ text: 'key accepted' });
    expect(heard[0]?.url.href).toBe('https://api-singapore.klingai.com/tasks?task_ids=reelwatch-check');
  });

  it('calls a success without a video garbled', async () => {
    const { provider } = onScript(kling, task('succeeded', { outputs: [{ type: 'image', url: VIDEO }] }));

    expect((await failing(provider.poll({ id: ID }, never))).code).toBe('bad_json');
  });

  it('reads no list longer than it would ask for', async () => {
    const tasks = Array.from({ length: 101 }, (_, i) => ({ id: `${i}`, status: 'submitted' }));
    const { provider } = onScript(kling, [reply([...tasks, { id: ID, status: 'succeeded' }])]);

    expect((await failing(provider.poll({ id: ID }, never))).code).toBe('bad_json');
  });
});
