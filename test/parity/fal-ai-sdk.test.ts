/** Vercel's client for fal, and our adapter. */

import { createFal } from '@ai-sdk/fal';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { fal } from '../../src/providers/fal.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { errorOf, videoCall, videoModel, type Wish } from './ai-sdk.ts';
import type { Comparable } from './compare.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'kid:ksecret';
const ID = '764cabcf-b745-4b3e-ae38-1200304cf45b';
const QUEUE = 'https://queue.fal.run';
const POLLS_MAX = 300;
const PIKA = 'fal-ai/pika/v2.2/text-to-video';
const said = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });
const unsaid = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 10_000 });
const negativePrompt = 'text, people, cuts, camera movement';

const plain: Wish = { prompt: unsaid, aspectRatio: '16:9' };
const loud: Wish = { prompt: said, aspectRatio: '16:9' };
const pika = { resolution: '720p', duration: '5', negativePrompt };
const veo = { resolution: '720p', negativePrompt, generate_audio: false };
const kling = { duration: '3', negativePrompt };
const ltx = { resolution: '1080p', duration: '6', generate_audio: false };

// The client spells every length as Veo does, `4s`; other spellings are passed through, as its users do.
const ORDERS: readonly (readonly [
  string,
  Partial<WantedVideo>,
  Wish,
  Record<string, string | number | boolean>,
])[] = [
  [PIKA, {}, { ...plain, seed: 7 }, pika],
  [
    PIKA,
    { aspect: '9:16', seed: null, seconds: 10, resolution: '1080p' },
    { ...plain, aspectRatio: '9:16' },
    { ...pika, duration: '10', resolution: '1080p' },
  ],
  ['fal-ai/veo3.1/fast', {}, { ...plain, duration: 4, seed: 7 }, veo],
  ['fal-ai/veo3.1', { seconds: 8 }, { ...plain, duration: 8, seed: 7 }, veo],
  ['fal-ai/kling-video/v3/pro/text-to-video', {}, plain, { ...kling, generate_audio: false }],
  ['fal-ai/kling-video/v2.5-turbo/pro/text-to-video', {}, plain, { ...kling, duration: '5' }],
  ['fal-ai/ltx-2.3/text-to-video/fast', {}, loud, ltx],
  ['fal-ai/ltx-2.3/text-to-video', { seconds: 10 }, loud, { ...ltx, duration: '10' }],
  [
    'fal-ai/hunyuan-video-v1.5/text-to-video',
    {},
    { ...plain, seed: 7 },
    { resolution: '480p', num_frames: 121, negativePrompt },
  ],
];
/** The client puts `fal-ai/` before every endpoint, so it cannot order these; fal's own client does. */
const OTHERS = ['xai/grok-imagine-video/v1.5/text-to-video', 'alibaba/wan-3.0-prime/text-to-video'];

/** The client has no base, and trusts no other: its fetch goes elsewhere, and what comes back speaks of the queue. */
function client(home: string) {
  return createFal({
    apiKey: KEY,
    fetch: async (input, init) => {
      const { href } = new URL(input instanceof Request ? input.url : String(input));
      const answer = await fetch(href.replace(QUEUE, home), init);
      return new Response((await answer.text()).replaceAll(home, QUEUE), answer);
    },
  });
}

/** fal's own client names the usual priority; Vercel's leaves it to the queue. */
function withPriority(request: Comparable): Comparable {
  return { ...request, headers: { ...request.headers, 'x-fal-queue-priority': 'normal' } };
}

describe("Vercel's client for fal and our adapter", () => {
  it.each(ORDERS)(
    'order from %s and fetch the result in the same way for %j',
    async (model, wanted, wish, more) => {
      const result = `/${model.split('/', 2).join('/')}/requests/${ID}`;
      const recorder = await createRecorder([
        [/^POST /, { status: 'IN_QUEUE', request_id: ID, response_url: `${QUEUE}${result}` }],
        [/^GET .*\/status$/, { status: 'COMPLETED', request_id: ID }],
        [/^GET /, { video: { url: 'https://v3b.fal.media/files/video.mp4' } }],
      ]);
      const sdk = videoModel(client(recorder.origin).video(model));
      const ours = adapter(fal, KEY, { baseUrl: recorder.origin });

      const theirs = await recorder.during(async () => {
        const { operation } = await sdk.doStart(videoCall(wish, { fal: more }));
        await sdk.doStatus({ operation });
      });
      const sent = await recorder.during(async () => {
        const { job } = await ours.submit(orderFor(ours, model, wanted), 'k', never);
        await ours.poll(job, never);
      });

      // The adapter asks for the status before the result, as fal's own client does: a result that is not there is a 400.
      const [order, status, fetched] = sent;
      expect([order, fetched]).toEqual([withPriority(theirs[0] as Comparable), theirs[1]]);
      expect([status?.path.split('?')[0], fetched?.path]).toEqual([`${result}/status`, result]);
    },
  );

  it('cover every endpoint of the catalogue, with those that the client cannot order', () => {
    const covered = new Set([...ORDERS.map(([model]) => model), ...OTHERS]);

    expect([...covered].sort()).toEqual(Object.keys(fal.models).sort());
  });
});

describe("Vercel's client for fal and the simulator", () => {
  const started = async () => {
    const running = await startSimulator({ port: 0, seed: 7, speed: 400 });
    onTestFinished(() => running.close());
    const sdk = videoModel(client(`${running.origin}/fal`).video(PIKA));
    const start = () => sdk.doStart(videoCall({ ...plain, seed: 7 }, { fal: pika }));
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
  });

  it.each([
    ['bad_key', 401],
    ['no_credit', 403],
    ['rate_limited', 429],
    ['model_gone', 404],
    ['down', 503],
  ] as const)('agree on an error of kind %s', async (kind, statusCode) => {
    const { running, start } = await started();
    running.simulator.setFault('fal', { kind });

    expect(await errorOf(start())).toMatchObject({ name: 'AI_APICallError', statusCode });
  });

  it('agree on a job that failed', async () => {
    const { running, end } = await started();
    running.simulator.setFault('fal', { kind: 'generation_down' });

    expect(await end()).toMatchObject({ status: 'error' });
  });
});
