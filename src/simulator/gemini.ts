/**
 * The Gemini API, mounted at `/gemini`: interactions with Gemini Omni, files, models, and the Veo of the past.
 * Shapes from @google/genai 3.1.0 and 2.32.0, recorded requests, and the vendor's guide as of 2026-11.
 */

import { asText, json, readObject } from './answers.ts';
import { serveVideo } from './assets.ts';
import { isPast, OMNI, PARAMETERS, readOmni, VEO } from './gemini-orders.ts';
import { FILTERED, googleError, googleKey, googleSays, readPrediction } from './google.ts';
import { stageOf } from './jobs.ts';
import type { CallStep, Job, World } from './types.ts';

const SERVICE = 'generativelanguage.googleapis.com';
/** What a clip weighs by the vendor's own figure of 4 MB as the bound of what is handed over inline. */
const INLINE_BYTES_MAX = 4_000_000;
const BYTES_PER_PIXEL_AND_SECOND = 0.7;
/** How long a file is worked on after its video is ready, and how long it is kept. */
const PROCESSING_MS = 2_000;
const KEPT_MS = 48 * 3_600_000;

const says = googleSays(SERVICE);
export async function handleGemini(request: Request, world: World): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [, version = '', route = ''] = /^\/gemini\/(v1|v1beta)\/(.+)$/.exec(pathname) ?? [];
  const way = `${request.method} ${route}`;
  const inside = (pattern: RegExp) => pattern.exec(way)?.slice(1);
  const [predicted] = inside(/^POST models\/([^/]+):predictLongRunning$/) ?? [];
  const [, operation] = inside(/^GET models\/([^/]+)\/operations\/([^/]+)$/) ?? [];
  const [polled] = inside(/^GET interactions\/([^/]+)$/) ?? [];
  const [cancelled] = inside(/^(?:POST interactions\/([^/]+)\/cancel)$/) ?? [];
  const [forgotten] = inside(/^DELETE interactions\/([^/]+)$/) ?? [];
  const [file, tail] = inside(/^GET files\/([^/:]+)(:download)?$/) ?? [];
  const [model] = inside(/^GET models\/([^/]+)$/) ?? [];
  if (way === 'POST interactions') return submit(request, world);
  if (predicted !== undefined && version === 'v1beta') return predict(request, world, predicted);
  if (operation !== undefined) return operate(request, world, operation);
  if (polled !== undefined) return poll(request, world, polled);
  if (cancelled !== undefined) return cancel(request, world, cancelled, 'cancelled');
  if (forgotten !== undefined) return cancel(request, world, forgotten, 'deleted');
  if (file !== undefined)
    return tail === undefined
      ? fileState(request, world, file)
      : fetchFile(request, world, file, searchParams.get('alt'));
  if (way === 'GET models') return models(request, world, null, version);
  if (model !== undefined) return models(request, world, model, version);
  return new Response('<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>', { status: 404 });
}

async function refusal(
  request: Request,
  world: World,
  model: string | null,
  step: CallStep,
): Promise<Response | null> {
  const struck = await world.strike(request, { provider: 'gemini', model, step }, says);
  return struck ?? (googleKey(request) === null ? says.badKey() : null);
}

function refuse(world: World, answer: Response): Response {
  world.count('gemini', 'refused');
  return answer;
}

/** What stands between an order and a job, whatever the order says. */
function refusedModel(world: World, model: string, version: string): Response | null {
  if (isPast(model) && !world.revived) return says.ended(model);
  if (world.suffers('gemini', 'model_gone', model)) return says.noModel(model, version);
  return world.suffers('gemini', 'no_credit', model) ? says.noCredit() : null;
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const model = asText(body['model']);
  const refused = await refusal(request, world, model, 'submit');
  if (refused !== null) return refuse(world, refused);
  if (!Object.hasOwn(OMNI, model)) return refuse(world, says.notFound(`Model ${model}`));
  const order = readOmni(body, model);
  // Errors of what stands in the body have a shape of their own (discuss.ai.google.dev/t/178204).
  if (typeof order === 'string')
    return refuse(world, json(400, { error: { message: order, code: 'invalid_request' } }));
  const refusedToo = refusedModel(world, model, 'v1');
  if (refusedToo !== null) return refuse(world, refusedToo);
  if (body['background'] !== true)
    return refuse(world, says.invalid('Only orders in the background are simulated.'));
  return json(200, show(world.accept(order), world));
}

function find(world: World, id: string, prefix: string): Job | null {
  const job = id.startsWith(prefix) ? world.open('gemini', id.slice(prefix.length)) : null;
  return job === null || world.isForgotten(job.id) ? null : job;
}

async function poll(request: Request, world: World, id: string): Promise<Response> {
  const job = find(world, id, 'v1_');
  world.count('gemini', 'polls');
  const refused = await refusal(request, world, job?.model ?? null, 'poll');
  return refused ?? (job === null ? says.notFound(`Interaction ${id}`) : json(200, show(job, world)));
}

/** Small videos come inline even where `uri` was asked for; larger ones only as files. */
function show(job: Job, world: World): Record<string, unknown> {
  const stage = stageOf(job, world.now());
  const about = {
    id: `v1_${job.id}`,
    object: 'interaction',
    model: job.model,
    created: new Date(job.createdAt).toISOString(),
  };
  // Google's types have `queued` too; @ai-sdk/google 4.0.121 refuses an answer with it and still is used for Omni.
  if (stage.is !== 'over') return { ...about, status: 'in_progress' };
  if (job.outcome === 'failed')
    return {
      ...about,
      status: 'failed',
      errors: [{ code: 'internal', message: 'Internal error encountered.' }],
    };
  const asked = { type: 'user_input', content: [{ type: 'text', text: 'the prompt' }] };
  if (job.outcome === 'moderated') return { ...about, status: 'completed', steps: [asked] };
  const weight = job.width * job.height * job.seconds * BYTES_PER_PIXEL_AND_SECOND;
  const held =
    weight > INLINE_BYTES_MAX
      ? { uri: fileUri(job, world) }
      : { data: Buffer.from(world.asset(job).bytes).toString('base64') };
  const made = { type: 'model_output', content: [{ type: 'video', mime_type: 'video/mp4', ...held }] };
  return { ...about, status: 'completed', steps: [asked, made], usage: { total_output_tokens: 1 } };
}

function fileUri(job: Job, world: World): string {
  return `${world.origin}/gemini/v1beta/files/${job.id}:download?alt=media`;
}

async function cancel(request: Request, world: World, id: string, how: string): Promise<Response> {
  const job = find(world, id, 'v1_');
  world.count('gemini', 'cancels');
  const refused = await refusal(request, world, job?.model ?? null, 'cancel');
  if (refused !== null) return refused;
  if (job === null) return says.notFound(`Interaction ${id}`);
  world.forget(job);
  return json(200, how === 'deleted' ? {} : { id, object: 'interaction', status: 'cancelled' });
}

/** Veo's operations know no queue: they are done or not. */
async function predict(request: Request, world: World, model: string): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const refused = await refusal(request, world, model, 'submit');
  if (refused !== null) return refuse(world, refused);
  const price = Object.hasOwn(VEO, model) ? VEO[model] : undefined;
  const refusedToo = refusedModel(world, model, 'v1beta');
  if (price === undefined) return refuse(world, refusedToo ?? says.noModel(model, 'v1beta'));
  const order = readPrediction('gemini', model, body, { parameters: PARAMETERS, price });
  if (typeof order === 'string') return refuse(world, says.invalid(order));
  if (refusedToo !== null) return refuse(world, refusedToo);
  return json(200, { name: `models/${model}/operations/${world.accept(order).id}` });
}

async function operate(request: Request, world: World, id: string): Promise<Response> {
  const job = find(world, id, '');
  world.count('gemini', 'polls');
  const refused = await refusal(request, world, job?.model ?? null, 'poll');
  if (refused !== null) return refused;
  if (job === null) return says.notFound(`Operation ${id}`);
  const name = `models/${job.model}/operations/${id}`;
  if (stageOf(job, world.now()).is !== 'over') return json(200, { name });
  if (job.outcome === 'failed')
    return json(200, { name, done: true, error: { code: 13, message: 'Internal error encountered.' } });
  const told =
    job.outcome === 'moderated' ? FILTERED : { generatedSamples: [{ video: { uri: fileUri(job, world) } }] };
  return json(200, { name, done: true, response: { generateVideoResponse: told } });
}

async function models(
  request: Request,
  world: World,
  model: string | null,
  version: string,
): Promise<Response> {
  world.count('gemini', 'checks');
  const refused = await refusal(request, world, model, 'check');
  if (refused !== null) return refused;
  const isHere = (name: string) =>
    (world.revived || !isPast(name)) && !world.suffers('gemini', 'model_gone', name);
  const names = [...Object.keys(OMNI), ...Object.keys(VEO)].filter(isHere);
  if (model === null) return json(200, { models: names.map((name) => ({ name: `models/${name}` })) });
  if (!names.includes(model)) return says.noModel(model, version);
  return json(200, { name: `models/${model}`, displayName: model, version: '001' });
}

async function fileState(request: Request, world: World, id: string): Promise<Response> {
  const job = readyFile(world, id);
  const refused = await refusal(request, world, job?.model ?? null, 'poll');
  if (refused !== null) return refused;
  if (job === null) return noFile(id);
  const isWorked = world.now() < job.readyAt + PROCESSING_MS;
  return json(200, {
    name: `files/${id}`,
    mimeType: 'video/mp4',
    state: isWorked ? 'PROCESSING' : 'ACTIVE',
    source: 'GENERATED',
    ...(isWorked ? {} : { downloadUri: fileUri(job, world) }),
  });
}

async function fetchFile(request: Request, world: World, id: string, alt: string | null): Promise<Response> {
  const job = readyFile(world, id);
  const refused = await refusal(request, world, job?.model ?? null, 'poll');
  if (refused !== null) return refused;
  if (job === null || alt !== 'media') return noFile(id);
  const struck = await world.strike(request, { provider: 'gemini', model: job.model, step: 'asset' }, says);
  return struck ?? serveVideo('gemini', job, world);
}

function readyFile(world: World, id: string): Job | null {
  const job = find(world, id, '');
  const isThere = job?.outcome === 'ok' && stageOf(job, world.now()).is === 'over';
  return job !== null && isThere && world.now() < job.readyAt + KEPT_MS ? job : null;
}

/** The same for what is not there and what is not ours (ai.google.dev/api/files). */
function noFile(id: string): Response {
  return googleError(
    403,
    'PERMISSION_DENIED',
    `You do not have permission to access the File ${id} or it may not exist.`,
  );
}
