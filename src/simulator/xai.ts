/**
 * xAI's API, mounted at `/xai`.
 * Shapes from @ai-sdk/xai 5.0.12 (video model and errors), docs.x.ai as stored 2026-07-10, error bodies from public
 * issues, read 2026-11-21. A bad key is answered with 400, an empty account with 429, as those issues show.
 */

import { asText, json, keyOf, readObject } from './answers.ts';
import { stageOf } from './jobs.ts';
import type { Job, Ordered, World } from './types.ts';

const PROMPT_CHARACTERS_MAX = 4096;
const TICKS_PER_USD = 1e10;
const SECONDS_MAX = 15;
const ARGUMENT = 'Client specified an invalid argument';

// Dollars per second; the lite model is known from resellers only, 2026-10.
const MODELS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'grok-imagine-video': { '480p': 0.05, '720p': 0.07 },
  'grok-imagine-video-1.5': { '480p': 0.08, '720p': 0.14, '1080p': 0.25 },
  'grok-imagine-video-1.5-lite': { '480p': 0.02, '720p': 0.035, '1080p': 0.14 },
};
const SHORT_SIDES: Readonly<Record<string, number>> = { '480p': 480, '720p': 720, '1080p': 1080 };
const ASPECTS = ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3'];
const FIELDS = [
  'model',
  'prompt',
  'duration',
  'aspect_ratio',
  'resolution',
  'generate_audio',
  'storage_options',
  'user',
];

const says = {
  down: () => error(503, 'The service is currently unavailable', 'Service temporarily unavailable.'),
  rateLimited: () =>
    error(429, 'Some resource has been exhausted', 'Too many requests for this model.', {
      'retry-after': '20',
    }),
  badKey: () =>
    error(
      400,
      ARGUMENT,
      'Incorrect API key provided: ba***ey. You can obtain an API key from https://console.x.ai.',
    ),
  noCredit: () =>
    error(
      429,
      'Some resource has been exhausted',
      'Your team 16f2151a has either used all available credits or reached its monthly spending limit. To continue ' +
        'making API requests, please purchase more credits or raise your spending limit.',
    ),
  noModel: (model: string) =>
    error(
      404,
      'not-found',
      `The model ${model} does not exist or your team 16f2151a does not have access to it.`,
    ),
  invalid: (message: string) => error(400, ARGUMENT, message),
  noRequest: () => error(404, 'not-found', 'Request not found.'),
};

export async function handleXai(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/xai'.length);
  const route = `${request.method} ${path}`;
  if (route === 'POST /v1/videos/generations') return submit(request, world);
  if (route === 'GET /v1/models') return models(request, world);
  const id = /^GET \/v1\/videos\/([^/]+)$/.exec(route)?.[1];
  return id === undefined ? json(404, { error: `Not found: ${route}` }) : poll(request, world, id);
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const model = asText(body['model']);
  const refuse = (answer: Response) => {
    world.count('xai', 'refused');
    return answer;
  };
  const struck = await world.strike(request, { provider: 'xai', model, step: 'submit' }, says);
  if (struck !== null) return refuse(struck);
  const refusal = refuseCaller(request);
  if (refusal !== null) return refuse(refusal);
  if (!Object.hasOwn(MODELS, model) || world.suffers('xai', 'model_gone', model))
    return refuse(says.noModel(model));
  if (world.suffers('xai', 'no_credit', model)) return refuse(says.noCredit());
  const order = readOrder(body, model);
  if (typeof order === 'string') return refuse(says.invalid(order));
  return json(200, { request_id: world.accept(order).id });
}

/** While it is made: 202, first without a body, later with one. */
async function poll(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('xai', id);
  world.count('xai', 'polls');
  const call = { provider: 'xai', model: job?.model ?? null, step: 'poll' } as const;
  const refusal = (await world.strike(request, call, says)) ?? refuseCaller(request);
  if (refusal !== null) return refusal;
  if (job === null) return says.noRequest();
  const stage = stageOf(job, world.now());
  if (stage.is === 'queued') return new Response(null, { status: 202 });
  const progress = Math.round(stage.progress * 100);
  if (stage.is === 'running') return json(202, { status: 'pending', progress, model: job.model });
  if (job.outcome === 'failed')
    return json(200, {
      status: 'failed',
      model: job.model,
      error: { code: 'internal_error', message: 'Generation failed. Please try again.' },
    });
  return json(200, {
    status: 'done',
    progress,
    model: job.model,
    video: videoOf(job, world),
    usage: { cost_in_usd_ticks: Math.round(job.costUsd * TICKS_PER_USD) },
  });
}

/** A refused video is done as well, and charged; only one field tells. */
function videoOf(job: Job, world: World): Record<string, unknown> {
  const isFine = job.outcome === 'ok';
  return { url: isFine ? world.assetUrl(job) : '', duration: job.seconds, respect_moderation: isFine };
}

async function models(request: Request, world: World): Promise<Response> {
  world.count('xai', 'checks');
  const call = { provider: 'xai', model: null, step: 'check' } as const;
  const refusal = (await world.strike(request, call, says)) ?? refuseCaller(request);
  if (refusal !== null) return refusal;
  const names = Object.keys(MODELS).filter((name) => !world.suffers('xai', 'model_gone', name));
  const data = names.map((id) => ({ id, created: 1_769_000_000, object: 'model', owned_by: 'xai' }));
  return json(200, { object: 'list', data });
}

/** Reads an order; the answer is a sentence where something in it is wrong. */
function readOrder(body: Record<string, unknown>, model: string): Ordered | string {
  const strange = Object.keys(body).filter((key) => !FIELDS.includes(key));
  if (strange.length > 0) return `Argument not supported: ${strange.join(', ')}`;
  const prompt = asText(body['prompt']);
  if (prompt === '') return 'Prompt cannot be empty. Please provide a prompt.';
  if (prompt.length > PROMPT_CHARACTERS_MAX)
    return `Prompt is longer than ${PROMPT_CHARACTERS_MAX} characters.`;
  const seconds = body['duration'] ?? 6;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > SECONDS_MAX)
    return `duration must be between 1 and ${SECONDS_MAX}`;
  const resolution = body['resolution'] ?? '480p';
  const price = typeof resolution === 'string' ? MODELS[model]?.[resolution] : undefined;
  if (typeof resolution !== 'string' || price === undefined)
    return `resolution must be one of ${Object.keys(MODELS[model] ?? {}).join(', ')}`;
  const aspect = body['aspect_ratio'] ?? '16:9';
  if (typeof aspect !== 'string' || !ASPECTS.includes(aspect))
    return `aspect_ratio must be one of ${ASPECTS.join(', ')}`;
  if (!['boolean', 'undefined'].includes(typeof body['generate_audio']))
    return 'generate_audio must be a boolean';
  const [width, height] = pixels(aspect, SHORT_SIDES[resolution] ?? 480);
  return {
    provider: 'xai',
    model,
    width,
    height,
    seconds,
    costUsd: Math.round(price * seconds * 1e6) / 1e6,
    prompt,
  };
}

/** Even numbers of pixels, as codecs want them. */
function pixels(aspect: string, shortSide: number): [width: number, height: number] {
  const [across = 1, down = 1] = aspect.split(':').map(Number);
  const longSide = Math.round((shortSide * Math.max(across, down)) / Math.min(across, down) / 2) * 2;
  return across >= down ? [longSide, shortSide] : [shortSide, longSide];
}

function refuseCaller(request: Request): Response | null {
  return keyOf(request, 'Bearer') === null ? says.badKey() : null;
}

function error(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return json(status, { code, error: message }, headers);
}
