/** Vercel's client for Seedance, which submits and polls inside of one call, and our adapter. */

import { createByteDance } from '@ai-sdk/bytedance';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { seedance } from '../../src/providers/seedance.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import type { FaultKind } from '../../src/simulator/types.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'ark-test';
const ID = 'cgt-20261121120000-abcde';
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });

type Sdk = ReturnType<typeof createByteDance>;
type Params = Parameters<ReturnType<Sdk['video']>['doGenerate']>[0];

/** What somebody who uses the client writes: pixels, which it turns into the name of the resolution. */
function params(
  size: Params['resolution'],
  more: Partial<Pick<Params, 'aspectRatio' | 'duration' | 'seed'>>,
  audio?: boolean,
): Params {
  const bytedance = {
    watermark: false,
    pollIntervalMs: 5,
    ...(audio !== undefined && { generateAudio: audio }),
  };
  return {
    prompt,
    n: 1,
    aspectRatio: '16:9',
    resolution: size,
    duration: 4,
    seed: 7,
    ...more,
    fps: undefined,
    image: undefined,
    frameImages: undefined,
    inputReferences: undefined,
    generateAudio: undefined,
    providerOptions: { bytedance },
  };
}

const ORDERS: readonly (readonly [model: string, Partial<WantedVideo>, Params])[] = [
  ['seedance-1-0-pro-fast-251015', {}, params('864x480', { duration: 2 })],
  ['seedance-1-0-pro-fast-251015', { seed: null }, params('864x480', { duration: 2, seed: undefined })],
  [
    'seedance-1-0-pro-250528',
    { aspect: '9:16', resolution: '1080p', seconds: 12 },
    params('1088x1920', { aspectRatio: '9:16', duration: 12 }),
  ],
  [
    'seedance-1-0-lite-t2v-250428',
    { aspect: '1:1', resolution: '720p' },
    params('960x960', { aspectRatio: '1:1', duration: 5 }),
  ],
  ['seedance-1-5-pro-251215', { audio: true }, params('864x496', {}, true)],
  ['doubao-seedance-1-5-pro-251215', {}, params('864x496', {}, false)],
  ['dreamina-seedance-2-0-260128', { resolution: '1080p' }, params('1920x1080', {}, false)],
  [
    'dreamina-seedance-2-0-fast-260128',
    { aspect: '9:16' },
    params('496x864', { aspectRatio: '9:16' }, false),
  ],
  ['dreamina-seedance-2-0-mini-260615', { resolution: '720p', audio: true }, params('1280x720', {}, true)],
  ['dreamina-seedance-2-5-260628', { seconds: 30 }, params('864x496', { duration: 30 }, false)],
];

describe("Vercel's client for Seedance and our adapter", () => {
  it.each(ORDERS)('order and ask for %s in the same way: %j', async (model, wanted, params) => {
    const { origin, during } = await createRecorder([
      [/^POST /, { id: ID }],
      [/^GET /, { id: ID, model, status: 'succeeded', content: { video_url: 'https://cdn.test/video.mp4' } }],
    ]);
    const baseUrl = `${origin}/api/v3`;
    const sdk = createByteDance({ apiKey: KEY, baseURL: baseUrl });
    const ours = adapter(seedance, KEY, { baseUrl });

    const theirs = await during(() => sdk.video(model).doGenerate(params));
    const sent = await during(async () => {
      const { job } = await ours.submit(orderFor(ours, model, wanted), 'k', never);
      await ours.poll(job, never);
    });

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v3/contents/generations/tasks',
      `GET /api/v3/contents/generations/tasks/${ID}`,
    ]);
    expect(sent[0]?.headers['authorization']).toBe(`Bearer ${KEY}`);
  });

  it('cover every model of the catalogue', () => {
    const covered = new Set(ORDERS.map(([model]) => model));

    expect([...covered].sort()).toEqual(Object.keys(seedance.models).sort());
  });
});

describe("Vercel's client for Seedance", () => {
  const started = async () => {
    const running = await startSimulator({ port: 0, seed: 7, speed: 400 });
    onTestFinished(() => running.close());
    const baseURL = `${running.origin}/seedance/api/v3`;
    const model = createByteDance({ apiKey: KEY, baseURL }).video('dreamina-seedance-2-0-mini-260615');
    return { running, generate: () => model.doGenerate(params('864x496', {}, false)) };
  };
  const thrown = (work: PromiseLike<unknown>) =>
    work.then(
      () => new Error('expected an error'),
      (error: unknown) => error,
    );

  it('believes the simulator: a whole generation', async () => {
    const { generate } = await started();

    const { videos, providerMetadata } = await generate();

    const [video] = videos;
    const url = video?.type === 'url' ? video.url : '';
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer()).toString('latin1');
    expect(bytes).toContain('ftyp');
    // 864 x 496 x 24 x 4 / 1024.
    expect(providerMetadata).toMatchObject({ bytedance: { usage: { completion_tokens: 40_176 } } });
  });

  it.each([
    ['bad_key', 401, 'AuthenticationError'],
    ['no_credit', 403, 'AccountOverdueError'],
    ['model_gone', 404, 'InvalidEndpointOrModel.NotFound'],
  ] as const satisfies readonly (readonly [FaultKind, number, string])[])(
    'knows the error of kind %s',
    async (kind, statusCode, code) => {
      const { running, generate } = await started();
      running.simulator.setFault('seedance', { kind });

      const error = await thrown(generate());

      expect(error).toMatchObject({ name: 'AI_APICallError', statusCode, data: { error: { code } } });
    },
  );

  it.each(['generation_down', 'moderated'] as const)('knows a failed task of kind %s', async (kind) => {
    const { running, generate } = await started();
    running.simulator.setFault('seedance', { kind });

    expect(await thrown(generate())).toMatchObject({ name: 'BYTEDANCE_VIDEO_GENERATION_FAILED' });
    expect(running.simulator.counters().seedance.submitsTotal).toBe(1);
  });
});
