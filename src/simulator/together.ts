/**
 * Together AI's video jobs, mounted at `/together`.
 * Shapes from together-ai 0.52.0, docs.together.ai, and errors that public clients have met, read 2026-12-01.
 */

import { asText, json, keyOf, readObject } from './answers.ts';
import { stageOf } from './jobs.ts';
import type { CallStep, Job, Ordered, World } from './types.ts';

interface VideoModel {
  seconds: readonly number[];
  /** How a size is asked for, what there is, and dollars: per second, or for the clip. */
  takes: 'pixels' | 'tier and ratio' | 'tier';
  sizes: Readonly<Record<string, readonly string[]>>;
  prices: Readonly<Record<string, number>>;
  isByClip?: true;
}

const FULL_HD = { '1080p': ['1920x1080', '1080x1080', '1080x1920'] };
const MODELS: Readonly<Record<string, VideoModel>> = {
  'Wan-AI/wan2.7-t2v': {
    seconds: upTo(2, 15),
    takes: 'tier and ratio',
    sizes: { '720P': ['1280x720', '720x1280', '960x960'] },
    prices: { '720P': 0.1 },
  },
  'ByteDance/Seedance-2.5': {
    seconds: upTo(4, 30),
    takes: 'tier',
    sizes: { '480p': ['864x480'], '720p': ['1280x720'] },
    prices: { '480p': 0.115, '720p': 0.249 },
  },
  'vidu/vidu-q1': clip(5, FULL_HD, 0.22),
  'pixverse/pixverse-v5': clip(5, FULL_HD, 0.3),
  'minimax/hailuo-02': clip(10, { '768p': ['1366x768'] }, 0.49),
};
const RATIOS: Readonly<Record<string, number>> = { '16:9': 0, '9:16': 1, '1:1': 2 };
const FIELDS =
  'model prompt seconds width height resolution ratio seed negative_prompt fps steps guidance_scale output_format output_quality generate_audio media frame_images reference_images';

const says = {
  down: () => error(503, 'The server is overloaded or not ready yet.', 'service_unavailable'),
  rateLimited: () => error(429, 'Rate limit exceeded', 'rate_limit_exceeded', { 'retry-after': '20' }),
  badKey: () =>
    error(
      401,
      'Invalid API key provided. You can find your API key at https://api.together.ai/settings/api-keys.',
      'invalid_api_key',
    ),
  noCredit: () => error(402, 'Credit limit exceeded, please add credits to your account.', 'credit_limit'),
  noModel: (model: string) =>
    error(
      404,
      `Unable to access model ${model}. Please visit https://api.together.ai/models to view the list of supported models.`,
      'model_not_available',
    ),
  invalid: (message: string) => error(400, message, 'invalid_request'),
  noJob: () => error(404, 'Video not found', 'not_found'),
};

export async function handleTogether(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/together'.length);
  const route = `${request.method} ${path}`;
  if (route === 'POST /v2/videos') return submit(request, world);
  if (route === 'GET /v1/models') return models(request, world);
  const id = /^GET \/v2\/videos\/([^/]+)$/.exec(route)?.[1];
  return id === undefined ? error(404, 'Not Found', 'not_found') : poll(request, world, id);
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const model = asText(body['model']);
  const refuse = (answer: Response) => {
    world.count('together', 'refused');
    return answer;
  };
  const refusal = await refuseCall(request, world, model, 'submit');
  if (refusal !== null) return refuse(refusal);
  if (!Object.hasOwn(MODELS, model) || world.suffers('together', 'model_gone', model))
    return refuse(says.noModel(model));
  if (world.suffers('together', 'no_credit', model)) return refuse(says.noCredit());
  const order = readOrder(body, model);
  if (typeof order === 'string') return refuse(says.invalid(order));
  return json(200, show(world.accept(order), world));
}

async function poll(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('together', id);
  world.count('together', 'polls');
  const refusal = await refuseCall(request, world, job?.model ?? null, 'poll');
  if (refusal !== null) return refusal;
  return job === null ? says.noJob() : json(200, show(job, world));
}

function show(job: Job, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  const common = {
    id: job.id,
    object: 'video',
    model: job.model,
    size: `${job.width}x${job.height}`,
    seconds: String(job.seconds),
    created_at: Math.floor(job.createdAt / 1_000),
  };
  if (stage.is === 'queued') return { ...common, status: 'queued' };
  if (stage.is === 'running') return { ...common, status: 'in_progress' };
  const ended = { ...common, completed_at: Math.floor(job.readyAt / 1_000) };
  if (job.outcome === 'ok')
    return {
      ...ended,
      status: 'completed',
      outputs: { cost: job.costUsd, video_url: world.assetUrl(job) },
    };
  const message =
    job.outcome === 'moderated'
      ? 'The prompt was rejected by the content policy of the provider.'
      : 'Video generation failed. Please try again.';
  return { ...ended, status: 'failed', error: { message } };
}

async function models(request: Request, world: World): Promise<Response> {
  world.count('together', 'checks');
  const refusal = await refuseCall(request, world, null, 'check');
  if (refusal !== null) return refusal;
  const names = Object.keys(MODELS).filter((id) => !world.suffers('together', 'model_gone', id));
  return json(
    200,
    names.map((id) => ({ id, object: 'model', created: 0, type: 'video', organization: id.split('/')[0] })),
  );
}

/** Reads an order; the answer is a sentence where something in it is wrong. */
function readOrder(body: Record<string, unknown>, name: string): Ordered | string {
  const model = MODELS[name];
  if (model === undefined) return 'model is required';
  const strange = Object.keys(body).filter((field) => !FIELDS.split(' ').includes(field));
  if (strange.length > 0) return `Unrecognized request arguments: ${strange.join(', ')}`;
  const prompt = asText(body['prompt']);
  if (prompt.length < 2) return 'prompt is required';
  const told = body['seconds'] ?? String(model.seconds[0]);
  if (typeof told !== 'string') return 'seconds must be a string';
  const seconds = Number(told);
  if (!model.seconds.includes(seconds)) return `seconds must be one of ${model.seconds.join(', ')}`;
  const found = sizeOf(body, model);
  if (typeof found === 'string') return found;
  const [tier, size] = found;
  const [width = 0, height = 0] = size.split('x').map(Number);
  const price = model.prices[tier] ?? 0;
  const costUsd = Math.round(price * (model.isByClip ? 1 : seconds) * 1e6) / 1e6;
  return { provider: 'together', model: name, width, height, seconds, costUsd, prompt };
}

function sizeOf(body: Record<string, unknown>, model: VideoModel): [tier: string, size: string] | string {
  if (model.takes === 'pixels') {
    const size = `${Number(body['width'])}x${Number(body['height'])}`;
    const tier = Object.keys(model.sizes).find((name) => model.sizes[name]?.includes(size));
    return tier === undefined ? `dimensions ${size} are not supported` : [tier, size];
  }
  if (body['width'] !== undefined || body['height'] !== undefined)
    return 'width and height are not supported by this model';
  const tier = asText(body['resolution']);
  const ratio = body['ratio'] ?? '16:9';
  if (model.takes === 'tier' && body['ratio'] !== undefined) return 'ratio is not supported by this model';
  const size = model.sizes[tier]?.[RATIOS[asText(ratio)] ?? -1];
  return size === undefined ? 'resolution or ratio is not supported by this model' : [tier, size];
}

async function refuseCall(
  request: Request,
  world: World,
  model: string | null,
  step: CallStep,
): Promise<Response | null> {
  const struck = await world.strike(request, { provider: 'together', model, step }, says);
  if (struck !== null) return struck;
  return keyOf(request, 'Bearer') === null ? says.badKey() : null;
}

function clip(seconds: number, sizes: Readonly<Record<string, readonly string[]>>, usd: number): VideoModel {
  const prices = Object.fromEntries(Object.keys(sizes).map((tier) => [tier, usd]));
  return { seconds: [seconds], takes: 'pixels', sizes, prices, isByClip: true };
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function error(
  status: number,
  message: string,
  code: string,
  headers: Record<string, string> = {},
): Response {
  return json(status, { error: { message, type: 'invalid_request_error', param: null, code } }, headers);
}
