/** ByteDance's Seedance on ModelArk (BytePlus) and Ark (Volcano Engine): tasks that are polled, billed by tokens. */

import { z } from 'zod';
import type { Cause, Opaque } from '../core/model.ts';
import type { HttpError } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, Explained, JobStatus } from '../ports/provider.ts';
import { codeTable, defineProvider, waiting, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { planner, type Choice } from './plan.ts';
import { tokenPriceOf, usdOfTokens } from './price.ts';
import { allowing, codeOf, costing, fieldsOf, jobId, plainText, readError, say, videoUrl } from './read.ts';
import { SEEDANCE_MODELS } from './seedance-models.ts';

const TASKS = '/contents/generations/tasks';
const LISTED_MAX = 10_000;

/**
 * `generate_audio` is on by default on the models that have it; the older ones refuse fields that they do not know
 * (TanStack ai-byteplus, probed live on 2026-07-31).
 */
function requestFor(models: Models) {
  return ({ model, prompt, resolution, audio, seed, facts }: Choice): Opaque => ({
    model,
    content: [{ type: 'text', text: prompt }],
    ratio: facts.aspect,
    duration: facts.seconds,
    ...(seed !== null && { seed }),
    resolution,
    ...(models[model]?.audio && { generate_audio: audio }),
    watermark: false,
  });
}

/** What the request costs per million tokens, so that the count in the answer can be turned into dollars later. */
function rateOf(models: Models, model: string, request: Opaque): number | null {
  const { resolution, generate_audio: audio } = fieldsOf(request);
  const price = models[model]?.price;
  return price ? tokenPriceOf(price, String(resolution), audio === true) : null;
}

const submitted = z.object({ id: jobId });
const job = z.object({ id: jobId, usdPerMtok: z.number().nullable() });
const word = z.object({ status: z.string().max(100) });
const content = z.object({ content: z.object({ video_url: videoUrl }) });

/** @ai-sdk/bytedance 1.0.29; TanStack ai-byteplus src/video/wire-types.ts, 2026-11-21. Failed tasks are not billed. */
function taskAt(usdPerMtok: number | null) {
  return {
    parse: (value: unknown): JobStatus => {
      const { status } = word.parse(value);
      const { usage, error } = fieldsOf(value);
      switch (status) {
        case 'queued':
          return { is: 'pending', phase: 'queue', progress: null };
        case 'running':
          return { is: 'pending', phase: 'generate', progress: null };
        case 'succeeded': {
          // The schema calls the count a text, the API sends a number.
          const tokens = Number(fieldsOf(usage)['total_tokens'] ?? Number.NaN);
          const url = content.parse(value).content.video_url;
          const cost = costing(usdOfTokens(tokens, usdPerMtok), 'computed');
          return { is: 'done', asset: { at: 'foreign', url }, ...cost };
        }
        case 'failed': {
          const { code, message } = fieldsOf(error);
          const text = say(message) ?? 'the task failed without a reason';
          return { is: 'failed', code: codeOf(code), message: text, costUsd: null };
        }
        case 'cancelled':
          return { is: 'failed', code: status, message: 'the task was cancelled', costUsd: null };
        case 'expired':
          return {
            is: 'failed',
            code: status,
            message: 'the task expired before it was done',
            costUsd: null,
          };
        default:
          return { is: 'strange', word: status };
      }
    },
  };
}

/** volcengine.com/docs/82379/1359411 as checked on 2026-08-23, and codes that public clients met. */
const causeInTable = codeTable({
  auth: 'AuthenticationError',
  // The model exists but is not activated for the account.
  no_access: 'AccessDenied OperationDenied ModelNotOpen',
  // Overdue; the free trial is used up; the account's own spending limit for the model is reached.
  no_credit: 'AccountOverdueError QuotaExceeded SetLimitExceeded',
  bad_request: 'InvalidParameter MissingParameter',
  model_missing: 'InvalidEndpointOrModel.NotFound InvalidEndpoint.NotFound UnsupportedModel',
  rate_limited:
    'RateLimitExceeded AccountRateLimitExceeded ModelAccountRpmRateLimitExceeded ModelAccountTpmRateLimitExceeded',
  overloaded: 'ServerOverloaded ModelLoadingError',
  unavailable: 'InternalServiceError InvalidEndpoint.ClosedEndpoint',
  // Words of a task's status.
  interrupted: 'cancelled',
  timeout: 'expired',
});
/** `InputText…`, `OutputVideo…`, `OutputAudio…` and so on; on harmless prompts too (ComfyUI issue 13883). */
const MODERATED = /^(Input|Output)[A-Z][a-z]+SensitiveContentDetected/;

/** Codes may have a part more after a dot: `RateLimitExceeded.EndpointRPMExceeded`. */
function causeOfCode(code: string | null): Cause | null {
  if (code !== null && MODERATED.test(code)) return 'moderated';
  return causeInTable(code) ?? causeInTable(code?.split('.')[0] ?? null);
}

/** Errors are `{"error": {"code", "message", "param", "type"}}`; the HTTP statuses are not settled, so the code decides. */
function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const inner = { ...body, ...fieldsOf(body['error']) };
  const code = codeOf(inner['code']);
  return { code, message: say(inner['message']) ?? plainText(error), cause: causeOfCode(code) };
}

const listed = z.object({ data: z.array(z.object({ id: z.string() })).max(LISTED_MAX) });

export const seedance = defineProvider({
  name: 'seedance',
  title: 'ByteDance Seedance',
  docs: { url: 'https://docs.byteplus.com/en/docs/ModelArk/1520757', checkedOn: '2026-11-21' },
  auth: 'Bearer key, bound to its region',
  freeCheck: 'the list of models, which needs the key',
  parity: { sdk: '@ai-sdk/bytedance' },
  unverified: [
    'The HTTP statuses beside the codes, but for 400, 401 and 404.',
    'Whether Seedance 1.x is still served by BytePlus in November 2026; 1.5 pro has ended in China.',
    'Whether 1.0 pro fast costs $1 and 2.5 the same $10.70 at every size; the pixels of 2.5.',
    'The longest prompt of each model.',
  ],
  options: z.strictObject({
    apiKey: secret('The ModelArk API key; it opens its own region only.'),
    baseUrl: address(
      'Where the API answers; in China https://ark.cn-beijing.volces.com/api/v3, where models have other names.',
    ).default('https://ark.ap-southeast.bytepluses.com/api/v3'),
    ...waiting('5s'),
  }),
  models: SEEDANCE_MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, { authorization: `Bearer ${options.apiKey}` });
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, requestFor(models)),
      submit: async (order, _key, signal) => {
        const { body } = await api.send('POST', TASKS, { json: order.request }, submitted, signal);
        const usdPerMtok = rateOf(models, order.model, order.request);
        return { job: { id: body.id, usdPerMtok }, jobId: body.id, costUsd: null };
      },
      poll: async (saved, signal) => {
        const { id, usdPerMtok } = job.parse(saved);
        return (await api.get(`${TASKS}/${id}`, taskAt(usdPerMtok), signal)).body;
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: async (saved, signal) => {
        const call = api.send('DELETE', `${TASKS}/${job.parse(saved).id}`, null, z.unknown(), signal, {
          whenEmpty: null,
        });
        // A task that is gone already, or one that runs: only queued ones can be cancelled.
        await allowing([404, 409], call);
      },
      /** No order is risked: an order that must be refused would tell more, but one that is not costs money. */
      check: async (model, signal): Promise<Checked> => {
        const { body } = await api.get('/models', listed, signal);
        const isNamed = body.data.some(({ id }) => id === model);
        return {
          text: `${body.data.length} models listed, ${model} ${isNamed ? 'among them' : 'not among them'}`,
          balanceUsd: null,
          notices: [],
          // The list leaves out models that do answer (TanStack ai-byteplus, 2026-07-31): absence says nothing.
          isListed: isNamed ? true : null,
        };
      },
      explain,
      causeOfJobCode: causeOfCode,
      knownNotice: knownEnd('seedance', models, 'https://docs.byteplus.com/en/docs/ModelArk/2172669'),
    };
  },
});
