import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { openai } from '../../src/providers/openai.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

type Params = OpenAI.VideoCreateParams;

const KEY = 'sk-test';
const ID = 'video_123';
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 40_000 });

const ORDERS: readonly (readonly [Partial<WantedVideo>, Params & { model: string }])[] = [
  [{}, { model: 'sora-2', prompt, seconds: '4', size: '1280x720' }],
  [{ aspect: '9:16' }, { model: 'sora-2', prompt, seconds: '4', size: '720x1280' }],
  [
    { seconds: 8, resolution: '720p' },
    { model: 'sora-2', prompt, seconds: '8', size: '1280x720' },
  ],
  [
    { seconds: 12, seed: null },
    { model: 'sora-2-pro', prompt, seconds: '12', size: '1280x720' },
  ],
  [{}, { model: 'sora-2-2025-10-06', prompt, seconds: '4', size: '1280x720' }],
  [{}, { model: 'sora-2-2025-12-08', prompt, seconds: '4', size: '1280x720' }],
  [{}, { model: 'sora-2-pro-2025-10-06', prompt, seconds: '4', size: '1280x720' }],
];

async function both() {
  const recorder = await createRecorder([
    [/^POST \/v1\/videos$/, { id: ID, status: 'queued' }],
    [/^GET \/v1\/videos\/video_123\/content$/, {}],
    [/^GET \/v1\/videos\/video_123$/, { id: ID, status: 'in_progress', progress: 3 }],
    [/^GET \/v1\/models$/, { object: 'list', data: [] }],
  ]);
  const baseUrl = `${recorder.origin}/v1`;
  const sdk = new OpenAI({ apiKey: KEY, baseURL: baseUrl, maxRetries: 0 });
  return { recorder, sdk, ours: adapter(openai, KEY, { baseUrl }) };
}

describe("OpenAI's own SDK and our adapter", () => {
  it.each(ORDERS)('send the same order for %j: %j', async (wanted, params) => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(() => sdk.videos.create(params));
    const sent = await recorder.during(() => ours.submit(orderFor(ours, params.model, wanted), 'k', never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      path: '/v1/videos',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'multipart/form-data' },
      body: { multipart: Object.entries(params).map(([name, value]) => ({ name, value })) },
    });
  });

  it('cover every model of the catalogue', () => {
    const covered = new Set(ORDERS.map(([, { model }]) => model));

    expect([...covered].sort()).toEqual(Object.keys(openai.models).sort());
  });

  it('ask for, fetch and check in the same way', async () => {
    const { recorder, sdk, ours } = await both();
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
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /v1/videos/${ID}`,
      `GET /v1/videos/${ID}/content`,
      'GET /v1/models',
    ]);
  });
});
