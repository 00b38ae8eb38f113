/** OpenRouter's video jobs: one API before many makers' models, with a list of what they cost. */

import { z } from 'zod';
import type { Cause, Opaque } from '../core/model.ts';
import type { HttpError, Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Asset, Checked, Explained, JobStatus } from '../ports/provider.ts';
import { codeTable, defineProvider, waiting, type ModelFacts, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { OPENROUTER_MODELS } from './openrouter-models.ts';
import { priceDrift } from './openrouter-prices.ts';
import { planner, type Choice } from './plan.ts';
import {
  codeOf,
  costing,
  costOf,
  fieldsOf,
  firstSaid,
  jobId,
  ownPath,
  plainText,
  readAs,
  readError,
  say,
  videoUrl,
} from './read.ts';

const MODELS_MAX = 2_000;
const URLS_MAX = 20;
const URL_CHARACTERS_MAX = 4_000;

/** A field that a model does not know is refused with 400 (openrouter.ai/docs/api_reference/videos, 2026-11). */
function requestFor(models: Models): (choice: Choice) => Opaque {
  return ({ model, resolution, audio, prompt, seed, facts }) => ({
    model,
    prompt,
    duration: facts.seconds,
    resolution,
    aspect_ratio: facts.aspect,
    // Sound is on by default where there is any, and costs more with some.
    ...(models[model]?.audio && { generate_audio: audio }),
    ...(seed !== null && { seed }),
  });
}

const submitted = z.object({ id: jobId });
const job = z.object({ id: jobId });
const urls = z.array(z.string().max(URL_CHARACTERS_MAX)).max(URLS_MAX).nullish();
const polled = z
  .object({ status: z.string().max(100), urls, unsigned_urls: urls, error: z.unknown(), usage: z.unknown() })
  .partial({ urls: true, unsigned_urls: true, error: true, usage: true });
type Polled = z.output<typeof polled>;

/**
 * Words of openrouter.ai/docs/client-sdks/typescript, VideoGenerationResponseStatus, 2026-11-21; the list there is open,
 * and public clients treat `dead` as an end too.
 */
function statusOf(id: string, reply: Reply<Polled>, base: string): JobStatus {
  const { status, error, usage } = reply.body;
  const cost = costing(costOf(fieldsOf(usage)['cost']), 'provider');
  switch (status) {
    case 'pending':
      return { is: 'pending', phase: 'queue', progress: null };
    case 'in_progress':
      return { is: 'pending', phase: 'generate', progress: null };
    case 'completed':
      return { is: 'done', asset: assetOf(id, reply, base), ...cost };
    case 'failed':
    case 'cancelled':
    case 'expired':
    case 'dead': {
      const code = status === 'failed' ? codeOf(fieldsOf(error)['code']) : status;
      const message =
        firstSaid(error, fieldsOf(error)['message']) ?? `the job ${WORDS[status]} without a reason`;
      return { is: 'failed', code, message, costUsd: cost.costUsd };
    }
    default:
      return { is: 'strange', word: status };
  }
}

const WORDS = {
  failed: 'failed',
  cancelled: 'was cancelled',
  expired: 'expired',
  dead: 'ended as dead',
};

/**
 * `unsigned_urls` lead to OpenRouter itself and want the key; elsewhere it is not shown. `urls` are signed and want
 * none. Without either the video lies where the documentation says.
 */
function assetOf(id: string, reply: Reply<Polled>, base: string): Asset {
  const [unsigned, signed] = [reply.body.unsigned_urls?.[0], reply.body.urls?.[0]];
  const path = ownPath(base, unsigned);
  if (path?.startsWith('/videos/')) return { at: 'own', path };
  const url = unsigned ?? signed;
  if (url === undefined) return { at: 'own', path: `/videos/${id}/content?index=0` };
  return { at: 'foreign', url: readAs(videoUrl, url, reply) };
}

const causeOfJobCode = codeTable({ interrupted: 'cancelled', timeout: 'expired' });

/** The code is the status once more; what it means stands in the sentence (openrouter.ai/docs/errors; public issues). */
const SAID: readonly (readonly [RegExp, Cause])[] = [
  [/\bis not a valid model ID\b/i, 'model_missing'],
  // The model is there, but none of its endpoints takes a field of the order, or our settings allow none of them.
  [/^No endpoints (found|available) that (support|can handle)\b/i, 'bad_request'],
  [/^No endpoints (found|available) matching your\b/i, 'no_access'],
  [/^No endpoints found\b/i, 'model_missing'],
  [/^No allowed providers\b/i, 'no_access'],
];

function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const inner = fieldsOf(body['error']);
  const metadata = fieldsOf(inner['metadata'] ?? body['metadata']);
  const code = codeOf(firstSaid(inner['code'], body['code'], inner['name']));
  const said = firstSaid(inner['message'], body['message'], body['error']) ?? plainText(error);
  // What the maker behind it has said, beside OpenRouter's "Provider returned error".
  const raw = say(metadata['raw']);
  const message = raw === null || said.includes(raw) ? said : (say(`${said}: ${raw}`) ?? said);
  // 403 is a refused key, or a prompt that was flagged: only then it has reasons.
  const isFlagged = Array.isArray(metadata['reasons']) && error.status === 403;
  const cause = isFlagged ? 'moderated' : (SAID.find(([pattern]) => pattern.test(said))?.[1] ?? null);
  return { code, message, cause };
}

const listed = z.object({
  data: z.array(z.object({ id: z.string().max(300), pricing_skus: z.unknown() })).max(MODELS_MAX),
});
/**
 * openrouter.ai/docs/api/api-reference/api-keys/get-current-key, 2026-11-22: dollars that the key may still spend,
 * until its limit is renewed where it has a `limit_reset`; null without a limit.
 */
const key = z.object({ data: z.unknown() });

function checked(
  model: string,
  facts: ModelFacts | undefined,
  found: z.output<typeof listed>,
  own: unknown,
): Checked {
  const entry = found.data.find(({ id }) => id === model);
  const left = fieldsOf(own)['limit_remaining'];
  const drift = entry === undefined || facts === undefined ? '' : priceDrift(facts, entry.pricing_skus);
  const about = drift === '' ? 'listed' : `listed, but ${drift}`;
  return {
    text: entry === undefined ? `not among ${found.data.length} listed models` : about,
    balanceUsd: typeof left === 'number' && Number.isFinite(left) ? left : null,
    notices: [],
    isListed: entry !== undefined,
  };
}

export const openrouter = defineProvider({
  name: 'openrouter',
  title: 'OpenRouter',
  docs: { url: 'https://openrouter.ai/docs/api_reference/videos', checkedOn: '2026-11-21' },
  auth: 'Bearer key',
  freeCheck:
    'the key and what it may still spend; the list of video models: whether the model is there, at which price',
  parity: { sdk: '@openrouter/sdk' },
  unverified: [
    'Whether the download is served by OpenRouter itself or redirects: a client saw it served.',
    'Whether failed jobs are charged, and what the status `dead` means.',
    'Pixels of models for which the list names none.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key.'),
    baseUrl: address('Where the API answers, with its version.').default('https://openrouter.ai/api/v1'),
    // "Every 10-30 seconds" (openrouter.ai/docs/api_reference/videos).
    ...waiting('10s'),
  }),
  models: OPENROUTER_MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, { authorization: `Bearer ${options.apiKey}` });
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, requestFor(models)),
      submit: async (order, _key, signal) => {
        const { body } = await api.send('POST', '/videos', { json: order.request }, submitted, signal);
        return { job: { id: body.id }, jobId: body.id, costUsd: null };
      },
      // The answer has a `polling_url` too, but this is what the documentation says it is.
      poll: async (saved, signal) => {
        const { id } = job.parse(saved);
        return statusOf(id, await api.get(`/videos/${id}`, polled, signal), options.baseUrl);
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: null,
      check: async (model, signal) => {
        // The list is public: only the other call proves the key.
        const own = await api.get('/key', key, signal);
        const { body } = await api.get('/videos/models', listed, signal);
        return checked(model, models[model], body, own.body.data);
      },
      explain,
      causeOfJobCode,
      knownNotice: knownEnd('openrouter', models, 'https://openrouter.ai/models?output_modalities=video'),
    };
  },
});
