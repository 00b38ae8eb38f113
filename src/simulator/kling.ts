/**
 * Kling's new API (model in the path, static key), mounted at `/kling`.
 * Shapes from a published client of that API and two others, read 2026-11-21.
 */

import { asObject, asText, keyOf, readObject } from './answers.ts';
import { stageOf } from './jobs.ts';
import { ok, says } from './kling-says.ts';
import type { Job, Ordered, World } from './types.ts';

const PROMPT_CHARACTERS_MAX = 3072;
const TASKS_MAX = 50;

interface Model {
  seconds: readonly number[];
  resolutions: readonly string[];
  /** Whether it takes the settings `audio` and `multi_shot`. */
  hasSwitches: boolean;
  /** Whether it takes `options.external_task_id`. */
  hasKey: boolean;
  /** Dollars per second without audio, by resolution. */
  price: Readonly<Record<string, number>>;
}

// Lengths, settings and prices as published by clients and resellers, 2026-11; whether 4.0 has such a path is unverified.
const BOTH = ['720p', '1080p'];
const LIKE_3 = { seconds: upTo(3, 15), hasSwitches: true, hasKey: true };
const LIKE_4 = { hasSwitches: false, hasKey: false };
const MODELS: Readonly<Record<string, Model>> = {
  'kling-3.0': {
    ...LIKE_3,
    resolutions: [...BOTH, '4k'],
    price: { '720p': 0.084, '1080p': 0.112, '4k': 0.42 },
  },
  'kling-3.0-turbo': {
    ...LIKE_3,
    hasSwitches: false,
    resolutions: BOTH,
    price: { '720p': 0.112, '1080p': 0.14 },
  },
  'kling-2.6': { ...LIKE_3, seconds: [5, 10], resolutions: BOTH, price: { '720p': 0.042, '1080p': 0.07 } },
  'kling-2.5-turbo': {
    ...LIKE_3,
    seconds: [5, 10],
    resolutions: BOTH,
    price: { '720p': 0.042, '1080p': 0.07 },
  },
  'kling-4.0': {
    ...LIKE_4,
    seconds: upTo(3, 30),
    resolutions: BOTH,
    price: { '720p': 0.157, '1080p': 0.235 },
  },
  'kling-4.0-flash': { ...LIKE_4, seconds: upTo(3, 20), resolutions: ['720p'], price: { '720p': 0.094 } },
};

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

const SIZES: Record<string, Record<string, readonly [number, number]>> = {
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1440, 1440] },
  '4k': { '16:9': [3840, 2160], '9:16': [2160, 3840], '1:1': [2880, 2880] },
};

export async function handleKling(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/kling'.length);
  const model = /^\/text-to-video\/([^/]+)$/.exec(path)?.[1];
  if (model !== undefined && request.method === 'POST')
    return submit(request, world, decodeURIComponent(model));
  if (path === '/tasks' && request.method === 'GET') return tasks(request, world);
  return says.noMethod();
}

async function submit(request: Request, world: World, model: string): Promise<Response> {
  const body = await readObject(request);
  const struck = await world.strike(request, { provider: 'kling', model, step: 'submit' }, says);
  if (struck !== null) return refuse(world, struck);
  if (keyOf(request, 'Bearer') === null) return refuse(world, says.badKey());
  if (!Object.hasOwn(MODELS, model) || world.suffers('kling', 'model_gone', model))
    return refuse(world, says.modelGone(model));
  const order = readOrder(body ?? {}, model);
  if (typeof order === 'string') return refuse(world, says.invalid(order));
  if (world.suffers('kling', 'no_credit', model)) return refuse(world, says.noCredit());
  if (world.suffers('kling', 'moderated', model)) return refuse(world, says.moderated());
  const job = world.accept(order);
  return ok({ id: job.id, status: 'submitted' }, job.id);
}

/** Looks tasks up. An unknown id is also the free check: it proves the key and the way to the API. */
async function tasks(request: Request, world: World): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const keys = (query.get('external_task_ids') ?? '').split(',').filter((key) => key !== '');
  const byKey = world.submits('kling').filter(({ key }) => key !== null && keys.includes(key));
  const asked = (query.get('task_ids') ?? '').split(',').filter((id) => id !== '');
  const ids = [...asked, ...byKey.map(({ jobId }) => jobId)].slice(0, TASKS_MAX);
  const jobs = ids.flatMap((id) => world.open('kling', id) ?? []);
  const step = jobs.length > 0 ? 'poll' : 'check';
  world.count('kling', step === 'poll' ? 'polls' : 'checks');
  const struck = await world.strike(
    request,
    { provider: 'kling', model: jobs[0]?.model ?? null, step },
    says,
  );
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  if (asked.length === 0 && keys.length === 0)
    return says.invalid('task_ids or external_task_ids is required');
  if (jobs.length === 0) return says.noTask();
  const keyOfJob = (job: Job) => world.submits('kling').find(({ jobId }) => jobId === job.id)?.key ?? null;
  return ok(
    jobs.map((job) => standing(job, keyOfJob(job), world)),
    ids.join(),
  );
}

function standing(job: Job, key: string | null, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  const updatedAt = stage.is === 'over' ? job.readyAt : stage.is === 'running' ? job.startsAt : job.createdAt;
  const task = {
    id: job.id,
    ...(key === null ? {} : { external_task_id: key }),
    create_time: job.createdAt,
    update_time: updatedAt,
  };
  if (stage.is === 'queued') return { ...task, status: 'submitted', message: '' };
  if (stage.is === 'running') return { ...task, status: 'processing', message: '' };
  if (job.outcome !== 'ok')
    return { ...task, status: 'failed', message: 'Generation failed, please try again', billing: [] };
  return {
    ...task,
    status: 'succeeded',
    message: '',
    outputs: [{ type: 'video', url: world.assetUrl(job), duration: job.seconds }],
    billing: [{ charge_type: 'cash', amount: String(job.costUsd), currency: 'USD' }],
  };
}

/** Reads an order; the answer is a sentence where something in it is wrong. */
function readOrder(body: Record<string, unknown>, name: string): Ordered | string {
  const model = MODELS[name];
  const settings = asObject(body['settings'] ?? {});
  const options = asObject(body['options'] ?? {});
  if (model === undefined || settings === null || options === null)
    return 'settings and options must be objects';
  const switches = model.hasSwitches ? ['audio', 'multi_shot'] : [];
  const keys = model.hasKey ? ['external_task_id'] : [];
  const strange = [
    ...strangers('', body, ['prompt', 'settings', 'options']),
    ...strangers('settings.', settings, ['resolution', 'aspect_ratio', 'duration', ...switches]),
    ...strangers('options.', options, ['callback_url', 'watermark_info', ...keys]),
  ];
  if (strange.length > 0) return `unknown parameter: ${strange.join(', ')}`;
  const prompt = asText(body['prompt']);
  if (prompt === '' || prompt.length > PROMPT_CHARACTERS_MAX)
    return `prompt must have 1 to ${PROMPT_CHARACTERS_MAX} characters`;
  const resolution = settings['resolution'] ?? '720p';
  const aspect = settings['aspect_ratio'] ?? '16:9';
  const seconds = settings['duration'] ?? 5;
  if (typeof resolution !== 'string' || !model.resolutions.includes(resolution))
    return `resolution must be one of ${model.resolutions.join(', ')}`;
  const size = typeof aspect === 'string' ? SIZES[resolution]?.[aspect] : undefined;
  if (size === undefined) return 'aspect_ratio must be one of 16:9, 9:16, 1:1';
  if (typeof seconds !== 'number' || !model.seconds.includes(seconds))
    return `duration must be one of ${model.seconds.join(', ')}`;
  const audio = settings['audio'] ?? 'off';
  if (audio !== 'off' && audio !== 'native' && audio !== 'original')
    return 'audio must be native, original or off';
  const key = options['external_task_id'];
  const perSecond = (model.price[resolution] ?? 0) * (audio === 'off' ? 1 : 1.5);
  return {
    provider: 'kling',
    model: name,
    width: size[0],
    height: size[1],
    seconds,
    costUsd: Math.round(perSecond * seconds * 1e4) / 1e4,
    prompt,
    ...(typeof key === 'string' && key !== '' ? { key } : {}),
  };
}

function strangers(where: string, object: Record<string, unknown>, known: readonly string[]): string[] {
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => `${where}${key}`);
}

function refuse(world: World, answer: Response): Response {
  world.count('kling', 'refused');
  return answer;
}
