/**
 * OpenAI's Videos API, mounted at `/openai/v1`: gone, as since 2026-09-24, or `revived` as it was before.
 * Shapes from openai 7.57.0 and the published OpenAPI, read 2026-11-21.
 */

import { BODY_BYTES_MAX, asText, json, keyOf, parseObject, readText } from './answers.ts';
import { serveVideo } from './assets.ts';
import { stageOf, uuidOf } from './jobs.ts';
import type { Job, Ordered, World } from './types.ts';

export const SHUTDOWN_DATE = '2026-09-24';
const EXPIRES_AFTER_MS = 3_600_000;
const PROMPT_CHARACTERS_MAX = 32_000;
const LIST_MAX = 100;
const SIZES = ['720x1280', '1280x720', '1024x1792', '1792x1024'];
const SECONDS = ['4', '8', '12'];
const PRICES: Readonly<Record<string, number>> = { 'sora-2': 0.1, 'sora-2-pro': 0.3 };

const says = {
  down: () => error(503, 'server_error', 'The server is overloaded or not ready yet.', null),
  rateLimited: () =>
    error(429, 'requests', 'Rate limit reached for videos.', 'rate_limit_exceeded', null, {
      'retry-after': '20',
    }),
  badKey: () => error(401, 'invalid_request_error', 'Incorrect API key provided.', 'invalid_api_key'),
  noCredit: () =>
    error(
      429,
      'insufficient_quota',
      'You exceeded your current quota, please check your plan and billing details.',
      'insufficient_quota',
    ),
  // What api.openai.com really answers since the shutdown was not found (2026-11-21): 404, 410 and 403 are all
  // possible. The words are those it used for other retired models.
  gone: (model: string) =>
    error(
      404,
      'invalid_request_error',
      `The model \`${model}\` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations`,
      'model_not_found',
    ),
  noVideo: (id: string) =>
    error(404, 'invalid_request_error', `Video with id '${id}' not found.`, null, 'id'),
};

export async function handleOpenai(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/openai'.length);
  if (path === '/v1/models' && request.method === 'GET') return models(request, world);
  if (path === '/v1/videos' && request.method === 'POST') return submit(request, world);
  if (path === '/v1/videos' && request.method === 'GET') return list(request, world);
  const [, id = '', tail = ''] = /^\/v1\/videos\/([^/]+)(\/content)?$/.exec(path) ?? [];
  if (id !== '' && request.method === 'GET')
    return tail === '' ? poll(request, world, id) : content(request, world, id);
  if (id !== '' && tail === '' && request.method === 'DELETE') return remove(request, world, id);
  return error(404, 'invalid_request_error', `Invalid URL (${request.method} ${path})`, null);
}

async function submit(request: Request, world: World): Promise<Response> {
  const fields = await readFields(request);
  const model = fields.get('model') ?? 'sora-2';
  const refuse = (answer: Response) => {
    world.count('openai', 'refused');
    return answer;
  };
  const refusal = await refuseCall(request, world, model, 'submit');
  if (refusal !== null) return refuse(refusal);
  if (!world.revived || world.suffers('openai', 'model_gone', model)) return refuse(says.gone(model));
  const order = readOrder(fields, model);
  if (order instanceof Response) return refuse(order);
  if (world.suffers('openai', 'no_credit', model)) return refuse(says.noCredit());
  return json(200, show(world.accept(order), world));
}

async function poll(request: Request, world: World, id: string): Promise<Response> {
  const job = find(world, id);
  world.count('openai', 'polls');
  const refusal = await refuseCall(request, world, job?.model ?? null, 'poll');
  return refusal ?? (job === null ? says.noVideo(id) : json(200, show(job, world)));
}

async function content(request: Request, world: World, id: string): Promise<Response> {
  const job = find(world, id);
  const refusal = await refuseCall(request, world, job?.model ?? null, 'poll');
  if (refusal !== null) return refusal;
  if (job === null || job.outcome !== 'ok' || stageOf(job, world.now()).is !== 'over')
    return says.noVideo(id);
  if (world.now() > job.readyAt + EXPIRES_AFTER_MS) return says.noVideo(id);
  const variant = new URL(request.url).searchParams.get('variant') ?? 'video';
  if (variant !== 'video')
    return error(400, 'invalid_request_error', 'Only the video itself is simulated.', null, 'variant');
  const struck = await world.strike(request, { provider: 'openai', model: job.model, step: 'asset' }, says);
  return struck ?? serveVideo('openai', job, world);
}

async function remove(request: Request, world: World, id: string): Promise<Response> {
  const job = find(world, id);
  world.count('openai', 'cancels');
  const refusal = await refuseCall(request, world, job?.model ?? null, 'cancel');
  if (refusal !== null) return refusal;
  if (job === null) return says.noVideo(id);
  world.forget(job);
  return json(200, { id, object: 'video.deleted', deleted: true });
}

async function list(request: Request, world: World): Promise<Response> {
  world.count('openai', 'checks');
  const refusal = await refuseCall(request, world, null, 'check');
  if (refusal !== null) return refusal;
  const query = new URL(request.url).searchParams;
  const limit = Math.min(LIST_MAX, Math.max(1, Number(query.get('limit') ?? 20) || 20));
  const known = world.submits('openai').flatMap(({ jobId }) => find(world, `video_${jobId}`) ?? []);
  const ordered = query.get('order') === 'asc' ? known : known.toReversed();
  const after = ordered.findIndex((job) => `video_${job.id}` === query.get('after')) + 1;
  const data = ordered.slice(after, after + limit).map((job) => show(job, world));
  return json(200, {
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: ordered.length > after + limit,
  });
}

async function models(request: Request, world: World): Promise<Response> {
  world.count('openai', 'checks');
  const refusal = await refuseCall(request, world, null, 'check');
  if (refusal !== null) return refusal;
  const made = { object: 'model', created: 1759190400, owned_by: 'system' };
  const data = Object.keys(PRICES)
    .filter((id) => !world.suffers('openai', 'model_gone', id))
    .map((id) => ({ id, ...made, shutdown_date: SHUTDOWN_DATE }));
  return json(200, { object: 'list', data: [{ id: 'gpt-5', ...made, shutdown_date: null }, ...data] });
}

async function refuseCall(
  request: Request,
  world: World,
  model: string | null,
  step: 'submit' | 'poll' | 'cancel' | 'check',
): Promise<Response | null> {
  const struck = await world.strike(request, { provider: 'openai', model, step }, says);
  return struck ?? (keyOf(request, 'Bearer') === null ? says.badKey() : null);
}

function find(world: World, id: string): Job | null {
  const job = id.startsWith('video_') ? world.open('openai', id.slice('video_'.length)) : null;
  return job === null || world.isForgotten(job.id) ? null : job;
}

function show(job: Job, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  const words = {
    queued: 'queued',
    running: 'in_progress',
    over: job.outcome === 'ok' ? 'completed' : 'failed',
  };
  const isOver = stage.is === 'over';
  const refused = {
    code: 'moderation_blocked',
    message: 'Your request was blocked by our moderation system.',
  };
  const broken = { code: 'internal_error', message: 'The video could not be generated.' };
  return {
    id: `video_${job.id}`,
    object: 'video',
    model: job.model,
    status: words[stage.is],
    progress: Math.round(stage.progress * 100),
    created_at: Math.floor(job.createdAt / 1000),
    completed_at: isOver ? Math.floor(job.readyAt / 1000) : null,
    expires_at: isOver ? Math.floor((job.readyAt + EXPIRES_AFTER_MS) / 1000) : null,
    error: !isOver || job.outcome === 'ok' ? null : job.outcome === 'moderated' ? refused : broken,
    prompt: world.submits('openai').find(({ jobId }) => jobId === job.id)?.prompt ?? null,
    remixed_from_video_id: null,
    seconds: String(job.seconds),
    size: `${job.width}x${job.height}`,
  };
}

/** The SDK always sends multipart; the published OpenAPI allows JSON too. */
async function readFields(request: Request): Promise<Map<string, string>> {
  const type = request.headers.get('content-type') ?? '';
  if (type.startsWith('multipart/form-data')) {
    if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) return new Map();
    const form = await request.formData().catch(() => new FormData());
    return new Map([...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
  }
  const body = parseObject((await readText(request)) ?? '') ?? {};
  return new Map(Object.entries(body).map(([name, value]) => [name, asText(value)]));
}

function readOrder(fields: Map<string, string>, model: string): Ordered | Response {
  const invalid = (param: string, message: string) =>
    error(400, 'invalid_request_error', message, 'invalid_value', param);
  const price = Object.hasOwn(PRICES, model) ? PRICES[model] : undefined;
  if (price === undefined) return says.gone(model);
  const prompt = fields.get('prompt') ?? '';
  if (prompt === '')
    return error(
      400,
      'invalid_request_error',
      "Missing required parameter: 'prompt'.",
      'missing_required_parameter',
      'prompt',
    );
  if (prompt.length > PROMPT_CHARACTERS_MAX)
    return invalid('prompt', `Expected a string with maximum length ${PROMPT_CHARACTERS_MAX}.`);
  const seconds = fields.get('seconds') ?? '4';
  if (!SECONDS.includes(seconds))
    return invalid('seconds', `Invalid value: '${seconds}'. Supported values are: '4', '8', and '12'.`);
  const size = fields.get('size') ?? '720x1280';
  if (!SIZES.includes(size))
    return invalid('size', `Invalid value: '${size}'. Supported values are: ${SIZES.join(', ')}.`);
  const [width = 0, height = 0] = size.split('x').map(Number);
  return {
    provider: 'openai',
    model,
    width,
    height,
    seconds: Number(seconds),
    costUsd: price * Number(seconds),
    prompt,
  };
}

function error(
  status: number,
  type: string,
  message: string,
  code: string | null,
  param: string | null = null,
  headers: Record<string, string> = {},
): Response {
  return json(
    status,
    { error: { message, type, param, code } },
    { 'x-request-id': uuidOf(message), ...headers },
  );
}
