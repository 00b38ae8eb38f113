import { createAlibaba } from '@ai-sdk/alibaba';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { wan } from '../../src/providers/wan.ts';
import { startSimulator, type RunningSimulator } from '../../src/simulator/server.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const KEY = 'sk-test';
const ID = '0385dc79-5ff8-4d82-bcb6-7a8b6f1d3c55';
const said = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 20_000 });
const unsaid = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 1_500 });
const alibaba = { negativePrompt: 'text, people, cuts, camera movement', promptExtend: false };

interface Params {
  prompt: string;
  duration: number;
  resolution: `${number}x${number}`;
  aspectRatio?: `${number}:${number}`;
  seed?: number;
  generateAudio?: boolean;
  providerOptions?: { alibaba: typeof alibaba };
}

// Each line is what somebody who uses the official SDK would write for the same canary.
const ORDERS: readonly (readonly [model: string, Partial<WantedVideo>, Params])[] = [
  [
    'wan3.0-video',
    {},
    { prompt: said, duration: 2, resolution: '832x480', aspectRatio: '16:9', seed: 7, generateAudio: false },
  ],
  [
    'wan3.0-video',
    { seconds: 30, aspect: '9:16', resolution: '1080p', audio: true, seed: null },
    { prompt: said, duration: 30, resolution: '1080x1920', aspectRatio: '9:16', generateAudio: true },
  ],
  [
    'wan3.0-video-prime',
    { aspect: '1:1', resolution: '720p' },
    { prompt: said, duration: 2, resolution: '960x960', aspectRatio: '1:1', seed: 7, generateAudio: false },
  ],
  [
    'wan2.7-t2v',
    {},
    {
      prompt: unsaid,
      duration: 2,
      resolution: '1280x720',
      aspectRatio: '16:9',
      seed: 7,
      providerOptions: { alibaba },
    },
  ],
  [
    'wan2.7-t2v-2026-06-12',
    { aspect: '9:16', seconds: 15, resolution: '1080p' },
    {
      prompt: unsaid,
      duration: 15,
      resolution: '1080x1920',
      aspectRatio: '9:16',
      seed: 7,
      providerOptions: { alibaba },
    },
  ],
  [
    'wan2.6-t2v',
    { seed: null, aspect: '1:1' },
    { prompt: unsaid, duration: 2, resolution: '960x960', providerOptions: { alibaba } },
  ],
  [
    'wan2.5-t2v-preview',
    { seconds: 10 },
    { prompt: unsaid, duration: 10, resolution: '832x480', seed: 7, providerOptions: { alibaba } },
  ],
];

function modelOf(model: string, origin: string) {
  return createAlibaba({ apiKey: KEY, videoBaseURL: origin }).video(model);
}

function optionsOf({ aspectRatio, seed, generateAudio, providerOptions, ...rest }: Params) {
  return {
    ...rest,
    n: 1,
    aspectRatio,
    seed,
    generateAudio,
    fps: undefined,
    image: undefined,
    frameImages: undefined,
    inputReferences: undefined,
    providerOptions: providerOptions ?? {},
  };
}

async function both() {
  const recorder = await createRecorder([
    [/^POST .*\/video-synthesis$/, { output: { task_id: ID, task_status: 'PENDING' } }],
    [/^GET \/api\/v1\/tasks\//, { output: { task_id: ID, task_status: 'RUNNING' } }],
  ]);
  return { recorder, ours: adapter(wan, KEY, { baseUrl: recorder.origin }) };
}

describe("Alibaba's provider of the AI SDK and our adapter", () => {
  it.each(ORDERS)('send the same order of %s for %j: %j', async (model, wanted, params) => {
    const { recorder, ours } = await both();

    const theirs = await recorder.during(() =>
      modelOf(model, recorder.origin).doStart?.({ ...optionsOf(params) }),
    );
    const sent = await recorder.during(() => ours.submit(orderFor(ours, model, wanted), 'k', never));

    expect(sent).toEqual(theirs);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      path: '/api/v1/services/aigc/video-generation/video-synthesis',
      headers: { authorization: `Bearer ${KEY}`, 'x-dashscope-async': 'enable' },
      body: { model },
    });
  });

  it('cover every model of the catalogue', () => {
    const covered = new Set(ORDERS.map(([model]) => model));

    expect([...covered].sort()).toEqual(Object.keys(wan.models).sort());
  });

  it('ask in the same way', async () => {
    const { recorder, ours } = await both();

    const theirs = await recorder.during(() =>
      modelOf('wan3.0-video', recorder.origin).doStatus?.({ operation: { taskId: ID } }),
    );
    const sent = await recorder.during(() => ours.poll({ id: ID, usdPerSecond: 0.05 }, never));

    expect(sent).toEqual(theirs);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([`GET /api/v1/tasks/${ID}`]);
  });
});

describe("Alibaba's provider of the AI SDK and the simulated DashScope", () => {
  let running: RunningSimulator;
  beforeEach(async () => {
    running = await startSimulator({ port: 0, seed: 7, speed: 400 });
  });
  afterEach(() => running.close());
  const film = optionsOf({ prompt: said, duration: 2, resolution: '832x480', aspectRatio: '16:9' });
  const start = async () => modelOf('wan3.0-video', `${running.origin}/wan`).doStart?.(film);
  const over = async () => {
    const model = modelOf('wan3.0-video', `${running.origin}/wan`);
    const operation = (await model.doStart?.(film))?.operation ?? '';
    for (let i = 0; i < 300; i++) {
      const answer = await model.doStatus?.({ operation });
      if (answer?.status !== 'pending') return answer;
    }
    throw new Error('the job never ended');
  };

  it('make a whole video', async () => {
    const answer = await over();

    const [video] = answer?.status === 'completed' ? answer.videos : [];
    const response = await fetch(video?.type === 'url' ? video.url : '');
    expect(response.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await response.arrayBuffer()).toString('latin1')).toContain('ftyp');
  });

  it.each([
    ['bad_key', 401, 'Invalid API-key provided.'],
    ['no_credit', 400, 'Access denied, please make sure your account is in good standing.'],
    ['model_gone', 400, 'Model not exist.'],
  ] as const)('agree on errors of kind %s', async (kind, statusCode, message) => {
    running.simulator.setFault('wan', { kind });

    const error: unknown = await start().catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ name: 'AI_APICallError', statusCode, message });
  });

  it('agree that a job has failed', async () => {
    running.simulator.setFault('wan', { kind: 'moderated' });

    expect(await over()).toMatchObject({
      status: 'error',
      error: expect.stringContaining('inappropriate') as unknown,
    });
  });
});
