/**
 * Luma's Agents API, mounted at `/luma/v1`.
 * Shapes from luma-agents 0.3.0 (its GitHub source) and docs.agents.lumalabs.ai, read 2026-11-21.
 */

import { asObject, asText, json, keyOf, readObject } from './answers.ts';
import { stageOf, uuidOf } from './jobs.ts';
import type { Job, Ordered, Says, World } from './types.ts';

const PROMPT_CHARACTERS_MAX = 6_000;
const PER_MINUTE_MAX = 30;
const API_VERSION = '2026-04-01';

const ASPECTS: Readonly<Record<string, readonly [across: number, down: number]>> = {
  '9:16': [9, 16],
  '3:4': [3, 4],
  '1:1': [1, 1],
  '4:3': [4, 3],
  '16:9': [16, 9],
  '21:9': [21, 9],
};
/** Dollars for 5 s, standard range; 10 s cost three times that. What a 360p draft costs is a guess. */
const PRICES: Readonly<Record<string, number>> = { '360p': 0.06, '540p': 0.15, '720p': 0.3, '1080p': 1.2 };
const SECONDS: Readonly<Record<string, number>> = { '5s': 5, '10s': 10 };

const says = {
  down: () => error(503, 'Service temporarily unavailable'),
  rateLimited: () =>
    error(429, 'Rate limit exceeded', {
      'retry-after': '20',
      'x-ratelimit-limit': String(PER_MINUTE_MAX),
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '20',
    }),
  badKey: () => error(401, 'Invalid or missing API key'),
  noCredit: () => error(402, 'Insufficient balance'),
  notFound: () => error(404, 'Generation not found'),
  // What it says for a model that is gone was not found (2026-11-21): a refused parameter, by its error guide.
  modelGone: (model: string) => error(400, `Unknown model: ${model}`),
  invalid: (detail: string) => error(400, detail),
} satisfies Says & Record<string, (...args: never[]) => Response>;

export async function handleLuma(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/luma'.length);
  const route = `${request.method} ${path}`;
  if (route === 'POST /v1/generations') return submit(request, world);
  if (route === 'GET /v1/files') return files(request, world);
  const [, id = ''] = /^GET \/v1\/generations\/([^/]+)$/.exec(route) ?? [];
  return id === '' ? error(404, 'Not Found') : poll(request, world, id);
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = await readObject(request);
  const model = asText(body?.['model']);
  const struck = await world.strike(request, { provider: 'luma', model, step: 'submit' }, says);
  if (struck !== null) return refuse(world, struck);
  if (keyOf(request, 'Bearer') === null) return refuse(world, says.badKey());
  if (body === null) return refuse(world, says.invalid('Request body must be a JSON object'));
  if (model !== 'ray-3.2' || world.suffers('luma', 'model_gone', model))
    return refuse(world, says.modelGone(model));
  const order = readOrder(body);
  if (typeof order === 'string') return refuse(world, says.invalid(order));
  if (world.suffers('luma', 'no_credit', model)) return refuse(world, says.noCredit());
  const job = world.accept(order);
  const minuteAgo = world.now() - 60_000;
  const recent = world.submits('luma').filter(({ at }) => at > minuteAgo).length;
  return answer(201, show(job, world), {
    'x-ratelimit-limit': String(PER_MINUTE_MAX),
    'x-ratelimit-remaining': String(Math.max(0, PER_MINUTE_MAX - recent)),
    'x-ratelimit-reset': '60',
  });
}

async function poll(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('luma', id);
  world.count('luma', 'polls');
  const struck = await world.strike(
    request,
    { provider: 'luma', model: job?.model ?? null, step: 'poll' },
    says,
  );
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  return job === null || world.isForgotten(id) ? says.notFound() : answer(200, show(job, world));
}

async function files(request: Request, world: World): Promise<Response> {
  world.count('luma', 'checks');
  const struck = await world.strike(request, { provider: 'luma', model: null, step: 'check' }, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  const limit = Number(new URL(request.url).searchParams.get('limit') ?? '25');
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    return says.invalid('limit must be between 1 and 100');
  return answer(200, { data: [], has_more: false, next_cursor: null });
}

function show(job: Job, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  const common = {
    id: job.id,
    type: 'video',
    model: job.model,
    created_at: new Date(job.createdAt).toISOString(),
    output: [],
    failure_code: null,
    failure_reason: null,
  };
  if (stage.is === 'queued') return { ...common, state: 'queued' };
  if (stage.is === 'running') return { ...common, state: 'processing' };
  if (job.outcome === 'ok')
    return { ...common, state: 'completed', output: [{ type: 'video', url: world.assetUrl(job) }] };
  return job.outcome === 'moderated'
    ? failed(common, 'content_moderated', 'Prompt violated content guidelines')
    : failed(common, 'generation_failed', 'Internal model error during generation');
}

function failed(common: object, failure_code: string, failure_reason: string): Record<string, unknown> {
  return { ...common, state: 'failed', failure_code, failure_reason };
}

/** Reads an order; the answer is a sentence where something in it is wrong. */
function readOrder(body: Record<string, unknown>): Ordered | string {
  const video = asObject(body['video'] ?? {});
  if (body['type'] !== 'video') return 'type must be video';
  if (video === null) return 'video must be an object';
  const strange = [
    ...strangers('', body, ['model', 'type', 'prompt', 'aspect_ratio', 'video', 'user_id']),
    ...strangers('video.', video, ['resolution', 'duration', 'loop', 'hdr', 'exr_export']),
  ];
  if (strange.length > 0) return `Unknown field: ${strange.join(', ')}`;
  const prompt = asText(body['prompt']);
  if (prompt === '' || prompt.length > PROMPT_CHARACTERS_MAX)
    return `prompt must have 1 to ${PROMPT_CHARACTERS_MAX} characters`;
  const aspect = ASPECTS[asText(body['aspect_ratio'] ?? '16:9')];
  if (aspect === undefined) return `aspect_ratio must be one of ${Object.keys(ASPECTS).join(', ')}`;
  const resolution = asText(video['resolution'] ?? '720p');
  const price = PRICES[resolution];
  if (price === undefined) return `video.resolution must be one of ${Object.keys(PRICES).join(', ')}`;
  const seconds = SECONDS[asText(video['duration'] ?? '5s')];
  if (seconds === undefined) return 'video.duration must be one of 5s, 10s';
  const [width, height] = pixels(Number.parseInt(resolution, 10), aspect);
  const costUsd = seconds === 10 ? Math.round(price * 300) / 100 : price;
  return { provider: 'luma', model: 'ray-3.2', width, height, seconds, costUsd, prompt };
}

function pixels(side: number, [across, down]: readonly [number, number]): [width: number, height: number] {
  const long = Math.round((side * Math.max(across, down)) / Math.min(across, down) / 2) * 2;
  return across >= down ? [long, side] : [side, long];
}

function strangers(where: string, object: Record<string, unknown>, known: readonly string[]): string[] {
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => `${where}${key}`);
}

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  const id = uuidOf(JSON.stringify(body));
  return json(status, body, { 'x-request-id': id, 'x-api-version': API_VERSION, ...headers });
}

function error(status: number, detail: string, headers: Record<string, string> = {}): Response {
  return answer(status, { detail }, headers);
}

function refuse(world: World, refusal: Response): Response {
  world.count('luma', 'refused');
  return refusal;
}
