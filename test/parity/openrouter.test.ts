import { OpenRouter } from '@openrouter/sdk';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { openrouter } from '../../src/providers/openrouter.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { VIDEO_MODELS } from '../../src/simulator/openrouter-orders.ts';
import { errorOf } from './ai-sdk.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'sk-or-test';
const ID = 'job-abc123';
const POLLS_MAX = 300;
const GROK = 'x-ai/grok-imagine-video';
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });

type Generation = Parameters<OpenRouter['videoGeneration']['generate']>[0]['videoGenerationRequest'];

const film = { prompt, aspectRatio: '16:9' } as const;
const small = { ...film, resolution: '480p' } as const;
const large = { ...film, resolution: '720p' } as const;
const seed = 7;
const silent = { generateAudio: false } as const;

// What somebody who uses the official SDK writes for the same canary; its types check ours.
const ORDERS: readonly (readonly [model: string, Partial<WantedVideo>, Omit<Generation, 'model'>])[] = [
  [GROK, {}, { ...small, duration: 1 }],
  [GROK, { aspect: '1:1', resolution: '720p' }, { ...large, duration: 1, aspectRatio: '1:1' }],
  ['x-ai/grok-imagine-video-1.5-lite', {}, { ...small, duration: 1 }],
  [
    'x-ai/grok-imagine-video-1.5',
    { seconds: 15, resolution: '1080p', aspect: '9:16' },
    { ...film, resolution: '1080p', duration: 15, aspectRatio: '9:16' },
  ],
  ['heygen/heygen-video-1', {}, { ...small, duration: 5, seed }],
  ['minimax/hailuo-3-max', { resolution: '768p' }, { ...film, resolution: '768p', duration: 5 }],
  ['minimax/hailuo-2.3', {}, { ...film, resolution: '1080p', duration: 6 }],
  ['alibaba/wan-3.0', {}, { ...small, duration: 2, ...silent, seed }],
  ['alibaba/wan-3.0-prime', { audio: true }, { ...small, duration: 2, generateAudio: true, seed }],
  ['alibaba/wan-2.7', {}, { ...large, duration: 2, ...silent, seed }],
  ['alibaba/wan-2.6', { seconds: 10 }, { ...large, duration: 10, ...silent, seed }],
  ['alibaba/happyhorse-1.1', { seed: null }, { ...large, duration: 3 }],
  ['alibaba/happyhorse-1.0', {}, { ...large, duration: 3, seed }],
  ['bytedance/seedance-1-5-pro', {}, { ...small, duration: 4, ...silent, seed }],
  ['bytedance/seedance-2.0-mini', {}, { ...small, duration: 4, ...silent, seed }],
  ['bytedance/seedance-2.0-fast', {}, { ...small, duration: 4, ...silent, seed }],
  ['bytedance/seedance-2.0', {}, { ...small, duration: 4, ...silent, seed }],
  ['bytedance/seedance-2.5', { seconds: 30 }, { ...small, duration: 30, ...silent, seed }],
  ['google/veo-3.1-lite', { audio: true }, { ...large, duration: 4, generateAudio: true, seed }],
  ['google/veo-3.1-fast', {}, { ...large, duration: 4, ...silent, seed }],
  ['google/veo-3.1', {}, { ...large, duration: 4, ...silent, seed }],
  ['kwaivgi/kling-v3.0-std', {}, { ...large, duration: 3, ...silent }],
  ['kwaivgi/kling-v3.0-pro', {}, { ...large, duration: 3, ...silent }],
  ['kwaivgi/kling-video-o1', {}, { ...large, duration: 5, ...silent }],
  ['runway/gen-4.5', {}, { ...large, duration: 2, seed }],
  ['black-forest-labs/flux-3-video', {}, { ...large, duration: 5, ...silent }],
];

function client(origin: string): OpenRouter {
  return new OpenRouter({ apiKey: KEY, serverURL: origin, retryConfig: { strategy: 'none' } });
}

const standing = (status: string) => ({ id: ID, polling_url: `/api/v1/videos/${ID}`, status });

async function both(status = 'pending') {
  const recorder = await createRecorder([
    [/^POST /, standing('pending')],
    [/^GET .*\/videos\/models$/, { data: [] }],
    [/^GET .*\/key$/, { data: { limit_remaining: null } }],
    [/^GET .*\/content$/, {}],
    [/^GET /, standing(status)],
  ]);
  const baseUrl = `${recorder.origin}/api/v1`;
  return { recorder, sdk: client(baseUrl), ours: adapter(openrouter, KEY, { baseUrl }) };
}

describe("OpenRouter's own SDK and our adapter", () => {
  it.each(ORDERS)('send the same order for %s and %j', async (model, wanted, request) => {
    const { recorder, sdk, ours } = await both();

    // The SDK takes only 202 for an accepted order, and the recorder says 200: only what is sent counts.
    const theirs = await recorder.during(() =>
      errorOf(sdk.videoGeneration.generate({ videoGenerationRequest: { model, ...request } })),
    );
    const sent = await recorder.during(() => ours.submit(orderFor(ours, model, wanted), 'k', never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ path: '/api/v1/videos', headers: { authorization: `Bearer ${KEY}` } });
  });

  it('cover every model of the catalogue', () => {
    const covered = new Set(ORDERS.map(([model]) => model));

    expect([...covered].sort()).toEqual(Object.keys(openrouter.models).sort());
  });

  it('ask, check and download in the same way', async () => {
    const { recorder, sdk, ours } = await both('completed');
    const directory = mkdtempSync(join(tmpdir(), 'reelwatch-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const limits = { bytesMax: 100, timeMsMax: 5_000, redirectsMax: 0, privateAddresses: true };

    const theirs = await recorder.during(async () => {
      await sdk.videoGeneration.getGeneration({ jobId: ID });
      // The recorder's answer has none of the fields of a key: only what is sent counts.
      await errorOf(sdk.apiKeys.getCurrentKeyMetadata());
      await sdk.videoGeneration.listVideosModels();
      await errorOf(sdk.videoGeneration.getVideoContent({ jobId: ID, index: 0 }));
    });
    const sent = await recorder.during(async () => {
      const status = await ours.poll({ id: ID }, never);
      await ours.check?.(GROK, never);
      if (status.is !== 'done' || status.asset.at !== 'own') throw new Error(JSON.stringify(status));
      await ours.download(status.asset, { ...limits, file: join(directory, 'v.mp4') }, never);
    });

    // The SDK sends its key to the public list of models too.
    expect(sent).toEqual(theirs);
    expect(sent.map(({ path }) => path)).toEqual([
      `/api/v1/videos/${ID}`,
      '/api/v1/key',
      '/api/v1/videos/models',
      `/api/v1/videos/${ID}/content?index=0`,
    ]);
  });
});

describe("OpenRouter's own SDK and the simulator", () => {
  const started = async () => {
    const running = await startSimulator({ port: 0, seed: 7, speed: 400 });
    onTestFinished(() => running.close());
    const sdk = client(`${running.origin}/openrouter/api/v1`);
    const start = () =>
      sdk.videoGeneration.generate({ videoGenerationRequest: { model: GROK, ...small, duration: 1 } });
    const end = async () => {
      const { id } = await start();
      for (let i = 0; i < POLLS_MAX; i++) {
        const job = await sdk.videoGeneration.getGeneration({ jobId: id });
        if (!['pending', 'in_progress'].includes(job.status)) return job;
      }
      throw new Error('the job never ended');
    };
    return { running, sdk, start, end };
  };

  it('bring a whole generation to its end', async () => {
    const { sdk, end } = await started();

    const { id, status, usage } = await end();
    const video = await sdk.videoGeneration.getVideoContent({ jobId: id, index: 0 });

    expect([status, usage?.cost]).toEqual(['completed', 0.05]);
    expect(Buffer.from(await new Response(video).arrayBuffer()).toString('latin1')).toContain('ftyp');
  });

  it('agree on every field of the list of models', async () => {
    const { sdk } = await started();

    const { data } = await sdk.videoGeneration.listVideosModels();

    expect(data.map(({ id }) => id).sort()).toEqual(Object.keys(VIDEO_MODELS).sort());
    expect(data.find(({ id }) => id === GROK)).toMatchObject({
      supportedResolutions: ['480p', '720p'],
      pricingSkus: { cents_per_video_output_second_480p: '5' },
    });
  });

  it('agree on the key and on what it may still spend', async () => {
    const { sdk, end } = await started();
    await end();

    const { data } = await sdk.apiKeys.getCurrentKeyMetadata();

    expect(data).toMatchObject({ limit: 100, limitRemaining: 99.95, usage: 0.05 });
  });

  it.each([
    ['bad_key', 401, 'User not found.'],
    ['no_credit', 402, 'Insufficient credits'],
    ['model_gone', 404, `No endpoints found for ${GROK}.`],
    ['rate_limited', 429, 'Rate limit exceeded'],
    ['down', 503, 'try again later'],
  ] as const)('agree on an error of kind %s', async (kind, statusCode, text) => {
    const { running, start } = await started();
    running.simulator.setFault('openrouter', { kind });

    const error = await errorOf(start());

    expect(error).toMatchObject({ statusCode, message: expect.stringContaining(text) as unknown });
  });

  it.each(['generation_down', 'moderated'] as const)('agree on a job that failed by %s', async (kind) => {
    const { running, end } = await started();
    running.simulator.setFault('openrouter', { kind });

    expect(await end()).toMatchObject({ status: 'failed', error: expect.any(String) as unknown });
  });
});
