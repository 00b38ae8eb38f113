/**
 * OpenRouter's video jobs, mounted at `/openrouter`.
 * Shapes from openrouter.ai/docs/api_reference/videos, its OpenAPI, and error bodies in public issues, read 2026-11-21.
 */

import { asText, json, keyOf, readObject } from './answers.ts';
import { serveVideo } from './assets.ts';
import { stageOf, uuidOf } from './jobs.ts';
import { readVideoOrder, VIDEO_MODELS } from './openrouter-orders.ts';
import type { CallStep, Job, World } from './types.ts';

const LIMIT_USD = 100;
/** When every model was listed, in seconds; nothing depends on it. */
const LISTED_AT = Date.UTC(2026, 9, 9) / 1_000;

const says = {
  down: () => error(503, 'Service unavailable, please try again later'),
  rateLimited: () => error(429, 'Rate limit exceeded', { 'retry-after': '20' }),
  badKey: () => error(401, 'User not found.'),
  noCredit: () => error(402, 'Insufficient credits. Add more using https://openrouter.ai/settings/credits'),
  noEndpoint: (model: string) => error(404, `No endpoints found for ${model}.`),
  noJob: (id: string) => error(404, `Job ${id} not found`),
};

export async function handleOpenrouter(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/openrouter/api/v1'.length);
  const route = `${request.method} ${path}`;
  if (route === 'POST /videos') return submit(request, world);
  if (route === 'GET /videos/models') return models(request, world);
  if (route === 'GET /key') return key(request, world);
  const [, id, content] = /^GET \/videos\/([^/]+)(\/content)?$/.exec(route) ?? [];
  if (id === undefined) return error(404, 'Not Found');
  return content === undefined ? poll(request, world, id) : download(request, world, id);
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const model = asText(body['model']);
  const refuse = (answer: Response) => {
    world.count('openrouter', 'refused');
    return answer;
  };
  const refusal = await refuseCall(request, world, model, 'submit');
  if (refusal !== null) return refuse(refusal);
  if (world.suffers('openrouter', 'model_gone', model)) return refuse(says.noEndpoint(model));
  if (world.suffers('openrouter', 'no_credit', model)) return refuse(says.noCredit());
  const order = readVideoOrder(body, model);
  if (typeof order === 'string') return refuse(error(400, order));
  const job = world.accept(order);
  return json(202, { id: job.id, polling_url: `/api/v1/videos/${job.id}`, status: 'pending' });
}

async function poll(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('openrouter', id);
  world.count('openrouter', 'polls');
  const refusal = await refuseCall(request, world, job?.model ?? null, 'poll');
  if (refusal !== null) return refusal;
  if (job === null) return says.noJob(id);
  const about = { id, polling_url: `/api/v1/videos/${id}`, generation_id: `gen-${uuidOf(id)}` };
  return json(200, { ...about, ...standing(job, world) });
}

function standing(job: Job, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  if (stage.is === 'queued') return { status: 'pending' };
  if (stage.is === 'running') return { status: 'in_progress' };
  if (job.outcome === 'moderated')
    return { status: 'failed', error: 'The prompt was rejected by the content policy of the provider.' };
  if (job.outcome === 'failed')
    return { status: 'failed', error: 'Video generation failed. Please try again.' };
  return {
    status: 'completed',
    unsigned_urls: [`${world.origin}/openrouter/api/v1/videos/${job.id}/content?index=0`],
    usage: { cost: job.costUsd, is_byok: false },
  };
}

/** The video itself: with the key, from OpenRouter. */
async function download(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('openrouter', id);
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  if (job === null || job.outcome !== 'ok' || stageOf(job, world.now()).is !== 'over') return says.noJob(id);
  const call = { provider: 'openrouter', model: job.model, step: 'asset' } as const;
  const struck = await world.strike(request, call, says);
  return struck ?? serveVideo('openrouter', job, world);
}

/** The list is public: it answers without a key. */
async function models(request: Request, world: World): Promise<Response> {
  world.count('openrouter', 'checks');
  const call = { provider: 'openrouter', model: null, step: 'check' } as const;
  const struck = await world.strike(request, call, says);
  if (struck !== null) return struck;
  const names = Object.entries(VIDEO_MODELS).filter(([id]) => !world.suffers('openrouter', 'model_gone', id));
  const data = names.map(([id, model]) => ({
    id,
    canonical_slug: id,
    name: id.split('/')[1],
    created: LISTED_AT,
    description: '',
    hugging_face_id: null,
    supported_sizes: null,
    supported_frame_images: null,
    upscale_factor: null,
    creativity: null,
    ...model,
    allowed_passthrough_parameters: [],
  }));
  return json(200, { data });
}

/** The key and what it may still spend. */
async function key(request: Request, world: World): Promise<Response> {
  world.count('openrouter', 'checks');
  const refusal = await refuseCall(request, world, null, 'check');
  if (refusal !== null) return refusal;
  const usage = world.submits('openrouter').reduce((sum, order) => sum + order.costUsd, 0);
  const left = world.suffers('openrouter', 'no_credit', null) ? 0 : Math.max(0, LIMIT_USD - usage);
  return json(200, { data: { ...KEY, ...usages(usage), limit_remaining: left } });
}

/** What a key has besides its usage, with every field that @openrouter/sdk 1.3.19 demands. */
const KEY = {
  label: 'sk-or-v1-sim...ted',
  limit: LIMIT_USD,
  limit_reset: null,
  allowed_data_regions: [],
  creator_user_id: null,
  organization_id: null,
  workspace_id: null,
  expires_at: null,
  free_model_daily_requests: { limit: 50, remaining: 50, used: 0 },
  include_byok_in_limit: false,
  is_free_tier: false,
  is_management_key: false,
  is_provisioning_key: false,
  rate_limit: { requests: -1, interval: '10s', note: 'This field is deprecated and safe to ignore.' },
  ...usages(0, 'byok_usage'),
};

function usages(usd: number, name = 'usage'): Record<string, number> {
  return { [name]: usd, [`${name}_daily`]: usd, [`${name}_weekly`]: usd, [`${name}_monthly`]: usd };
}

async function refuseCall(
  request: Request,
  world: World,
  model: string | null,
  step: CallStep,
): Promise<Response | null> {
  const struck = await world.strike(request, { provider: 'openrouter', model, step }, says);
  if (struck !== null) return struck;
  return keyOf(request, 'Bearer') === null ? says.badKey() : null;
}

function error(status: number, message: string, headers: Record<string, string> = {}): Response {
  return json(status, { error: { message, code: status } }, headers);
}
