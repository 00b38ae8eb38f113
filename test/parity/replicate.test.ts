import Replicate from 'replicate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { replicate } from '../../src/providers/replicate.ts';
import { startSimulator, type RunningSimulator } from '../../src/simulator/server.ts';
import type { FaultKind } from '../../src/simulator/types.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'r8_test';
const ID = 'pred1';
const LITE = 'bytedance/seedance-1-lite';
const VERSION = 'b'.repeat(64);
const OWN = `somebody/little-video:${VERSION}`;
const said = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });
const unsaid = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 10_000 });
const negative_prompt = 'text, people, cuts, camera movement';

const lite = {
  prompt: said,
  duration: 2,
  resolution: '480p',
  aspect_ratio: '16:9',
  fps: 24,
  camera_fixed: true,
  seed: 7,
};
const draft = {
  prompt: said,
  duration: 1,
  resolution: '720p',
  aspect_ratio: '16:9',
  fps: 24,
  draft: true,
  prompt_upsampling: false,
  seed: 7,
};
const veo = {
  prompt: unsaid,
  duration: 4,
  resolution: '720p',
  aspect_ratio: '16:9',
  generate_audio: false,
  negative_prompt,
  seed: 7,
};
const wan = {
  prompt: unsaid,
  duration: 5,
  size: '1280*720',
  negative_prompt,
  seed: 7,
  enable_prompt_expansion: false,
};
const five = { prompt: said, duration: 5, aspect_ratio: '16:9' };
const grok = { prompt: said, duration: 1, resolution: '480p', aspect_ratio: '16:9' };

// Each line is what somebody who uses the official client would write for the same canary.
const ORDERS: readonly (readonly [model: string, Partial<WantedVideo>, input: object])[] = [
  [LITE, {}, lite],
  [
    LITE,
    { seconds: 12, resolution: '1080p', aspect: '9:16' },
    { ...lite, duration: 12, resolution: '1080p', aspect_ratio: '9:16' },
  ],
  ['prunaai/p-video', {}, draft],
  ['prunaai/p-video', { seconds: 10, resolution: '1080p' }, { ...draft, duration: 10, resolution: '1080p' }],
  ['xai/grok-imagine-video', {}, grok],
  ['luma/ray-flash-2-720p', {}, five],
  ['luma/ray-2-720p', { seconds: 9, aspect: '9:16' }, { ...five, duration: 9, aspect_ratio: '9:16' }],
  ['wan-video/wan-2.5-t2v-fast', {}, wan],
  ['wan-video/wan-2.5-t2v-fast', { aspect: '9:16', seconds: 10 }, { ...wan, duration: 10, size: '720*1280' }],
  ['google/veo-3.1-fast', {}, veo],
  ['google/veo-3.1', { audio: true, seconds: 8 }, { ...veo, generate_audio: true, duration: 8 }],
  ['runwayml/gen-4.5', {}, five],
];

const client = (origin: string) => new Replicate({ auth: KEY, baseUrl: `${origin}/v1` });

async function both(described: typeof replicate = replicate) {
  const recorder = await createRecorder([
    [/^POST .*\/cancel$/, { id: ID, status: 'canceled' }],
    [/^POST /, { id: ID, status: 'starting' }],
    [/^GET \/v1\/predictions\//, { id: ID, status: 'processing' }],
    [/^GET \/v1\/models\//, { owner: 'a', name: 'b' }],
  ]);
  const { origin } = recorder;
  return { recorder, sdk: client(origin), ours: adapter(described, KEY, { baseUrl: `${origin}/v1` }) };
}

describe("Replicate's own client and our adapter", () => {
  it.each(ORDERS)('send the same order for %s and %j', async (model, wanted, input) => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(() => sdk.predictions.create({ model, input }));
    const sent = await recorder.during(() => ours.submit(orderFor(ours, model, wanted), 'k', never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      path: `/v1/models/${model}/predictions`,
      headers: { authorization: `Bearer ${KEY}` },
      body: { input },
    });
  });

  it('cover every model of the catalogue', () => {
    const covered = new Set(ORDERS.map(([model]) => model));

    expect([...covered].sort()).toEqual(Object.keys(replicate.models).sort());
  });

  it('order and look for a version of the community in the same way', async () => {
    const models = { [OWN]: replicate.models[LITE] ?? never };
    const { recorder, sdk, ours } = await both({ ...replicate, models } as typeof replicate);

    const theirs = await recorder.during(async () => {
      await sdk.predictions.create({ version: VERSION, input: lite });
      await sdk.models.versions.get('somebody', 'little-video', VERSION);
    });
    const sent = await recorder.during(async () => {
      await ours.submit(orderFor(ours, OWN, {}), 'k', never);
      await ours.check?.(OWN, never);
    });

    expect(sent).toEqual(theirs);
    expect(sent[0]).toMatchObject({ path: '/v1/predictions', body: { version: VERSION, input: lite } });
  });

  it('ask for, cancel and check in the same way', async () => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(async () => {
      await sdk.predictions.get(ID);
      await sdk.predictions.cancel(ID);
      await sdk.models.get('bytedance', 'seedance-1-lite');
    });
    const sent = await recorder.during(async () => {
      await ours.poll({ id: ID, model: LITE }, never);
      await ours.cancel?.({ id: ID, model: LITE }, never);
      await ours.check?.(LITE, never);
    });

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /v1/predictions/${ID}`,
      `POST /v1/predictions/${ID}/cancel`,
      `GET /v1/models/${LITE}`,
    ]);
  });
});

describe('the simulated Replicate and its client', () => {
  let running: RunningSimulator;
  beforeEach(async () => {
    running = await startSimulator({ port: 0, seed: 7, speed: 400 });
  });
  afterEach(() => running.close());

  const sdk = () => client(`${running.origin}/replicate`);
  const ended = async (ordered: { model: string; input: object } | { version: string; input: object }) => {
    const replicate = sdk();
    return replicate.wait(await replicate.predictions.create(ordered), { interval: 5 });
  };

  it.each([
    ['an official model', { model: 'prunaai/p-video', input: draft }, (output: unknown) => output],
    [
      'a version of the community',
      { version: VERSION, input: { prompt: said } },
      (output: unknown) => (output as unknown[])[0],
    ],
  ])('bring a generation of %s to its end', async (_name, ordered, urlOf) => {
    const over = await ended(ordered);

    const answer = await fetch(String(urlOf(over.output)));
    expect(over).toMatchObject({
      status: 'succeeded',
      metrics: { predict_time: expect.any(Number) as unknown },
    });
    expect(answer.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toContain('ftyp');
  });

  it('agree that Seedance 1 Lite fails, as it does since 2026-05', async () => {
    await expect(ended({ model: LITE, input: lite })).rejects.toThrow(
      'Service is temporarily unavailable. Please try again later. (E004)',
    );
  });

  it('cancel a prediction', async () => {
    const replicate = sdk();
    const { id } = await replicate.predictions.create({ model: 'prunaai/p-video', input: draft });

    expect((await replicate.predictions.cancel(id)).status).toBe('canceled');
    expect((await replicate.predictions.get(id)).status).toBe('canceled');
  });

  it.each([
    ['bad_key', 401, 'Unauthenticated'],
    ['no_credit', 402, 'Insufficient credit'],
    ['model_gone', 404, 'Not found'],
    ['down', 503, 'Service Unavailable'],
    // The client itself orders this one again five times.
    ['rate_limited', 429, 'less than $5.0 in credit'],
  ] as const satisfies readonly (readonly [FaultKind, number, string])[])(
    'agree on an error of kind %s',
    async (kind, status, text) => {
      running.simulator.setFault('replicate', { kind });

      const error: unknown = await sdk()
        .predictions.create({ model: 'prunaai/p-video', input: draft })
        .catch((error: unknown) => error);

      expect(error).toMatchObject({
        name: 'ApiError',
        message: expect.stringContaining(text) as unknown,
        response: expect.objectContaining({ status }) as unknown,
      });
    },
  );

  it('agree on what is wrong with an input', async () => {
    const error: unknown = await sdk()
      .predictions.create({ model: 'prunaai/p-video', input: { ...draft, duration: 99, steps: 3 } })
      .catch((error: unknown) => error);

    expect(error).toMatchObject({ response: expect.objectContaining({ status: 422 }) as unknown });
    expect(String(error)).toContain('Additional property steps is not allowed');
    expect(String(error)).toContain('input.duration');
  });

  it.each([
    ['generation_down', 'Prediction failed: Prediction interrupted; please retry (code: PA)'],
    ['moderated', 'Prediction failed: The input or output was flagged as sensitive.'],
  ] as const)('agree on a prediction that failed by %s', async (kind, text) => {
    running.simulator.setFault('replicate', { kind });

    await expect(ended({ model: 'prunaai/p-video', input: draft })).rejects.toThrow(text);
  });
});
