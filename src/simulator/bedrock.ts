/**
 * Amazon Bedrock: asynchronous invocations at `/bedrock`, the control plane's model at `/bedrock-control`, and the
 * bucket at `/s3`. Shapes from @aws-sdk/client-bedrock-runtime 3.1163.0 and docs.aws.amazon.com, read 2026-11-21.
 */

import { serveVideo } from './assets.ts';
import { asText, json, keyOf, readObject } from './answers.ts';
import { outputIn, readBedrockOrder } from './bedrock-orders.ts';
import { stageOf, uuidOf } from './jobs.ts';
import type { Job, World } from './types.ts';

const ACCOUNT = '123456789012';
const KEPT_MAX = 5_000;
const FLAGGED =
  'This request has been blocked by our content filters. Our filters automatically flagged this prompt ' +
  'because it may conflict our AUP or AWS Responsible AI Policy.';

/** Where an order wants its video, by job and by token: the same token again is the same invocation. */
interface Kept {
  jobOf: Map<string, Job>;
  outputOf: Map<string, string>;
}
const worlds = new WeakMap<World, Kept>();

function keptIn(world: World): Kept {
  const kept = worlds.get(world) ?? { jobOf: new Map(), outputOf: new Map() };
  worlds.set(world, kept);
  for (const map of [kept.jobOf, kept.outputOf])
    for (const oldest of map.keys()) if (map.size > KEPT_MAX) map.delete(oldest);
  return kept;
}

const says = {
  down: () => error(503, 'ServiceUnavailableException', 'The service is temporarily unavailable.'),
  rateLimited: () => error(429, 'ThrottlingException', 'Too many requests, please wait before trying again.'),
  badKey: () =>
    error(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
  noCredit: () =>
    error(
      403,
      'AccessDeniedException',
      'Model access is denied due to INVALID_PAYMENT_INSTRUMENT: A valid payment instrument must be provided.',
    ),
  ended: () => error(404, 'ResourceNotFoundException', 'This model version has reached the end of its life.'),
  invalid: (message: string) => error(400, 'ValidationException', message),
  noJob: () => error(404, 'ResourceNotFoundException', 'Could not find the invocation.'),
};

export async function handleBedrock(request: Request, world: World): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.slice('/bedrock'.length);
  if (path === '/async-invoke' && request.method === 'POST') return submit(request, world);
  if (path === '/async-invoke' && request.method === 'GET') return list(request, world);
  const arn = /^\/async-invoke\/([^/]+)$/.exec(path)?.[1];
  if (arn !== undefined && request.method === 'GET') return standing(request, world, decodeURIComponent(arn));
  return error(404, 'UnknownOperationException', 'Unknown operation.');
}

/** Who signs with an access key that begins with `bad`, or shows such an API key, is refused. */
function isKnown(request: Request): boolean {
  const signed =
    /^AWS4-HMAC-SHA256 Credential=([\w-]+)\/\d{8}\/([\w-]+)\/(bedrock|s3)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=[0-9a-f]{64}$/;
  const [, id = 'bad', , , names = ''] = signed.exec(request.headers.get('authorization') ?? '') ?? [];
  const isSigned =
    !id.startsWith('bad') && names.split(';').includes('host') && request.headers.has('x-amz-date');
  return isSigned || keyOf(request, 'Bearer') !== null;
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const model = asText(body['modelId']);
  const refuse = (answer: Response) => {
    world.count('bedrock', 'refused');
    return answer;
  };
  const struck = await world.strike(request, { provider: 'bedrock', model, step: 'submit' }, says);
  if (struck !== null) return refuse(struck);
  if (!isKnown(request)) return refuse(says.badKey());
  if (world.suffers('bedrock', 'model_gone', model)) return refuse(says.ended());
  if (world.suffers('bedrock', 'no_credit', model)) return refuse(says.noCredit());
  const { jobOf, outputOf } = keptIn(world);
  const token = asText(body['clientRequestToken']);
  const before = jobOf.get(token);
  if (before !== undefined) return json(200, { invocationArn: arnOf(before) });
  const order = readBedrockOrder(body, model);
  if (typeof order === 'string') return refuse(says.invalid(order));
  const job = world.accept(order);
  if (token !== '') jobOf.set(token, job);
  outputOf.set(job.id, outputIn(body) ?? '');
  return json(200, { invocationArn: arnOf(job) });
}

async function standing(request: Request, world: World, arn: string): Promise<Response> {
  const job = world.open('bedrock', arn.split('/')[1] ?? '');
  world.count('bedrock', 'polls');
  const call = { provider: 'bedrock', model: job?.model ?? null, step: 'poll' } as const;
  const struck = await world.strike(request, call, says);
  if (struck !== null) return struck;
  if (!isKnown(request)) return says.badKey();
  return job === null ? says.noJob() : json(200, describe(job, world));
}

async function list(request: Request, world: World): Promise<Response> {
  world.count('bedrock', 'checks');
  const struck = await world.strike(request, { provider: 'bedrock', model: null, step: 'check' }, says);
  if (struck !== null) return struck;
  if (!isKnown(request)) return says.badKey();
  const query = new URL(request.url).searchParams;
  const wanted = query.get('statusEquals');
  const jobs = world
    .submits('bedrock')
    .toReversed()
    .flatMap(({ jobId }) => world.open('bedrock', jobId) ?? [])
    .map((job) => describe(job, world))
    .filter((summary) => wanted === null || summary['status'] === wanted);
  return json(200, { asyncInvokeSummaries: jobs.slice(0, Number(query.get('maxResults') ?? 10)) });
}

function describe(job: Job, world: World): Record<string, unknown> {
  // An order from before a restart is remembered by its id alone, which does not say where its video is wanted.
  const output = keptIn(world).outputOf.get(job.id) ?? 's3://reelwatch-canaries';
  const stage = stageOf(job, world.now());
  const common = {
    invocationArn: arnOf(job),
    modelArn: `arn:aws:bedrock:us-west-2::foundation-model/${job.model}`,
    submitTime: new Date(job.createdAt).toISOString(),
    outputDataConfig: { s3OutputDataConfig: { s3Uri: `${output}/${job.id}` } },
  };
  if (stage.is !== 'over')
    return { ...common, status: 'InProgress', lastModifiedTime: new Date(job.createdAt).toISOString() };
  const ended = {
    ...common,
    lastModifiedTime: new Date(job.readyAt).toISOString(),
    endTime: new Date(job.readyAt).toISOString(),
  };
  if (job.outcome === 'ok') return { ...ended, status: 'Completed' };
  const failureMessage = job.outcome === 'moderated' ? FLAGGED : 'Internal error, please try again.';
  return { ...ended, status: 'Failed', failureMessage };
}

function arnOf(job: Job): string {
  return `arn:aws:bedrock:us-west-2:${ACCOUNT}:async-invoke/${job.id}`;
}

/** The model on the control plane: `GET /foundation-models/{id}`. */
export async function handleBedrockControl(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/bedrock-control'.length);
  const model = decodeURIComponent(/^\/foundation-models\/([^/]+)$/.exec(path)?.[1] ?? '');
  world.count('bedrock', 'checks');
  const struck = await world.strike(request, { provider: 'bedrock', model, step: 'check' }, says);
  if (struck !== null) return struck;
  if (!isKnown(request)) return says.badKey();
  const isGone = model === '' || world.suffers('bedrock', 'model_gone', model);
  if (isGone) return says.invalid('The provided model identifier is invalid.');
  return json(200, {
    modelDetails: {
      modelArn: `arn:aws:bedrock:us-west-2::foundation-model/${model}`,
      modelId: model,
      outputModalities: ['VIDEO'],
      inferenceTypesSupported: ['ON_DEMAND'],
      modelLifecycle: { status: model.startsWith('amazon.') ? 'LEGACY' : 'ACTIVE' },
    },
  });
}

/** The bucket: `GET /s3/{bucket}/{job}/output.mp4`, for signed requests only. */
export async function handleS3(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/s3'.length);
  const id = /^\/[\w.-]+\/(?:.*\/)?([\w-]+)\/output\.mp4$/.exec(path)?.[1];
  const job = world.open('bedrock', id ?? '');
  const signed = (request.headers.get('authorization') ?? '').startsWith('AWS4-HMAC-SHA256');
  if (!signed || !isKnown(request) || !request.headers.has('x-amz-content-sha256'))
    return xml(403, 'AccessDenied', 'Access Denied');
  if (job === null || job.outcome !== 'ok' || stageOf(job, world.now()).is !== 'over')
    return xml(404, 'NoSuchKey', 'The specified key does not exist.');
  const down = () => xml(503, 'SlowDown', 'Please reduce your request rate.');
  const call = { provider: 'bedrock', model: job.model, step: 'asset' } as const;
  const struck = await world.strike(request, call, { down, rateLimited: down, badKey: down });
  return struck ?? serveVideo('bedrock', job, world);
}

function xml(status: number, code: string, message: string): Response {
  const id = uuidOf(code);
  return new Response(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${id}</RequestId></Error>`,
    { status, headers: { 'content-type': 'application/xml' } },
  );
}

function error(status: number, type: string, message: string): Response {
  return json(
    status,
    { message },
    { 'x-amzn-errortype': type, 'x-amzn-requestid': uuidOf(`${type}:${message}`) },
  );
}
