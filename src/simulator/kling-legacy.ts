/**
 * Kling's older API (a token signed with a pair of keys, the model in the body), mounted at `/kling-legacy`.
 * Shapes from vercel/ai packages/klingai@052b6d51 and the vendor's pages as public clients quote them, read 2026-11-21.
 */

import { asObject, asText, keyOf, parseObject, readObject } from './answers.ts';
import { stageOf, uuidOf } from './jobs.ts';
import { ok, says } from './kling-says.ts';
import type { Job, Ordered, World } from './types.ts';

const PROMPT_CHARACTERS_MAX = 2_500;
const TOKEN_SECONDS_MAX = 1_800;
const PACK_UNITS = 1_000;

interface Model {
  seconds: readonly string[];
  /** Dollars per second without sound, by mode. */
  price: Readonly<Record<string, number>>;
  sound: boolean;
}

const MODELS: Readonly<Record<string, Model>> = {
  'kling-v3': {
    seconds: Array.from({ length: 13 }, (_, index) => String(index + 3)),
    price: { std: 0.084, pro: 0.112 },
    sound: true,
  },
  'kling-v2-6': { seconds: ['5', '10'], price: { std: 0.042, pro: 0.07 }, sound: true },
  'kling-v2-5-turbo': { seconds: ['5', '10'], price: { std: 0.042, pro: 0.07 }, sound: false },
};
const SIZES: Record<string, Record<string, readonly [number, number]>> = {
  std: { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960] },
  pro: { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1440, 1440] },
};
const FIELDS = (
  'model_name prompt negative_prompt mode sound cfg_scale camera_control aspect_ratio duration watermark_info ' +
  'callback_url external_task_id multi_shot shot_type multi_prompt voice_list'
).split(' ');

export async function handleKlingLegacy(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/kling-legacy'.length);
  if (path === '/v1/videos/text2video' && request.method === 'POST') return submit(request, world);
  const id = /^\/v1\/videos\/text2video\/([^/]+)$/.exec(path)?.[1];
  if (id !== undefined && request.method === 'GET') return poll(request, world, id);
  if (path === '/account/costs' && request.method === 'GET') return costs(request, world);
  return says.noMethod();
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const model = asText(body['model_name']) || 'kling-v1';
  const refuse = (answer: Response) => {
    world.count('kling-legacy', 'refused');
    return answer;
  };
  const struck = await world.strike(request, { provider: 'kling-legacy', model, step: 'submit' }, says);
  const refusal = struck ?? refuseToken(request, world);
  if (refusal !== null) return refuse(refusal);
  if (!Object.hasOwn(MODELS, model) || world.suffers('kling-legacy', 'model_gone', model))
    return refuse(says.modelGone(model));
  const order = readOrder(body, model);
  if (typeof order === 'string') return refuse(says.invalid(order));
  if (world.submits('kling-legacy').some(({ key }) => key !== null && key === order.key))
    return refuse(says.invalid('external_task_id must be unique'));
  if (world.suffers('kling-legacy', 'no_credit', model)) return refuse(says.noCredit());
  if (world.suffers('kling-legacy', 'moderated', model)) return refuse(says.moderated());
  const job = world.accept(order);
  return ok(standing(job, world), job.id);
}

async function poll(request: Request, world: World, id: string): Promise<Response> {
  const keyed = world.submits('kling-legacy').find(({ key }) => key === id)?.jobId;
  const job = world.open('kling-legacy', keyed ?? id);
  world.count('kling-legacy', 'polls');
  const call = { provider: 'kling-legacy', model: job?.model ?? null, step: 'poll' } as const;
  const refusal = (await world.strike(request, call, says)) ?? refuseToken(request, world);
  if (refusal !== null) return refusal;
  return job === null ? says.noTask() : ok(standing(job, world), job.id);
}

function standing(job: Job, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  const key = world.submits('kling-legacy').find(({ jobId }) => jobId === job.id)?.key ?? null;
  const task = (task_status: string, updatedAt: number, more: object = {}) => ({
    task_id: job.id,
    task_status,
    task_status_msg: '',
    task_info: key === null ? {} : { external_task_id: key },
    created_at: job.createdAt,
    updated_at: updatedAt,
    ...more,
  });
  if (stage.is === 'queued') return task('submitted', job.createdAt);
  if (stage.is === 'running') return task('processing', job.startsAt);
  if (job.outcome !== 'ok')
    return task('failed', job.readyAt, { task_status_msg: 'Generation failed, please try again' });
  const seconds = String(job.seconds);
  const video = { id: uuidOf(job.id), url: world.assetUrl(job), watermark_url: '', duration: seconds };
  return task('succeed', job.readyAt, {
    task_result: { videos: [video] },
    final_unit_deduction: String(unitsOf(job.costUsd)),
  });
}

/** Only for the simulation: how many units a dollar is depends on the pack that was bought. */
function unitsOf(costUsd: number): number {
  return Math.round((costUsd / 0.14) * 10) / 10;
}

async function costs(request: Request, world: World): Promise<Response> {
  world.count('kling-legacy', 'checks');
  const call = { provider: 'kling-legacy', model: null, step: 'check' } as const;
  const refusal = (await world.strike(request, call, says)) ?? refuseToken(request, world);
  if (refusal !== null) return refusal;
  const query = new URL(request.url).searchParams;
  const [start, end] = ['start_time', 'end_time'].map((name) => Number(query.get(name) ?? Number.NaN));
  if (!(Number(start) < Number(end))) return says.invalid('start_time and end_time are required');
  const isEmpty = world.suffers('kling-legacy', 'no_credit', null);
  const spent = world.submits('kling-legacy').reduce((sum, order) => sum + unitsOf(order.costUsd), 0);
  const pack = {
    resource_pack_name: 'Simulated pack',
    resource_pack_id: uuidOf('pack'),
    resource_pack_type: 'decreasing_total',
    total_quantity: PACK_UNITS,
    remaining_quantity: isEmpty ? 0 : Math.max(0, Math.round((PACK_UNITS - spent) * 10) / 10),
    status: isEmpty ? 'runOut' : 'online',
  };
  return ok({ code: 0, msg: '', resource_pack_subscribe_infos: [pack] }, 'costs');
}

/** Tokens are read but cannot be proved: nobody told us the secret. An access key that begins with `bad` is bad. */
function refuseToken(request: Request, world: World): Response | null {
  const token = (request.headers.get('authorization') ?? '').replace(/^Bearer\s*/i, '');
  if (token === '') return says.noKey();
  const [header, claims, signature = ''] = token.split('.', 3);
  const { alg } = decoded(header);
  const { iss, exp, nbf } = decoded(claims);
  const isShaped = keyOf(request, 'Bearer') !== null && alg === 'HS256' && signature.length === 43;
  if (!isShaped || typeof exp !== 'number' || typeof nbf !== 'number' || asText(iss) === '')
    return says.badKey();
  if (asText(iss).startsWith('bad')) return says.badKey();
  const now = world.now() / 1_000;
  if (nbf > now) return says.tooEarly();
  return exp < now ? says.expired() : exp > now + TOKEN_SECONDS_MAX + 1 ? says.badKey() : null;
}

function decoded(part: string | undefined): Record<string, unknown> {
  return parseObject(Buffer.from(part ?? '', 'base64url').toString('utf8')) ?? {};
}

/** Reads an order; the answer is a sentence where something in it is wrong. */
function readOrder(body: Record<string, unknown>, name: string): Ordered | string {
  const model = MODELS[name];
  const strange = Object.keys(body).filter((field) => !FIELDS.includes(field));
  if (model === undefined || strange.length > 0) return `unknown parameter: ${strange.join(', ')}`;
  const { mode = 'std', sound = 'off', aspect_ratio: aspect = '16:9', duration = '5' } = body;
  const prompt = asText(body['prompt']);
  if (prompt === '' || prompt.length > PROMPT_CHARACTERS_MAX)
    return `prompt must have 1 to ${PROMPT_CHARACTERS_MAX} characters`;
  if (asText(body['negative_prompt']).length > PROMPT_CHARACTERS_MAX) return 'negative_prompt is too long';
  const size = SIZES[asText(mode)]?.[asText(aspect)];
  if (size === undefined) return 'mode must be std or pro, aspect_ratio 16:9, 9:16 or 1:1';
  // A number is refused: lengths are texts here.
  if (typeof duration !== 'string' || !model.seconds.includes(duration))
    return `duration must be one of ${model.seconds.join(', ')}`;
  if (sound !== 'off' && !(sound === 'on' && model.sound)) return `sound is not for ${name}`;
  if (body['cfg_scale'] !== undefined && name.startsWith('kling-v2')) return `cfg_scale is not for ${name}`;
  if (body['camera_control'] !== undefined && asObject(body['camera_control']) === null)
    return 'camera_control must be an object';
  const key = asText(body['external_task_id']);
  const perSecond = (model.price[asText(mode)] ?? 0) * (sound === 'on' ? 1.5 : 1);
  const seconds = Number(duration);
  return {
    provider: 'kling-legacy',
    model: name,
    width: size[0],
    height: size[1],
    seconds,
    costUsd: Math.round(perSecond * seconds * 1e4) / 1e4,
    prompt,
    ...(key === '' ? {} : { key }),
  };
}
