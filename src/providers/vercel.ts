/** Vercel AI Gateway: one API before many makers' models, as the `ai` package calls it. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import type { HttpError, Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Accepted, Asset, Checked, Explained, JobStatus } from '../ports/provider.ts';
import { codeTable, defineProvider, waiting, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { isShallow } from './models.ts';
import { planner, type Choice } from './plan.ts';
import {
  codeOf,
  costing,
  fieldsOf,
  firstSaid,
  jobId,
  plainText,
  readAs,
  readError,
  say,
  videoUrl,
} from './read.ts';
import { VERCEL_MODELS } from './vercel-models.ts';

/** Versions that @ai-sdk/gateway 4.0.146 sends (src/gateway-provider.ts, src/gateway-video-model.ts). */
const PROTOCOL = '0.0.1';
const SPECIFICATION = '4';
const MODELS_MAX = 5_000;
const VIDEOS_MAX = 20;
/** What the gateway hands out to be handed back: a text, or a small object. */
const OPERATION_CHARACTERS_MAX = 8_000;
const OPERATION_SHOWN_MAX = 100;
const MIB = 1024 * 1024;
/** The answer for a finished job may hold the video itself. */
const LARGE = { bytesMax: 64 * MIB, timeoutMs: 120_000 };

/** The fields of VideoModelV4CallOptions; makers do not know all of them, and what one does not know is a warning there. */
function requestFor(models: Models): (choice: Choice) => Opaque {
  return ({ model, resolution, audio, prompt, seed, facts }) => {
    const isKling = model.startsWith('klingai/');
    return {
      prompt,
      n: 1,
      aspectRatio: facts.aspect,
      // Kling makes what its mode says, and warns of a resolution.
      ...(!isKling && { resolution: `${facts.width}x${facts.height}` }),
      duration: facts.seconds,
      ...(seed !== null && { seed }),
      ...(models[model]?.audio && { generateAudio: audio }),
      providerOptions: isKling ? { klingai: { mode: resolution === '1080p' ? 'pro' : 'std' } } : {},
    };
  };
}

const operation = z
  .json()
  .refine((value) => value !== null && isShallow(value), 'Expected an operation')
  .refine((value) => JSON.stringify(value).length <= OPERATION_CHARACTERS_MAX, 'Expected a short operation');
const started = z.object({ operation, providerMetadata: z.unknown() }).partial({ providerMetadata: true });
const job = z.object({ model: z.string(), operation });

/** The gateway's own id of a job, for people: in what it says of the job, else in the operation itself. */
function accepted(model: string, reply: Reply<z.output<typeof started>>): Accepted {
  const handle = reply.body.operation;
  const { jobId: told } = fieldsOf(ofGateway(reply.body.providerMetadata)['asyncJob']);
  const id = told ?? fieldsOf(handle)['gatewayJobId'];
  const shown =
    id === undefined ? JSON.stringify(handle).slice(0, OPERATION_SHOWN_MAX) : readAs(jobId, id, reply);
  return { job: { model, operation: handle }, jobId: shown, costUsd: null };
}

function ofGateway(metadata: unknown): Readonly<Record<string, unknown>> {
  return fieldsOf(fieldsOf(metadata)['gateway']);
}

const polled = z
  .object({
    status: z.string().max(100),
    videos: z.array(z.unknown()).max(VIDEOS_MAX),
    error: z.unknown(),
    providerMetadata: z.unknown(),
  })
  .partial({ videos: true, error: true, providerMetadata: true });
type Polled = z.output<typeof polled>;

const video = z.discriminatedUnion('type', [
  z.object({ type: z.literal('url'), url: videoUrl }),
  z.object({ type: z.literal('base64'), data: z.string().min(1) }),
]);

/** The four words of gatewayVideoStatusResponseSchema. */
function statusOf(reply: Reply<Polled>): JobStatus {
  const { status, videos, error, providerMetadata } = reply.body;
  const own = ofGateway(providerMetadata);
  const cost = costing(dollarsOf(own['cost']), 'provider');
  switch (status) {
    case 'pending': {
      const isQueued = fieldsOf(own['asyncJob'])['status'] === 'queued';
      return { is: 'pending', phase: isQueued ? 'queue' : 'generate', progress: null };
    }
    case 'completed':
      return { is: 'done', asset: assetOf(videos?.[0], reply), ...cost };
    case 'error': {
      const message = say(error) ?? 'the job ended in an error without a reason';
      return { is: 'failed', code: null, message, costUsd: cost.costUsd };
    }
    case 'cancelled':
      return { is: 'failed', code: status, message: 'the job was cancelled', costUsd: cost.costUsd };
    default:
      return { is: 'strange', word: status };
  }
}

function assetOf(given: unknown, reply: Reply<Polled>): Asset {
  const found = readAs(video, given, reply);
  return found.type === 'url' ? { at: 'foreign', url: found.url } : { at: 'inline', base64: found.data };
}

/** The gateway writes dollars as texts. */
function dollarsOf(value: unknown): number | null {
  const usd = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof usd === 'number' && Number.isFinite(usd) ? usd : null;
}

const causeOfJobCode = codeTable({ interrupted: 'cancelled' });

/**
 * The types that src/errors/create-gateway-error.ts knows, and those of budgets and cards that public clients met
 * (vercel.com/docs/ai-gateway, 2026-09). A maker's error comes under the name of an exception: its text decides.
 */
const causeOfType = codeTable({
  auth: 'authentication_error',
  // The account has no card on file, or the model is not in the free credits.
  no_access:
    'forbidden permission_error failed_dependency customer_verification_required free_tier_model_not_available',
  no_credit: 'insufficient_funds quota_for_entity_exceeded',
  rate_limited: 'rate_limit_exceeded',
  model_missing: 'model_not_found',
});

function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const inner = fieldsOf(body['error']);
  const code = codeOf(firstSaid(inner['type'], body['type'], inner['code'], body['code']));
  const message = firstSaid(inner['message'], body['message'], body['error']) ?? plainText(error);
  return { code, message, cause: causeOfType(code) };
}

const listed = z.object({ models: z.array(z.object({ id: z.string().max(300) })).max(MODELS_MAX) });
const credits = z.object({ balance: z.unknown() });

function checked(model: string, models: z.output<typeof listed>['models'], balance: unknown): Checked {
  const isListed = models.some(({ id }) => id === model);
  return {
    text: isListed ? 'listed' : `not among ${models.length} listed models`,
    balanceUsd: dollarsOf(balance),
    notices: [],
    isListed,
  };
}

/** Credits lie beside `/v4/ai` on the same origin, and take the team as a query (src/gateway-fetch-metadata.ts). */
function creditsAt(baseUrl: string, team: string | undefined): string {
  const url = new URL('../../v1/credits', `${baseUrl.replace(/\/+$/, '')}/`);
  if (team !== undefined) url.searchParams.set(team.startsWith('team_') ? 'teamId' : 'slug', team);
  return url.href;
}

export const vercel = defineProvider({
  name: 'vercel',
  title: 'Vercel AI Gateway',
  docs: {
    url: 'https://vercel.com/docs/ai-gateway/modalities/video-generation',
    checkedOn: '2026-10-07',
  },
  auth: 'Bearer key',
  freeCheck:
    'the credits that are left, which proves the key; the list of models: whether the model is there',
  parity: { sdk: '@ai-sdk/gateway' },
  unverified: [
    'What a video has cost: public clients found no cost in the status of a job and read a record of usage later, which is not asked for here. A cost that stands in the status is taken.',
    'The words that the status has for a job in the queue, other than `pending`.',
    'Which makers take a seed: those that do not are said to warn.',
    'Token-priced models have a minimum of tokens for a length, which the list mentions without a figure.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key of the gateway, or a Vercel access token.'),
    team: z
      .string()
      .regex(/^[\w-]{1,100}$/, 'Expected the id or slug of a team')
      .meta({ description: 'The team, by id or slug, where an access token can reach several.' })
      .optional(),
    baseUrl: address('Where the API answers, with its version.').default(
      'https://ai-gateway.vercel.sh/v4/ai',
    ),
    // The `ai` package asks every 5 s too (vercel.com/docs/ai-gateway/modalities/video-generation, 2026-08-10).
    ...waiting('5s'),
  }),
  models: VERCEL_MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, {
      authorization: `Bearer ${options.apiKey}`,
      'ai-gateway-protocol-version': PROTOCOL,
      'ai-gateway-auth-method': 'api-key',
      ...(options.team !== undefined && { 'x-vercel-ai-gateway-team': options.team }),
    });
    const of = (model: string) => ({
      'ai-video-model-specification-version': SPECIFICATION,
      'ai-model-id': model,
    });
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, requestFor(models)),
      submit: async (order, key, signal) => {
        // The gateway starts one job for one key, however often it gets the order.
        const headers = { ...of(order.model), 'idempotency-key': key };
        const payload = { json: order.request };
        const call = api.send('POST', '/video-model/start', payload, started, signal, { headers });
        return accepted(order.model, await call);
      },
      poll: async (saved, signal) => {
        const { model, operation } = job.parse(saved);
        const call = { ...LARGE, headers: of(model) };
        return statusOf(
          await api.send('POST', '/video-model/status', { json: { operation } }, polled, signal, call),
        );
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: null,
      check: async (model, signal) => {
        const own = await api.get(creditsAt(options.baseUrl, options.team), credits, signal);
        const { body } = await api.get('/config', listed, signal);
        return checked(model, body.models, own.body.balance);
      },
      explain,
      causeOfJobCode,
      knownNotice: knownEnd('vercel', models, 'https://vercel.com/ai-gateway/models?type=video'),
    };
  },
});
