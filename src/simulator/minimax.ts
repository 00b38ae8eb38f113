/**
 * MiniMax's newer video API (V2), mounted at `/minimax`.
 * Shapes from mmx-cli 1.0.27 and a report of 2026-09-19 that quotes platform.minimax.io/docs, read 2026-11-21.
 * That unknown fields are refused is stricter than anything that is documented.
 */

import { asObject, asText, json, keyOf, readObject } from './answers.ts';
import { stageOf, uuidOf } from './jobs.ts';
import { handleMinimaxAccount } from './minimax-account.ts';
import type { Job, Ordered, World } from './types.ts';

const PROMPT_CHARACTERS_MAX = 7000;
const PAGE_MAX = 100;

interface Model {
  seconds: readonly [least: number, most: number];
  /** Dollars per second by resolution; sound is always made. */
  price: Readonly<Record<string, number>>;
  fields: readonly string[];
}

const FIELDS = ['model', 'content', 'resolution', 'duration', 'ratio', 'callback_url'];
const MODELS: Readonly<Record<string, Model>> = {
  'MiniMax-H3': { seconds: [4, 15], price: { '768P': 0.08, '2K': 0.13 }, fields: FIELDS },
  'MiniMax-H3-Max': {
    seconds: [5, 15],
    price: { '480P': 0.05, '768P': 0.08 },
    fields: [...FIELDS, 'extra'],
  },
};
// The vendor names no pixels: these are the usual ones.
const SHORT: Record<string, number> = { '480P': 480, '768P': 768, '2K': 1440 };
const RATIOS: Record<string, number> = {
  '21:9': 21 / 9,
  '16:9': 16 / 9,
  '4:3': 4 / 3,
  '1:1': 1,
  '3:4': 3 / 4,
  '9:16': 9 / 16,
};

const says = {
  down: () => error(500, 'server_error', 'internal server error (1000)'),
  rateLimited: () => error(429, 'rate_limit_error', 'rate limit exceeded (1002)'),
  badKey: () => error(401, 'authorized_error', 'invalid api key (2049)'),
  noCredit: () => error(402, 'insufficient_balance_error', 'insufficient balance (1008)'),
  moderated: () => error(422, 'unprocessable_entity_error', 'input text contains sensitive content (1026)'),
  modelGone: (model: string) =>
    error(400, 'bad_request_error', `invalid params, unknown model '${model}' (2013)`),
  invalid: (why: string) => error(400, 'bad_request_error', `invalid params, ${why} (2013)`),
  noTask: () => error(404, 'not_found_error', 'the task does not exist'),
};

export async function handleMinimax(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/minimax'.length);
  const asked = /^\/v2\/query\/video_generation\/([^/]+)$/.exec(path)?.[1];
  const removed = /^\/v2\/video_generation\/([^/]+)$/.exec(path)?.[1];
  if (request.method === 'POST' && path === '/v2/video_generation') return submit(request, world);
  if (request.method === 'GET' && asked !== undefined) return query(request, world, asked);
  if (request.method === 'GET' && path === '/v2/query/video_generation') return list(request, world);
  if (request.method === 'DELETE' && removed !== undefined) return remove(request, world, removed);
  const free = await handleMinimaxAccount(request, world, { provider: 'minimax', path, says });
  return free ?? error(404, 'not_found_error', 'page not found');
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const refuse = (answer: Response) => {
    world.count('minimax', 'refused');
    return answer;
  };
  const model = asText(body['model']);
  const struck = await world.strike(request, { provider: 'minimax', model, step: 'submit' }, says);
  if (struck !== null) return refuse(struck);
  if (keyOf(request, 'Bearer') === null) return refuse(says.badKey());
  if (!Object.hasOwn(MODELS, model) || world.suffers('minimax', 'model_gone', model))
    return refuse(says.modelGone(model));
  const order = readOrder(body);
  if (typeof order === 'string') return refuse(says.invalid(order));
  if (world.suffers('minimax', 'no_credit', model)) return refuse(says.noCredit());
  if (world.suffers('minimax', 'moderated', model)) return refuse(says.moderated());
  return json(200, { task_id: world.accept(order).id });
}

async function query(request: Request, world: World, id: string): Promise<Response> {
  world.count('minimax', 'polls');
  const job = world.open('minimax', id);
  const call = { provider: 'minimax', model: job?.model ?? null, step: 'poll' } as const;
  const struck = await world.strike(request, call, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  return job === null ? says.noTask() : json(200, { task: standing(job, world) });
}

function standing(job: Job, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  const seen = stage.is === 'over' ? job.readyAt : stage.is === 'running' ? job.startsAt : job.createdAt;
  const task = {
    id: job.id,
    model: job.model,
    created_at: Math.floor(job.createdAt / 1000),
    updated_at: Math.floor(seen / 1000),
  };
  if (world.isForgotten(job.id)) return { ...task, status: 'cancelled' };
  if (stage.is === 'queued') return { ...task, status: 'queued' };
  if (stage.is === 'running') return { ...task, status: 'running' };
  if (job.outcome !== 'ok')
    return { ...task, status: 'failed', error: { code: '1033', message: 'downstream service error' } };
  return {
    ...task,
    status: 'succeeded',
    content: { url: world.assetUrl(job) },
    duration: job.seconds,
    task_type: 'generation',
    modality: 'video',
    usage: {
      total_seconds: job.seconds,
      input_seconds: 0,
      output_seconds: job.seconds,
      input_image_count: 0,
    },
  };
}

async function list(request: Request, world: World): Promise<Response> {
  world.count('minimax', 'checks');
  const struck = await world.strike(request, { provider: 'minimax', model: null, step: 'check' }, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  const jobs = world.submits('minimax').flatMap(({ jobId }) => world.open('minimax', jobId) ?? []);
  const tasks = jobs.slice(-PAGE_MAX).map((job) => standing(job, world));
  return json(200, { tasks, total: jobs.length });
}

/** Cancels a queued task; a running or cancelled one is refused. Finished ones are deleted, and stay readable here. */
async function remove(request: Request, world: World, id: string): Promise<Response> {
  world.count('minimax', 'cancels');
  const job = world.open('minimax', id);
  const call = { provider: 'minimax', model: job?.model ?? null, step: 'cancel' } as const;
  const struck = await world.strike(request, call, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  if (job === null) return says.noTask();
  const stage = stageOf(job, world.now());
  if (world.isForgotten(id) || stage.is === 'running') return says.invalid('the task cannot be cancelled');
  if (stage.is === 'queued') world.forget(job);
  return json(200, {});
}

/** Reads an order for a model that is served; a sentence where something in it is wrong. */
function readOrder(body: Record<string, unknown>): Ordered | string {
  const name = asText(body['model']);
  const model = MODELS[name];
  if (model === undefined) return 'model is missing';
  const strange = Object.keys(body).find((field) => !model.fields.includes(field));
  if (strange !== undefined) return `unknown field ${strange}`;
  const parts = Array.isArray(body['content']) ? body['content'].map(asObject) : [];
  const texts = parts.filter((part) => part?.['type'] === 'text').map((part) => asText(part?.['text']));
  const prompt = texts.find((text) => text.trim() !== '') ?? '';
  if (prompt === '' || prompt.length > PROMPT_CHARACTERS_MAX)
    return `content needs a text of 1 to ${PROMPT_CHARACTERS_MAX} characters`;
  const { resolution, duration: seconds, ratio } = body;
  const perSecond = typeof resolution === 'string' ? model.price[resolution] : undefined;
  if (perSecond === undefined) return `resolution must be one of ${Object.keys(model.price).join(', ')}`;
  const [least, most] = model.seconds;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < least || seconds > most)
    return `duration must be an integer from ${least} to ${most}`;
  const shape = RATIOS[asText(ratio)];
  if (shape === undefined) return 'ratio is required, and must not be adaptive, for text to video';
  const short = SHORT[asText(resolution)] ?? 768;
  const even = (pixels: number) => Math.round(pixels / 2) * 2;
  const [width, height] = shape >= 1 ? [even(short * shape), short] : [short, even(short / shape)];
  const costUsd = Math.round(perSecond * seconds * 1e4) / 1e4;
  return { provider: 'minimax', model: name, width, height, seconds, costUsd, prompt };
}

function error(status: number, type: string, message: string): Response {
  const detail = { type, message, http_code: String(status) };
  return json(status, { type: 'error', error: detail, request_id: uuidOf(`${type}:${message}`) });
}
