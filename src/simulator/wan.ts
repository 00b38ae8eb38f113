/**
 * Alibaba's Wan in Model Studio (DashScope), mounted at `/wan`.
 * Shapes from @ai-sdk/alibaba 2.0.58 and the vendor's pages as public indexes quote them, read 2026-11-21.
 * The HTTP numbers beside the codes are not documented: who reads answers must go by `code`.
 */

import { asText, json, keyOf, readObject } from './answers.ts';
import { stageOf, uuidOf } from './jobs.ts';
import type { Job, World } from './types.ts';
import { WAN_MODELS, readWanOrder } from './wan-orders.ts';

const SYNTHESIS = '/api/v1/services/aigc/video-generation/video-synthesis';
const DAY_MS = 86_400_000;

const says = {
  down: () => error(503, 'ModelUnavailable', 'Model is unavailable, please try again later.'),
  rateLimited: () =>
    error(429, 'Throttling.RateQuota', 'Requests rate limit exceeded, please try again later.', {
      'retry-after': '20',
    }),
  badKey: () => error(401, 'InvalidApiKey', 'Invalid API-key provided.'),
  noCredit: () =>
    error(400, 'Arrearage', 'Access denied, please make sure your account is in good standing.'),
  noModel: () => error(400, 'InvalidParameter', 'Model not exist.'),
  notAsync: () => error(403, 'AccessDenied', 'current user api does not support synchronous calls.'),
  invalid: (message: string) => error(400, 'InvalidParameter', message),
  started: () =>
    error(
      400,
      'UnsupportedOperation',
      'Failed to cancel the task, please confirm if the task is in PENDING status.',
    ),
};

export async function handleWan(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/wan'.length);
  if (request.method === 'POST' && path === SYNTHESIS) return submit(request, world);
  const [, id = '', tail = ''] = /^\/api\/v1\/tasks\/([^/]+)(\/cancel)?$/.exec(path) ?? [];
  if (id !== '' && request.method === 'GET' && tail === '') return poll(request, world, id);
  if (id !== '' && request.method === 'POST' && tail !== '') return cancel(request, world, id);
  return error(404, 'InvalidURL', `No such path: ${path}`);
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const model = asText(body['model']);
  const refuse = (answer: Response) => {
    world.count('wan', 'refused');
    return answer;
  };
  const struck = await world.strike(request, { provider: 'wan', model, step: 'submit' }, says);
  if (struck !== null) return refuse(struck);
  if (keyOf(request, 'Bearer') === null) return refuse(says.badKey());
  if (request.headers.get('x-dashscope-async') !== 'enable') return refuse(says.notAsync());
  if (!Object.hasOwn(WAN_MODELS, model) || world.suffers('wan', 'model_gone', model))
    return refuse(says.noModel());
  if (world.suffers('wan', 'no_credit', model)) return refuse(says.noCredit());
  const order = readWanOrder(body, model);
  if (typeof order === 'string') return refuse(says.invalid(order));
  const job = world.accept(order);
  return ok(job.id, { task_id: job.id, task_status: 'PENDING' });
}

/** An id that nobody knows is answered with UNKNOWN, which is also the free check. */
async function poll(request: Request, world: World, id: string): Promise<Response> {
  const job = find(world, id);
  const step = job === null ? 'check' : 'poll';
  world.count('wan', step === 'poll' ? 'polls' : 'checks');
  const struck = await world.strike(request, { provider: 'wan', model: job?.model ?? null, step }, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  if (job === null) return ok(id, { task_id: id, task_status: 'UNKNOWN' });
  return standing(job, world);
}

async function cancel(request: Request, world: World, id: string): Promise<Response> {
  const job = find(world, id);
  world.count('wan', 'cancels');
  const call = { provider: 'wan', model: job?.model ?? null, step: 'cancel' } as const;
  const struck = await world.strike(request, call, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  if (job === null || world.isForgotten(id) || stageOf(job, world.now()).is !== 'queued')
    return says.started();
  world.forget(job);
  return json(200, { request_id: uuidOf(`cancel:${id}`) });
}

function standing(job: Job, world: World): Response {
  const stage = stageOf(job, world.now());
  const task = { task_id: job.id, submit_time: time(job.createdAt) };
  if (world.isForgotten(job.id)) return ok(job.id, { ...task, task_status: 'CANCELED' });
  if (stage.is === 'queued') return ok(job.id, { ...task, task_status: 'PENDING' });
  const begun = { ...task, scheduled_time: time(job.startsAt) };
  if (stage.is === 'running') return ok(job.id, { ...begun, task_status: 'RUNNING' });
  const over = { ...begun, end_time: time(job.readyAt) };
  if (job.outcome !== 'ok') return ok(job.id, { ...over, task_status: 'FAILED', ...failureOf(job) });
  return ok(job.id, { ...over, task_status: 'SUCCEEDED', video_url: world.assetUrl(job) }, usageOf(job));
}

function failureOf(job: Job): { code: string; message: string } {
  return job.outcome === 'moderated'
    ? { code: 'DataInspectionFailed', message: 'Output data may contain inappropriate content.' }
    : { code: 'InternalError', message: 'An internal error has occurred, please try again later.' };
}

function usageOf(job: Job): Record<string, unknown> {
  const side = Math.min(job.width, job.height);
  const tier = side >= 1080 ? 1080 : side >= 720 ? 720 : 480;
  return { duration: job.seconds, output_video_duration: job.seconds, video_count: 1, SR: tier };
}

function find(world: World, id: string): Job | null {
  const job = world.open('wan', id);
  return job === null || world.now() > job.createdAt + DAY_MS ? null : job;
}

/** Local time of Beijing without a zone, as the vendor's examples have it. */
function time(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().replace('T', ' ').replace('Z', '');
}

function ok(about: string, output: Record<string, unknown>, usage?: Record<string, unknown>): Response {
  return json(200, { request_id: uuidOf(about), output, ...(usage === undefined ? {} : { usage }) });
}

function error(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return json(status, { code, message, request_id: uuidOf(`${code}:${message}`) }, headers);
}
