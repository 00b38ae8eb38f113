import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, type WantedVideo } from '../../src/canary/canary.ts';
import type { JobStatus } from '../../src/ports/provider.ts';
import { gemini } from '../../src/providers/gemini.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { createHttp } from '../../src/system/http.ts';
import { providerContract } from '../contract/provider.ts';
import {
  errorOf,
  errorsOf,
  failing,
  KEY,
  never,
  onScript,
  orderOf,
  type Answer,
} from '../contract/provider-script.ts';
import { ORIGIN, simulatedContract } from '../contract/simulated.ts';
import { handClock } from '../system/loopback.ts';

const OMNI = 'gemini-omni-1.1-flash';
const ID = 'v1_ChdmNU9aUDNE';
const HOME = 'https://generativelanguage.googleapis.com';
const FILE = `${HOME}/v1beta/files/k3j2h1:download?alt=media`;

function says(status: string, more: object = {}): Answer {
  return { status: 200, body: { id: ID, object: 'interaction', status, ...more } };
}

function output(...content: object[]): object {
  const given = { type: 'user_input', content: [{ type: 'video', data: 'Z2l2ZW4=' }] };
  return { steps: [given, { type: 'model_output', content }] };
}

function state(word: string, more: object = {}): Answer {
  return { status: 200, body: { name: 'files/k3j2h1', state: word, ...more } };
}

const inFile = says('completed', output({ type: 'video', uri: FILE }));
const pending = (phase: 'queue' | 'generate'): JobStatus => ({ is: 'pending', phase, progress: null });
const failed = (code: string | null, message: string): JobStatus => ({
  is: 'failed',
  code,
  message,
  costUsd: null,
});
const own = { at: 'own', path: '/v1beta/files/k3j2h1:download?alt=media' } as const;

describe('gemini', () => {
  simulatedContract({
    definition: gemini,
    simulator: 'gemini',
    options: { baseUrl: `${ORIGIN}/gemini` },
    first: OMNI,
    cancels: true,
    // The video stands in the answer.
    causes: { asset_down: null },
  });

  providerContract({
    definition: gemini,
    model: OMNI,
    proves: (headers) => headers['x-goog-api-key'] === KEY,
    origins: [HOME],
    accepted: says('in_progress'),
    jobId: ID,
    statuses: [
      ['queued', [says('queued')], pending('queue')],
      ['in_progress', [says('in_progress')], pending('generate')],
      [
        'completed with the bytes, a draft before them',
        [says('completed', output({ type: 'video', data: 'BBBB' }, { type: 'video', data: 'AAAA' }))],
        { is: 'done', asset: { at: 'inline', base64: 'AAAA' }, costUsd: null },
      ],
      ['completed with a file in the works', [inFile, state('PROCESSING')], pending('generate')],
      ['completed with a file', [inFile, state('ACTIVE')], { is: 'done', asset: own, costUsd: null }],
      [
        'completed with a broken file',
        [inFile, state('FAILED', { error: { code: 13, message: 'Encoding failed.' } })],
        failed('INTERNAL', 'Encoding failed.'),
      ],
      [
        'completed with a file in an unknown state',
        [inFile, state('NAPPING')],
        { is: 'strange', word: 'NAPPING' },
      ],
      [
        'completed without a video',
        [says('completed', output({ type: 'text', text: 'I cannot.' }))],
        failed('no_video', 'completed without a video, as filtered ones do'),
      ],
      [
        'completed without anything',
        [says('completed')],
        failed('no_video', 'completed without a video, as filtered ones do'),
      ],
      [
        'failed',
        [says('failed', { errors: [{ code: 'internal', message: 'Internal error.' }] })],
        failed('internal', 'Internal error.'),
      ],
      [
        'failed in a step',
        [
          says('failed', {
            steps: [{ type: 'model_output', error: { code: 3, message: 'It is violating our policy.' } }],
          }),
        ],
        failed('violating our', 'It is violating our policy.'),
      ],
      ['failed in silence', [says('failed')], failed(null, 'the job failed without a reason')],
      ...['cancelled', 'requires_action', 'requires_continuation', 'incomplete', 'budget_exceeded'].map(
        (word): [string, Answer[], JobStatus] => [
          word,
          [says(word)],
          failed(word, `the interaction ended as "${word}"`),
        ],
      ),
    ],
    unknownWord: says('REBOOTING'),
    free: {
      answer: { status: 200, body: { name: `models/${OMNI}` } },
      checked: {
        text: `key accepted, ${OMNI} is there`,
        balanceUsd: null,
        notices: [],
        isListed: true,
      },
    },
    errors: errorsOf('google'),
    jobCodes: [
      ['no_video', 'moderated'],
      ['raiMediaFiltered', 'moderated'],
      ['sensitive words', 'moderated'],
      ['INTERNAL', 'unavailable'],
      ['UNAVAILABLE', 'overloaded'],
      ['cancelled', 'interrupted'],
      ['budget_exceeded', 'unknown_status'],
      ['something else', null],
    ],
  });

  it('orders the cheapest clip, in the background', async () => {
    const { provider, heard } = onScript(gemini, [says('queued')]);

    await provider.submit(orderOf(provider, OMNI), 'k', never);

    expect(heard[0]).toMatchObject({ method: 'POST', url: { pathname: '/v1/interactions' } });
    expect(JSON.parse(heard[0]?.body ?? '')).toMatchObject({
      model: OMNI,
      background: true,
      response_format: { type: 'video', aspect_ratio: '16:9', duration: '3s', resolution: '360p' },
    });
    expect(orderOf(provider, OMNI).facts.costUsd).toBe(0.09);
  });

  it.each([
    [OMNI, [[`${HOME}/v1beta/interactions`], [`${HOME}/v1beta/interactions/${ID}?stream=false`]]],
    [
      'veo-3.1-lite-generate-preview',
      [
        [`${HOME}/v1beta/models/veo-3.1-lite-generate-preview:predictLongRunning`],
        [`${HOME}/v1beta/models/veo-3.1-lite-generate-preview/operations/op1`],
      ],
    ],
  ])('speaks the version that is asked for, for %s', async (model, urls) => {
    const name = 'models/veo-3.1-lite-generate-preview/operations/op1';
    const answer: Answer = { status: 200, body: { id: ID, status: 'queued', name } };
    const { provider, heard } = onScript(gemini, [answer], { apiVersion: 'v1beta' });

    const { job } = await provider.submit(orderOf(provider, model), 'k', never);
    await provider.poll(job, never);

    expect(heard.map(({ url }) => [url.href])).toEqual(urls);
  });

  it('remembers the file that only the answer to the order names', async () => {
    const { provider, heard } = onScript(gemini, [inFile, state('PROCESSING'), state('ACTIVE')]);

    const { job } = await provider.submit(orderOf(provider, OMNI), 'k', never);

    expect(await provider.poll(job, never)).toEqual(pending('generate'));
    expect(await provider.poll(job, never)).toEqual({ is: 'done', asset: own, costUsd: null });
    expect(heard.slice(1).map(({ url }) => url.pathname)).toEqual(Array(2).fill('/v1beta/files/k3j2h1'));
  });

  it.each([
    ['https://evil.example/v1beta/files/k3j2h1:download?alt=media', 'v1beta'],
    [`${HOME}/v1/files/k3j2h1`, 'v1'],
    ['files/k3j2h1', 'v1beta'],
  ])('asks its own origin for the file %s', async (uri, version) => {
    const { provider, heard } = onScript(gemini, [
      says('queued'),
      says('completed', output({ type: 'video', uri })),
      state('ACTIVE'),
    ]);
    const { job } = await provider.submit(orderOf(provider, OMNI), 'k', never);

    const status = await provider.poll(job, never);

    expect(heard.at(-1)?.url.href).toBe(`${HOME}/${version}/files/k3j2h1`);
    expect(status).toMatchObject({ is: 'done', asset: { at: 'own' } });
  });

  it.each(['https://evil.example/video.mp4', `${HOME}/v1beta/files/../../keys`, '', 7])(
    'calls a video at %s garbled',
    async (uri) => {
      const { provider } = onScript(gemini, [says('completed', output({ type: 'video', uri }))]);

      expect((await failing(provider.poll({ id: ID }, never))).code).toBe('bad_json');
    },
  );

  it.each([
    [
      'is done',
      {
        done: true,
        response: { generateVideoResponse: { generatedSamples: [{ video: { uri: FILE } }] } },
      },
      { is: 'done', asset: own, costUsd: null },
    ],
    ['is not done', {}, pending('generate')],
    [
      'was filtered',
      {
        done: true,
        response: {
          generateVideoResponse: { raiMediaFilteredCount: 1, raiMediaFilteredReasons: ['No people.'] },
        },
      },
      failed('raiMediaFiltered', 'No people.'),
    ],
    [
      'has failed',
      { done: true, error: { code: 14, message: 'Try again later.' } },
      failed('UNAVAILABLE', 'Try again later.'),
    ],
  ])('reads an operation of Veo that %s', async (_name, more, is) => {
    const operation = 'models/veo-3.1-generate-preview/operations/op1';
    const { provider } = onScript(gemini, [{ status: 200, body: { name: operation, ...more } }]);

    expect(await provider.poll({ operation }, never)).toEqual(is);
  });

  it.each([
    ['2026-09-29', 'gemini-omni-flash-preview', 'announced'],
    ['2026-11-21', 'gemini-omni-flash-preview', 'retired'],
    ['2026-11-21', 'veo-3.1-fast-generate-preview', 'retired'],
    ['2026-07-01', 'veo-3.0-generate-001', 'retired'],
  ])('on %s knows of %s: %s', (day, model, kind) => {
    const notice = onScript(gemini, []).provider.knownNotice(model, Date.parse(day));

    expect(notice).toMatchObject({ kind, replacement: 'gemini-omni-1.1-flash' });
  });

  it.each([
    [5, 'done'],
    [64, 'body_too_large'],
  ])('takes a video of %d MiB in an answer for: %s', async (mebibytes, is) => {
    const data = 'A'.repeat(mebibytes * 2 ** 20);
    const { provider } = onScript(gemini, [says('completed', output({ type: 'video', data }))]);

    const outcome: unknown = await provider.poll({ id: ID }, never).catch((error: unknown) => error);

    expect(outcome).toHaveProperty(is === 'done' ? 'is' : 'code', is);
  });

  it('reads no more steps than an order for one video can take', async () => {
    const steps = Array.from({ length: 1_001 }, () => ({ type: 'thought' }));
    const { provider } = onScript(gemini, [says('completed', { steps })]);

    expect((await failing(provider.poll({ id: ID }, never))).code).toBe('bad_json');
  });

  it('reads no more details of an error than anybody sends', () => {
    const { provider } = onScript(gemini, []);
    const reason = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' };
    const explained = (filler: number) => {
      const details = [...Array.from({ length: filler }, () => ({ '@type': 'x' })), reason];
      return provider.explain(errorOf({ status: 400, body: { error: { status: 'ABORTED', details } } })).code;
    };

    expect([explained(19), explained(20)]).toEqual(['API_KEY_INVALID', 'ABORTED']);
  });

  it('takes a model that is not there for news about the model, and any other 404 for an error', async () => {
    const missing = { error: { code: 404, message: 'models/x is not found', status: 'NOT_FOUND' } };
    const { provider } = onScript(gemini, [
      { status: 404, body: missing },
      { status: 404, body: '<html>nothing here</html>' },
    ]);

    expect(await provider.check?.(OMNI, never)).toMatchObject({ isListed: false });
    expect((await failing(provider.check?.(OMNI, never) ?? Promise.resolve())).status).toBe(404);
  });

  it('reads an error that comes as a list', () => {
    const { provider } = onScript(gemini, []);
    const body = [{ error: { code: 403, message: 'No.', status: 'PERMISSION_DENIED' } }];

    expect(provider.explain(errorOf({ status: 403, body }))).toEqual({
      code: 'PERMISSION_DENIED',
      message: 'No.',
      cause: 'no_access',
    });
  });

  it.each([
    ['smallest', 'inline'],
    ['1080p', 'own'],
  ] as const)('brings a video of size %s home, %s', async (resolution, at) => {
    const clock = handClock();
    const simulator = createSimulator({ now: clock.now, seed: 7, origin: ORIGIN });
    const http = createHttp({ clock, fetch: simulator.handle });
    const options: unknown = gemini.options.parse({ apiKey: KEY, baseUrl: `${ORIGIN}/gemini` });
    const provider = gemini.create({ options, http, models: gemini.models, now: clock.now });
    const order: WantedVideo = { ...DEFAULT_CANARY.order, resolution };
    const plan = provider.plan({ ...DEFAULT_CANARY, order }, OMNI);
    if ('impossible' in plan) throw new Error(plan.impossible);

    const { job } = await provider.submit(plan, 'k', never);
    clock.pass(600_000);

    expect(await provider.poll(job, never)).toMatchObject({ is: 'done', asset: { at } });
  });
});
