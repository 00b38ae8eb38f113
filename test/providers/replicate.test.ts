import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import { modelsOption, withModels } from '../../src/providers/models.ts';
import { replicate } from '../../src/providers/replicate.ts';
import { providerContract } from '../contract/provider.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { errorsOf, failing, never, onScript, orderOf, type Answer } from '../contract/provider-script.ts';

const LITE = 'bytedance/seedance-1-lite';
const VERSION = 'a'.repeat(64);
const OWN = `somebody/little-video:${VERSION}`;
const ID = 'w0p3yewvwxrmw0d146qv74tgp0';
const VIDEO = 'https://replicate.delivery/xezq/abc/output.mp4';
const ACCEPTED = { status: 201, body: { id: ID, model: LITE, status: 'starting', error: null } };

function says(status: string, more: object = {}): Answer {
  return { status: 200, body: { id: ID, model: LITE, status, ...more } };
}

/** The adapter with a model of the community that is written in the configuration. */
function described(more: object = {}) {
  const wanted = modelsOption.parse({
    [OWN]: {
      seconds: [3],
      sizes: { '480p': { '16:9': [848, 480] } },
      price: { '480p/3': 0.09, machine: 0.001 },
      seed: true,
      input: {
        text: '{prompt}',
        frames: 73,
        options: { seed: '{seed}', sound: '{audio}' },
        size: '{width}x{height}',
      },
      ...more,
    },
    [LITE]: { price: { '480p': 0.02, '720p': 0.04, '1080p': 0.08 } },
  });
  const { models, problems } = withModels(replicate.models, wanted);
  expect(problems).toEqual([]);
  return { ...replicate, models };
}

describe('replicate', () => {
  simulatedContract({
    definition: replicate,
    simulator: 'replicate',
    options: { baseUrl: `${ORIGIN}/replicate/v1` },
    first: LITE,
    cancels: true,
  });

  providerContract({
    definition: replicate,
    model: LITE,
    origins: ['https://api.replicate.com'],
    accepted: ACCEPTED,
    jobId: ID,
    statuses: [
      ['starting', [says('starting')], { is: 'pending', phase: 'queue', progress: null }],
      ['processing', [says('processing')], { is: 'pending', phase: 'generate', progress: null }],
      [
        'succeeded',
        [says('succeeded', { output: VIDEO, metrics: { predict_time: 41.5 } })],
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null },
      ],
      [
        'succeeded with a list',
        [says('succeeded', { output: [VIDEO, 'https://replicate.delivery/second.mp4'] })],
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null },
      ],
      [
        'succeeded with names',
        [says('succeeded', { output: { seed: 7, video: VIDEO } })],
        { is: 'done', asset: { at: 'foreign', url: VIDEO }, costUsd: null },
      ],
      [
        'failed by moderation',
        [says('failed', { error: 'The input or output was flagged as sensitive. (E005) (uIJ6l3ruRD)' })],
        {
          is: 'failed',
          code: 'E005',
          message: 'The input or output was flagged as sensitive. (E005) (uIJ6l3ruRD)',
          costUsd: null,
        },
      ],
      [
        'failed by an interruption',
        [says('failed', { error: 'Prediction interrupted; please retry (code: PA)' })],
        {
          is: 'failed',
          code: 'PA',
          message: 'Prediction interrupted; please retry (code: PA)',
          costUsd: null,
        },
      ],
      [
        'failed without a reason',
        [says('failed', { error: null })],
        { is: 'failed', code: null, message: 'the prediction failed without a reason', costUsd: null },
      ],
      [
        'canceled',
        [says('canceled')],
        { is: 'failed', code: 'canceled', message: 'the prediction was canceled', costUsd: null },
      ],
      [
        'aborted',
        [says('aborted')],
        { is: 'failed', code: 'aborted', message: 'the prediction was aborted', costUsd: null },
      ],
    ],
    unknownWord: says('REBOOTING'),
    free: {
      answer: { status: 200, body: { owner: 'bytedance', name: 'seedance-1-lite', run_count: 3_500_000 } },
      checked: { text: 'listed, run 3500000 times', balanceUsd: null, notices: [], isListed: true },
    },
    errors: errorsOf('replicate'),
    jobCodes: [
      ['E005', 'moderated'],
      ['E004', 'unavailable'],
      ['E1001', 'unavailable'],
      ['E6716', 'timeout'],
      ['PA', 'unavailable'],
      ['canceled', 'interrupted'],
      ['aborted', 'interrupted'],
      ['E9999', null],
    ],
  });

  it.each([
    [
      'prunaai/p-video',
      { duration: 1, resolution: '720p', aspect_ratio: '16:9', seed: 7, fps: 24, draft: true },
      0.005,
    ],
    [LITE, { duration: 2, resolution: '480p', aspect_ratio: '16:9', seed: 7 }, 0.036],
    ['wan-video/wan-2.5-t2v-fast', { duration: 5, size: '1280*720', seed: 7 }, 0.34],
    ['google/veo-3.1-fast', { duration: 4, resolution: '720p', generate_audio: false, seed: 7 }, 0.4],
    ['luma/ray-flash-2-720p', { duration: 5, aspect_ratio: '16:9' }, 0.3],
  ])('writes the input that %s takes', (model, input, costUsd) => {
    const order = orderOf(onScript(replicate, []).provider, model);

    expect(order).toMatchObject({ request: { input }, facts: { costUsd } });
    expect(JSON.stringify(order.request)).not.toMatch(/\{\w+\}/);
  });

  it('leaves out fields that stand for nothing', () => {
    const { provider } = onScript(replicate, []);
    const order = provider.plan({ ...DEFAULT_CANARY, order: { ...DEFAULT_CANARY.order, seed: null } }, LITE);

    expect(order).toMatchObject({ request: { input: { duration: 2 } } });
    expect(JSON.stringify(order)).not.toContain('"seed"');
  });

  describe('a model of the community', () => {
    it('is ordered by its version, with the input of the configuration', async () => {
      const { provider, heard } = onScript(described(), [ACCEPTED]);

      await provider.submit(orderOf(provider, OWN), 'k', never);

      expect(heard[0]?.url.href).toBe('https://api.replicate.com/v1/predictions');
      expect(JSON.parse(heard[0]?.body ?? '')).toEqual({
        version: VERSION,
        input: {
          text: expect.stringContaining('red ball') as unknown,
          frames: 73,
          options: { seed: 7, sound: false },
          size: '848x480',
        },
      });
    });

    it('costs what its machine has worked, where a second of it has a price', async () => {
      const done = says('succeeded', { output: VIDEO, metrics: { predict_time: 41.5 } });
      const { provider } = onScript(described(), [ACCEPTED, done]);
      const { job } = await provider.submit(orderOf(provider, OWN), 'k', never);

      expect(await provider.poll(job, never)).toEqual({
        is: 'done',
        asset: { at: 'foreign', url: VIDEO },
        costUsd: 0.0415,
        costFrom: 'computed',
      });
    });

    it.each([
      ['no time', {}],
      ['a time in words', { predict_time: '41.5' }],
      ['a time that nobody would pay for', { predict_time: 1e12 }],
    ])('costs its list price with %s', async (_name, metrics) => {
      const { provider } = onScript(described(), [ACCEPTED, says('succeeded', { output: VIDEO, metrics })]);
      const { job } = await provider.submit(orderOf(provider, OWN), 'k', never);

      expect(await provider.poll(job, never)).toMatchObject({ is: 'done', costUsd: null });
    });

    it('is looked for by its version', async () => {
      const { provider, heard } = onScript(described(), [
        { status: 200, body: { id: VERSION, created_at: '2026-01-01T00:00:00Z' } },
      ]);

      expect(await provider.check?.(OWN, never)).toMatchObject({ text: 'listed', isListed: true });
      expect(heard[0]?.url.pathname).toBe(`/v1/models/somebody/little-video/versions/${VERSION}`);
    });
  });

  it('lets the configuration say another price', () => {
    const { provider } = onScript(described(), []);

    expect(orderOf(provider, LITE).facts.costUsd).toBe(0.04);
  });

  it.each(['seedance', 'a/b/c', `a/b:${'A'.repeat(64)}`, 'a/b:latest', '../predictions', 'a/..', './b'])(
    'refuses the name %s of a described model',
    (name) => {
      const described = { ...replicate, models: { [name]: replicate.models[LITE] ?? never } };
      const { provider } = onScript(described as typeof replicate, []);

      expect(provider.plan(DEFAULT_CANARY, name)).toEqual({
        impossible: `model: expected owner/name or owner/name:version, got ${name}`,
      });
    },
  );

  it('refuses a described model without an input', () => {
    const { models } = withModels(
      replicate.models,
      modelsOption.parse({
        'somebody/mute': { seconds: [3], sizes: { '480p': { '16:9': [848, 480] } }, price: { '480p': 0.01 } },
      }),
    );

    expect(onScript({ ...replicate, models }, []).provider.plan(DEFAULT_CANARY, 'somebody/mute')).toEqual({
      impossible: 'model: somebody/mute has no "input" in the configuration, so nobody knows what it takes',
    });
  });

  it('says that a model is gone', async () => {
    const { provider } = onScript(replicate, [{ status: 404, body: { detail: 'Not found', status: 404 } }]);

    expect(await provider.check?.(LITE, never)).toEqual({
      text: `Replicate knows no ${LITE}`,
      balanceUsd: null,
      notices: [],
      isListed: false,
    });
  });

  it.each([
    ['nothing', null],
    ['a number', 5],
    ['an empty list', []],
    ['something that is no address', ['output.mp4']],
    ['a list that is too long', [...Array.from({ length: 100 }, () => 'x'), VIDEO]],
  ])('takes %s for no video', async (_name, output) => {
    const { provider } = onScript(replicate, [ACCEPTED, says('succeeded', { output })]);
    const { job } = await provider.submit(orderOf(provider, LITE), 'k', never);

    expect((await failing(provider.poll(job, never))).code).toBe('bad_json');
  });

  it('takes a prediction that is gone for cancelled', async () => {
    const { provider } = onScript(replicate, [
      ACCEPTED,
      says('canceled'),
      { status: 404, body: { detail: 'Not found', status: 404 } },
      { status: 401, body: { title: 'Unauthenticated', status: 401 } },
    ]);
    const { job } = await provider.submit(orderOf(provider, LITE), 'k', never);

    await provider.cancel?.(job, never);
    await provider.cancel?.(job, never);

    expect((await failing(provider.cancel?.(job, never) ?? Promise.resolve())).status).toBe(401);
  });

  it('knows that Seedance 1 Lite has ended', () => {
    const { provider } = onScript(replicate, []);

    const [before, after] = ['2026-05-12', '2026-05-13'].map((day) =>
      provider.knownNotice(LITE, Date.parse(`${day}T00:00:00Z`)),
    );

    expect([before?.kind, after?.kind]).toEqual(['announced', 'retired']);
    expect(after).toMatchObject({
      subject: LITE,
      effectiveAt: Date.parse('2026-05-13T00:00:00Z'),
      replacement: 'bytedance/seedance-1-pro-fast',
    });
  });
});
