/**
 * Stability AI's image to video, mounted at `/stability`: as it was, whether or not it still is.
 * Shapes from the generated OpenAPI in github.com/api-evangelist/stability-ai and public clients, read 2026-11-22.
 */

import { json, keyOf, readBytes } from './answers.ts';
import { stageOf, uuidOf } from './jobs.ts';
import type { Job, Ordered, Says, World } from './types.ts';

const MODEL = 'stable-video-diffusion';
const SIZES = ['1024x576', '576x1024', '768x768'];
const CREDITS = 5_000;
const CREDITS_PER_CLIP = 20;
const USD_PER_CREDIT = 0.01;
const SECONDS = 4;
/** Names of fields with their bounds; whether the real one refuses others is not known. */
const NUMBERS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  seed: [0, 4_294_967_294],
  cfg_scale: [0, 10],
  motion_bucket_id: [1, 255],
};

const says = {
  down: () => error(503, 'service_unavailable', 'Service temporarily unavailable'),
  rateLimited: () =>
    error(429, 'rate_limit_exceeded', 'You have exceeded the rate limit of 150 requests in 10 seconds', {
      'retry-after': '60',
    }),
  badKey: () => error(401, 'unauthorized', 'authorization: is invalid'),
  noCredit: () =>
    error(402, 'payment_required', 'You lack sufficient credits to make this request. Please purchase more.'),
  notFound: () => error(404, 'not_found', 'Not found'),
  invalid: (...errors: string[]) => error(400, 'bad_request', errors),
  tooLarge: () => error(413, 'payload_too_large', 'Your request was larger than 10 MiB'),
} satisfies Says & Record<string, (...args: never[]) => Response>;

export async function handleStability(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/stability'.length);
  const route = `${request.method} ${path}`;
  if (route === 'POST /v2beta/image-to-video') return submit(request, world);
  if (route === 'GET /v1/user/balance') return balance(request, world);
  const [, id = ''] = /^GET \/v2beta\/image-to-video\/result\/([^/]+)$/.exec(route) ?? [];
  return id === '' ? says.notFound() : poll(request, world, id);
}

async function submit(request: Request, world: World): Promise<Response> {
  const refuse = (answer: Response) => {
    world.count('stability', 'refused');
    return answer;
  };
  const body = await readBytes(request);
  const struck = await world.strike(request, { provider: 'stability', model: MODEL, step: 'submit' }, says);
  if (struck !== null) return refuse(struck);
  // A route that was taken away answers before it looks at keys.
  if (world.suffers('stability', 'model_gone', MODEL)) return refuse(says.notFound());
  if (keyOf(request, 'Bearer') === null) return refuse(says.badKey());
  if (body === null) return refuse(says.tooLarge());
  const form = await formOf(request.headers.get('content-type') ?? '', body);
  if (form === null) return refuse(says.invalid('content-type: must be multipart/form-data'));
  const order = await readOrder(form);
  if (Array.isArray(order)) return refuse(says.invalid(...order));
  if (world.suffers('stability', 'no_credit', MODEL)) return refuse(says.noCredit());
  return json(200, { id: world.accept(order).id });
}

async function poll(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('stability', id);
  world.count('stability', 'polls');
  const struck = await world.strike(
    request,
    { provider: 'stability', model: job?.model ?? null, step: 'poll' },
    says,
  );
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  if (job === null) return says.notFound();
  if (stageOf(job, world.now()).is !== 'over') return json(202, { id, status: 'in-progress' });
  return result(request, world, job);
}

async function result(request: Request, world: World, job: Job): Promise<Response> {
  const wantsJson = (request.headers.get('accept') ?? '').includes('application/json');
  const finish_reason = { ok: 'SUCCESS', moderated: 'CONTENT_FILTERED', failed: 'ERROR' }[job.outcome];
  if (job.outcome !== 'ok')
    return wantsJson
      ? json(200, { video: '', finish_reason, seed: 0 })
      : new Response(null, { headers: { 'finish-reason': finish_reason } });
  const call = { provider: 'stability', model: job.model, step: 'asset' } as const;
  const struck = await world.strike(request, call, says);
  if (struck !== null) return struck;
  const { bytes, contentType } = world.asset(job);
  world.count('stability', 'downloads');
  return wantsJson
    ? json(200, { video: Buffer.from(bytes).toString('base64'), finish_reason, seed: 7 })
    : new Response(bytes, { headers: { 'content-type': contentType, 'finish-reason': finish_reason } });
}

async function balance(request: Request, world: World): Promise<Response> {
  world.count('stability', 'checks');
  const struck = await world.strike(request, { provider: 'stability', model: null, step: 'check' }, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  const spent = world.submits('stability').length * CREDITS_PER_CLIP;
  const credits = world.suffers('stability', 'no_credit', null) ? 0 : Math.max(0, CREDITS - spent);
  return json(200, { credits });
}

async function formOf(type: string, body: Buffer<ArrayBuffer>): Promise<FormData | null> {
  if (!type.startsWith('multipart/form-data')) return null;
  return new Response(body, { headers: { 'content-type': type } }).formData().catch(() => null);
}

/** Reads an order; a list of sentences where something in it is wrong. */
async function readOrder(form: FormData): Promise<Ordered | string[]> {
  const wrong = [...form.keys()]
    .filter((name) => name !== 'image' && !Object.hasOwn(NUMBERS, name))
    .map((name) => `${name}: is not allowed`);
  for (const [name, [min, max]] of Object.entries(NUMBERS)) {
    const value = form.get(name);
    if (value !== null && !(typeof value === 'string' && Number(value) >= min && Number(value) <= max))
      wrong.push(`${name}: must be between ${min} and ${max}`);
  }
  const image = form.get('image');
  if (image === null || typeof image === 'string') return [...wrong, 'image: is required'];
  const size = sizeOf(Buffer.from(await image.arrayBuffer()));
  if (size === null) return [...wrong, 'image: must be an image/jpeg or image/png'];
  if (!SIZES.includes(size.join('x')))
    return [...wrong, `image: dimensions must be one of ${SIZES.join(', ')}`];
  if (wrong.length > 0) return wrong;
  const [width, height] = size;
  const costUsd = CREDITS_PER_CLIP * USD_PER_CREDIT;
  return { provider: 'stability', model: MODEL, width, height, seconds: SECONDS, costUsd, prompt: '' };
}

/** Width and height of a PNG; nothing else is sent here. */
function sizeOf(bytes: Buffer): [width: number, height: number] | null {
  const isPng = bytes.byteLength > 24 && bytes.toString('latin1', 1, 4) === 'PNG';
  return isPng ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : null;
}

function error(
  status: number,
  name: string,
  errors: string | string[],
  headers: Record<string, string> = {},
): Response {
  return json(status, { id: uuidOf(`${name}:${String(errors)}`), name, errors: [errors].flat() }, headers);
}
