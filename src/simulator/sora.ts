/**
 * The Videos API as OpenAI and Azure both serve it, on whatever site.
 * Shapes from openai 7.57.0 and the published OpenAPI, read 2026-11-21.
 */

import { BODY_BYTES_MAX, asText, json, parseObject, readText } from './answers.ts';
import { serveVideo } from './assets.ts';
import { stageOf, uuidOf } from './jobs.ts';
import type { CallStep, Job, Ordered, ProviderName, Says, World } from './types.ts';

const EXPIRES_AFTER_MS = 3_600_000;
const PROMPT_CHARACTERS_MAX = 32_000;
const LIST_MAX = 100;
const SIZES = ['720x1280', '1280x720', '1024x1792', '1792x1024'];
const SECONDS = ['4', '8', '12'];

/** What differs between those who serve it. */
export interface SoraSite {
  provider: ProviderName;
  /** The path before `/videos`. */
  prefix: string;
  /** Dollars per second by model. */
  prices: Readonly<Record<string, number>>;
  hasKey: (request: Request) => boolean;
  says: Says & {
    noCredit: () => Response;
    /** The service, or this model of it, has ended. */
    gone: (model: string) => Response;
    /** A model that never was there. */
    unknown: (model: string) => Response;
  };
}

export interface SoraCall {
  request: Request;
  world: World;
  site: SoraSite;
}

/** Answers what is asked of one site; null for a path that the Videos API has not. */
export function answerVideos(call: SoraCall): Promise<Response> | null {
  const { request, site } = call;
  const path = new URL(request.url).pathname.slice(site.prefix.length);
  if (path === '/videos' && request.method === 'POST') return submit(call);
  if (path === '/videos' && request.method === 'GET') return list(call);
  const [, id = '', tail = ''] = /^\/videos\/([^/]+)(\/content)?$/.exec(path) ?? [];
  if (id !== '' && request.method === 'GET') return tail === '' ? poll(call, id) : content(call, id);
  if (id !== '' && tail === '' && request.method === 'DELETE') return remove(call, id);
  return null;
}

/** Why a call is not answered at all: a fault, or no key; null where it is. */
export async function refuseCall(
  call: SoraCall,
  model: string | null,
  step: CallStep,
): Promise<Response | null> {
  const { request, world, site } = call;
  const struck = await world.strike(request, { provider: site.provider, model, step }, site.says);
  return struck ?? (site.hasKey(request) ? null : site.says.badKey());
}

async function submit(call: SoraCall): Promise<Response> {
  const { world, site } = call;
  const { provider, says } = site;
  const fields = await readFields(call.request);
  const model = fields.get('model') ?? 'sora-2';
  const refuse = (answer: Response) => {
    world.count(provider, 'refused');
    return answer;
  };
  const refusal = await refuseCall(call, model, 'submit');
  if (refusal !== null) return refuse(refusal);
  if (!world.revived || world.suffers(provider, 'model_gone', model)) return refuse(says.gone(model));
  const order = readOrder(fields, model, site);
  if (order instanceof Response) return refuse(order);
  if (world.suffers(provider, 'no_credit', model)) return refuse(says.noCredit());
  return json(200, show(world.accept(order), call));
}

async function poll(call: SoraCall, id: string): Promise<Response> {
  const job = find(call, id);
  call.world.count(call.site.provider, 'polls');
  const refusal = await refuseCall(call, job?.model ?? null, 'poll');
  return refusal ?? (job === null ? noVideo(id) : json(200, show(job, call)));
}

async function content(call: SoraCall, id: string): Promise<Response> {
  const { request, world, site } = call;
  const job = find(call, id);
  const refusal = await refuseCall(call, job?.model ?? null, 'poll');
  if (refusal !== null) return refusal;
  if (job === null || job.outcome !== 'ok' || stageOf(job, world.now()).is !== 'over') return noVideo(id);
  if (world.now() > job.readyAt + EXPIRES_AFTER_MS) return noVideo(id);
  const variant = new URL(request.url).searchParams.get('variant') ?? 'video';
  if (variant !== 'video')
    return soraError(400, 'invalid_request_error', 'Only the video itself is simulated.', null, 'variant');
  const struck = await world.strike(
    request,
    { provider: site.provider, model: job.model, step: 'asset' },
    site.says,
  );
  return struck ?? serveVideo(site.provider, job, world);
}

async function remove(call: SoraCall, id: string): Promise<Response> {
  const job = find(call, id);
  call.world.count(call.site.provider, 'cancels');
  const refusal = await refuseCall(call, job?.model ?? null, 'cancel');
  if (refusal !== null) return refusal;
  if (job === null) return noVideo(id);
  call.world.forget(job);
  return json(200, { id, object: 'video.deleted', deleted: true });
}

async function list(call: SoraCall): Promise<Response> {
  const { request, world, site } = call;
  world.count(site.provider, 'checks');
  const refusal = await refuseCall(call, null, 'check');
  if (refusal !== null) return refusal;
  const query = new URL(request.url).searchParams;
  const limit = Math.min(LIST_MAX, Math.max(1, Number(query.get('limit') ?? 20) || 20));
  const known = world.submits(site.provider).flatMap(({ jobId }) => find(call, `video_${jobId}`) ?? []);
  const ordered = query.get('order') === 'asc' ? known : known.toReversed();
  const after = ordered.findIndex((job) => `video_${job.id}` === query.get('after')) + 1;
  const data = ordered.slice(after, after + limit).map((job) => show(job, call));
  return json(200, {
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: ordered.length > after + limit,
  });
}

function find({ world, site }: SoraCall, id: string): Job | null {
  const job = id.startsWith('video_') ? world.open(site.provider, id.slice('video_'.length)) : null;
  return job === null || world.isForgotten(job.id) ? null : job;
}

function show(job: Job, { world, site }: SoraCall): Record<string, unknown> {
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
    prompt: world.submits(site.provider).find(({ jobId }) => jobId === job.id)?.prompt ?? null,
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

function readOrder(fields: Map<string, string>, model: string, site: SoraSite): Ordered | Response {
  const invalid = (param: string, message: string, code = 'invalid_value') =>
    soraError(400, 'invalid_request_error', message, code, param);
  const price = Object.hasOwn(site.prices, model) ? site.prices[model] : undefined;
  if (price === undefined) return site.says.unknown(model);
  const prompt = fields.get('prompt') ?? '';
  if (prompt === '')
    return invalid('prompt', "Missing required parameter: 'prompt'.", 'missing_required_parameter');
  if (prompt.length > PROMPT_CHARACTERS_MAX)
    return invalid('prompt', `Expected a string with maximum length ${PROMPT_CHARACTERS_MAX}.`);
  const seconds = fields.get('seconds') ?? '4';
  if (!SECONDS.includes(seconds))
    return invalid('seconds', `Invalid value: '${seconds}'. Supported values are: '4', '8', and '12'.`);
  const size = fields.get('size') ?? '720x1280';
  if (!SIZES.includes(size))
    return invalid('size', `Invalid value: '${size}'. Supported values are: ${SIZES.join(', ')}.`);
  const [width = 0, height = 0] = size.split('x').map(Number);
  const costUsd = price * Number(seconds);
  return { provider: site.provider, model, width, height, seconds: Number(seconds), costUsd, prompt };
}

function noVideo(id: string): Response {
  return soraError(404, 'invalid_request_error', `Video with id '${id}' not found.`, null, 'id');
}

/** An error in OpenAI's shape. */
export function soraError(
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
