import { createXai } from '@ai-sdk/xai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { xai } from '../../src/providers/xai.ts';
import { startSimulator, type RunningSimulator } from '../../src/simulator/server.ts';
import type { FaultKind } from '../../src/simulator/types.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'xai-test';
const ID = 'req-1';
const POLLS_MAX = 200;
const said = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });

/** The SDK's model with the methods that the `ai` package calls: its interface marks them optional. */
function modelAt(origin: string, id: string) {
  const { doStart, doStatus, ...model } = bound(
    createXai({ apiKey: KEY, baseURL: `${origin}/v1` }).video(id),
  );
  if (!doStart || !doStatus) throw new Error('the SDK starts no videos');
  return { ...model, doStart, doStatus };
}

function bound(model: ReturnType<ReturnType<typeof createXai>['video']>) {
  return { doStart: model.doStart?.bind(model), doStatus: model.doStatus?.bind(model) };
}

interface Wish {
  duration: number;
  aspectRatio: '16:9' | '9:16' | '1:1';
  resolution: '480p' | '720p' | '1080p';
  generateAudio?: true;
}

/** What somebody who uses the SDK would write for the same canary; the rest is what every video model is asked. */
function callOf({ resolution, generateAudio, ...wish }: Wish) {
  return {
    prompt: said,
    n: 1,
    ...wish,
    resolution: undefined,
    fps: undefined,
    seed: undefined,
    image: undefined,
    frameImages: undefined,
    inputReferences: undefined,
    generateAudio,
    providerOptions: { xai: { resolution } },
  };
}

const LITTLE: Wish = { duration: 1, aspectRatio: '16:9', resolution: '480p' };
const ORDERS: readonly (readonly [model: string, Partial<WantedVideo>, Wish])[] = [
  ['grok-imagine-video', {}, LITTLE],
  [
    'grok-imagine-video',
    { aspect: '1:1', resolution: '720p' },
    { ...LITTLE, aspectRatio: '1:1', resolution: '720p' },
  ],
  ['grok-imagine-video', { seconds: 15, audio: true }, { ...LITTLE, duration: 15, generateAudio: true }],
  ['grok-imagine-video-1.5', {}, LITTLE],
  [
    'grok-imagine-video-1.5',
    { aspect: '9:16', resolution: '1080p', seconds: 6 },
    { duration: 6, aspectRatio: '9:16', resolution: '1080p' },
  ],
  ['grok-imagine-video-1.5-lite', {}, LITTLE],
];

async function both(model: string) {
  const recorder = await createRecorder([
    [/^POST \/v1\/videos\/generations$/, { request_id: ID }],
    [/^GET \/v1\/videos\//, { status: 'pending', progress: 10 }],
    [/^GET \/v1\/models$/, { data: [] }],
  ]);
  const { origin } = recorder;
  return { recorder, sdk: modelAt(origin, model), ours: adapter(xai, KEY, { baseUrl: `${origin}/v1` }) };
}

describe("Vercel's xAI provider and our adapter", () => {
  it.each(ORDERS)('send the same order for %s and %j', async (model, wanted, wish) => {
    const { recorder, sdk, ours } = await both(model);

    const theirs = await recorder.during(() => sdk.doStart(callOf(wish)));
    const sent = await recorder.during(() => ours.submit(orderFor(ours, model, wanted), 'k', never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      path: '/v1/videos/generations',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: { model, duration: wish.duration },
    });
  });

  it('cover every model of the catalogue', () => {
    expect([...new Set(ORDERS.map(([model]) => model))].sort()).toEqual(Object.keys(xai.models).sort());
  });

  it('ask for a job in the same way', async () => {
    const { recorder, sdk, ours } = await both('grok-imagine-video');

    const theirs = await recorder.during(() => sdk.doStatus({ operation: { requestId: ID } }));
    const sent = await recorder.during(() => ours.poll({ id: ID }, never));

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([`GET /v1/videos/${ID}`]);
  });
});

describe('the simulated xAI and its SDK', () => {
  let running: RunningSimulator;
  beforeEach(async () => {
    running = await startSimulator({ port: 0, seed: 7, speed: 400 });
  });
  afterEach(() => running.close());

  const start = async (model = 'grok-imagine-video') => {
    const sdk = modelAt(`${running.origin}/xai`, model);
    return { sdk, started: await sdk.doStart(callOf(LITTLE)) };
  };
  const ended = async () => {
    const { sdk, started } = await start();
    for (let i = 0; i < POLLS_MAX; i++) {
      const status = await sdk.doStatus({ operation: started.operation });
      if (status.status !== 'pending') return status;
    }
    throw new Error('the job never ended');
  };

  it('bring a whole generation to its end', async () => {
    const status = await ended();

    if (status.status !== 'completed') throw new Error(JSON.stringify(status));
    const [video] = status.videos;
    const answer = await fetch(video?.type === 'url' ? video.url : '');
    expect(status.providerMetadata?.['xai']).toMatchObject({
      duration: 1,
      costInUsdTicks: 5e8,
      progress: 100,
    });
    expect(answer.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toContain('ftyp');
  });

  it.each([
    ['bad_key', 400, 'Client specified an invalid argument: Incorrect API key'],
    ['no_credit', 429, 'used all available credits'],
    ['model_gone', 404, 'not-found: The model grok-imagine-video does not exist'],
    ['rate_limited', 429, 'Too many requests'],
    ['down', 503, 'temporarily unavailable'],
  ] as const satisfies readonly (readonly [FaultKind, number, string])[])(
    'agree on an error of kind %s',
    async (kind, statusCode, text) => {
      running.simulator.setFault('xai', { kind });

      const error: unknown = await start().catch((error: unknown) => error);

      expect(error).toMatchObject({
        name: 'AI_APICallError',
        statusCode,
        message: expect.stringContaining(text) as unknown,
      });
    },
  );

  it.each([
    ['generation_down', 'Video generation failed: Generation failed. Please try again.'],
    ['moderated', 'Video generation was blocked due to a content policy violation.'],
  ] as const)('agree on a job that failed by %s', async (kind, error) => {
    running.simulator.setFault('xai', { kind });

    expect(await ended()).toMatchObject({ status: 'error', error });
  });
});
