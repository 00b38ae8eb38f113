/**
 * LTX by Lightricks, its asynchronous API, mounted at `/ltx`.
 * Shapes from docs.ltx.video/async-jobs and /errors, and from public clients of it, read 2026-11-21.
 */

import { asText, json, keyOf, readObject } from './answers.ts';
import { stageOf } from './jobs.ts';
import type { Job, Ordered, World } from './types.ts';

const PROMPT_CHARACTERS_MAX = 10_000;
const SECONDS = [6, 8, 10, 12, 14, 16, 18, 20];
/** Longer clips are made in the smallest size only. */
const SECONDS_LARGE_MAX = 10;
const FIELDS = 'prompt model duration resolution fps generate_audio camera_motion enhance_prompt'.split(' ');

/** Dollars per second at 1080p; twice that at 1440p, four times at 4K (docs.ltx.video/pricing as quoted, 2026-07). */
const PRICES: Readonly<Record<string, number>> = { 'ltx-2-3-fast': 0.06, 'ltx-2-3-pro': 0.08 };
const TIMES: Readonly<Record<string, number>> = { 1080: 1, 1440: 2, 2160: 4 };

const says = {
  down: () => error(503, 'service_unavailable', 'Service temporarily unavailable'),
  rateLimited: () => error(429, 'rate_limit_error', 'Too many requests', { 'retry-after': '20' }),
  badKey: () => error(401, 'authentication_error', 'Invalid API key'),
  noCredit: () => error(402, 'insufficient_funds_error', 'Insufficient funds. Required: 36 credits'),
  moderated: () => error(422, 'content_filtered_error', 'The request was rejected by content filters'),
  noModel: (model: string) => error(400, 'invalid_request_error', `Model ${model} does not exist`),
  invalid: (message: string) => error(400, 'invalid_request_error', message),
  noJob: () => error(404, 'not_found_error', 'Job not found'),
};

export async function handleLtx(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/ltx'.length);
  if (path === '/v2/text-to-video' && request.method === 'POST') return submit(request, world);
  const id = /^\/v2\/text-to-video\/([^/]+)$/.exec(path)?.[1];
  if (id !== undefined && request.method === 'GET') return standing(request, world, id);
  return error(404, 'not_found_error', 'Not found');
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const model = asText(body['model']);
  const refuse = (answer: Response) => {
    world.count('ltx', 'refused');
    return answer;
  };
  const struck = await world.strike(request, { provider: 'ltx', model, step: 'submit' }, says);
  if (struck !== null) return refuse(struck);
  if (keyOf(request, 'Bearer') === null) return refuse(says.badKey());
  if (!Object.hasOwn(PRICES, model) || world.suffers('ltx', 'model_gone', model))
    return refuse(says.noModel(model));
  const order = readOrder(body, model);
  if (typeof order === 'string') return refuse(says.invalid(order));
  if (world.suffers('ltx', 'no_credit', model)) return refuse(says.noCredit());
  if (world.suffers('ltx', 'moderated', model)) return refuse(says.moderated());
  const job = world.accept(order);
  return json(202, { id: job.id, created_at: new Date(job.createdAt).toISOString() });
}

/** An id that nobody was given is the free check: it needs the key, and is not found. */
async function standing(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('ltx', id);
  const step = job === null ? 'check' : 'poll';
  world.count('ltx', job === null ? 'checks' : 'polls');
  const struck = await world.strike(request, { provider: 'ltx', model: job?.model ?? null, step }, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  return job === null ? says.noJob() : json(200, describe(job, world));
}

function describe(job: Job, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  const common = { id: job.id, created_at: new Date(job.createdAt).toISOString() };
  if (stage.is === 'queued') return { ...common, status: 'pending' };
  if (stage.is === 'running') return { ...common, status: 'processing' };
  const ended = { ...common, completed_at: new Date(job.readyAt).toISOString() };
  if (job.outcome !== 'ok')
    return { ...ended, status: 'failed', error: { type: 'api_error', message: 'Generation failed' } };
  return { ...ended, status: 'completed', result: { video_url: world.assetUrl(job) } };
}

/** Reads an order; the answer is a sentence where something in it is wrong. */
function readOrder(body: Record<string, unknown>, model: string): Ordered | string {
  const strange = Object.keys(body).filter((name) => !FIELDS.includes(name));
  if (strange.length > 0) return `unknown parameter: ${strange.join(', ')}`;
  const prompt = asText(body['prompt']);
  if (prompt === '') return 'prompt is required';
  if (prompt.length > PROMPT_CHARACTERS_MAX) return `prompt has at most ${PROMPT_CHARACTERS_MAX} characters`;
  const [, width = '', height = ''] = /^(\d{4})x(\d{4})$/.exec(asText(body['resolution'])) ?? [];
  const short = Math.min(Number(width), Number(height));
  const times = TIMES[String(short)];
  if (times === undefined || Math.max(Number(width), Number(height)) !== (short * 16) / 9)
    return 'resolution must be 1920x1080, 2560x1440 or 3840x2160, or one of them upright';
  const seconds = body['duration'];
  if (typeof seconds !== 'number' || !SECONDS.includes(seconds) || (times > 1 && seconds > SECONDS_LARGE_MAX))
    return 'duration must be 6, 8 or 10, and at 1920x1080 up to 20';
  if (body['generate_audio'] !== undefined && typeof body['generate_audio'] !== 'boolean')
    return 'generate_audio must be true or false';
  const costUsd = Math.round((PRICES[model] ?? 0) * times * seconds * 1e4) / 1e4;
  return { provider: 'ltx', model, width: Number(width), height: Number(height), seconds, costUsd, prompt };
}

function error(
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return json(status, { type: 'error', error: { type, message } }, headers);
}
