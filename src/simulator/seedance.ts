/**
 * ByteDance's ModelArk (Seedance), mounted at `/seedance`: the task API under `/api/v3`.
 * Shapes from @ai-sdk/bytedance 1.0.29 and a client that was held against the live API on 2026-07-31, read 2026-11-21.
 * Beside 400, 401 and 404 the HTTP numbers are not documented: who reads answers must go by `code`.
 */

import { asText, json, keyOf, readObject } from './answers.ts';
import { stageOf, uuidOf } from './jobs.ts';
import { readSeedanceOrder, SEEDANCE_NAMES, seedanceTokens } from './seedance-orders.ts';
import type { Job, World } from './types.ts';

const ROOT = '/seedance/api/v3';
const TASKS = '/contents/generations/tasks';

const says = {
  down: () => error(500, 'InternalServiceError', 'The service encountered an unexpected internal error.'),
  rateLimited: () =>
    error(429, 'RateLimitExceeded.EndpointRPMExceeded', 'The Requests Per Minute limit was exceeded.'),
  badKey: () => error(401, 'AuthenticationError', 'The API key in the request is missing or invalid.'),
  noCredit: () => error(403, 'AccountOverdueError', 'Your account has an overdue balance.'),
  modelGone: (model: string) =>
    error(
      404,
      'InvalidEndpointOrModel.NotFound',
      `The model or endpoint ${model} does not exist or you do not have access to it.`,
    ),
  invalid: ({ code, message, param }: { code: string; message: string; param: string }) =>
    error(400, code, message, param),
  noTask: (id: string) => error(404, 'ResourceNotFound', `The specified task ${id} is not found.`),
  running: () => error(409, 'InvalidAction.RunningTaskDeletion', 'A running task cannot be deleted.'),
};

export async function handleSeedance(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice(ROOT.length);
  const id = path.startsWith(`${TASKS}/`) ? path.slice(TASKS.length + 1) : null;
  if (request.method === 'POST' && path === TASKS) return submit(request, world);
  if (request.method === 'GET' && id !== null) return task(request, world, id);
  if (request.method === 'DELETE' && id !== null) return remove(request, world, id);
  if (request.method === 'GET' && (path === '/models' || path === TASKS)) return list(request, world, path);
  return error(404, 'NotFound', 'The requested path does not exist.');
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const refuse = (answer: Response) => {
    world.count('seedance', 'refused');
    return answer;
  };
  const model = asText(body['model']);
  const struck = await world.strike(request, { provider: 'seedance', model, step: 'submit' }, says);
  if (struck !== null) return refuse(struck);
  if (keyOf(request, 'Bearer') === null) return refuse(says.badKey());
  if (!SEEDANCE_NAMES.includes(model) || world.suffers('seedance', 'model_gone', model))
    return refuse(says.modelGone(model));
  const order = readSeedanceOrder(body);
  if ('code' in order) return refuse(says.invalid(order));
  if (world.suffers('seedance', 'no_credit', model)) return refuse(says.noCredit());
  return json(200, { id: idOf(world.accept(order)) });
}

async function task(request: Request, world: World, id: string): Promise<Response> {
  world.count('seedance', 'polls');
  const job = open(world, id);
  const call = { provider: 'seedance', model: job?.model ?? null, step: 'poll' } as const;
  const struck = await world.strike(request, call, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  return job === null ? says.noTask(id) : json(200, standing(job, world));
}

function standing(job: Job, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  const seen = stage.is === 'over' ? job.readyAt : stage.is === 'running' ? job.startsAt : job.createdAt;
  const about = {
    id: idOf(job),
    model: job.model,
    created_at: Math.floor(job.createdAt / 1000),
    updated_at: Math.floor(seen / 1000),
    service_tier: 'default',
    execution_expires_after: 172_800,
  };
  if (stage.is === 'queued') return { ...about, status: 'queued' };
  if (stage.is === 'running') return { ...about, status: 'running' };
  if (job.outcome !== 'ok') return { ...about, status: 'failed', error: failureOf(job) };
  const tokens = seedanceTokens(job);
  return {
    ...about,
    status: 'succeeded',
    content: { video_url: world.assetUrl(job) },
    usage: { completion_tokens: tokens, total_tokens: tokens },
    duration: job.seconds,
    framespersecond: 24,
  };
}

function failureOf(job: Job): { code: string; message: string } {
  return job.outcome === 'moderated'
    ? {
        code: 'OutputVideoSensitiveContentDetected',
        message: 'The request failed because the output video may contain sensitive information.',
      }
    : { code: 'InternalServiceError', message: 'The service encountered an unexpected internal error.' };
}

/** Cancels a queued task, removes a finished one, and refuses a running one. */
async function remove(request: Request, world: World, id: string): Promise<Response> {
  world.count('seedance', 'cancels');
  const job = open(world, id);
  const call = { provider: 'seedance', model: job?.model ?? null, step: 'cancel' } as const;
  const struck = await world.strike(request, call, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  if (job === null) return says.noTask(id);
  if (stageOf(job, world.now()).is === 'running') return says.running();
  world.forget(job);
  return json(200, {});
}

/** The free calls: the catalogue, and our own tasks. */
async function list(request: Request, world: World, path: string): Promise<Response> {
  world.count('seedance', 'checks');
  const struck = await world.strike(request, { provider: 'seedance', model: null, step: 'check' }, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  if (path === '/models') {
    const data = SEEDANCE_NAMES.filter((id) => !world.suffers('seedance', 'model_gone', id));
    return json(200, {
      object: 'list',
      data: data.map((id) => ({ id, object: 'model', task_type: ['TextToVideo'], status: 'Active' })),
    });
  }
  const orders = world.submits('seedance').flatMap(({ jobId }) => world.open('seedance', jobId) ?? []);
  const items = orders.filter(({ id }) => !world.isForgotten(id)).map((job) => standing(job, world));
  const size = Number(new URL(request.url).searchParams.get('page_size') ?? '10');
  return json(200, { items: items.slice(0, size), total: items.length });
}

function idOf(job: Job): string {
  return `cgt-${job.id}`;
}

function open(world: World, id: string): Job | null {
  const job = id.startsWith('cgt-') ? world.open('seedance', id.slice(4)) : null;
  return job === null || world.isForgotten(job.id) ? null : job;
}

function error(status: number, code: string, message: string, param = ''): Response {
  const said = `${message} Request id: ${uuidOf(`${code}:${message}`)}`;
  const type = status === 400 ? 'BadRequest' : status === 401 ? 'Unauthorized' : code;
  return json(status, { error: { code, message: said, param, type } });
}
