import { createGateway } from '@ai-sdk/gateway';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { vercel } from '../../src/providers/vercel.ts';
import { startSimulator, type RunningSimulator } from '../../src/simulator/server.ts';
import type { FaultKind } from '../../src/simulator/types.ts';
import { errorOf, videoCall, videoModel, type Wish } from './ai-sdk.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'vck_test';
const ID = 'job_abc123';
const POLLS_MAX = 200;
const GROK = 'spacexai/grok-imagine-video';
const KLING_STD = { klingai: { mode: 'std' } };
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });

const wide = { prompt, aspectRatio: '16:9' } as const;
const hd = { ...wide, resolution: '1280x720' } as const;
const seed = 7;
const silent = { generateAudio: false } as const;

type Options = Parameters<typeof videoCall>[1];

// What somebody who uses the `ai` package writes for the same canary; it always sends `providerOptions`.
const ORDERS: readonly (readonly [model: string, Partial<WantedVideo>, Wish, Options])[] = [
  [GROK, {}, { ...wide, resolution: '854x480', duration: 1 }, {}],
  [GROK, { resolution: '720p', seconds: 15 }, { ...hd, duration: 15 }, {}],
  [
    'spacexai/grok-imagine-video-1.5',
    { resolution: '1080p', aspect: '9:16', seconds: 6 },
    { ...wide, aspectRatio: '9:16', resolution: '1080x1920', duration: 6 },
    {},
  ],
  ['spacexai/grok-imagine-video-1.5-lite', {}, { ...wide, resolution: '854x480', duration: 1 }, {}],
  ['bytedance/seedance-v1.0-pro-fast', {}, { ...wide, resolution: '864x480', duration: 2, seed }, {}],
  ['bytedance/seedance-v1.0-pro', {}, { ...wide, resolution: '864x480', duration: 2, seed }, {}],
  ['bytedance/seedance-2.0-mini', {}, { ...wide, resolution: '864x480', duration: 4, seed, ...silent }, {}],
  ['bytedance/seedance-2.0-fast', {}, { ...wide, resolution: '864x480', duration: 4, seed, ...silent }, {}],
  ['bytedance/seedance-2.0', {}, { ...wide, resolution: '864x480', duration: 4, seed, ...silent }, {}],
  [
    'bytedance/seedance-2.5',
    { seconds: 30 },
    { ...wide, resolution: '864x480', duration: 30, seed, ...silent },
    {},
  ],
  [
    'google/veo-3.1-lite-generate-001',
    { audio: true },
    { ...hd, duration: 4, seed, generateAudio: true },
    {},
  ],
  ['google/veo-3.1-fast-generate-001', { seed: null }, { ...hd, duration: 4, ...silent }, {}],
  ['google/veo-3.1-generate-001', { seed: 0 }, { ...hd, duration: 4, seed: 0, ...silent }, {}],
  ['alibaba/wan-v3.0-video', {}, { ...wide, resolution: '832x480', duration: 2, seed }, {}],
  ['alibaba/wan-v3.0-video-prime', {}, { ...wide, resolution: '832x480', duration: 2, seed }, {}],
  ['alibaba/wan-v2.7-t2v', {}, { ...hd, duration: 2, seed }, {}],
  ['alibaba/wan-v2.6-t2v', {}, { ...hd, duration: 2, seed }, {}],
  ['alibaba/wan-v2.5-t2v-preview', {}, { ...wide, resolution: '832x480', duration: 5, seed }, {}],
  ['klingai/kling-v2.5-turbo-t2v', {}, { ...wide, duration: 5 }, KLING_STD],
  ['klingai/kling-v2.6-t2v', { resolution: '1080p' }, { ...wide, duration: 5 }, { klingai: { mode: 'pro' } }],
  ['klingai/kling-v3.0-t2v', {}, { ...wide, duration: 3, ...silent }, KLING_STD],
];

function client(baseURL: string) {
  return createGateway({ apiKey: KEY, baseURL });
}

async function both(model = GROK) {
  const recorder = await createRecorder([
    [/^POST .*\/start$/, { operation: { gatewayJobId: ID } }],
    [/^POST .*\/status$/, { status: 'pending' }],
    [/^GET .*\/credits$/, { balance: '1', total_used: '0' }],
    [/^GET .*\/config$/, { models: [] }],
  ]);
  const baseUrl = `${recorder.origin}/v4/ai`;
  const sdk = client(baseUrl);
  return { recorder, sdk, video: videoModel(sdk.video(model)), ours: adapter(vercel, KEY, { baseUrl }) };
}

describe("Vercel's own client and our adapter", () => {
  it.each(ORDERS)('send the same order for %s and %j', async (model, wanted, wish, options) => {
    const { recorder, video, ours } = await both(model);

    const theirs = await recorder.during(() => video.doStart(videoCall(wish, options)));
    const sent = await recorder.during(() =>
      ours.submit(orderFor(ours, model, { seed, ...wanted }), 'k', never),
    );

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      path: '/v4/ai/video-model/start',
      headers: { authorization: `Bearer ${KEY}`, 'ai-model-id': model },
      body: { n: 1, duration: wish.duration },
    });
  });

  it('cover every model of the catalogue', () => {
    expect([...new Set(ORDERS.map(([model]) => model))].sort()).toEqual(Object.keys(vercel.models).sort());
  });

  it('ask for a job in the same way', async () => {
    const { recorder, video, ours } = await both();
    const operation = { gatewayJobId: ID };

    const theirs = await recorder.during(() => video.doStatus({ operation }));
    const sent = await recorder.during(() => ours.poll({ model: GROK, operation }, never));

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v4/ai/video-model/status']);
  });

  it('ask in the same way for credits and for the list of models', async () => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(async () => {
      await sdk.getCredits();
      await sdk.getAvailableModels();
    });
    const sent = await recorder.during(() => ours.check?.(GROK, never));

    expect(sent).toEqual(theirs);
    expect(sent.map(({ path }) => path)).toEqual(['/v1/credits', '/v4/ai/config']);
  });
});

describe('the simulated gateway and its client', () => {
  let running: RunningSimulator;
  beforeEach(async () => {
    running = await startSimulator({ port: 0, seed: 7, speed: 400 });
  });
  afterEach(() => running.close());

  const start = async (model = GROK) => {
    const video = videoModel(client(`${running.origin}/vercel/v4/ai`).video(model));
    const call = videoCall({ ...wide, resolution: '854x480', duration: 1 }, {});
    return { video, operation: (await video.doStart(call)).operation };
  };
  const ended = async () => {
    const { video, operation } = await start();
    for (let i = 0; i < POLLS_MAX; i++) {
      const status = await video.doStatus({ operation });
      if (status.status !== 'pending') return status;
    }
    throw new Error('the job never ended');
  };

  it('bring a whole generation to its end', async () => {
    const status = await ended();

    if (status.status !== 'completed') throw new Error(JSON.stringify(status));
    const [video] = status.videos;
    const answer = await fetch(video?.type === 'url' ? video.url : '');
    expect(answer.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toContain('ftyp');
  });

  it('agree on every field of the list of models', async () => {
    const { models } = await client(`${running.origin}/vercel/v4/ai`).getAvailableModels();

    expect(models.map(({ id }) => id).sort()).toEqual(Object.keys(vercel.models).sort());
    expect(models.every(({ modelType }) => modelType === 'video')).toBe(true);
  });

  it.each([
    ['bad_key', 401, 'GatewayAuthenticationError'],
    // The client has no word for this type, and says its usual one.
    ['no_credit', 402, 'GatewayInternalServerError'],
    ['model_gone', 404, 'GatewayModelNotFoundError'],
    ['rate_limited', 429, 'GatewayRateLimitError'],
    ['down', 503, 'GatewayInternalServerError'],
  ] as const satisfies readonly (readonly [FaultKind, number, string])[])(
    'agree on an error of kind %s',
    async (kind, statusCode, name) => {
      running.simulator.setFault('vercel', { kind });

      expect(await errorOf(start())).toMatchObject({ name, statusCode });
    },
  );

  it.each([
    ['generation_down', 'Video generation failed. Please try again.'],
    ['moderated', 'The prompt was rejected by the content policy of the provider.'],
  ] as const)('agree on a job that failed by %s', async (kind, error) => {
    running.simulator.setFault('vercel', { kind });

    expect(await ended()).toMatchObject({ status: 'error', error });
  });
});
