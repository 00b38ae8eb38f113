import * as Luma from 'lumaai';
import { LumaAI } from 'lumaai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { lumaLegacy } from '../../src/providers/luma-legacy.ts';
import { startSimulator, type RunningSimulator } from '../../src/simulator/server.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

type Params = LumaAI.Generations.VideoCreateParams;

const KEY = 'luma-test';
const ID = '5a3c9d6e-0f1b-4f44-9a63-2f9b6f6a6c11';
const POLLS_MAX = 200;
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 5_000 });
const plain = { prompt, resolution: '540p', duration: '5s', aspect_ratio: '16:9' } as const;

// Each line is what somebody who uses the official SDK would write for the same canary; its types check ours.
const ORDERS: readonly (readonly [Partial<WantedVideo>, Params])[] = [
  [{}, { ...plain, model: 'ray-flash-2' }],
  [
    { seed: null, aspect: '9:16' },
    { ...plain, model: 'ray-flash-2', aspect_ratio: '9:16' },
  ],
  [
    { seconds: 9, resolution: '720p' },
    { ...plain, model: 'ray-flash-2', duration: '9s', resolution: '720p' },
  ],
  [{}, { ...plain, model: 'ray-2' }],
  [
    { seconds: 9, resolution: '1080p', aspect: '9:16' },
    { ...plain, model: 'ray-2', duration: '9s', resolution: '1080p', aspect_ratio: '9:16' },
  ],
];

async function both() {
  const recorder = await createRecorder([
    [/^POST \/dream-machine\/v1\/generations\/video$/, { id: ID, state: 'queued' }],
    [/^GET \/dream-machine\/v1\/generations\//, { id: ID, state: 'dreaming' }],
    [/^DELETE \/dream-machine\/v1\/generations\//, {}],
    [/^GET \/dream-machine\/v1\/credits$/, { credit_balance: 1234 }],
  ]);
  const baseUrl = `${recorder.origin}/dream-machine/v1`;
  const sdk = new LumaAI({ authToken: KEY, baseURL: baseUrl, maxRetries: 0 });
  return { recorder, sdk, ours: adapter(lumaLegacy, KEY, { baseUrl }) };
}

describe("Luma's own SDK and our adapter", () => {
  it.each(ORDERS)('send the same order for %j: %j', async (wanted, params) => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(() => sdk.generations.video.create(params));
    const sent = await recorder.during(() => ours.submit(orderFor(ours, params.model, wanted), 'k', never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      method: 'POST',
      path: '/dream-machine/v1/generations/video',
      headers: { authorization: `Bearer ${KEY}` },
      body: params,
    });
  });

  it('cover every model of the catalogue', () => {
    const covered = new Set(ORDERS.map(([, { model }]) => model));

    expect([...covered].sort()).toEqual(Object.keys(lumaLegacy.models).sort());
  });

  it('ask for, cancel and check in the same way', async () => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(async () => {
      await sdk.generations.get(ID);
      await sdk.generations.delete(ID);
      await sdk.credits.get();
    });
    const sent = await recorder.during(async () => {
      await ours.poll({ id: ID }, never);
      await ours.cancel?.({ id: ID }, never);
      await ours.check?.('ray-2', never);
    });

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /dream-machine/v1/generations/${ID}`,
      `DELETE /dream-machine/v1/generations/${ID}`,
      'GET /dream-machine/v1/credits',
    ]);
  });
});

describe("Luma's own SDK and the simulator", () => {
  let running: RunningSimulator;
  beforeEach(async () => {
    running = await startSimulator({ port: 0, seed: 7, speed: 400 });
  });
  afterEach(() => running.close());

  const client = () =>
    new LumaAI({
      authToken: KEY,
      baseURL: `${running.origin}/luma-legacy/dream-machine/v1`,
      maxRetries: 0,
    });
  const order = { ...plain, model: 'ray-flash-2' } as const;

  async function ended(sdk: LumaAI, id: string): Promise<LumaAI.Generation> {
    for (let i = 0; i < POLLS_MAX; i++) {
      const generation = await sdk.generations.get(id);
      if (generation.state !== 'queued' && generation.state !== 'dreaming') return generation;
    }
    throw new Error('the generation never ended');
  }

  async function thrown(work: PromiseLike<unknown>): Promise<unknown> {
    return work.then(
      (answer) => new Error(`expected an error, got ${JSON.stringify(answer)}`),
      (error: unknown) => error,
    );
  }

  it('bring a video home, pay for it, and forget it', async () => {
    const sdk = client();
    expect((await sdk.ping.check()).message).toBe('pong');
    const before = (await sdk.credits.get()).credit_balance;

    const { id = '' } = await sdk.generations.video.create(order);
    const generation = await ended(sdk, id);
    const video = await fetch(generation.assets?.video ?? '');
    await sdk.generations.delete(id);

    expect(generation).toMatchObject({ state: 'completed', model: 'ray-flash-2', generation_type: 'video' });
    expect(video.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await video.arrayBuffer()).toString('latin1')).toContain('ftyp');
    expect((await sdk.credits.get()).credit_balance).toBe(before - 14);
    expect(await thrown(sdk.generations.get(id))).toBeInstanceOf(Luma.NotFoundError);
  });

  it.each([
    ['bad_key', Luma.AuthenticationError, 401],
    ['no_credit', Luma.BadRequestError, 400],
    ['model_gone', Luma.UnprocessableEntityError, 422],
    ['rate_limited', Luma.RateLimitError, 429],
    ['down', Luma.InternalServerError, 503],
    ['reset', Luma.APIConnectionError, undefined],
  ] as const)('agree on the error of kind %s', async (kind, type, status) => {
    running.simulator.setFault('luma-legacy', { kind });

    const error = await thrown(client().generations.video.create(order));

    expect(error).toBeInstanceOf(type);
    expect(error).toHaveProperty('status', status);
  });

  it('agree on wrong parameters', async () => {
    const error = await thrown(client().generations.video.create({ ...order, duration: '7s' }));

    expect(error).toBeInstanceOf(Luma.BadRequestError);
  });

  it.each([
    ['moderated', 'Advanced prompt moderation failed'],
    ['generation_down', 'Prompt processing failed'],
  ] as const)('agree on a generation that fails by %s', async (kind, failure_reason) => {
    running.simulator.setFault('luma-legacy', { kind });
    const sdk = client();
    const { id = '' } = await sdk.generations.video.create(order);

    expect(await ended(sdk, id)).toMatchObject({ state: 'failed', failure_reason });
  });
});
