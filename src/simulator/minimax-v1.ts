/**
 * MiniMax's older video API (V1, Hailuo), mounted at `/minimax-v1`. Errors come with status 200.
 * Shapes from mmx-cli 1.0.27, minimax-mcp-js 0.0.18 and a report of 2026-09-19 that quotes platform.minimax.io/docs.
 * That unknown fields are refused is stricter than anything that is documented.
 */

import { asText, json, keyOf, readObject } from './answers.ts';
import { stageOf } from './jobs.ts';
import { baseResp, handleMinimaxAccount } from './minimax-account.ts';
import type { Job, Ordered, World } from './types.ts';

const PROMPT_CHARACTERS_MAX = 2000;
const FIELDS = 'model prompt prompt_optimizer fast_pretreatment duration resolution callback_url';
const NAMES = ['MiniMax-Hailuo-2.3', 'MiniMax-Hailuo-02'];

/** Dollars for a clip of text to video, and its pixels; what is not here is not made. */
const CLIPS: Readonly<Record<string, readonly [costUsd: number, width: number, height: number]>> = {
  '768P/6': [0.28, 1366, 768],
  '768P/10': [0.56, 1366, 768],
  '1080P/6': [0.49, 1920, 1080],
};

const says = {
  down: () => refused(1033, 'downstream service error'),
  rateLimited: () => refused(1002, 'rate limit exceeded'),
  badKey: () => refused(1004, 'login fail: Please carry the API secret key'),
  noCredit: () => refused(1008, 'insufficient balance'),
  modelGone: (model: string) => refused(2013, `invalid params, unknown model '${model}'`),
  invalid: (why: string) => refused(2013, `invalid params, ${why}`),
};

export async function handleMinimaxV1(request: Request, world: World): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const path = pathname.slice('/minimax-v1'.length);
  if (request.method === 'POST' && path === '/v1/video_generation') return submit(request, world);
  if (request.method === 'GET' && path === '/v1/query/video_generation')
    return query(request, world, searchParams.get('task_id') ?? '');
  if (request.method === 'GET' && path === '/v1/files/retrieve')
    return retrieve(request, world, searchParams.get('file_id') ?? '');
  const free = await handleMinimaxAccount(request, world, { provider: 'minimax-v1', path, says });
  return free ?? new Response('404 page not found', { status: 404 });
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const refuse = (answer: Response) => {
    world.count('minimax-v1', 'refused');
    return answer;
  };
  const model = asText(body['model']);
  const struck = await world.strike(request, { provider: 'minimax-v1', model, step: 'submit' }, says);
  if (struck !== null) return refuse(struck);
  if (keyOf(request, 'Bearer') === null) return refuse(says.badKey());
  if (!NAMES.includes(model) || world.suffers('minimax-v1', 'model_gone', model))
    return refuse(says.modelGone(model));
  const order = readOrder(body, model);
  if (typeof order === 'string') return refuse(says.invalid(order));
  if (world.suffers('minimax-v1', 'no_credit', model)) return refuse(says.noCredit());
  return json(200, { task_id: world.accept(order).id, ...baseResp() });
}

async function query(request: Request, world: World, id: string): Promise<Response> {
  world.count('minimax-v1', 'polls');
  const job = world.open('minimax-v1', id);
  const refusal = await refuseCall(request, world, job);
  if (refusal !== null || job === null) return refusal ?? says.invalid('task_id does not exist');
  const stage = stageOf(job, world.now());
  const task = { task_id: job.id, file_id: '', video_width: 0, video_height: 0 };
  if (stage.is === 'queued') return json(200, { ...task, status: 'Queueing', ...baseResp() });
  if (stage.is === 'running') return json(200, { ...task, status: 'Processing', ...baseResp() });
  if (job.outcome === 'moderated')
    return json(200, { ...task, status: 'Fail', ...baseResp(1027, 'output new_sensitive') });
  if (job.outcome === 'failed')
    return json(200, { ...task, status: 'Fail', ...baseResp(1033, 'downstream service error') });
  return json(200, {
    task_id: job.id,
    status: 'Success',
    file_id: job.id,
    video_width: job.width,
    video_height: job.height,
    ...baseResp(),
  });
}

/** The third step: where the file lies, once there is one. */
async function retrieve(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('minimax-v1', id);
  const refusal = await refuseCall(request, world, job);
  const isMade = job?.outcome === 'ok' && stageOf(job, world.now()).is === 'over';
  if (refusal !== null || !isMade) return refusal ?? says.invalid('file_id does not exist');
  const file = {
    file_id: job.id,
    bytes: world.asset(job).bytes.byteLength,
    created_at: Math.floor(job.readyAt / 1000),
    filename: 'output_aigc.mp4',
    purpose: 'video_generation',
    download_url: world.assetUrl(job),
  };
  return json(200, { file, ...baseResp() });
}

async function refuseCall(request: Request, world: World, job: Job | null): Promise<Response | null> {
  const call = { provider: 'minimax-v1', model: job?.model ?? null, step: 'poll' } as const;
  const struck = await world.strike(request, call, says);
  return struck ?? (keyOf(request, 'Bearer') === null ? says.badKey() : null);
}

/** Reads an order; a sentence where something in it is wrong. */
function readOrder(body: Record<string, unknown>, model: string): Ordered | string {
  const strange = Object.keys(body).find((field) => !FIELDS.split(' ').includes(field));
  if (strange !== undefined) return `unknown field ${strange}`;
  const prompt = asText(body['prompt']);
  if (prompt === '' || prompt.length > PROMPT_CHARACTERS_MAX)
    return `prompt must have 1 to ${PROMPT_CHARACTERS_MAX} characters`;
  const { resolution = '768P', duration = 6 } = body;
  const clip = CLIPS[`${String(resolution)}/${String(duration)}`];
  if (clip === undefined) return `model ${model} does not support that duration and resolution`;
  const [costUsd, width, height] = clip;
  return { provider: 'minimax-v1', model, width, height, seconds: Number(duration), costUsd, prompt };
}

function refused(code: number, text: string): Response {
  return json(200, baseResp(code, text));
}
