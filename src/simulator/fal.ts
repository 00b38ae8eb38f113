/**
 * fal's queue API for any endpoint, mounted at `/fal`, and its platform API, mounted at `/fal-platform`.
 * Shapes from @fal-ai/client 1.10.1, docs.fal.ai and the published OpenAPI, read 2026-11-21.
 */

import { asText, json, keyOf, readObject } from './answers.ts';
import { readFalOrder } from './fal-orders.ts';
import { stageOf, uuidOf } from './jobs.ts';
import type { Job, World } from './types.ts';

const EXHAUSTED =
  'User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.';

const says = {
  down: () => json(503, { detail: 'Service Unavailable' }, { 'x-fal-retryable': 'true' }),
  rateLimited: () =>
    json(
      429,
      { detail: 'Too many requests' },
      { 'retry-after': '20', 'x-fal-error-type': 'concurrent_requests_limit' },
    ),
  badKey: () => json(401, { detail: 'Unauthorized' }),
  locked: () => json(403, { detail: EXHAUSTED }),
  noApp: (endpoint: string) => json(404, { detail: `Application '${endpoint}' not found` }),
  noRequest: () => json(404, { detail: 'Request not found' }),
};

export async function handleFal(request: Request, world: World): Promise<Response> {
  const path = decodeURI(new URL(request.url).pathname.slice('/fal/'.length));
  const known = /^([^/]+\/[^/]+)\/requests\/([^/]+)(\/status|\/cancel)?$/.exec(path);
  if (known !== null) {
    const [, app = '', id = '', tail = ''] = known;
    const found = world.open('fal', id);
    // The poll path keeps the endpoint's first two segments only; another app's path does not find the request.
    const job = found !== null && appOf(found.model) === app ? found : null;
    if (request.method === 'PUT' && tail === '/cancel') return cancel(request, world, job);
    if (request.method === 'GET' && tail === '/status') return status(request, world, job);
    if (request.method === 'GET' && tail === '') return result(request, world, job);
  }
  if (request.method === 'POST' && /^[\w.-]+\/[\w.-]+(\/[\w.-]+)*$/.test(path))
    return submit(request, world, path);
  return json(405, { detail: 'Method Not Allowed' });
}

async function submit(request: Request, world: World, model: string): Promise<Response> {
  const body = await readObject(request);
  const refuse = (answer: Response) => {
    world.count('fal', 'refused');
    return answer;
  };
  const struck = await world.strike(request, { provider: 'fal', model, step: 'submit' }, says);
  if (struck !== null) return refuse(struck);
  if (keyOf(request, 'Key') === null) return refuse(says.badKey());
  if (world.suffers('fal', 'no_credit', model)) return refuse(says.locked());
  if (world.suffers('fal', 'model_gone', model)) return refuse(says.noApp(model));
  const order = readFalOrder(model, body ?? {});
  if ('detail' in order) return refuse(json(422, order));
  const job = world.accept(order);
  return json(200, { status: 'IN_QUEUE', ...links(job, world), queue_position: 0 }, requestId(job));
}

async function status(request: Request, world: World, job: Job | null): Promise<Response> {
  world.count('fal', 'polls');
  const refusal = await refuseCall(request, world, job, 'poll');
  if (refusal !== null || job === null) return refusal ?? says.noRequest();
  if (world.isForgotten(job.id))
    return json(200, { status: 'COMPLETED', ...links(job, world), ...cancelled });
  const stage = stageOf(job, world.now());
  if (stage.is === 'queued')
    return json(202, { status: 'IN_QUEUE', ...links(job, world), queue_position: 1 }, requestId(job));
  if (stage.is === 'running')
    return json(202, { status: 'IN_PROGRESS', ...links(job, world), logs: null }, requestId(job));
  const metrics = { inference_time: Math.round(job.readyAt - job.startsAt) / 1000 };
  const trouble = job.outcome === 'ok' ? {} : { error: failureOf(job).text, error_type: failureOf(job).type };
  return json(
    200,
    { status: 'COMPLETED', ...links(job, world), logs: null, metrics, ...trouble },
    requestId(job),
  );
}

async function result(request: Request, world: World, job: Job | null): Promise<Response> {
  world.count('fal', 'polls');
  const refusal = await refuseCall(request, world, job, 'poll');
  if (refusal !== null || job === null) return refusal ?? says.noRequest();
  if (world.isForgotten(job.id)) return json(499, { detail: cancelled.error });
  if (stageOf(job, world.now()).is !== 'over')
    return json(400, { detail: 'Request is still in progress' }, requestId(job));
  if (job.outcome === 'moderated') return json(422, { detail: [failureOf(job).detail] }, requestId(job));
  if (job.outcome === 'failed')
    return json(
      500,
      { detail: failureOf(job).text },
      { ...requestId(job), 'x-fal-retryable': 'true', 'x-fal-error-type': failureOf(job).type },
    );
  const { bytes, contentType } = world.asset(job);
  const video = {
    url: world.assetUrl(job),
    content_type: contentType,
    file_name: 'output.mp4',
    file_size: bytes.byteLength,
  };
  return json(200, { video }, requestId(job));
}

async function cancel(request: Request, world: World, job: Job | null): Promise<Response> {
  world.count('fal', 'cancels');
  const refusal = await refuseCall(request, world, job, 'cancel');
  if (refusal !== null || job === null) return refusal ?? says.noRequest();
  if (stageOf(job, world.now()).is === 'over') return json(400, { status: 'ALREADY_COMPLETED' });
  world.forget(job);
  return json(202, { status: 'CANCELLATION_REQUESTED' });
}

async function refuseCall(
  request: Request,
  world: World,
  job: Job | null,
  step: 'poll' | 'cancel',
): Promise<Response | null> {
  const struck = await world.strike(request, { provider: 'fal', model: job?.model ?? null, step }, says);
  if (struck !== null) return struck;
  return keyOf(request, 'Key') === null ? says.badKey() : null;
}

// What a cancelled request looks like afterwards is not documented (2026-11-21); this is the gentlest guess.
const cancelled = { error: 'Request was cancelled', error_type: 'client_cancelled' };

function failureOf(job: Job): { text: string; type: string; detail: Record<string, unknown> } {
  const isRefused = job.outcome === 'moderated';
  const text = isRefused
    ? 'The content could not be processed because it was flagged by a content checker.'
    : 'Internal server error';
  const type = isRefused ? 'content_policy_violation' : 'internal_server_error';
  return {
    text,
    type,
    detail: { loc: ['body', 'prompt'], msg: text, type, url: `https://docs.fal.ai/errors#${type}` },
  };
}

function appOf(model: string): string {
  return model.split('/').slice(0, 2).join('/');
}

function links(job: Job, world: World): Record<string, string> {
  const base = `${world.origin}/fal/${appOf(job.model)}/requests/${job.id}`;
  return {
    request_id: job.id,
    response_url: base,
    status_url: `${base}/status`,
    cancel_url: `${base}/cancel`,
  };
}

function requestId(job: Job): Record<string, string> {
  return { 'x-fal-request-id': job.id };
}

// Prices per clip or second, September 2026; other endpoints get the last line.
const PRICES: Record<string, { unit_price: number; unit: string }> = {
  'fal-ai/pika/v2.2/text-to-video': { unit_price: 0.2, unit: 'videos' },
  'fal-ai/pika/v2.1/text-to-video': { unit_price: 0.4, unit: 'videos' },
  'alibaba/wan-3.0-prime/text-to-video': { unit_price: 0.068, unit: 'seconds' },
};

/** The platform API: what an endpoint is, and what it costs. Listing needs no key, prices do. */
export async function handleFalPlatform(request: Request, world: World): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.slice('/fal-platform'.length).replace(/^\/v1(?=\/)/, '');
  const endpoints = url.searchParams.getAll('endpoint_id').flatMap((ids) => ids.split(','));
  const wants = request.method === 'GET' && (path === '/models' || path === '/models/pricing') ? path : null;
  if (wants === null) return platformError(404, 'not_found', 'Not found');
  world.count('fal', 'checks');
  const call = { provider: 'fal', model: endpoints[0] ?? null, step: 'check' } as const;
  const struck = await world.strike(request, call, {
    down: () => platformError(503, 'server_error', 'Service unavailable'),
    rateLimited: () => platformError(429, 'rate_limited', 'Rate limit exceeded', { 'retry-after': '20' }),
    badKey: () => platformError(401, 'authorization_error', 'Invalid API key'),
  });
  if (struck !== null) return struck;
  const hasKey = keyOf(request, 'Key') !== null;
  const isWrong = !hasKey && (wants === '/models/pricing' || request.headers.has('authorization'));
  if (isWrong) return platformError(401, 'authorization_error', 'Invalid API key');
  const names = endpoints.length === 0 ? Object.keys(PRICES) : endpoints;
  const unknown = names.find((name) => !name.includes('/'));
  if (unknown !== undefined) return platformError(404, 'not_found', `Endpoint ${asText(unknown)} not found`);
  const page = { next_cursor: null, has_more: false };
  if (wants === '/models') return json(200, { models: names.map((name) => describe(name, world)), ...page });
  const prices = names.map((name) => ({
    endpoint_id: name,
    ...(PRICES[name] ?? { unit_price: 0.1, unit: 'seconds' }),
    currency: 'USD',
  }));
  return json(200, { prices, ...page });
}

function describe(name: string, world: World): Record<string, unknown> {
  const isGone = world.suffers('fal', 'model_gone', name);
  return {
    endpoint_id: name,
    metadata: {
      display_name: name.split('/').slice(1).join(' '),
      category: 'text-to-video',
      status: isGone ? 'deprecated' : 'active',
      model_url: `https://fal.run/${name}`,
    },
  };
}

function platformError(
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return json(status, { error: { type, message, request_id: uuidOf(message) } }, headers);
}
