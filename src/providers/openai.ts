/** OpenAI's Videos API (Sora), shut down on 2026-09-24; kept for look-alike relays and for watching an end. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import type { HttpError } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, Explained, JobStatus } from '../ports/provider.ts';
import { catalogue, codeTable, defineProvider, waiting, type ModelFacts } from './define.ts';
import { dayOf, endNotice, knownEnd } from './ends.ts';
import { planner, type Choice } from './plan.ts';
import { codeOf, fieldsOf, jobId, plainText, progressOf, readError, say } from './read.ts';

const DEPRECATIONS = 'https://developers.openai.com/api/docs/deprecations';
const MODELS_MAX = 10_000;

const SORA = { seconds: [4, 8, 12], promptCharactersMax: 32_000, endsOn: '2026-09-24', replacement: null };
/** Announced on 2026-03-24 (developers.openai.com/api/docs/deprecations). Prices as the video guide had them. */
const model = catalogue({
  source: 'openai 7.57.0 resources/videos.d.ts; developers.openai.com/api/docs/deprecations',
  checkedOn: '2026-11-21',
});
const MODELS: Readonly<Record<string, ModelFacts>> = {
  'sora-2': model(SORA, { '720p': 0.1 }),
  'sora-2-2025-10-06': model(SORA, { '720p': 0.1 }),
  'sora-2-2025-12-08': model(SORA, { '720p': 0.1 }),
  // Its 1024x1792 and 1792x1024 have no name among the canary's resolutions.
  'sora-2-pro': model(SORA, { '720p': 0.3 }),
  'sora-2-pro-2025-10-06': model(SORA, { '720p': 0.3 }),
};

/** Form fields in the order in which the SDK sends them; it sends a multipart form even without a file (recorded). */
function request({ model, prompt, facts }: Choice): Opaque {
  return [
    ['model', model],
    ['prompt', prompt],
    ['seconds', String(facts.seconds)],
    ['size', `${facts.width}x${facts.height}`],
  ];
}

const form = z.array(z.tuple([z.string(), z.string()]));
const job = z.object({ id: jobId });
const video = z.object({ id: jobId, status: z.string().max(100) });

/** openai 7.57.0 resources/videos.d.ts, 2026-11-21. There is no address of the video: it is fetched with the key. */
const status = {
  parse: (value: unknown): JobStatus => {
    const { id, status } = video.parse(value);
    const { progress, error } = fieldsOf(value);
    switch (status) {
      case 'queued':
        return { is: 'pending', phase: 'queue', progress: progressOf(progress, 100) };
      case 'in_progress':
        return { is: 'pending', phase: 'generate', progress: progressOf(progress, 100) };
      case 'completed':
        return { is: 'done', asset: { at: 'own', path: `/videos/${id}/content` }, costUsd: null };
      case 'failed': {
        const { code, message } = fieldsOf(error);
        const text = say(message) ?? 'the video failed without a reason';
        return { is: 'failed', code: codeOf(code), message: text, costUsd: null };
      }
      default:
        return { is: 'strange', word: status };
    }
  },
};

/** The codes are remembered, not documented for this API: unverified, except `model_not_found` (public issues). */
const causeOfCode = codeTable({
  auth: 'invalid_api_key',
  no_credit: 'insufficient_quota billing_hard_limit_reached',
  rate_limited: 'rate_limit_exceeded',
  moderated: 'moderation_blocked content_policy_violation',
  model_missing: 'model_not_found',
});

/** `model_not_found` stands for a typing error and for an end; only the sentence tells (public issues of 2024). */
const ENDED = /\bhas been (deprecated|retired|shut ?down|discontinued)|\b(was|is|been) shut ?down\b/i;
const ENDING_STATUSES = new Set([400, 403, 404, 410]);

function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const inner = typeof body['error'] === 'object' ? fieldsOf(body['error']) : body;
  const code = codeOf(inner['code']) ?? codeOf(inner['type']);
  const message = say(inner['message']) ?? say(inner['error']) ?? plainText(error);
  const isEnd = error.status === 410 || (ENDING_STATUSES.has(error.status ?? 0) && ENDED.test(message));
  return { code, message, cause: isEnd ? 'retired' : causeOfCode(code) };
}

const list = z.object({
  data: z
    .array(z.object({ id: z.string(), shutdown_date: z.unknown() }).partial({ shutdown_date: true }))
    .max(MODELS_MAX),
});

export const openai = defineProvider({
  name: 'openai',
  title: 'OpenAI Sora',
  docs: { url: 'https://developers.openai.com/api/docs/guides/video-generation', checkedOn: '2026-11-21' },
  auth: 'Bearer key',
  freeCheck: 'the list of models, with a `shutdown_date` each',
  parity: { sdk: 'openai' },
  unverified: ['What the API answers to an order since its end on 2026-09-24.'],
  options: z.strictObject({
    apiKey: secret('The API key.'),
    baseUrl: address('Where the API answers, with its version.').default('https://api.openai.com/v1'),
    ...waiting('10s'),
  }),
  models: MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, { authorization: `Bearer ${options.apiKey}` });
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, request),
      submit: async (order, _key, signal) => {
        const payload = { form: form.parse(order.request) };
        const { body } = await api.send('POST', '/videos', payload, job, signal);
        return { job: { id: body.id }, jobId: body.id, costUsd: null };
      },
      poll: async (saved, signal) => (await api.get(`/videos/${job.parse(saved).id}`, status, signal)).body,
      download: (asset, limits, signal) =>
        api.download(asset.path, limits, signal, { headers: { accept: 'application/binary' } }),
      // DELETE is for finished videos; a running one cannot be stopped (openai 7.57.0 types).
      cancel: null,
      check: async (model, signal): Promise<Checked> => {
        const { body, headers } = await api.get('/models', list, signal);
        const listed = body.data.find(({ id }) => id === model);
        const at = dayOf(listed?.shutdown_date);
        // The answer's own date tells whether the day has come; without one it counts as to come.
        const now = Date.parse(headers['date'] ?? '');
        const end = { replacement: null, source: 'openai models API', url: DEPRECATIONS };
        return {
          text: `${body.data.length} models listed, ${model} ${listed ? 'among them' : 'not among them'}`,
          balanceUsd: null,
          notices:
            at === null ? [] : [endNotice('openai', model, { ...end, at }, Number.isNaN(now) ? at - 1 : now)],
          isListed: listed !== undefined,
        };
      },
      explain,
      causeOfJobCode: causeOfCode,
      knownNotice: knownEnd('openai', models, DEPRECATIONS),
    };
  },
});
