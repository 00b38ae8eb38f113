/**
 * Vercel AI Gateway's video models, mounted at `/vercel`.
 * Shapes from @ai-sdk/gateway 4.0.146, its documentation, and answers that public clients have met, read 2026-12-01.
 */

import { asObject, asText, json, keyOf, readObject } from './answers.ts';
import { stageOf, uuidOf } from './jobs.ts';
import type { CallStep, Job, World } from './types.ts';
import { readVideoOrder, VIDEO_MODELS } from './vercel-orders.ts';

const CREDITS_USD = 100;

const says = {
  down: () => error(503, 'Service temporarily unavailable', 'internal_server_error'),
  rateLimited: () => error(429, 'Rate limit exceeded', 'rate_limit_exceeded', { 'retry-after': '20' }),
  badKey: () => error(401, 'Invalid API key', 'authentication_error'),
  noCredit: () =>
    error(
      402,
      'Insufficient funds. Please add credits to your account to continue using AI services.',
      'insufficient_funds',
    ),
  noModel: (model: string) => error(404, `Model '${model}' not found`, 'model_not_found'),
  invalid: (message: string) => error(400, message, 'invalid_request_error'),
  noJob: () => error(404, 'Job not found', 'not_found'),
};

export async function handleVercel(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/vercel'.length);
  const route = `${request.method} ${path}`;
  if (route === 'POST /v4/ai/video-model/start') return start(request, world);
  if (route === 'POST /v4/ai/video-model/status') return status(request, world);
  if (route === 'GET /v4/ai/config') return config(request, world);
  if (route === 'GET /v1/credits') return credits(request, world);
  return error(404, 'Not Found', 'not_found');
}

async function start(request: Request, world: World): Promise<Response> {
  const model = request.headers.get('ai-model-id') ?? '';
  const refuse = (answer: Response) => {
    world.count('vercel', 'refused');
    return answer;
  };
  const refusal = (await refuseCall(request, world, model, 'submit')) ?? wrongHeaders(request);
  if (refusal !== null) return refuse(refusal);
  if (world.suffers('vercel', 'model_gone', model) || !Object.hasOwn(VIDEO_MODELS, model))
    return refuse(says.noModel(model));
  if (world.suffers('vercel', 'no_credit', model)) return refuse(says.noCredit());
  const body = await readObject(request);
  if (body === null) return refuse(says.invalid('Expected a JSON object'));
  const order = readVideoOrder(body, model);
  if (typeof order === 'string') return refuse(says.invalid(order));
  const key = request.headers.get('idempotency-key');
  const before = key === null ? undefined : world.submits('vercel').find((submit) => submit.key === key);
  const id = before?.jobId ?? world.accept({ ...order, ...(key !== null && { key }) }).id;
  return json(200, {
    operation: { gatewayJobId: id },
    warnings: [],
    providerMetadata: ofJob(id, 'queued'),
  });
}

async function status(request: Request, world: World): Promise<Response> {
  const body = await readObject(request);
  const id = asText(asObject(body?.['operation'])?.['gatewayJobId']);
  const job = world.open('vercel', id);
  world.count('vercel', 'polls');
  const refusal = (await refuseCall(request, world, job?.model ?? null, 'poll')) ?? wrongHeaders(request);
  if (refusal !== null) return refusal;
  return job === null ? says.noJob() : json(200, standing(job, world));
}

function standing(job: Job, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  if (stage.is === 'queued') return { status: 'pending', providerMetadata: ofJob(job.id, 'queued') };
  if (stage.is === 'running') return { status: 'pending', providerMetadata: ofJob(job.id, 'running') };
  if (job.outcome === 'moderated')
    return failed(job, 'The prompt was rejected by the content policy of the provider.');
  if (job.outcome === 'failed') return failed(job, 'Video generation failed. Please try again.');
  return {
    status: 'completed',
    videos: [{ type: 'url', url: world.assetUrl(job), mediaType: 'video/mp4' }],
    warnings: [],
    providerMetadata: ofJob(job.id, 'completed'),
  };
}

function failed(job: Job, text: string): Record<string, unknown> {
  return { status: 'error', error: text, providerMetadata: ofJob(job.id, 'failed') };
}

/** The usage of a job is recorded later, under the id of its generation: what it cost is not told here. */
function ofJob(id: string, word: string): Record<string, unknown> {
  const generationId = `gen_${uuidOf(id).replaceAll('-', '').slice(0, 26).toUpperCase()}`;
  return { gateway: { asyncJob: { jobId: id, status: word }, generationId } };
}

async function config(request: Request, world: World): Promise<Response> {
  world.count('vercel', 'checks');
  const refusal = await refuseCall(request, world, null, 'check');
  if (refusal !== null) return refusal;
  const names = Object.keys(VIDEO_MODELS).filter((id) => !world.suffers('vercel', 'model_gone', id));
  const models = names.map((id) => ({
    id,
    name: id.split('/')[1],
    description: null,
    pricing: null,
    specification: { specificationVersion: 'v4', provider: 'gateway', modelId: id },
    modelType: 'video',
  }));
  return json(200, { models });
}

async function credits(request: Request, world: World): Promise<Response> {
  world.count('vercel', 'checks');
  const refusal = await refuseCall(request, world, null, 'check');
  if (refusal !== null) return refusal;
  const used = world.submits('vercel').reduce((sum, order) => sum + order.costUsd, 0);
  const left = world.suffers('vercel', 'no_credit', null) ? 0 : Math.max(0, CREDITS_USD - used);
  return json(200, { balance: left.toFixed(4), total_used: used.toFixed(4) });
}

async function refuseCall(
  request: Request,
  world: World,
  model: string | null,
  step: CallStep,
): Promise<Response | null> {
  const struck = await world.strike(request, { provider: 'vercel', model, step }, says);
  if (struck !== null) return struck;
  return keyOf(request, 'Bearer') === null ? says.badKey() : null;
}

/** What every call of the client carries. */
function wrongHeaders(request: Request): Response | null {
  const { headers } = request;
  if (headers.get('ai-gateway-protocol-version') !== '0.0.1')
    return says.invalid('Unsupported protocol version');
  if (headers.get('ai-gateway-auth-method') !== 'api-key') return says.invalid('Unknown auth method');
  return headers.get('ai-video-model-specification-version') === '4'
    ? null
    : says.invalid('Unsupported specification version');
}

function error(
  statusCode: number,
  message: string,
  type: string,
  headers: Record<string, string> = {},
): Response {
  return json(statusCode, { error: { message, type } }, headers);
}
