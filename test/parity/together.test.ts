import Together from 'together-ai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { together } from '../../src/providers/together.ts';
import { startSimulator, type RunningSimulator } from '../../src/simulator/server.ts';
import type { FaultKind } from '../../src/simulator/types.ts';
import { errorOf } from './ai-sdk.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'together-test';
const ID = '019a0068-794a-7213-90f6-cc4eb62e3da7';
const POLLS_MAX = 200;
const WAN = 'Wan-AI/wan2.7-t2v';
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 10_000 });
const whole = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });
const negative_prompt = DEFAULT_CANARY.prompt.avoid.join(', ');
const seed = 7;
const film = { prompt, negative_prompt, seed };
const fullHd = { ...film, width: 1920, height: 1080, seconds: '5' };

type Order = Omit<Together.VideoCreateParams, 'model'>;

// What somebody who uses the official SDK writes for the same canary; its types check ours.
const ORDERS: readonly (readonly [model: string, Partial<WantedVideo>, Order])[] = [
  [WAN, {}, { ...film, resolution: '720P', ratio: '16:9', seconds: '2' }],
  [
    WAN,
    { aspect: '1:1', seconds: 15, seed: null },
    { prompt, negative_prompt, resolution: '720P', ratio: '1:1', seconds: '15' },
  ],
  ['ByteDance/Seedance-2.5', {}, { prompt: whole, resolution: '480p', seconds: '4' }],
  ['ByteDance/Seedance-2.5', { resolution: '720p' }, { prompt: whole, resolution: '720p', seconds: '4' }],
  ['vidu/vidu-q1', {}, fullHd],
  ['pixverse/pixverse-v5', { aspect: '9:16' }, { ...fullHd, width: 1080, height: 1920 }],
  ['minimax/hailuo-02', {}, { ...film, width: 1366, height: 768, seconds: '10' }],
];

function client(baseURL: string): Together {
  return new Together({ apiKey: KEY, baseURL, maxRetries: 0 });
}

async function both() {
  const recorder = await createRecorder([
    [/^POST /, { id: ID, status: 'in_progress' }],
    [/^GET .*\/models$/, []],
    [/^GET /, { id: ID, status: 'in_progress' }],
  ]);
  const { origin } = recorder;
  const ours = adapter(together, KEY, { baseUrl: `${origin}/v2` });
  return { recorder, origin, sdk: client(`${origin}/v2`), ours };
}

describe("Together's own SDK and our adapter", () => {
  it.each(ORDERS)('send the same order for %s and %j', async (model, wanted, order) => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(() => sdk.videos.create({ model, ...order }));
    const sent = await recorder.during(() =>
      ours.submit(orderFor(ours, model, { seed, ...wanted }), 'k', never),
    );

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      path: '/v2/videos',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: { model, seconds: order.seconds },
    });
  });

  it('cover every model of the catalogue', () => {
    expect([...new Set(ORDERS.map(([model]) => model))].sort()).toEqual(Object.keys(together.models).sort());
  });

  it('ask for a job in the same way', async () => {
    const { recorder, sdk, ours } = await both();

    const theirs = await recorder.during(() => sdk.videos.retrieve(ID));
    const sent = await recorder.during(() => ours.poll({ id: ID }, never));

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([`GET /v2/videos/${ID}`]);
  });

  it('ask for the list of models in the same way', async () => {
    const { recorder, origin, ours } = await both();

    const theirs = await recorder.during(() => client(`${origin}/v1`).models.list());
    const sent = await recorder.during(() => ours.check?.(WAN, never));

    expect(sent).toEqual(theirs);
    expect(sent.map(({ path }) => path)).toEqual(['/v1/models']);
  });

  it('have the same base by default', () => {
    const { baseUrl } = together.options.parse({ apiKey: KEY }) as { baseUrl: string };

    expect(baseUrl).toBe('https://api.together.ai/v2');
  });
});

describe('the simulated Together AI and its SDK', () => {
  let running: RunningSimulator;
  beforeEach(async () => {
    running = await startSimulator({ port: 0, seed: 7, speed: 400 });
  });
  afterEach(() => running.close());

  const start = async (model = WAN) => {
    const sdk = client(`${running.origin}/together/v2`);
    return { sdk, job: await sdk.videos.create({ model, ...film, resolution: '720P', seconds: '2' }) };
  };
  const ended = async () => {
    const { sdk, job } = await start();
    for (let i = 0; i < POLLS_MAX; i++) {
      const now = await sdk.videos.retrieve(job.id);
      if (now.status === 'completed' || now.status === 'failed') return now;
    }
    throw new Error('the job never ended');
  };

  it('bring a whole generation to its end', async () => {
    const { status, size, seconds, outputs } = await ended();

    expect([status, size, seconds, outputs?.cost]).toEqual(['completed', '1280x720', '2', 0.2]);
    const answer = await fetch(outputs?.video_url ?? '');
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toContain('ftyp');
  });

  it('agree on the list of models', async () => {
    const models = await client(`${running.origin}/together/v1`).models.list();

    expect(models.map(({ id }) => id).sort()).toEqual(Object.keys(together.models).sort());
  });

  it.each([
    ['bad_key', 401, 'Invalid API key'],
    ['no_credit', 402, 'Credit limit exceeded'],
    ['model_gone', 404, `Unable to access model ${WAN}`],
    ['rate_limited', 429, 'Rate limit exceeded'],
    ['down', 503, 'overloaded'],
  ] as const satisfies readonly (readonly [FaultKind, number, string])[])(
    'agree on an error of kind %s',
    async (kind, status, text) => {
      running.simulator.setFault('together', { kind });

      expect(await errorOf(start())).toMatchObject({
        status,
        message: expect.stringContaining(text) as unknown,
      });
    },
  );

  it.each(['generation_down', 'moderated'] as const)('agree on a job that failed by %s', async (kind) => {
    running.simulator.setFault('together', { kind });

    const { status, error } = await ended();

    expect([status, typeof error?.message]).toEqual(['failed', 'string']);
  });
});
