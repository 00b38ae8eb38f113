/**
 * Replicate's API, mounted at `/replicate`.
 * Shapes from replicate 1.4.0 (index.d.ts), its OpenAPI and error bodies in public issues, read 2026-11-21.
 */

import { asObject, asText, json, keyOf, readObject } from './answers.ts';
import { stageOf } from './jobs.ts';
import { readReplicateOrder } from './replicate-orders.ts';
import type { InvalidField } from './replicate-orders.ts';
import type { Job, World } from './types.ts';

const says = {
  down: () => problem(503, 'Service Unavailable', 'The service is temporarily unavailable.'),
  // No title, as it was seen.
  rateLimited: () =>
    json(
      429,
      {
        detail:
          'Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with a ' +
          'burst of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~5s.',
        status: 429,
        retry_after: 5,
      },
      { 'retry-after': '5' },
    ),
  badKey: () => problem(401, 'Unauthenticated', 'You did not pass a valid authentication token'),
  noCredit: () =>
    problem(
      402,
      'Insufficient credit',
      'You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to ' +
        'purchase credit. Once you purchase credit, please wait a few minutes before trying again.',
    ),
  notFound: () => problem(404, 'Not found', 'The requested resource could not be found.'),
  noVersion: () =>
    problem(
      422,
      'Invalid version or not permitted',
      "The specified version does not exist (or perhaps you don't have permission to use it?)",
    ),
  invalid: (fields: InvalidField[]) =>
    json(422, {
      detail: fields.map(({ field, description }) => `- ${field}: ${description}\n`).join(''),
      status: 422,
      title: 'Input validation failed',
      invalid_fields: fields,
    }),
};

export async function handleReplicate(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/replicate/v1'.length);
  const official = /^\/models\/([\w.-]+\/[\w.-]+)\/predictions$/.exec(path)?.[1];
  if (request.method === 'POST' && official !== undefined) return submit(request, world, official);
  if (request.method === 'POST' && path === '/predictions') return submit(request, world, null);
  const [, id, cancels] = /^\/predictions\/([^/]+)(\/cancel)?$/.exec(path) ?? [];
  if (id !== undefined && request.method === (cancels === undefined ? 'GET' : 'POST'))
    return ask(request, world, id, cancels !== undefined);
  const named = /^\/models\/([\w.-]+\/[\w.-]+)(?:\/versions\/([\w]+))?$/.exec(path);
  if (named !== null && request.method === 'GET') return describe(request, world, named);
  if (path === '/account' && request.method === 'GET') return describe(request, world, null);
  return says.notFound();
}

/** An order for a model by its name, or by the version that stands in the body. */
async function submit(request: Request, world: World, official: string | null): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const version = asText(body['version']);
  const model = official ?? `community/${version.slice(0, 12)}`;
  const refuse = (answer: Response) => {
    world.count('replicate', 'refused');
    return answer;
  };
  const struck = await world.strike(request, { provider: 'replicate', model, step: 'submit' }, says);
  if (struck !== null) return refuse(struck);
  if (keyOf(request, 'Bearer') === null) return refuse(says.badKey());
  if (world.suffers('replicate', 'model_gone', model))
    return refuse(official === null ? says.noVersion() : says.notFound());
  if (official === null && !/^[0-9a-f]{64}$/.test(version)) return refuse(says.noVersion());
  const order = readReplicateOrder(model, body, asObject(body['input']));
  if (Array.isArray(order)) return refuse(says.invalid(order));
  if (world.suffers('replicate', 'no_credit', model)) return refuse(says.noCredit());
  return json(201, prediction(world.accept(order), world));
}

async function ask(request: Request, world: World, id: string, cancels: boolean): Promise<Response> {
  const job = world.open('replicate', id);
  world.count('replicate', cancels ? 'cancels' : 'polls');
  const step = cancels ? 'cancel' : 'poll';
  const struck = await world.strike(
    request,
    { provider: 'replicate', model: job?.model ?? null, step },
    says,
  );
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  if (job === null) return says.notFound();
  if (cancels && stageOf(job, world.now()).is !== 'over') world.forget(job);
  return json(200, prediction(job, world));
}

function prediction(job: Job, world: World): Record<string, unknown> {
  const base = `${world.origin}/replicate/v1/predictions/${job.id}`;
  const stage = stageOf(job, world.now());
  const isCanceled = world.isForgotten(job.id);
  const at = (ms: number) => new Date(ms).toISOString();
  return {
    id: job.id,
    model: job.model,
    version: 'hidden',
    input: {},
    logs: '',
    output: null,
    error: null,
    data_removed: false,
    created_at: at(job.createdAt),
    ...(stage.is !== 'queued' && { started_at: at(job.startsAt) }),
    ...(isCanceled ? { status: 'canceled' } : standing(job, stage.is, world)),
    urls: { get: base, cancel: `${base}/cancel`, web: `https://replicate.com/p/${job.id}` },
  };
}

function standing(job: Job, stage: 'queued' | 'running' | 'over', world: World): Record<string, unknown> {
  if (stage === 'queued') return { status: 'starting' };
  if (stage === 'running') return { status: 'processing' };
  const over = {
    completed_at: new Date(job.readyAt).toISOString(),
    metrics: {
      predict_time: (job.readyAt - job.startsAt) / 1000,
      total_time: (job.readyAt - job.createdAt) / 1000,
    },
  };
  if (job.outcome === 'moderated')
    return {
      ...over,
      status: 'failed',
      error:
        'The input or output was flagged as sensitive. Please try again with different inputs. (E005) (uIJ6l3ruRD)',
    };
  if (job.outcome === 'failed')
    return { ...over, status: 'failed', error: 'Prediction interrupted; please retry (code: PA)' };
  // Since 2026-05 (github.com/pollinations/pollinations/pull/11073).
  if (job.model === 'bytedance/seedance-1-lite' && !world.revived)
    return {
      ...over,
      status: 'failed',
      error: 'Service is temporarily unavailable. Please try again later. (E004) (1cah9wlWR9)',
    };
  // Community models like to answer with lists.
  const url = world.assetUrl(job);
  return { ...over, status: 'succeeded', output: job.model.startsWith('community/') ? [url] : url };
}

/** A model, one of its versions, or our own account. */
async function describe(request: Request, world: World, named: RegExpExecArray | null): Promise<Response> {
  const [, model = null, version = null] = named ?? [];
  world.count('replicate', 'checks');
  const struck = await world.strike(request, { provider: 'replicate', model, step: 'check' }, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  if (model === null) return json(200, { type: 'organization', username: 'simulated', name: 'Simulated' });
  if (world.suffers('replicate', 'model_gone', model)) return says.notFound();
  if (version !== null)
    return json(200, { id: version, created_at: '2026-01-01T00:00:00.000Z', cog_version: '0.9' });
  const [owner, name] = model.split('/');
  return json(200, {
    owner,
    name,
    visibility: 'public',
    run_count: 1234,
    url: `https://replicate.com/${model}`,
  });
}

function problem(status: number, title: string, detail: string): Response {
  return json(status, { title, detail, status });
}
