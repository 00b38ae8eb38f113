import { createSimulator } from '../../src/simulator/simulator.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import type { ProviderName } from '../../src/simulator/types.ts';

export const ORIGIN = 'http://sim.test';
export const START = Date.parse('2026-11-21T12:00:00Z');

export interface Answer {
  status: number;
  headers: Headers;
  body: any;
  text: string;
}

export interface Bench {
  simulator: Simulator;
  clock: { now: number };
  call: (
    method: string,
    path: string,
    init?: { body?: unknown; headers?: Record<string, string> },
  ) => Promise<Answer>;
}

/** A simulator on a clock that stands still until a test moves it. */
export function createBench(options: Partial<SimulatorOptions> = {}): Bench {
  const clock = { now: START };
  const simulator = createSimulator({ now: () => clock.now, seed: 1, origin: ORIGIN, ...options });
  return { simulator, clock, call: (method, path, init = {}) => callWith(simulator, method, path, init) };
}

async function callWith(
  simulator: Simulator,
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> },
): Promise<Answer> {
  const url = path.startsWith('http') ? path : `${ORIGIN}${path}`;
  const form = body instanceof FormData;
  const response = await simulator.handle(
    new Request(url, {
      method,
      headers: { ...(body === undefined || form ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined
        ? {}
        : { body: form ? body : typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  );
  const text = Buffer.from(await response.clone().arrayBuffer()).toString('latin1');
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

interface Sample {
  provider: ProviderName;
  model: string;
  headers: Record<string, string>;
  badHeaders: Record<string, string>;
  submitPath: string;
  order: Record<string, unknown>;
  spoiled: Record<string, unknown>;
  checkPath: string;
  /** Where a job that was just accepted is asked for. */
  pollPath: (accepted: any) => string;
  word: (polled: any) => string;
  words: [queued: string, running: string, done: string];
}

const bearer = { authorization: 'Bearer key' };
const runwayHeaders = { ...bearer, 'x-runway-version': '2024-11-06' };

export const RUNWAY: Sample = {
  provider: 'runway',
  model: 'gen4.5',
  headers: runwayHeaders,
  badHeaders: { ...runwayHeaders, authorization: 'Bearer bad-key' },
  submitPath: '/runway/v1/text_to_video',
  order: { model: 'gen4.5', promptText: 'A red ball.', ratio: '1280:720', duration: 2 },
  spoiled: { model: 'gen4.5', promptText: 'A red ball.', ratio: '1280:720', duration: 1 },
  checkPath: '/runway/v1/organization',
  pollPath: ({ id }) => `/runway/v1/tasks/${id}`,
  word: ({ status }) => status,
  words: ['PENDING', 'RUNNING', 'SUCCEEDED'],
};

export const KLING: Sample = {
  provider: 'kling',
  model: 'kling-2.5-turbo',
  headers: bearer,
  badHeaders: { authorization: 'Bearer bad-key' },
  submitPath: '/kling/text-to-video/kling-2.5-turbo',
  order: {
    prompt: 'A red ball.',
    settings: { resolution: '720p', aspect_ratio: '16:9', duration: 5, audio: 'off' },
    options: { external_task_id: 'kling/kling-2.5-turbo@7' },
  },
  spoiled: { prompt: 'A red ball.', settings: { duration: 5, seed: 7 } },
  checkPath: '/kling/tasks?task_ids=nothing',
  pollPath: ({ data }) => `/kling/tasks?task_ids=${data.id}`,
  word: ({ data }) => data[0].status,
  words: ['submitted', 'processing', 'succeeded'],
};

export const PIKA: Sample = {
  provider: 'fal',
  model: 'fal-ai/pika/v2.2/text-to-video',
  headers: { authorization: 'Key key' },
  badHeaders: { authorization: 'Key bad-key' },
  submitPath: '/fal/fal-ai/pika/v2.2/text-to-video',
  order: { prompt: 'A red ball.', resolution: '720p', duration: '5', aspect_ratio: '16:9' },
  spoiled: { resolution: '720p' },
  checkPath: '/fal-platform/v1/models?endpoint_id=fal-ai/pika/v2.2/text-to-video',
  pollPath: ({ status_url }) => `${status_url}?logs=0`,
  word: ({ status }) => status,
  words: ['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'],
};

export const SORA: Sample = {
  provider: 'openai',
  model: 'sora-2',
  headers: bearer,
  badHeaders: { authorization: 'Bearer bad-key' },
  submitPath: '/openai/v1/videos',
  order: { model: 'sora-2', prompt: 'A red ball.', seconds: '4', size: '720x1280' },
  spoiled: { model: 'sora-2', prompt: 'A red ball.', seconds: '5' },
  checkPath: '/openai/v1/models',
  pollPath: ({ id }) => `/openai/v1/videos/${id}`,
  word: ({ status }) => status,
  words: ['queued', 'in_progress', 'completed'],
};

export const LUMA: Sample = {
  provider: 'luma',
  model: 'ray-3.2',
  headers: bearer,
  badHeaders: { authorization: 'Bearer bad-key' },
  submitPath: '/luma/v1/generations',
  order: {
    model: 'ray-3.2',
    type: 'video',
    prompt: 'A red ball.',
    aspect_ratio: '16:9',
    video: { resolution: '540p', duration: '5s' },
  },
  spoiled: { model: 'ray-3.2', type: 'video', prompt: 'A red ball.', seed: 7 },
  checkPath: '/luma/v1/files?limit=1',
  pollPath: ({ id }) => `/luma/v1/generations/${id}`,
  word: ({ state }) => state,
  words: ['queued', 'processing', 'completed'],
};

export const LUMA_LEGACY: Sample = {
  provider: 'luma-legacy',
  model: 'ray-flash-2',
  headers: bearer,
  badHeaders: { authorization: 'Bearer bad-key' },
  submitPath: '/luma-legacy/dream-machine/v1/generations/video',
  order: { model: 'ray-flash-2', prompt: 'A red ball.', resolution: '540p', duration: '5s' },
  spoiled: { model: 'ray-flash-2', prompt: 'A red ball.', duration: '7s' },
  checkPath: '/luma-legacy/dream-machine/v1/credits',
  pollPath: ({ id }) => `/luma-legacy/dream-machine/v1/generations/${id}`,
  word: ({ state }) => state,
  words: ['queued', 'dreaming', 'completed'],
};

export const SAMPLES: Sample[] = [RUNWAY, KLING, PIKA, SORA, LUMA, LUMA_LEGACY];

/** Orders one video and hands back the answer. */
export function order(bench: Bench, sample: Sample): Promise<Answer> {
  return bench.call('POST', sample.submitPath, { body: sample.order, headers: sample.headers });
}

/** Asks for a job until its word changes from what it was, moving the clock a second at a time. */
export async function until(bench: Bench, sample: Sample, path: string, word: string): Promise<Answer> {
  for (let second = 0; second < 900; second += 1) {
    const polled = await bench.call('GET', path, { headers: sample.headers });
    if (sample.word(polled.body) === word) return polled;
    bench.clock.now += 1000;
  }
  throw new Error(`${sample.provider} never said ${word}`);
}
