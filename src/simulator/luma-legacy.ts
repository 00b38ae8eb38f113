/**
 * Luma's Dream Machine API, mounted at `/luma-legacy/dream-machine/v1`.
 * Shapes from the types of lumaai 1.19.1 and docs.lumalabs.ai, read 2026-11-22; the HTTP statuses of errors beside
 * 400, 401 and 404 are guesses.
 */

import { asObject, asText, json, keyOf, readObject } from './answers.ts';
import { stageOf } from './jobs.ts';
import type { Job, Ordered, Says, World } from './types.ts';

const PROMPT_CHARACTERS_MIN = 3;
const PROMPT_CHARACTERS_MAX = 5_000;
const BALANCE_USD = 50;

const ASPECTS: Readonly<Record<string, readonly [across: number, down: number]>> = {
  '1:1': [1, 1],
  '16:9': [16, 9],
  '9:16': [9, 16],
  '4:3': [4, 3],
  '3:4': [3, 4],
  '21:9': [21, 9],
  '9:21': [9, 21],
};
const RESOLUTIONS = ['540p', '720p', '1080p', '4k'];
const SECONDS: Readonly<Record<string, number>> = { '5s': 5, '9s': 9 };
/** Dollars per million pixels, as the vendor bills; 24 frames a second. */
const PER_MILLION: Readonly<Record<string, number>> = { 'ray-2': 0.0064, 'ray-flash-2': 0.0022 };
const FPS = 24;
const FIELDS = [
  'model',
  'prompt',
  'resolution',
  'duration',
  'aspect_ratio',
  'loop',
  'keyframes',
  'concepts',
  'callback_url',
  'generation_type',
];

const says = {
  down: () => error(503, 'Service Unavailable'),
  rateLimited: () => error(429, 'Too many requests', { 'retry-after': '20' }),
  badKey: () => error(401, 'Not authenticated'),
  noCredit: () => error(400, 'Insufficient credits'),
  notFound: () => error(404, 'Generation not found'),
  modelGone: (known: string[]) =>
    json(422, {
      detail: [
        { type: 'enum', loc: ['body', 'model'], msg: `Input should be ${known.join(' or ')}`, input: '' },
      ],
    }),
  invalid: (detail: string) => error(400, detail),
} satisfies Says & Record<string, (...args: never[]) => Response>;

export async function handleLumaLegacy(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/luma-legacy/dream-machine/v1'.length);
  const route = `${request.method} ${path}`;
  if (route === 'GET /ping') return json(200, { message: 'pong' });
  if (route === 'GET /credits') return credits(request, world);
  if (route === 'POST /generations/video') return submit(request, world);
  const [, method = '', id = ''] = /^(GET|DELETE) \/generations\/([^/]+)$/.exec(route) ?? [];
  if (id === '') return error(404, 'Not Found');
  return method === 'GET' ? poll(request, world, id) : remove(request, world, id);
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const model = asText(body['model']);
  const struck = await world.strike(request, { provider: 'luma-legacy', model, step: 'submit' }, says);
  if (struck !== null) return refuse(world, struck);
  if (keyOf(request, 'Bearer') === null) return refuse(world, says.badKey());
  if (!Object.hasOwn(PER_MILLION, model) || world.suffers('luma-legacy', 'model_gone', model))
    return refuse(world, says.modelGone(Object.keys(PER_MILLION).filter((name) => name !== model)));
  const order = readOrder(body, model);
  if (typeof order === 'string') return refuse(world, says.invalid(order));
  if (world.suffers('luma-legacy', 'no_credit', model)) return refuse(world, says.noCredit());
  return json(201, show(world.accept(order), world));
}

async function poll(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('luma-legacy', id);
  world.count('luma-legacy', 'polls');
  const refusal = await refuseCall(request, world, job?.model ?? null, 'poll');
  if (refusal !== null) return refusal;
  return job === null || world.isForgotten(id) ? says.notFound() : json(200, show(job, world));
}

async function remove(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('luma-legacy', id);
  world.count('luma-legacy', 'cancels');
  const refusal = await refuseCall(request, world, job?.model ?? null, 'cancel');
  if (refusal !== null) return refusal;
  if (job === null || world.isForgotten(id)) return says.notFound();
  world.forget(job);
  return new Response(null, { status: 204 });
}

async function credits(request: Request, world: World): Promise<Response> {
  world.count('luma-legacy', 'checks');
  const refusal = await refuseCall(request, world, null, 'check');
  if (refusal !== null) return refusal;
  const spent = world.submits('luma-legacy').reduce((sum, order) => sum + order.costUsd, 0);
  const left = world.suffers('luma-legacy', 'no_credit', null) ? 0 : Math.max(0, BALANCE_USD - spent);
  return json(200, { credit_balance: Math.round(left * 100) });
}

async function refuseCall(
  request: Request,
  world: World,
  model: string | null,
  step: 'poll' | 'check' | 'cancel',
): Promise<Response | null> {
  const struck = await world.strike(request, { provider: 'luma-legacy', model, step }, says);
  return struck ?? (keyOf(request, 'Bearer') === null ? says.badKey() : null);
}

function show(job: Job, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  const common = {
    id: job.id,
    generation_type: 'video',
    created_at: new Date(job.createdAt).toISOString(),
    model: job.model,
    failure_reason: null,
    assets: null,
  };
  if (stage.is === 'queued') return { ...common, state: 'queued' };
  if (stage.is === 'running') return { ...common, state: 'dreaming' };
  if (job.outcome === 'ok')
    return { ...common, state: 'completed', assets: { video: world.assetUrl(job), image: null } };
  const failure_reason =
    job.outcome === 'moderated' ? 'Advanced prompt moderation failed' : 'Prompt processing failed';
  return { ...common, state: 'failed', failure_reason };
}

/** Reads an order; the answer is a sentence where something in it is wrong. */
function readOrder(body: Record<string, unknown>, model: string): Ordered | string {
  const strange = Object.keys(body).filter((key) => !FIELDS.includes(key));
  if (strange.length > 0) return `Extra inputs are not permitted: ${strange.join(', ')}`;
  const prompt = asText(body['prompt']);
  if (prompt === '' && asObject(body['keyframes']) === null) return 'Prompt is required';
  if (prompt.length < PROMPT_CHARACTERS_MIN)
    return `Prompt is too short, minimum length is ${PROMPT_CHARACTERS_MIN} characters`;
  if (prompt.length > PROMPT_CHARACTERS_MAX)
    return `Prompt is too long, maximum length is ${PROMPT_CHARACTERS_MAX} characters`;
  const resolution = asText(body['resolution'] ?? '540p');
  if (!RESOLUTIONS.includes(resolution)) return `resolution must be one of ${RESOLUTIONS.join(', ')}`;
  const aspect = ASPECTS[asText(body['aspect_ratio'] ?? '16:9')];
  if (aspect === undefined) return `aspect_ratio must be one of ${Object.keys(ASPECTS).join(', ')}`;
  const seconds = SECONDS[asText(body['duration'] ?? '5s')];
  if (seconds === undefined) return 'duration must be one of 5s, 9s';
  const side = resolution === '4k' ? 2160 : Number.parseInt(resolution, 10);
  const [width, height] = pixels(side, aspect);
  const usd = ((width * height * FPS * seconds) / 1e6) * (PER_MILLION[model] ?? 0);
  const costUsd = Math.round(usd * 100) / 100;
  return { provider: 'luma-legacy', model, width, height, seconds, costUsd, prompt };
}

function pixels(side: number, [across, down]: readonly [number, number]): [width: number, height: number] {
  const long = Math.round((side * Math.max(across, down)) / Math.min(across, down) / 2) * 2;
  return across >= down ? [long, side] : [side, long];
}

function error(status: number, detail: string, headers: Record<string, string> = {}): Response {
  return json(status, { detail }, headers);
}

function refuse(world: World, answer: Response): Response {
  world.count('luma-legacy', 'refused');
  return answer;
}
