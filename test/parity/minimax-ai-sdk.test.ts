/** Vercel's client for MiniMax's newer video API, and our adapter. */

import { createMiniMax } from '@ai-sdk/minimax';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { minimax } from '../../src/providers/minimax.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { errorOf, videoCall, videoModel, type Wish } from './ai-sdk.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'mm-test';
const ID = '424010985738629';
const POLLS_MAX = 300;
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });
const base_resp = { status_code: 0, status_msg: 'success' };

const film: Wish = { prompt, aspectRatio: '16:9', resolution: '1366x768', duration: 4 };
// MiniMax's own client refuses 768P and knows no H3 Max: this one orders both in the words of the docs.
const ORDERS: readonly (readonly [string, Partial<WantedVideo>, Wish])[] = [
  ['MiniMax-H3', {}, film],
  ['MiniMax-H3', { resolution: '2k', seconds: 15 }, { ...film, resolution: '2560x1440', duration: 15 }],
  [
    'MiniMax-H3',
    { aspect: '9:16', audio: true },
    { ...film, aspectRatio: '9:16', resolution: '768x1366', generateAudio: true },
  ],
  ['MiniMax-H3-Max', {}, { ...film, resolution: '854x480', duration: 5 }],
];

describe("Vercel's client for MiniMax and our adapter", () => {
  it.each(ORDERS)('order and ask for %s in the same way for %j', async (model, wanted, wish) => {
    const recorder = await createRecorder([
      [/^POST /, { task_id: ID, base_resp }],
      [/^GET /, { task: { id: ID, model, status: 'running' }, base_resp }],
    ]);
    const sdk = videoModel(createMiniMax({ apiKey: KEY, videoBaseURL: recorder.origin }).video(model));
    const ours = adapter(minimax, KEY, { baseUrl: recorder.origin });

    const theirs = await recorder.during(async () => {
      const { operation } = await sdk.doStart(videoCall(wish, {}));
      await sdk.doStatus({ operation });
    });
    const sent = await recorder.during(async () => {
      const { job } = await ours.submit(orderFor(ours, model, wanted), 'k', never);
      await ours.poll(job, never);
    });

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v2/video_generation',
      `GET /v2/query/video_generation/${ID}`,
    ]);
    expect(sent[0]?.headers['authorization']).toBe(`Bearer ${KEY}`);
  });

  it('cover every model of the catalogue', () => {
    const covered = new Set(ORDERS.map(([model]) => model));

    expect([...covered].sort()).toEqual(Object.keys(minimax.models).sort());
  });
});

describe("Vercel's client for MiniMax and the simulator", () => {
  const started = async () => {
    const running = await startSimulator({ port: 0, seed: 7, speed: 400 });
    onTestFinished(() => running.close());
    const videoBaseURL = `${running.origin}/minimax`;
    const sdk = videoModel(createMiniMax({ apiKey: KEY, videoBaseURL }).video('MiniMax-H3'));
    const end = async () => {
      const { operation } = await sdk.doStart(videoCall(film, {}));
      let status = await sdk.doStatus({ operation });
      for (let i = 0; i < POLLS_MAX && status.status === 'pending'; i++)
        status = await sdk.doStatus({ operation });
      return status;
    };
    return { running, sdk, end };
  };

  it('bring a whole generation to its end', async () => {
    const status = await (await started()).end();

    if (status.status !== 'completed') throw new Error(JSON.stringify(status));
    const [video] = status.videos;
    const answer = await fetch(video?.type === 'url' ? video.url : '');
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toContain('ftyp');
    expect(status.providerMetadata?.['minimax']).toMatchObject({
      duration: 4,
      usage: { totalSeconds: 4 },
    });
  });

  it.each([
    ['bad_key', 401],
    ['no_credit', 402],
    ['rate_limited', 429],
    ['model_gone', 400],
    ['down', 500],
  ] as const)('agree on an error of kind %s', async (kind, statusCode) => {
    const { running, sdk } = await started();
    running.simulator.setFault('minimax', { kind });

    const error = await errorOf(sdk.doStart(videoCall(film, {})));

    expect(error).toMatchObject({ name: 'AI_APICallError', statusCode });
  });

  it('agree on a job that failed', async () => {
    const { running, end } = await started();
    running.simulator.setFault('minimax', { kind: 'generation_down' });

    expect(await end()).toMatchObject({
      status: 'error',
      error: expect.stringContaining('failed') as unknown,
    });
  });
});
