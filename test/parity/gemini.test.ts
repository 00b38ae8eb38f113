import { ApiError, GoogleGenAI, type GenerateVideosParameters } from '@google/genai';
import { GoogleGenAI as GoogleGenAI2 } from 'genai2';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { gemini } from '../../src/providers/gemini.ts';
import { startSimulator, type RunningSimulator } from '../../src/simulator/server.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'AIza-test';
const ID = 'v1_ChdmNU9aUDNE';
const OPERATION = 'models/veo-3.1-lite-generate-preview/operations/op1';
const said = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });
const unsaid = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 10_000 });
const negativePrompt = 'text, people, cuts, camera movement';
const POLLS_MAX = 300;

type Create = Parameters<GoogleGenAI['interactions']['create']>[0];

function omni(model: string, resolution: '360p' | '720p' | '1080p', duration: string, aspect = '16:9') {
  return {
    model,
    input: [{ type: 'user_input', content: [{ type: 'text', text: said }] }],
    background: true,
    response_format: { type: 'video', aspect_ratio: aspect, duration, resolution, delivery: 'uri' },
  } as const satisfies Create;
}

// What somebody who uses the official SDK would write for the same canary; its types check ours.
const INTERACTIONS: readonly (readonly [Partial<WantedVideo>, ReturnType<typeof omni>])[] = [
  [{}, omni('gemini-omni-1.1-flash', '360p', '3s')],
  [{ seconds: 10, resolution: '1080p' }, omni('gemini-omni-1.1-flash', '1080p', '10s')],
  [{ aspect: '9:16', resolution: '720p' }, omni('gemini-omni-1.1-flash', '720p', '3s', '9:16')],
  [{}, omni('gemini-omni-1.2-flash', '360p', '3s')],
  [{ seconds: 15 }, omni('gemini-omni-1.2-flash', '360p', '15s')],
  [{}, omni('gemini-omni-flash-preview', '720p', '3s')],
];

type Config = NonNullable<GenerateVideosParameters['config']>;
const film = { numberOfVideos: 1, durationSeconds: 4, aspectRatio: '16:9', resolution: '720p' };
const PREDICTIONS: readonly (readonly [Partial<WantedVideo>, string, Config])[] = [
  [{}, 'veo-3.1-lite-generate-preview', { ...film, negativePrompt }],
  [{ seconds: 8 }, 'veo-3.1-fast-generate-preview', { ...film, durationSeconds: 8, negativePrompt }],
  [
    { aspect: '9:16', resolution: '1080p' },
    'veo-3.1-generate-preview',
    { ...film, aspectRatio: '9:16', resolution: '1080p', negativePrompt },
  ],
  [{}, 'veo-3.0-generate-001', { ...film, negativePrompt }],
  [{ seconds: 6 }, 'veo-3.0-fast-generate-001', { ...film, durationSeconds: 6, negativePrompt }],
];

/** Both majors differ in the version that they speak by default. */
const VERSIONS = ['v1', 'v1beta'] as const;

async function both(apiVersion: (typeof VERSIONS)[number]) {
  const recorder = await createRecorder([
    [/POST .*interactions$/, { id: ID, status: 'in_progress' }],
    [/GET .*\/interactions\//, { id: ID, status: 'in_progress' }],
    [/POST .*\/cancel$/, { id: ID, status: 'cancelled' }],
    [/POST .*:predictLongRunning$/, { name: OPERATION }],
    [/GET .*\/operations\//, { name: OPERATION }],
    [/GET .*\/files\//, { name: 'files/k3j2h1', state: 'PROCESSING' }],
    [/GET .*\/models\//, { name: 'models/gemini-omni-1.1-flash' }],
  ]);
  const { origin } = recorder;
  const options = { apiKey: KEY, httpOptions: { baseUrl: origin } };
  // Their types differ in what we do not use.
  const older = () => new GoogleGenAI2(options) as unknown as GoogleGenAI;
  const sdk = apiVersion === 'v1' ? new GoogleGenAI(options) : older();
  return { recorder, sdk, ours: adapter(gemini, KEY, { baseUrl: origin, apiVersion }) };
}

describe.each(VERSIONS)('Google’s own SDK and our adapter, speaking %s,', (version) => {
  it.each(INTERACTIONS)('send the same order for %j: %j', async (wanted, params) => {
    const { recorder, sdk, ours } = await both(version);

    const theirs = await recorder.during(() => sdk.interactions.create(params));
    const sent = await recorder.during(() => ours.submit(orderFor(ours, params.model, wanted), 'k', never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      method: 'POST',
      path: `/${version}/interactions`,
      headers: { 'x-goog-api-key': KEY },
      body: params,
    });
  });

  it('ask for, cancel and check in the same way', async () => {
    const { recorder, sdk, ours } = await both(version);

    const theirs = await recorder.during(async () => {
      await sdk.interactions.get(ID);
      await sdk.files.get({ name: 'files/k3j2h1' });
      await sdk.interactions.cancel(ID);
      await sdk.models.get({ model: 'gemini-omni-1.1-flash' });
    });
    const sent = await recorder.during(async () => {
      await ours.poll({ id: ID }, never);
      await ours.poll({ id: ID, file: `${version}/files/k3j2h1` }, never);
      await ours.cancel?.({ id: ID }, never);
      await ours.check?.('gemini-omni-1.1-flash', never);
    });

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /${version}/interactions/${ID}?stream=false`,
      `GET /${version}/files/k3j2h1`,
      `POST /${version}/interactions/${ID}/cancel`,
      `GET /${version}/models/gemini-omni-1.1-flash`,
    ]);
  });
});

describe('The older SDK and our adapter', () => {
  it.each(PREDICTIONS)('send the same order of Veo for %j: %s', async (wanted, model, config) => {
    const { recorder, sdk, ours } = await both('v1beta');

    const theirs = await recorder.during(async () => {
      const operation = await sdk.models.generateVideos({ model, source: { prompt: unsaid }, config });
      await sdk.operations.getVideosOperation({ operation });
    });
    const sent = await recorder.during(async () => {
      const { job } = await ours.submit(orderFor(ours, model, wanted), 'k', never);
      await ours.poll(job, never);
    });

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(2);
  });

  it('cover every model of the catalogue, with the newer one', () => {
    const covered = [...INTERACTIONS.map(([, { model }]) => model), ...PREDICTIONS.map(([, model]) => model)];

    expect([...new Set(covered)].sort()).toEqual(Object.keys(gemini.models).sort());
  });
});

describe('The simulator and Google’s own SDK', () => {
  let running: RunningSimulator;
  let sdk: GoogleGenAI;
  beforeEach(async () => {
    running = await startSimulator({ port: 0, seed: 7, speed: 400 });
    onTestFinished(() => running.close());
    sdk = new GoogleGenAI({
      apiKey: KEY,
      httpOptions: { baseUrl: `${running.origin}/gemini`, retryOptions: { attempts: 1 } },
    });
  });

  async function whole(params: ReturnType<typeof omni>) {
    const { id } = await sdk.interactions.create(params);
    for (let i = 0; i < POLLS_MAX; i++) {
      const answer = await sdk.interactions.get(id);
      if (!['queued', 'in_progress'].includes(answer.status)) return answer;
    }
    throw new Error('the interaction never ended');
  }

  it('bring a small video home in the answer itself', async () => {
    const { status, output_video: video } = await whole(omni('gemini-omni-1.1-flash', '360p', '3s'));

    expect(status).toBe('completed');
    expect(Buffer.from(video?.data ?? '', 'base64').toString('latin1')).toContain('ftyp');
    expect(running.simulator.counters().gemini.submitsTotal).toBe(1);
  });

  it('bring a larger video home as a file', async () => {
    const { output_video: video } = await whole(omni('gemini-omni-1.2-flash', '1080p', '3s'));
    const name = /files\/[\w-]+/.exec(video?.uri ?? '')?.[0] ?? '';

    const file = await sdk.files.get({ name });
    const bytes = await fetch(video?.uri ?? '', { headers: { 'x-goog-api-key': KEY } });

    expect(file.state).toMatch(/^(PROCESSING|ACTIVE)$/);
    expect(Buffer.from(await bytes.arrayBuffer()).toString('latin1')).toContain('ftyp');
  });

  it('agree that a refused video completes without one, and a broken one fails', async () => {
    running.simulator.setFault('gemini', { kind: 'moderated' });
    const refused = await whole(omni('gemini-omni-1.1-flash', '360p', '3s'));
    running.simulator.setFault('gemini', { kind: 'generation_down' });
    const broken = await whole(omni('gemini-omni-1.1-flash', '360p', '3s'));

    expect([refused.status, refused.output_video]).toEqual(['completed', undefined]);
    expect([broken.status, broken.errors?.[0]?.message]).toEqual(['failed', 'Internal error encountered.']);
  });

  it.each([
    ['bad_key', 400],
    ['no_credit', 429],
    ['rate_limited', 429],
    ['model_gone', 404],
    ['down', 503],
  ] as const)('agree on the error of kind %s', async (kind, status) => {
    running.simulator.setFault('gemini', { kind });

    const error: unknown = await sdk.models
      .get({ model: 'gemini-omni-1.1-flash' })
      .then(() => null)
      .catch((error: unknown) => error);
    const ordered: unknown = await sdk.interactions
      .create(omni('gemini-omni-1.1-flash', '360p', '3s'), { maxRetries: 0 })
      .then(() => null)
      .catch((error: unknown) => error);

    expect(ordered).toMatchObject({ status });
    // Looking at a model costs nothing, whatever the account holds.
    expect(error instanceof ApiError).toBe(kind !== 'no_credit');
  });

  it('agree that Veo and the preview of Omni are gone', async () => {
    const params = omni('gemini-omni-flash-preview', '720p', '3s');

    const error: unknown = await sdk.interactions.create(params).catch((error: unknown) => error);

    expect(error).toMatchObject({ status: 404 });
    expect(String(error)).toContain('is no longer available');
  });
});
