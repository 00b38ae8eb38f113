/**
 * Veo on Google's Agent Platform, mounted at `/veo`; its login at `/google-token`, its bucket at `/gcs`.
 * Shapes from @google/genai 3.1.0, recorded requests, and the vendor's reference as of 2026-11.
 */

import { asText, json, keyOf, parseObject, readObject, readText } from './answers.ts';
import { serveVideo } from './assets.ts';
import { FILTERED, googleError, googleKey, googleSays, readPrediction, reason } from './google.ts';
import { stageOf } from './jobs.ts';
import type { CallStep, Job, World } from './types.ts';

const SERVICE = 'aiplatform.googleapis.com';
const TOKEN_SECONDS = 3_599;
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const PARAMETERS = [
  'sampleCount',
  'durationSeconds',
  'aspectRatio',
  'resolution',
  'negativePrompt',
  'seed',
  'generateAudio',
  'storageUri',
  'personGeneration',
];
// Dollars per second with sound; without it the vendor may ask less.
const MODELS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'veo-3.1-lite-generate-001': { '720p': 0.05, '1080p': 0.08 },
  'veo-3.1-fast-generate-001': { '720p': 0.1, '1080p': 0.12, '4k': 0.3 },
  'veo-3.1-generate-001': { '720p': 0.4, '1080p': 0.4, '4k': 0.6 },
};

const says = {
  ...googleSays(SERVICE),
  noProject: () =>
    googleError(400, 'INVALID_ARGUMENT', 'Invalid resource field value in the request.', [
      reason('RESOURCE_PROJECT_INVALID', SERVICE),
    ]),
  noModel: (resource: string) =>
    googleError(
      404,
      'NOT_FOUND',
      `Publisher Model \`${resource}\` was not found or your project does not have access to it. Please ensure you are using a valid model version.`,
    ),
};

const ROUTE =
  /^\/veo\/v1(?:beta1)?\/((?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/google\/models\/([^/:]+))(:\w+)?$/;

export async function handleVeo(request: Request, world: World): Promise<Response> {
  const [, resource = '', model = '', verb] = ROUTE.exec(new URL(request.url).pathname) ?? [];
  const way = `${request.method} ${verb ?? ''}`;
  if (resource !== '' && way === 'POST :predictLongRunning') return submit(request, world, model, resource);
  if (resource !== '' && way === 'POST :fetchPredictOperation') return poll(request, world, resource);
  if (model !== '' && way === 'GET ') return entry(request, world, model);
  return new Response('<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>', { status: 404 });
}

async function refusal(
  request: Request,
  world: World,
  model: string | null,
  step: CallStep,
): Promise<Response | null> {
  const isToken = request.headers.has('authorization');
  const badKey = isToken ? says.badToken : says.badKey;
  const struck = await world.strike(request, { provider: 'veo', model, step }, { ...says, badKey });
  if (struck !== null) return struck;
  const isGood = isToken ? hasToken(request, world) : googleKey(request) !== null;
  return isGood ? null : badKey();
}

/** Our own tokens end after an hour; any other word will do, for clients that bring their own. */
function hasToken(request: Request, world: World): boolean {
  const token = keyOf(request, 'Bearer');
  const issuedAt = /^ya29\.sim-(\d+)$/.exec(token ?? '')?.[1];
  return token !== null && world.now() < Number(issuedAt ?? Infinity) + TOKEN_SECONDS * 1_000;
}

async function submit(request: Request, world: World, model: string, resource: string): Promise<Response> {
  const refuse = (answer: Response) => {
    world.count('veo', 'refused');
    return answer;
  };
  const body = (await readObject(request)) ?? {};
  const refused = await refusal(request, world, model, 'submit');
  if (refused !== null) return refuse(refused);
  // Neither a key nor a token orders without a project (github.com/googleapis/dotnet-genai/issues/305, 2026-05); that it is
  // said with this reason, which python-genai/issues/2079 shows for another wrong project, is an assumption.
  if (!resource.startsWith('projects/')) return refuse(says.noProject());
  const price = Object.hasOwn(MODELS, model) ? MODELS[model] : undefined;
  if (price === undefined || world.suffers('veo', 'model_gone', model)) return refuse(says.noModel(resource));
  const order = readPrediction('veo', model, body, { parameters: PARAMETERS, price });
  if (typeof order === 'string') return refuse(says.invalid(order));
  if (world.suffers('veo', 'no_credit', model)) return refuse(says.noCredit());
  const parameters = parseObject(JSON.stringify(body['parameters'] ?? {}));
  const bucket = asText(parameters?.['storageUri']).replace(/\/$/, '');
  const place = bucket === '' ? '' : `.${Buffer.from(bucket).toString('base64url')}`;
  return json(200, { name: `${resource}/operations/${world.accept(order).id}${place}` });
}

async function poll(request: Request, world: World, resource: string): Promise<Response> {
  const name = asText((await readObject(request))?.['operationName']);
  const [, whose, id = '', place = ''] = /^(.+)\/operations\/([\w-]+)(?:\.([\w-]+))?$/.exec(name) ?? [];
  const job = whose === resource ? world.open('veo', id) : null;
  world.count('veo', 'polls');
  const refused = await refusal(request, world, job?.model ?? null, 'poll');
  if (refused !== null) return refused;
  if (job === null || world.isForgotten(id)) return says.notFound(`Operation ${name}`);
  if (stageOf(job, world.now()).is !== 'over') return json(200, { name });
  if (job.outcome === 'failed')
    return json(200, { name, done: true, error: { code: 13, message: 'Internal error encountered.' } });
  const told = job.outcome === 'moderated' ? FILTERED : { videos: [videoOf(job, place, world)] };
  const type = 'type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse';
  return json(200, { name, done: true, response: { '@type': type, ...told } });
}

function videoOf(job: Job, place: string, world: World): object {
  const bucket = Buffer.from(place, 'base64url').toString('utf8');
  const held =
    bucket === ''
      ? { bytesBase64Encoded: Buffer.from(world.asset(job).bytes).toString('base64') }
      : { gcsUri: `${bucket}/${job.id}/sample_0.mp4` };
  return { ...held, mimeType: 'video/mp4' };
}

async function entry(request: Request, world: World, model: string): Promise<Response> {
  world.count('veo', 'checks');
  const refused = await refusal(request, world, model, 'check');
  if (refused !== null) return refused;
  if (!Object.hasOwn(MODELS, model) || world.suffers('veo', 'model_gone', model))
    return says.noModel(`publishers/google/models/${model}`);
  return json(200, { name: `publishers/google/models/${model}`, versionId: '001', launchStage: 'GA' });
}

/** OAuth's token endpoint for signed assertions (RFC 7523). Whose key it is cannot be known here, so it is not looked at. */
export async function handleGoogleToken(request: Request, world: World): Promise<Response> {
  const form = new URLSearchParams((await readText(request)) ?? '');
  const refuse = (error: string, error_description: string) => json(400, { error, error_description });
  if (request.method !== 'POST' || form.get('grant_type') !== GRANT)
    return refuse('unsupported_grant_type', 'Invalid grant_type');
  const [header = '', payload = '', signature = ''] = (form.get('assertion') ?? '').split('.');
  const claims = partOf(payload);
  const seconds = world.now() / 1_000;
  const isGood = partOf(header)?.['alg'] === 'RS256' && signature.length > 100 && claims !== null;
  const isInTime = Number(claims?.['iat']) <= seconds + 60 && Number(claims?.['exp']) > seconds;
  if (!isGood || world.suffers('veo', 'bad_key', null))
    return refuse('invalid_grant', 'Invalid JWT Signature.');
  if (asText(claims['iss']).startsWith('bad')) return refuse('invalid_grant', 'Account not found');
  if (!isInTime) return refuse('invalid_grant', 'Token must be a short-lived token (60 minutes).');
  if (!asText(claims['scope']).split(' ').includes(SCOPE))
    return refuse('invalid_scope', 'Invalid OAuth scope.');
  const token = { access_token: `ya29.sim-${Math.round(world.now())}`, token_type: 'Bearer' };
  return json(200, { ...token, expires_in: TOKEN_SECONDS });
}

function partOf(part: string): Record<string, unknown> | null {
  return parseObject(Buffer.from(part, 'base64url').toString('utf8'));
}

/** Cloud Storage, as far as fetching one object goes. */
export async function handleStorage(request: Request, world: World): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [, object = ''] = /^\/gcs\/storage\/v1\/b\/[^/]+\/o\/([^/]+)$/.exec(pathname) ?? [];
  const id = /([\w-]+)\/sample_0\.mp4$/.exec(decodeURIComponent(object))?.[1] ?? '';
  const job = world.open('veo', id);
  if (!hasToken(request, world)) return json(401, { error: { code: 401, message: 'Invalid Credentials' } });
  if (job === null || world.isForgotten(id) || searchParams.get('alt') !== 'media')
    return json(404, { error: { code: 404, message: `No such object: ${object}` } });
  if (job.outcome !== 'ok' || stageOf(job, world.now()).is !== 'over')
    return json(404, { error: { code: 404, message: `No such object: ${object}` } });
  const struck = await world.strike(request, { provider: 'veo', model: job.model, step: 'asset' }, says);
  return struck ?? serveVideo('veo', job, world);
}
