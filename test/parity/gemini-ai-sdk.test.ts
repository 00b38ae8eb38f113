/** Vercel's client for the Gemini API, and our adapter. */

import { createGoogle } from '@ai-sdk/google';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { gemini } from '../../src/providers/gemini.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';
import { errorOf, videoCall, videoModel, type Wish } from './ai-sdk.ts';

const KEY = 'AIza-test';
const ID = 'v1_ChdmNU9aUDNE';
const OPERATION = 'models/veo-3.1-lite-generate-preview/operations/op1';
const POLLS_MAX = 300;
const said = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });
const unsaid = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 10_000 });
const negativePrompt = 'text, people, cuts, camera movement';

type Interactions = ReturnType<ReturnType<typeof createGoogle>['interactions']>;

/** What somebody who uses the client writes to have Gemini Omni make a video. */
function ask(format: {
  resolution: '360p' | '720p' | '1080p';
  duration: string;
  aspectRatio: '16:9' | '9:16';
}) {
  return {
    prompt: [{ role: 'user', content: [{ type: 'text', text: said }] }],
    providerOptions: {
      google: { background: true, responseFormat: [{ type: 'video', delivery: 'uri', ...format }] },
    },
  } satisfies Parameters<Interactions['doGenerate']>[0];
}

const SMALL = { resolution: '360p', duration: '3s', aspectRatio: '16:9' } as const;
const OMNI: readonly (readonly [string, Partial<WantedVideo>, ReturnType<typeof ask>])[] = [
  ['gemini-omni-1.1-flash', {}, ask(SMALL)],
  [
    'gemini-omni-1.2-flash',
    { seconds: 15, resolution: '1080p', aspect: '9:16' },
    ask({ resolution: '1080p', duration: '15s', aspectRatio: '9:16' }),
  ],
  ['gemini-omni-flash-preview', {}, ask({ ...SMALL, resolution: '720p' })],
];

const film: Wish = { prompt: unsaid, aspectRatio: '16:9', resolution: '1280x720', duration: 4 };
const VEO: readonly (readonly [string, Partial<WantedVideo>, Wish])[] = [
  ['veo-3.1-lite-generate-preview', {}, film],
  ['veo-3.1-fast-generate-preview', { seconds: 8 }, { ...film, duration: 8 }],
  [
    'veo-3.1-generate-preview',
    { aspect: '9:16', resolution: '1080p' },
    { ...film, aspectRatio: '9:16', resolution: '1920x1080' },
  ],
  ['veo-3.0-generate-001', {}, film],
  ['veo-3.0-fast-generate-001', { seconds: 6 }, { ...film, duration: 6 }],
];

async function both() {
  const recorder = await createRecorder([
    [/POST .*interactions$/, { id: ID, status: 'completed', steps: [] }],
    [/POST .*:predictLongRunning$/, { name: OPERATION }],
    [/GET .*\/operations\//, { name: OPERATION }],
  ]);
  const { origin } = recorder;
  const sdk = createGoogle({ apiKey: KEY, baseURL: `${origin}/v1beta` });
  return { recorder, sdk, ours: adapter(gemini, KEY, { baseUrl: origin, apiVersion: 'v1beta' }) };
}

describe("Vercel's client for the Gemini API and our adapter", () => {
  it.each(OMNI)('order a video of %s in the same way for %j', async (model, wanted, params) => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(() => sdk.interactions(model).doGenerate(params));
    const sent = await recorder.during(() => ours.submit(orderFor(ours, model, wanted), 'k', never));

    // The client writes the one format as a list; the SDK's types take both, and Google's own SDK sends the object.
    const single = theirs.map((request) => {
      const { response_format: formats, ...rest } = request.body as { response_format: object[] };
      expect(formats).toHaveLength(1);
      return { ...request, body: { ...rest, response_format: formats[0] } };
    });
    expect(sent).toEqual(single);
    expect(sent).toHaveLength(1);
  });

  it.each(VEO)('order and ask for %s in the same way for %j', async (model, wanted, wish) => {
    const { recorder, sdk, ours } = await both();
    const video = videoModel(sdk.video(model));

    const theirs = await recorder.during(async () => {
      const { operation } = await video.doStart(videoCall(wish, { google: { negativePrompt } }));
      await video.doStatus({ operation });
    });
    const sent = await recorder.during(async () => {
      const { job } = await ours.submit(orderFor(ours, model, wanted), 'k', never);
      await ours.poll(job, never);
    });

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST /v1beta/models/${model}:predictLongRunning`,
      `GET /v1beta/${OPERATION}`,
    ]);
  });

  it('cover every model of the catalogue', () => {
    const covered = [...OMNI, ...VEO].map(([model]) => model);

    expect(covered.sort()).toEqual(Object.keys(gemini.models).sort());
  });
});

describe("Vercel's client for the Gemini API and the simulator", () => {
  const started = async () => {
    const running = await startSimulator({ port: 0, seed: 7, speed: 400, revived: true });
    onTestFinished(() => running.close());
    return { running, sdk: createGoogle({ apiKey: KEY, baseURL: `${running.origin}/gemini/v1beta` }) };
  };

  it.each([{}, { responseModalities: ['video' as const] }])(
    'bring a video of Gemini Omni home with %j',
    async (more) => {
      const { sdk } = await started();
      const params = ask(SMALL);
      const providerOptions = { google: { ...params.providerOptions.google, ...more } };

      const { content } = await sdk
        .interactions('gemini-omni-1.1-flash')
        .doGenerate({ ...params, providerOptions });

      const file = content.find((part) => part.type === 'file');
      expect(file).toMatchObject({ mediaType: 'video/mp4', data: { type: 'data' } });
      expect(JSON.stringify(file).length).toBeGreaterThan(1_000);
    },
  );

  it('fetch a video of Veo with the key in the address', async () => {
    const { sdk } = await started();
    const video = videoModel(sdk.video('veo-3.1-lite-generate-preview'));
    const { operation } = await video.doStart(videoCall(film, {}));
    let status = await video.doStatus({ operation });
    for (let i = 0; i < POLLS_MAX && status.status === 'pending'; i++)
      status = await video.doStatus({ operation });

    if (status.status !== 'completed') throw new Error(JSON.stringify(status));
    const [made] = status.videos;
    const url = made?.type === 'url' ? made.url : '';
    expect(url).toContain(`&key=${KEY}`);
    const answer = await fetch(url);
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toContain('ftyp');
  });

  it.each([
    ['bad_key', 400],
    ['no_credit', 429],
    ['rate_limited', 429],
    ['model_gone', 404],
    ['down', 503],
  ] as const)('agree on the error of kind %s', async (kind, statusCode) => {
    const { running, sdk } = await started();
    running.simulator.setFault('gemini', { kind });

    const video = videoModel(sdk.video('veo-3.1-lite-generate-preview'));
    const error = await errorOf(video.doStart(videoCall(film, {})));

    expect(error).toMatchObject({ name: 'AI_APICallError', statusCode });
  });
});
