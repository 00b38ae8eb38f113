/** Vercel's client for Replicate, and our adapter. */

import { createReplicate } from '@ai-sdk/replicate';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { replicate } from '../../src/providers/replicate.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { errorOf, videoCall, videoModel, type Wish } from './ai-sdk.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'r8_test';
const ID = 'pred1';
const POLLS_MAX = 300;
const said = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });
const unsaid = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 10_000 });
const negative_prompt = 'text, people, cuts, camera movement';

const plain: Wish = { prompt: said, aspectRatio: '16:9' };
const draft = { resolution: '720p', fps: 24, draft: true, prompt_upsampling: false };
const veo = { resolution: '720p', generate_audio: false, negative_prompt };

// What the client has no option for is passed through as it is; its own `resolution` is Replicate's `size`.
const ORDERS: readonly (readonly [
  string,
  Partial<WantedVideo>,
  Wish,
  Record<string, string | number | boolean>,
])[] = [
  ['prunaai/p-video', {}, { ...plain, duration: 1, seed: 7 }, draft],
  ['prunaai/p-video', { seed: null, seconds: 3 }, { ...plain, duration: 3 }, draft],
  [
    'bytedance/seedance-1-lite',
    { aspect: '9:16' },
    { ...plain, aspectRatio: '9:16', duration: 2, seed: 7 },
    { resolution: '480p', fps: 24, camera_fixed: true },
  ],
  ['xai/grok-imagine-video', {}, { ...plain, duration: 1 }, { resolution: '480p' }],
  ['luma/ray-flash-2-720p', {}, { ...plain, duration: 5 }, {}],
  ['luma/ray-2-720p', { seconds: 9 }, { ...plain, duration: 9 }, {}],
  [
    'wan-video/wan-2.5-t2v-fast',
    {},
    { prompt: unsaid, resolution: '1280x720', duration: 5, seed: 7 },
    { size: '1280*720', negative_prompt, enable_prompt_expansion: false },
  ],
  ['google/veo-3.1-fast', {}, { ...plain, prompt: unsaid, duration: 4, seed: 7 }, veo],
  ['google/veo-3.1', { seconds: 8 }, { ...plain, prompt: unsaid, duration: 8, seed: 7 }, veo],
  ['runwayml/gen-4.5', {}, { ...plain, duration: 5 }, {}],
];

describe("Vercel's client for Replicate and our adapter", () => {
  it.each(ORDERS)('order and ask for %s in the same way for %j', async (model, wanted, wish, more) => {
    const answer = { id: ID, status: 'processing', urls: { get: '' } };
    const recorder = await createRecorder([[/^(POST|GET) /, answer]]);
    const baseURL = `${recorder.origin}/v1`;
    answer.urls.get = `${baseURL}/predictions/${ID}`;
    const sdk = videoModel(createReplicate({ apiToken: KEY, baseURL }).video(model));
    const ours = adapter(replicate, KEY, { baseUrl: baseURL });

    const theirs = await recorder.during(async () => {
      const { operation } = await sdk.doStart(videoCall(wish, { replicate: more }));
      await sdk.doStatus({ operation });
    });
    const sent = await recorder.during(async () => {
      const { job } = await ours.submit(orderFor(ours, model, wanted), 'k', never);
      await ours.poll(job, never);
    });

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST /v1/models/${model}/predictions`,
      `GET /v1/predictions/${ID}`,
    ]);
    expect(sent[0]?.headers['authorization']).toBe(`Bearer ${KEY}`);
  });

  it('cover every model of the catalogue', () => {
    const covered = new Set(ORDERS.map(([model]) => model));

    expect([...covered].sort()).toEqual(Object.keys(replicate.models).sort());
  });
});

describe("Vercel's client for Replicate and the simulator", () => {
  const started = async () => {
    const running = await startSimulator({ port: 0, seed: 7, speed: 400 });
    onTestFinished(() => running.close());
    const baseURL = `${running.origin}/replicate/v1`;
    const sdk = videoModel(createReplicate({ apiToken: KEY, baseURL }).video('prunaai/p-video'));
    const start = () => sdk.doStart(videoCall({ ...plain, duration: 1 }, { replicate: draft }));
    const end = async () => {
      const { operation } = await start();
      let status = await sdk.doStatus({ operation });
      for (let i = 0; i < POLLS_MAX && status.status === 'pending'; i++)
        status = await sdk.doStatus({ operation });
      return status;
    };
    return { running, start, end };
  };

  it('bring a whole generation to its end', async () => {
    const status = await (await started()).end();

    if (status.status !== 'completed') throw new Error(JSON.stringify(status));
    const [video] = status.videos;
    const answer = await fetch(video?.type === 'url' ? video.url : '');
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toContain('ftyp');
    expect(status.providerMetadata?.['replicate']).toMatchObject({
      metrics: { predict_time: expect.any(Number) as unknown },
    });
  });

  it.each([
    ['bad_key', 401],
    ['no_credit', 402],
    ['rate_limited', 429],
    ['model_gone', 404],
    ['down', 503],
  ] as const)('agree on an error of kind %s', async (kind, statusCode) => {
    const { running, start } = await started();
    running.simulator.setFault('replicate', { kind });

    expect(await errorOf(start())).toMatchObject({ name: 'AI_APICallError', statusCode });
  });

  it.each([
    ['generation_down', 'Prediction interrupted; please retry (code: PA)'],
    ['moderated', 'The input or output was flagged as sensitive.'],
  ] as const)('agree on a prediction that failed by %s', async (kind, text) => {
    const { running, end } = await started();
    running.simulator.setFault('replicate', { kind });

    expect(await end()).toMatchObject({ status: 'error', error: expect.stringContaining(text) as unknown });
  });
});
