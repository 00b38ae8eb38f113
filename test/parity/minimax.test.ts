/** MiniMax's own client, mmx-cli, and our adapters for both of its video APIs. */

import { readFileSync } from 'node:fs';
import { MiniMaxSDK } from 'mmx-cli/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import type { AnyProvider } from '../../src/providers/define.ts';
import { minimaxV1 } from '../../src/providers/minimax-v1.ts';
import { minimax } from '../../src/providers/minimax.ts';
import { modelsOption, withModels } from '../../src/providers/models.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import type { ProviderName } from '../../src/simulator/types.ts';
import type { Comparable } from './compare.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'mm-test';
const ID = '424010985738629';
const TASK = '106916112212032';
const FILE = '205258526306433';
const POLLS_MAX = 200;
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 7_000 });
const short = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 2_000 });
const base_resp = { status_code: 0, status_msg: 'success' };

type Request = Parameters<MiniMaxSDK['video']['generate']>[0];

/** The client refuses 768P, which the docs have: our catalogue with 2K alone is what both can order. */
const { models } = withModels(
  minimax.models,
  modelsOption.parse({
    'MiniMax-H3': { sizes: { '2k': { '16:9': [2560, 1440], '9:16': [1440, 2560], '1:1': [1440, 1440] } } },
  }),
);
const in2k: AnyProvider = { ...minimax, models };

async function both(definition: AnyProvider, apiKey = KEY) {
  const recorder = await createRecorder([
    [/^POST \/v2\//, { task_id: ID }],
    [/^GET \/v2\/query\//, { task: { id: ID, model: 'MiniMax-H3', status: 'running' } }],
    [/^POST \/v1\/video/, { task_id: TASK, base_resp }],
    [/^GET \/v1\/query\//, { task_id: TASK, status: 'Success', file_id: FILE, base_resp }],
    [/^GET \/v1\/files\/retrieve$/, { file: { download_url: 'https://cdn.test/video.mp4' }, base_resp }],
    [/^GET \/v1\/files\/list$/, { files: [], base_resp }],
    [/^GET \/account\/query_balance$/, { available_amount: '98.00', base_resp }],
  ]);
  const sdk = new MiniMaxSDK({ apiKey, baseUrl: recorder.origin, region: 'global' });
  return { recorder, sdk, ours: adapter(definition, apiKey, { baseUrl: recorder.origin }) };
}

const h3 = { model: 'MiniMax-H3', prompt, async: true } as const;
const ORDERS: readonly (readonly [Partial<WantedVideo>, Request])[] = [
  [{}, { ...h3, resolution: '2K', duration: 4, ratio: '16:9' }],
  [
    { seconds: 15, aspect: '9:16' },
    { ...h3, resolution: '2K', duration: 15, ratio: '9:16' },
  ],
  [
    { seconds: 5, aspect: '1:1', audio: true },
    { ...h3, resolution: '2K', duration: 5, ratio: '1:1' },
  ],
];

describe("MiniMax's own client and our adapter for the newer API", () => {
  it.each(ORDERS)('send the same order for %j: %j', async (wanted, request) => {
    const { recorder, sdk, ours } = await both(in2k);

    const theirs = await recorder.during(() => sdk.video.generate(request));
    const sent = await recorder.during(() => ours.submit(orderFor(ours, 'MiniMax-H3', wanted), 'k', never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      method: 'POST',
      path: '/v2/video_generation',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    });
  });

  // What the client refuses to send differs from what it sends in the words of the docs alone.
  it.each([
    ['MiniMax-H3', { model: 'MiniMax-H3', resolution: '768P', duration: 4 }],
    ['MiniMax-H3-Max', { model: 'MiniMax-H3-Max', resolution: '480P', duration: 5 }],
  ])('differ for %s only where the client does not know the docs', async (model, words) => {
    const { recorder, sdk, ours } = await both(minimax);

    const [theirs] = await recorder.during(() =>
      sdk.video.generate({ ...h3, resolution: '2K', duration: 4, ratio: '16:9' }),
    );
    const [sent] = await recorder.during(() => ours.submit(orderFor(ours, model, {}), 'k', never));

    expect(sent).toEqual({ ...theirs, body: { ...(theirs?.body as object), ...words } });
  });

  it('ask for the task in the same way', async () => {
    const { recorder, sdk, ours } = await both(minimax);

    const theirs = await recorder.during(() => sdk.video.getTask({ taskId: ID, model: 'MiniMax-H3' }));
    const sent = await recorder.during(() => ours.poll({ id: ID, usdPerSecond: null }, never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
  });
});

describe("MiniMax's own client and our adapter for the older API", () => {
  it.each(Object.keys(minimaxV1.models))(
    'order %s alike, but for what the client leaves out',
    async (model) => {
      const { recorder, sdk, ours } = await both(minimaxV1);

      const [theirs] = await recorder.during(() => sdk.video.generate({ model, prompt: short, async: true }));
      const [sent] = await recorder.during(() => ours.submit(orderFor(ours, model, {}), 'k', never));

      const more = { duration: 6, resolution: '768P' };
      expect(sent).toEqual({ ...theirs, body: { ...(theirs?.body as object), ...more } });
    },
  );

  it('ask for the task and its file in the same way', async () => {
    const { recorder, sdk, ours } = await both(minimaxV1);

    const theirs = await recorder.during(async () => {
      await sdk.video.getTask({ taskId: TASK });
      await sdk.file.retrieve(FILE);
    });
    const sent = await recorder.during(() => ours.poll({ id: TASK }, never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(2);
  });

  it('agree with what the older package was heard to send', async () => {
    const { recorder, ours } = await both(minimaxV1);
    const file = new URL('../fixtures/minimax-v1/wire.json', import.meta.url);
    const { requests } = JSON.parse(readFileSync(file, 'utf8')) as {
      requests: (Comparable & { step: string })[];
    };

    const sent = await recorder.during(async () => {
      const { job } = await ours.submit(orderFor(ours, 'MiniMax-Hailuo-02', {}), 'k', never);
      await ours.poll(job, never);
    });

    const written = requests.map(({ method, path, headers, body }) => ({ method, path, headers, body }));
    expect(sent).toEqual(JSON.parse(JSON.stringify(written).replace('<prompt>', short)));
  });
});

describe.each([minimax, minimaxV1])("MiniMax's own client and our check of $name", (definition) => {
  it('ask for the balance in the same way', async () => {
    const { recorder, sdk, ours } = await both(definition, 'sk-api-test');

    const theirs = await recorder.during(() => sdk.quota.info());
    const sent = await recorder.during(() => ours.check?.('any', never));

    expect(sent).toEqual(theirs);
    expect(sent.map(({ path }) => path)).toEqual(['/account/query_balance']);
  });

  it('list files in the same way', async () => {
    const { recorder, sdk, ours } = await both(definition);

    const theirs = await recorder.during(() => sdk.file.list());
    const sent = await recorder.during(() => ours.check?.('any', never));

    expect(sent).toEqual(theirs);
    expect(sent.map(({ path }) => path)).toEqual(['/v1/files/list']);
  });
});

describe("MiniMax's own client", () => {
  const started = async (name: ProviderName) => {
    const running = await startSimulator({ port: 0, seed: 7, speed: 400 });
    onTestFinished(() => running.close());
    const baseUrl = `${running.origin}/${name}`;
    const sdk = new MiniMaxSDK({ apiKey: 'sk-api-test', baseUrl, region: 'global' });
    const generate = (request: Request) => sdk.video.generate({ ...request, async: true });
    return { running, sdk, generate };
  };
  const film = { ...h3, resolution: '2K', duration: 4, ratio: '16:9' } as const;
  const clip = { model: 'MiniMax-Hailuo-2.3', prompt: short };

  it('believes the simulator of the newer API: a whole generation', async () => {
    const { sdk, generate } = await started('minimax');

    const { taskId } = await generate(film);
    const ask = async () => await sdk.video.getTask({ taskId, model: 'MiniMax-H3' });
    let task = await ask();
    for (let i = 0; i < POLLS_MAX && /queued|running/.test(task.status); i++) task = await ask();

    expect(task).toMatchObject({ status: 'succeeded', duration: 4, usage: { total_seconds: 4 } });
    const url = 'content' in task ? (task.content?.url ?? '') : '';
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).toString('latin1')).toContain('ftyp');
    expect(await sdk.quota.info()).toMatchObject({ available_amount: '99.48' });
  });

  it('believes the simulator of the older API: a whole generation in three steps', async () => {
    const { sdk, generate } = await started('minimax-v1');

    const { taskId } = await generate(clip);
    let task = await sdk.video.getTask({ taskId });
    for (let i = 0; i < POLLS_MAX && /ueu|Proc|Prep/.test(task.status); i++)
      task = await sdk.video.getTask({ taskId });

    expect(task).toMatchObject({ status: 'Success', video_width: 1366, video_height: 768 });
    const fileId = 'file_id' in task ? (task.file_id ?? '') : '';
    // The client's own download makes https of every http, so only the address is its work.
    const { file } = await sdk.file.retrieve(fileId);
    const bytes = Buffer.from(await (await fetch(file.download_url ?? '')).arrayBuffer());
    expect(bytes).toHaveLength(file.bytes);
    expect(bytes.toString('latin1')).toContain('ftyp');
  });

  it.each([
    ['minimax', 'bad_key', film, /API key rejected \(HTTP 401\)/],
    ['minimax', 'no_credit', film, /Quota or balance exhausted/],
    ['minimax', 'moderated', film, /flagged by sensitivity filter/],
    ['minimax', 'rate_limited', film, /Rate limit or quota exceeded/],
    ['minimax', 'model_gone', film, /unknown model 'MiniMax-H3'/],
    ['minimax', 'down', film, /internal server error/],
    ['minimax-v1', 'bad_key', clip, /API error: login fail/],
    ['minimax-v1', 'no_credit', clip, /API error: insufficient balance/],
    ['minimax-v1', 'model_gone', clip, /unknown model 'MiniMax-Hailuo-2.3'/],
    ['minimax-v1', 'down', clip, /downstream service error/],
  ] as const)('knows the error of %s of kind %s', async (name, kind, request, text) => {
    const { running, generate } = await started(name);
    running.simulator.setFault(name, { kind });

    await expect(generate(request)).rejects.toThrow(text);
    expect(running.simulator.counters()[name]).toMatchObject({ submitsTotal: 0, refused: 1 });
  });
});
