import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, * as Openai from 'openai';
import { AzureOpenAI } from 'openai';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { azure } from '../../src/providers/azure.ts';
import { startSimulator, type RunningSimulator } from '../../src/simulator/server.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

type Params = OpenAI.VideoCreateParams & { model: string };

const KEY = 'azure-key';
const ID = 'video_123';
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 40_000 });

/** Two ways in which people use the official SDK with Azure, and our options for the same. */
const WAYS: readonly (readonly [name: string, client: (baseURL: string) => OpenAI, options: object])[] = [
  [
    'the client for OpenAI',
    (baseURL: string) =>
      new OpenAI({
        apiKey: KEY,
        baseURL,
        maxRetries: 0,
        defaultHeaders: { 'api-key': KEY, authorization: null },
      }),
    {},
  ],
  [
    'the client for Azure',
    (baseURL: string) => new AzureOpenAI({ apiKey: KEY, baseURL, maxRetries: 0, apiVersion: 'preview' }),
    { apiVersion: 'preview' },
  ],
];

const ORDERS: readonly (readonly [Partial<WantedVideo>, Params])[] = [
  [{}, { model: 'sora-2', prompt, seconds: '4', size: '1280x720' }],
  [
    { aspect: '9:16', seconds: 8 },
    { model: 'sora-2', prompt, seconds: '8', size: '720x1280' },
  ],
  [
    { seconds: 12, resolution: '720p', seed: null },
    { model: 'sora-2', prompt, seconds: '12', size: '1280x720' },
  ],
];

async function both(client: (baseURL: string) => OpenAI, options: object) {
  const recorder = await createRecorder([
    [/^POST \/openai\/v1\/videos$/, { id: ID, status: 'queued' }],
    [/^GET \/openai\/v1\/videos\/video_123\/content$/, {}],
    [/^GET \/openai\/v1\/videos\/video_123$/, { id: ID, status: 'in_progress', progress: 3 }],
    [/^GET \/openai\/v1\/models$/, { object: 'list', data: [] }],
  ]);
  const baseUrl = `${recorder.origin}/openai/v1`;
  return { recorder, sdk: client(baseUrl), ours: adapter(azure, KEY, { baseUrl, ...options }) };
}

describe.each(WAYS)('the official SDK, %s, and our adapter', (_name, client, options) => {
  it.each(ORDERS)('send the same order for %j: %j', async (wanted, params) => {
    const { recorder, sdk, ours } = await both(client, options);

    const theirs = await recorder.during(() => sdk.videos.create(params));
    const sent = await recorder.during(() => ours.submit(orderFor(ours, params.model, wanted), 'k', never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.headers).toEqual({ 'api-key': KEY, 'content-type': 'multipart/form-data' });
    expect(sent[0]?.body).toEqual({
      multipart: Object.entries(params).map(([name, value]) => ({ name, value })),
    });
  });

  it('ask for, fetch and check in the same way', async () => {
    const { recorder, sdk, ours } = await both(client, options);
    const directory = mkdtempSync(join(tmpdir(), 'reelwatch-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'video.mp4');
    const limits = { bytesMax: 1_000, timeMsMax: 5_000, redirectsMax: 0, privateAddresses: true, file };

    const theirs = await recorder.during(async () => {
      await sdk.videos.retrieve(ID);
      await (await sdk.videos.downloadContent(ID)).arrayBuffer();
      await sdk.models.list();
    });
    const sent = await recorder.during(async () => {
      await ours.poll({ id: ID }, never);
      await ours.download({ at: 'own', path: `/videos/${ID}/content` }, limits, never);
      await ours.check?.('sora-2', never);
    });

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(3);
  });
});

describe('the parity of azure', () => {
  it('covers every model of the catalogue', () => {
    const covered = new Set(ORDERS.map(([, { model }]) => model));

    expect([...covered].sort()).toEqual(Object.keys(azure.models).sort());
  });
});

describe('the official SDK and the simulated Azure', () => {
  let running: RunningSimulator;
  beforeEach(async () => {
    running = await startSimulator({ port: 0, seed: 7, speed: 400, revived: true });
  });
  afterEach(() => running.close());
  const client = () =>
    new AzureOpenAI({
      apiKey: KEY,
      baseURL: `${running.origin}/azure/openai/v1`,
      maxRetries: 0,
      apiVersion: 'preview',
    });
  const film: Params = { model: 'sora-2', prompt, seconds: '4', size: '1280x720' };

  it('make a whole video', async () => {
    const sdk = client();
    let video = await sdk.videos.create(film);
    for (let i = 0; i < 200 && ['queued', 'in_progress'].includes(video.status); i++)
      video = await sdk.videos.retrieve(video.id);

    const content = await sdk.videos.downloadContent(video.id);

    expect(video).toMatchObject({ status: 'completed', seconds: '4', size: '1280x720' });
    expect(content.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await content.arrayBuffer()).toString('latin1')).toContain('ftyp');
    expect((await sdk.models.list()).data.map(({ id }) => id)).toContain('sora-2-2025-12-08');
  });

  it.each([
    ['bad_key', Openai.AuthenticationError, 401],
    ['no_credit', Openai.RateLimitError, 429],
    ['rate_limited', Openai.RateLimitError, 429],
    ['model_gone', Openai.APIError, 410],
    ['down', Openai.InternalServerError, 503],
    ['reset', Openai.APIConnectionError, undefined],
  ] as const)('agree on errors of kind %s', async (kind, type, status) => {
    running.simulator.setFault('azure', { kind });

    const error: unknown = await client()
      .videos.create(film)
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(type);
    expect(error).toHaveProperty('status', status);
  });
});
