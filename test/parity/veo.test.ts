import { ApiError, GoogleGenAI, type GenerateVideosConfig, type GoogleGenAIOptions } from '@google/genai';
import { GoogleGenAI as GoogleGenAI2 } from 'genai2';
import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import type { Provider } from '../../src/ports/provider.ts';
import { veo } from '../../src/providers/veo.ts';
import { startSimulator, type RunningSimulator } from '../../src/simulator/server.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createHttp } from '../../src/system/http.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'AIza-test';
const TOKEN = 'ya29.test';
const PROJECT = 'my-project';
const LITE = 'veo-3.1-lite-generate-001';
const POLLS_MAX = 300;
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 10_000 });
const negativePrompt = 'text, people, cuts, camera movement';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const film: GenerateVideosConfig = {
  numberOfVideos: 1,
  durationSeconds: 4,
  aspectRatio: '16:9',
  resolution: '720p',
  generateAudio: false,
  negativePrompt,
  seed: 7,
};
// What somebody who uses the official SDK would write for the same canary; its types check ours.
const ORDERS: readonly (readonly [Partial<WantedVideo>, string, GenerateVideosConfig])[] = [
  [{}, LITE, film],
  [{ seconds: 8, audio: true }, LITE, { ...film, durationSeconds: 8, generateAudio: true }],
  [
    { aspect: '9:16', resolution: '1080p' },
    'veo-3.1-fast-generate-001',
    { ...film, aspectRatio: '9:16', resolution: '1080p' },
  ],
  [{ seconds: 6 }, 'veo-3.1-generate-001', { ...film, durationSeconds: 6 }],
];

interface Pair {
  sdk: GoogleGenAI;
  ours: Provider;
}

/**
 * The two ways to sign in, each as the SDK's options and ours. The SDK takes a key or a project, never both
 * (github.com/googleapis/dotnet-genai/issues/305): whoever uses it with a key writes the project into the model.
 */
const LOGINS = {
  'with a key': (origin: string, apiVersion: string): Pair => ({
    sdk: new GoogleGenAI({ ...at(origin, apiVersion), apiKey: KEY }),
    ours: adapter(veo, KEY, { baseUrl: origin, apiVersion, project: PROJECT }),
  }),
  'as a service account': (origin: string, apiVersion: string): Pair => ({
    sdk: new GoogleGenAI({ ...at(origin, apiVersion), ...asAccount() }),
    ours: ownAccount(origin, { baseUrl: origin, apiVersion }),
  }),
  'with a key, by the older SDK': (origin: string, apiVersion: string): Pair => ({
    // Their types differ in what we do not use.
    sdk: new GoogleGenAI2({ ...at(origin, apiVersion), apiKey: KEY }) as unknown as GoogleGenAI,
    ours: adapter(veo, KEY, { baseUrl: origin, apiVersion, project: PROJECT }),
  }),
};

function at(baseUrl: string, apiVersion: string): GoogleGenAIOptions {
  return { vertexai: true, httpOptions: { baseUrl, apiVersion, retryOptions: { attempts: 1 } } };
}

/** The SDK's own login is not what is compared: a stub hands it the token that ours is given. */
function asAccount(): GoogleGenAIOptions {
  const authClient = {
    getRequestHeaders: () => Promise.resolve(new Headers({ authorization: `Bearer ${TOKEN}` })),
  };
  return {
    project: PROJECT,
    location: 'us-central1',
    googleAuthOptions: { authClient } as unknown as NonNullable<GoogleGenAIOptions['googleAuthOptions']>,
  };
}

function ownAccount(origin: string, more: object): Provider {
  const http = createHttp({ clock: systemClock });
  onTestFinished(() => http.close());
  const serviceAccount = JSON.stringify({
    client_email: 'canary@my-project.iam.gserviceaccount.com',
    project_id: PROJECT,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: `${origin}/google-token`,
  });
  const options: unknown = veo.options.parse({ serviceAccount, ...more });
  return veo.create({ options, http, models: veo.models, now: systemClock.now });
}

function resourceOf(model: string): string {
  return `projects/${PROJECT}/locations/us-central1/publishers/google/models/${model}`;
}

async function recording(login: keyof typeof LOGINS, model: string, version: string) {
  const recorder = await createRecorder([
    [/google-token$/, { access_token: TOKEN, expires_in: 3_600 }],
    [/:(predictLongRunning|fetchPredictOperation)$/, { name: `${resourceOf(model)}/operations/op1` }],
    [/GET .*\/models\//, { name: `publishers/google/models/${model}` }],
  ]);
  const pair = LOGINS[login](recorder.origin, version);
  // A login is no part of what is compared; see the test of the token itself.
  const during: typeof recorder.during = async (work) =>
    (await recorder.during(work)).filter(({ path }) => path !== '/google-token');
  return { ...pair, during };
}

const names = Object.keys(LOGINS) as (keyof typeof LOGINS)[];
describe.each(names)('Google’s own SDK and our adapter, %s,', (login) => {
  it.each(ORDERS)('send the same order, and the same question, for %j: %s', async (wanted, model, config) => {
    const { sdk, ours, during } = await recording(login, model, 'v1');

    const named = login === 'as a service account' ? model : resourceOf(model);
    const theirs = await during(async () => {
      const operation = await sdk.models.generateVideos({ model: named, source: { prompt }, config });
      await sdk.operations.getVideosOperation({ operation });
    });
    const sent = await during(async () => {
      const { job } = await ours.submit(orderFor(ours, model, wanted), 'k', never);
      await ours.poll(job, never);
    });

    expect(sent).toEqual(theirs);
    expect(sent.map(({ path }) => path)).toEqual([
      `/v1/${resourceOf(model)}:predictLongRunning`,
      `/v1/${resourceOf(model)}:fetchPredictOperation`,
    ]);
    const proof = login === 'as a service account' ? 'authorization' : 'x-goog-api-key';
    expect(Object.keys(sent[0]?.headers ?? {})).toContain(proof);
  });

  it.each(['v1', 'v1beta1'])('look at a model in the same way, speaking %s', async (version) => {
    const { sdk, ours, during } = await recording(login, LITE, version);

    const theirs = await during(() => sdk.models.get({ model: LITE }));
    const sent = await during(() => ours.check?.(LITE, never));

    expect(sent).toEqual(theirs);
    expect(sent[0]?.path).toBe(`/${version}/publishers/google/models/${LITE}`);
  });
});

it('cover every model of the catalogue', () => {
  const covered = new Set(ORDERS.map(([, model]) => model));

  expect([...covered].sort()).toEqual(Object.keys(veo.models).sort());
});

describe('a bucket', () => {
  it('is named as the SDK names it', async () => {
    const storageUri = 'gs://my-bucket/canaries';
    const recorder = await createRecorder([
      [/google-token$/, { access_token: TOKEN, expires_in: 3_600 }],
      [/:predictLongRunning$/, { name: `${resourceOf(LITE)}/operations/op1` }],
    ]);
    const { origin } = recorder;
    const sdk = new GoogleGenAI({ ...at(origin, 'v1'), ...asAccount() });
    const ours = ownAccount(origin, { baseUrl: origin, storageUri });

    const config = { ...film, outputGcsUri: storageUri };
    const theirs = await recorder.during(() =>
      sdk.models.generateVideos({ model: LITE, source: { prompt }, config }),
    );
    const sent = await recorder.during(() => ours.submit(orderFor(ours, LITE, {}), 'k', never));

    expect(sent.slice(1)).toEqual(theirs);
  });
});

describe('The simulator and Google’s own SDK', () => {
  let running: RunningSimulator;
  let sdk: GoogleGenAI;
  beforeEach(async () => {
    running = await startSimulator({ port: 0, seed: 7, speed: 400 });
    onTestFinished(() => running.close());
    sdk = new GoogleGenAI({ ...at(`${running.origin}/veo`, 'v1'), ...asAccount() });
  });

  async function whole(config: GenerateVideosConfig) {
    let operation = await sdk.models.generateVideos({ model: LITE, source: { prompt }, config });
    for (let i = 0; i < POLLS_MAX && operation.done !== true; i++)
      operation = await sdk.operations.getVideosOperation({ operation });
    return operation;
  }

  it('bring a video home in the answer itself', async () => {
    const { done, response } = await whole(film);

    const bytes = response?.generatedVideos?.[0]?.video?.videoBytes ?? '';
    expect(done).toBe(true);
    expect(Buffer.from(bytes, 'base64').toString('latin1')).toContain('ftyp');
  });

  it('leave a video in a bucket', async () => {
    const { response } = await whole({ ...film, outputGcsUri: 'gs://my-bucket/canaries' });

    const uri = response?.generatedVideos?.[0]?.video?.uri ?? '';
    const object = encodeURIComponent(uri.replace('gs://my-bucket/', ''));
    const answer = await fetch(`${running.origin}/gcs/storage/v1/b/my-bucket/o/${object}?alt=media`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toContain('ftyp');
  });

  it('agree that a key orders in a project, and nowhere else', async () => {
    const keyed = new GoogleGenAI({ ...at(`${running.origin}/veo`, 'v1'), apiKey: KEY });
    const order = (model: string) => keyed.models.generateVideos({ model, source: { prompt }, config: film });

    const refused: unknown = await order(LITE).catch((error: unknown) => error);
    const accepted = await order(resourceOf(LITE));

    expect(String(refused)).toContain('RESOURCE_PROJECT_INVALID');
    expect(accepted.name).toContain(resourceOf(LITE));
  });

  it('agree on a filtered video and on a failed one', async () => {
    running.simulator.setFault('veo', { kind: 'moderated' });
    const filtered = await whole(film);
    running.simulator.setFault('veo', { kind: 'generation_down' });
    const failed = await whole(film);

    expect(filtered.response).toMatchObject({ raiMediaFilteredCount: 1 });
    expect(failed.error).toMatchObject({ code: 13 });
  });

  it.each([
    ['bad_key', 401],
    ['no_credit', 429],
    ['rate_limited', 429],
    ['model_gone', 404],
    ['down', 503],
  ] as const)('agree on the error of kind %s', async (kind, status) => {
    running.simulator.setFault('veo', { kind });

    const error: unknown = await whole(film).catch((error: unknown) => error);

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status });
  });

  it('agree on what is wrong with an order', async () => {
    const error: unknown = await whole({ ...film, durationSeconds: 5 }).catch((error: unknown) => error);

    expect(error).toMatchObject({ status: 400 });
    expect(String(error)).toContain('durationSeconds');
  });
});
