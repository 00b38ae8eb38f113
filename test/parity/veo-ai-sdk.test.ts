/** Vercel's client for Vertex AI, with a key, and our adapter. */

import { createGoogleVertex } from '@ai-sdk/google-vertex';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { veo } from '../../src/providers/veo.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { errorOf, videoCall, videoModel, type Wish } from './ai-sdk.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'AIza-test';
const PROJECT = 'my-project';
const LITE = 'veo-3.1-lite-generate-001';
const PLACE = `projects/${PROJECT}/locations/us-central1/publishers/google`;
const POLLS_MAX = 300;
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 10_000 });
const negativePrompt = 'text, people, cuts, camera movement';

const film: Wish = { prompt, aspectRatio: '16:9', resolution: '1280x720', duration: 4, seed: 7 };
const ORDERS: readonly (readonly [string, Partial<WantedVideo>, Wish, boolean])[] = [
  [LITE, {}, film, false],
  [LITE, { seconds: 8, audio: true }, { ...film, duration: 8 }, true],
  [
    'veo-3.1-fast-generate-001',
    { aspect: '9:16', resolution: '1080p' },
    { ...film, aspectRatio: '9:16', resolution: '1920x1080' },
    false,
  ],
  ['veo-3.1-generate-001', { seconds: 6, seed: null }, { ...film, duration: 6, seed: undefined }, false],
];

/** By its default the client leaves the project out when it has a key; whoever wants Veo names the base with the project. */
function client(origin: string, place: string) {
  return createGoogleVertex({ apiKey: KEY, baseURL: `${origin}/v1/${place}` });
}

describe("Vercel's client for Vertex AI and our adapter, with a key,", () => {
  it.each(ORDERS)(
    'order and ask for %s in the same way for %j',
    async (model, wanted, wish, generateAudio) => {
      const name = `${PLACE}/models/${model}/operations/op1`;
      const recorder = await createRecorder([[/^POST /, { name }]]);
      const { origin } = recorder;
      const sdk = videoModel(client(origin, PLACE).video(model));
      const ours = adapter(veo, KEY, { baseUrl: origin, project: PROJECT });

      const theirs = await recorder.during(async () => {
        const call = videoCall(wish, { googleVertex: { negativePrompt, generateAudio } });
        const { operation } = await sdk.doStart(call);
        await sdk.doStatus({ operation });
      });
      const sent = await recorder.during(async () => {
        const { job } = await ours.submit(orderFor(ours, model, wanted), 'k', never);
        await ours.poll(job, never);
      });

      expect(sent).toEqual(theirs);
      expect(sent.map(({ path }) => path)).toEqual([
        `/v1/${PLACE}/models/${model}:predictLongRunning`,
        `/v1/${PLACE}/models/${model}:fetchPredictOperation`,
      ]);
      expect(sent[0]?.headers['x-goog-api-key']).toBe(KEY);
    },
  );

  it('cover every model of the catalogue', () => {
    const covered = new Set(ORDERS.map(([model]) => model));

    expect([...covered].sort()).toEqual(Object.keys(veo.models).sort());
  });
});

describe("Vercel's client for Vertex AI and the simulator", () => {
  const started = async () => {
    const running = await startSimulator({ port: 0, seed: 7, speed: 400 });
    onTestFinished(() => running.close());
    const at = (place: string) => videoModel(client(`${running.origin}/veo`, place).video(LITE));
    return { running, at };
  };

  it('bring a video home', async () => {
    const sdk = (await started()).at(PLACE);
    const { operation } = await sdk.doStart(videoCall(film, {}));
    let status = await sdk.doStatus({ operation });
    for (let i = 0; i < POLLS_MAX && status.status === 'pending'; i++)
      status = await sdk.doStatus({ operation });

    if (status.status !== 'completed') throw new Error(JSON.stringify(status));
    const [video] = status.videos;
    const base64 = video?.type === 'base64' ? video.data : '';
    expect(Buffer.from(base64, 'base64').toString('latin1')).toContain('ftyp');
  });

  it('agree that a key alone orders nothing', async () => {
    const error = await errorOf((await started()).at('publishers/google').doStart(videoCall(film, {})));

    expect(error).toMatchObject({ name: 'AI_APICallError', statusCode: 400 });
  });

  it.each([
    ['bad_key', 400],
    ['no_credit', 429],
    ['model_gone', 404],
    ['down', 503],
  ] as const)('agree on the error of kind %s', async (kind, statusCode) => {
    const { running, at } = await started();
    running.simulator.setFault('veo', { kind });

    const error = await errorOf(at(PLACE).doStart(videoCall(film, {})));

    expect(error).toMatchObject({ name: 'AI_APICallError', statusCode });
  });
});
