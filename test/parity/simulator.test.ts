/** The official SDKs believe the simulator: whole generations, and the errors they know. */

import { ApiError, createFalClient, ValidationError } from '@fal-ai/client';
import RunwayML, * as Runway from '@runwayml/sdk';
import OpenAI, * as Openai from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSimulator, type RunningSimulator } from '../../src/simulator/server.ts';
import type { FaultKind, ProviderName } from '../../src/simulator/types.ts';

const PIKA = 'fal-ai/pika/v2.2/text-to-video';
const prompt = 'A red ball rolls across a white floor.';
const input = { prompt, resolution: '720p', aspect_ratio: '16:9', duration: '5' } as const;
const POLLS_MAX = 200;

let running: RunningSimulator;
beforeEach(async () => {
  running = await startSimulator({ port: 0, seed: 7, speed: 400, revived: true });
});
afterEach(() => running.close());

const runway = () => new RunwayML({ apiKey: 'key_test', baseURL: `${running.origin}/runway`, maxRetries: 0 });
const openai = () => new OpenAI({ apiKey: 'sk-test', baseURL: `${running.origin}/openai/v1`, maxRetries: 0 });
const fal = () =>
  createFalClient({
    credentials: 'kid:ksecret',
    retry: { maxRetries: 0 },
    fetch: (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : String(input));
      return fetch(`${running.origin}/fal${pathname}${search}`, init);
    },
  });

const order = { model: 'gen4.5', promptText: prompt, ratio: '1280:720', duration: 2 } as const;
const film = { model: 'sora-2', prompt, seconds: '4', size: '1280x720' } as const;

/** Asks until the answer is another one. */
async function until<T>(ask: () => Promise<T>, isOver: (answer: T) => boolean): Promise<T> {
  for (let i = 0; i < POLLS_MAX; i++) {
    const answer = await ask();
    if (isOver(answer)) return answer;
  }
  throw new Error('the job never ended');
}

async function bytesOf(response: Response): Promise<string> {
  expect(response.headers.get('content-type')).toBe('video/mp4');
  return Buffer.from(await response.arrayBuffer()).toString('latin1');
}

async function thrown(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (answer) => new Error(`expected an error, got ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
}

function strike(provider: ProviderName, kind: FaultKind): void {
  running.simulator.setFault(provider, { kind });
}

describe('a whole generation', () => {
  it('comes to an end for the Runway SDK', async () => {
    const sdk = runway();
    const { id, estimatedCost } = await sdk.textToVideo.create(order);

    const task = await until(
      () => sdk.tasks.retrieve(id),
      ({ status }) => !['PENDING', 'THROTTLED', 'RUNNING'].includes(status),
    );

    const url = 'output' in task ? (task.output[0] ?? '') : '';
    expect(estimatedCost.credits).toBe(24);
    expect(task).toMatchObject({ status: 'SUCCEEDED', cost: { credits: 24 } });
    expect(await bytesOf(await fetch(url))).toContain('ftyp');
    expect((await sdk.organization.retrieve()).creditBalance).toBeGreaterThanOrEqual(0);
  });

  it('comes to an end for the OpenAI SDK', async () => {
    const sdk = openai();
    const { id } = await sdk.videos.create(film);

    const video = await until(
      () => sdk.videos.retrieve(id),
      ({ status }) => status !== 'queued' && status !== 'in_progress',
    );

    expect(video).toMatchObject({ status: 'completed', progress: 100, seconds: '4', size: '1280x720' });
    expect(await bytesOf(await sdk.videos.downloadContent(id))).toContain('ftyp');
    const models = await Array.fromAsync(sdk.models.list());
    expect(models.find((model) => model.id === 'sora-2')?.shutdown_date).toBe('2026-09-24');
  });

  it('comes to an end for the fal client', async () => {
    const words: string[] = [];

    const { data, requestId } = await fal().subscribe(PIKA, {
      input,
      pollInterval: 5,
      onQueueUpdate: ({ status }) => words.push(status),
    });

    expect(requestId).not.toBe('');
    expect(words.at(-1)).toBe('COMPLETED');
    expect(await bytesOf(await fetch(data.video.url))).toContain('ftyp');
  });
});

describe('an error', () => {
  it.each([
    ['bad_key', Runway.AuthenticationError, 401],
    ['no_credit', Runway.BadRequestError, 400],
    ['model_gone', Runway.BadRequestError, 400],
    ['rate_limited', Runway.RateLimitError, 429],
    ['down', Runway.InternalServerError, 503],
    ['reset', Runway.APIConnectionError, undefined],
  ] as const)('of kind %s is one that the Runway SDK knows', async (kind, type, status) => {
    strike('runway', kind);

    const error = await thrown(runway().textToVideo.create(order));

    expect(error).toBeInstanceOf(type);
    expect(error).toHaveProperty('status', status);
  });

  it('in the parameters is one that the Runway SDK knows', async () => {
    const error = await thrown(runway().textToVideo.create({ ...order, duration: 99 }));

    expect(error).toBeInstanceOf(Runway.BadRequestError);
    expect(error).toMatchObject({ error: { issues: [{ path: ['duration'] }] } });
  });

  it('of an unknown or deleted task is one that the Runway SDK knows', async () => {
    const sdk = runway();
    const { id } = await sdk.textToVideo.create(order);
    await sdk.tasks.delete(id);

    expect(await thrown(sdk.tasks.retrieve(id))).toBeInstanceOf(Runway.NotFoundError);
    expect(await thrown(sdk.tasks.delete(id))).toBeInstanceOf(Runway.NotFoundError);
  });

  it.each([
    ['bad_key', Openai.AuthenticationError, 'invalid_api_key'],
    ['no_credit', Openai.RateLimitError, 'insufficient_quota'],
    ['model_gone', Openai.NotFoundError, 'model_not_found'],
    ['rate_limited', Openai.RateLimitError, 'rate_limit_exceeded'],
    ['down', Openai.InternalServerError, null],
    ['reset', Openai.APIConnectionError, undefined],
  ] as const)('of kind %s is one that the OpenAI SDK knows', async (kind, type, code) => {
    strike('openai', kind);

    const error = await thrown(openai().videos.create(film));

    expect(error).toBeInstanceOf(type);
    expect((error as { code?: unknown }).code).toBe(code);
  });

  it.each([
    ['bad_key', 401],
    ['no_credit', 403],
    ['model_gone', 404],
    // The client itself tries this one again for some seconds, whatever its options say.
    ['rate_limited', 429],
  ] as const)('of kind %s is one that the fal client knows', async (kind, status) => {
    strike('fal', kind);

    const error = await thrown(fal().queue.submit(PIKA, { input }));

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status, body: { detail: expect.any(String) as unknown } });
  });

  it('in the input, or a refusal, is a validation error to the fal client', async () => {
    const wrong = { ...input, duration: '7' } as unknown as typeof input;
    const invalid = await thrown(fal().queue.submit(PIKA, { input: wrong }));
    strike('fal', 'moderated');
    const refused = await thrown(fal().subscribe(PIKA, { input, pollInterval: 5 }));

    expect(invalid).toBeInstanceOf(ValidationError);
    expect((invalid as ValidationError).getFieldErrors('duration')).toHaveLength(1);
    expect(refused).toBeInstanceOf(ValidationError);
    expect((refused as ValidationError).fieldErrors[0]?.type).toBe('content_policy_violation');
  });
});

describe('a failed job', () => {
  it.each([
    ['generation_down', /^INTERNAL/],
    ['moderated', /^(INPUT_PREPROCESSING\.)?SAFETY/],
  ] as const)('of kind %s has a failureCode for the Runway SDK', async (kind, code) => {
    strike('runway', kind);
    const sdk = runway();
    const { id } = await sdk.textToVideo.create(order);

    const task = await until(
      () => sdk.tasks.retrieve(id),
      ({ status }) => status === 'FAILED',
    );

    expect('failureCode' in task ? task.failureCode : null).toMatch(code);
  });

  it('has an error for the OpenAI SDK', async () => {
    strike('openai', 'moderated');
    const sdk = openai();
    const { id } = await sdk.videos.create(film);

    const video = await until(
      () => sdk.videos.retrieve(id),
      ({ status }) => status === 'failed',
    );

    expect(video.error?.code).toBe('moderation_blocked');
  });
});
