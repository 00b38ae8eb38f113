/** fal's queue: many makers' models behind one protocol. Pika has no API of its own and is sold here. */

import { z } from 'zod';
import { HttpError, type Api } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, Explained, JobStatus } from '../ports/provider.ts';
import { codeTable, defineProvider, waiting } from './define.ts';
import { endNotice, knownEnd } from './ends.ts';
import { MODELS, USUAL_INPUT } from './fal-models.ts';
import { planner } from './plan.ts';
import {
  allowing,
  codeOf,
  fieldsOf,
  firstSaid,
  jobId,
  ownPath,
  plainText,
  readError,
  say,
  videoUrl,
  type Fields,
} from './read.ts';
import { fill, valuesOf } from './template.ts';

const PATH_CHARACTERS_MAX = 1_000;
const MODELS_MAX = 100;
const place = z.string().max(PATH_CHARACTERS_MAX).optional().catch(undefined);
const submitted = z.object({ request_id: jobId, status_url: place, response_url: place, cancel_url: place });
const path = z.string().max(PATH_CHARACTERS_MAX);
const job = z.object({ id: jobId, status: path, result: path, cancel: path });
type Job = z.output<typeof job>;

/**
 * Where a job is asked for. The answer says so itself, but it is believed only within our own base, because the key
 * goes there; else the client's rule holds: all after the second segment is dropped (@fal-ai/client 1.10.1 queue.js).
 */
function jobOf(answer: z.output<typeof submitted>, endpoint: string, base: string): Job {
  const root = `/${endpoint.split('/').slice(0, 2).join('/')}/requests/${answer.request_id}`;
  return {
    id: answer.request_id,
    status: requestPath(base, answer.status_url) ?? `${root}/status`,
    result: requestPath(base, answer.response_url) ?? root,
    cancel: requestPath(base, answer.cancel_url) ?? `${root}/cancel`,
  };
}

function requestPath(base: string, url: string | undefined): string | null {
  const path = ownPath(base, url)?.replace(/\?.*/, '') ?? '';
  return path.includes('/requests/') ? path : null;
}

const queued = z.object({ status: z.string().max(100) }).loose();
const result = z.object({ video: z.object({ url: videoUrl }) });

async function poll(api: Api, { status, result: at }: Job, signal: AbortSignal): Promise<JobStatus> {
  const { body } = await api.get(`${status}?logs=0`, queued, signal);
  switch (body.status) {
    case 'IN_QUEUE':
      return { is: 'pending', phase: 'queue', progress: null };
    case 'IN_PROGRESS':
      return { is: 'pending', phase: 'generate', progress: null };
  }
  if (body.status !== 'COMPLETED') return { is: 'strange', word: body.status };
  const code = codeOf(body['error_type']);
  const said = firstSaid(body['error'], fieldsOf(body['error'])['message']);
  if (code !== null || said !== null)
    return { is: 'failed', code, message: said ?? 'the request failed without a reason', costUsd: null };
  try {
    const { url } = (await api.get(at, result, signal)).body.video;
    return { is: 'done', asset: { at: 'foreign', url }, costUsd: null };
  } catch (error) {
    const verdict = error instanceof HttpError && error.code === 'status' ? verdictOf(error) : null;
    if (verdict) return verdict;
    throw error;
  }
}

/** A finished request keeps the model's own failure as its result: with `detail`, unlike a gateway's trouble. */
function verdictOf(error: HttpError): JobStatus | null {
  const { code, message, cause } = explain(error);
  if (/still in progress/i.test(message)) return { is: 'pending', phase: 'generate', progress: null };
  const isJobs =
    readError(error.body)['detail'] !== undefined && ![401, 403, 404, 429].includes(error.status ?? 0);
  // A refused field is our mistake: as an error answer it keeps the status that says so.
  const isKnown = cause !== null || (error.status ?? 0) >= 500;
  return isJobs && isKnown ? { is: 'failed', code, message, costUsd: null } : null;
}

/** fal.ai/docs/documentation/model-apis/errors and …/request-errors, 2026-11-21. */
const causeOfCode = codeTable({
  moderated: 'content_policy_violation',
  bad_output: 'no_media_generated',
  timeout: 'generation_timeout request_timeout startup_timeout',
  overloaded: 'runner_scheduling_failure',
  unavailable:
    'internal_error internal_server_error downstream_service_error downstream_service_unavailable ' +
    'runner_connection_timeout runner_connection_refused runner_connection_error runner_disconnected ' +
    'runner_incomplete_response runner_server_error',
  interrupted: 'client_disconnected client_cancelled',
  bad_request: 'bad_request',
  rate_limited: 'concurrent_requests_limit',
});

/** Money and other reasons share one status, 403, and one sentence (public logs and a generated client, 2026-11-21). */
const LOCKED = /^User is locked\. Reason: (.*)/i;
const UNPAID = /^(exhausted balance|user budget is exceeded|please add a payment method)/i;

function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const [first] = (Array.isArray(body['detail']) ? body['detail'] : []).map(fieldsOf);
  const platform = fieldsOf(body['error']);
  const said = [
    first?.['msg'],
    body['detail'],
    platform['message'],
    body['message'],
    body['error'],
    body['msg'],
  ];
  const message = firstSaid(...said) ?? plainText(error);
  const header = error.headers['x-fal-error-type'];
  const code = codeOf(firstSaid(first?.['type'], body['error_type'], header, platform['type'], body['type']));
  const reason = error.status === 403 ? LOCKED.exec(message)?.[1] : undefined;
  const locked = reason === undefined ? null : UNPAID.test(reason) ? 'no_credit' : 'no_access';
  return { code, message, cause: locked ?? causeOfCode(code) };
}

/** The platform API as generated clients have it (tryAGI/Fal, 2026-08-21): `metadata` may be absent. */
const found = z.object({ models: z.array(z.record(z.string(), z.unknown())).max(MODELS_MAX) });

function checked(model: string, models: Fields[]): Checked {
  const entry = models.find((entry) => entry['endpoint_id'] === model);
  const status = say(fieldsOf(entry?.['metadata'])['status']);
  const end = {
    at: null,
    replacement: null,
    source: 'fal platform API',
    url: `https://fal.ai/models/${model}`,
  };
  return {
    text: entry ? `listed as ${status ?? 'without a status'}` : 'not listed',
    balanceUsd: null,
    notices: status === 'deprecated' ? [endNotice('fal', model, end, 0)] : [],
    isListed: entry !== undefined,
  };
}

export const fal = defineProvider({
  name: 'fal',
  title: 'fal (Pika and others)',
  docs: { url: 'https://fal.ai/docs/documentation/model-apis/inference/queue', checkedOn: '2026-11-21' },
  auth: 'Key id and secret as `Authorization: Key`',
  freeCheck: 'the endpoint in the platform API: whether it is listed, and as active or deprecated',
  parity: { sdk: '@fal-ai/client' },
  unverified: [
    'The text of an answer to a bad key.',
    'Prices, as quoted in September 2026; the sizes of Kling’s pro endpoints; the frames per second of Hunyuan.',
  ],
  options: z.strictObject({
    apiKey: secret('The key, or key id and secret joined by a colon.'),
    baseUrl: address('Where the queue answers.').default('https://queue.fal.run'),
    platformUrl: address('The platform API, with its version.').default('https://api.fal.ai/v1'),
    ...waiting('5s'),
  }),
  models: MODELS,
  create: ({ options, http, models }) => {
    const headers = { authorization: `Key ${options.apiKey}` };
    const api = http.at(options.baseUrl, headers);
    const platform = http.at(options.platformUrl, headers);
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, (choice) => fill(models[choice.model]?.input ?? USUAL_INPUT, valuesOf(choice))),
      submit: async (order, _key, signal) => {
        const [to, payload] = [`/${order.model}`, { json: order.request }];
        // The official client's default: without it we would not stand where users stand.
        const extra = { headers: { 'x-fal-queue-priority': 'normal' } };
        const { body } = await api.send('POST', to, payload, submitted, signal, extra);
        const job = jobOf(body, order.model, options.baseUrl);
        return { job, jobId: job.id, costUsd: null };
      },
      poll: (saved, signal) => poll(api, job.parse(saved), signal),
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: async (saved, signal) => {
        const call = api.send('PUT', job.parse(saved).cancel, null, z.unknown(), signal, { whenEmpty: null });
        // Finished already: 400 by the docs, 409 by the generated specification; gone: 404.
        await allowing([400, 404, 409], call);
      },
      check: async (model, signal) => {
        const query = `/models?endpoint_id=${encodeURIComponent(model)}`;
        return checked(model, (await platform.get(query, found, signal)).body.models);
      },
      explain,
      causeOfJobCode: causeOfCode,
      knownNotice: knownEnd('fal', models, 'https://fal.ai/models'),
    };
  },
});
