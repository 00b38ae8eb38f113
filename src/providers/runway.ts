/** Runway's developer API: text to video as a task that is polled. */

import { z } from 'zod';
import type { HttpError } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Cause, Opaque } from '../core/model.ts';
import type { Checked, Explained, JobStatus } from '../ports/provider.ts';
import { catalogue, defineProvider, range, waiting, type ModelFacts } from './define.ts';
import { knownEnd } from './ends.ts';
import { planner, type Choice } from './plan.ts';
import {
  allowing,
  codeOf,
  costOf,
  fieldsOf,
  jobId,
  plainText,
  progressOf,
  readError,
  say,
  videoUrl,
} from './read.ts';

/** docs.dev.runwayml.com/guides/pricing, 2026-11-21: one credit is one cent. */
const USD_PER_CREDIT = 0.01;
/** The version that @runwayml/sdk 4.20.1 sends; without the header the API refuses every call. */
const API_VERSION = '2024-11-06';

const SQUARE_TOO = {
  '480p': { '16:9': [832, 480], '9:16': [480, 832], '1:1': [624, 624] },
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1440, 1440] },
} as const;

const SOURCE = '@runwayml/sdk 4.20.1 types; docs.dev.runwayml.com/guides/pricing; Runway OpenAPI 2024-11-06';
const model = catalogue({ source: SOURCE, checkedOn: '2026-11-21' });
const VEO = { seconds: [4, 6, 8], promptCharactersMax: 1_000, seed: true, negativePrompt: true, audio: true };

/** Prices per second. Models whose price, limits or sizes were not found are left out rather than guessed. */
const MODELS: Readonly<Record<string, ModelFacts>> = {
  'gen4.5': model({ seconds: range(2, 10), promptCharactersMax: 1_000, seed: true }, { '720p': 0.12 }),
  // The SDK gives no bounds: from 2 s by the pricing page; the upper bound and the length of the prompt are unverified.
  wan3: model(
    { seconds: range(2, 10), promptCharactersMax: 1_000, audio: true },
    { '480p': 0.05, '720p': 0.1, '1080p': 0.2 },
    SQUARE_TOO,
  ),
  'veo3.1': model(VEO, { '720p': 0.2, '720p+audio': 0.4, '1080p': 0.2, '1080p+audio': 0.4 }),
  'veo3.1_fast': model(VEO, { '720p': 0.1, '720p+audio': 0.15, '1080p': 0.1, '1080p+audio': 0.15 }),
  seedance2_5: model(
    { seconds: range(4, 30), promptCharactersMax: 15_000, seed: true, audio: true },
    { '480p': 0.2, '720p': 0.3, '1080p': 0.68 },
    { ...SQUARE_TOO, '480p': { '16:9': [854, 480], '9:16': [480, 854], '1:1': [640, 640] } },
  ),
  // The pixels behind `ratio` words are the usual ones: unverified, hence no squares.
  grok_imagine_1_5: model(
    { seconds: range(1, 15), promptCharactersMax: 4_000 },
    { '480p': 0.1, '720p': 0.16, '1080p': 0.29 },
  ),
  hailuo3: model({ seconds: range(5, 15), promptCharactersMax: 6_000 }, { '768p': 0.1 }),
  gemini_omni_flash: model({ seconds: range(3, 10), promptCharactersMax: 4_000 }, { '720p': 0.1 }),
  happyhorse_1_0: model(
    { seconds: range(3, 15), promptCharactersMax: 2_500 },
    { '720p': 0.15, '1080p': 0.3 },
    SQUARE_TOO,
  ),
};

/** Models that take the size as words; the others take a ratio of pixels, `1280:720`. */
const IN_WORDS = new Set(['grok_imagine_1_5', 'hailuo3']);

function request(choice: Choice): Opaque {
  const { model, resolution } = choice;
  const { width, height, aspect, seconds } = choice.facts;
  return {
    model,
    promptText: choice.prompt,
    ...(IN_WORDS.has(model) ? { ratio: aspect, resolution } : { ratio: `${width}:${height}` }),
    duration: seconds,
    // `audio` is on by default where it exists, and costs more on Veo.
    ...(MODELS[model]?.audio && { audio: choice.audio }),
    ...(choice.negativePrompt !== null && { negativePrompt: choice.negativePrompt }),
    ...(choice.seed !== null && { seed: choice.seed }),
  };
}

const credits = z.object({ credits: z.number() }).optional().catch(undefined);
const submitted = z.object({ id: jobId, estimatedCost: credits });
const word = z.object({ status: z.string().max(100) });
const ended = z.object({ cost: credits });
const output = z.object({ output: z.tuple([videoUrl], z.unknown()) });

/** @runwayml/sdk 4.20.1 resources/tasks.d.ts, 2026-11-21. THROTTLED: our own concurrency is used up, the task waits. */
const task = {
  parse: (value: unknown): JobStatus => {
    const { status } = word.parse(value);
    const { progress, failure, failureCode } = fieldsOf(value);
    const costUsd = dollarsOf(ended.parse(value).cost);
    switch (status) {
      case 'PENDING':
      case 'THROTTLED':
        return { is: 'pending', phase: 'queue', progress: null };
      case 'RUNNING':
        return { is: 'pending', phase: 'generate', progress: progressOf(progress, 1) };
      case 'SUCCEEDED':
        return { is: 'done', asset: { at: 'foreign', url: output.parse(value).output[0] }, costUsd };
      case 'FAILED': {
        const message = say(failure) ?? 'the task failed without a reason';
        return { is: 'failed', code: codeOf(failureCode), message, costUsd };
      }
      case 'CANCELLED':
        return { is: 'failed', code: status, message: 'the task was cancelled', costUsd };
      default:
        return { is: 'strange', word: status };
    }
  },
};

function dollarsOf(cost: { credits: number } | undefined): number | null {
  return costOf(cost ? cost.credits * USD_PER_CREDIT : null);
}

/** By prefix, the longest first. docs.dev.runwayml.com/errors/task-failures, 2026-11-21. */
const FAILURES: readonly (readonly [prefix: string, Cause])[] = [
  ['INPUT_PREPROCESSING.SAFETY', 'moderated'],
  ['INPUT_PREPROCESSING', 'unavailable'],
  ['INTERNAL.BAD_OUTPUT', 'bad_output'],
  ['THIRD_PARTY', 'unavailable'],
  ['ASSET.INVALID', 'bad_request'],
  ['CANCELLED', 'interrupted'],
  ['INTERNAL', 'unavailable'],
  ['SAFETY', 'moderated'],
];

function causeOfJobCode(code: string): Cause | null {
  return FAILURES.find(([prefix]) => code === prefix || code.startsWith(`${prefix}.`))?.[1] ?? null;
}

/** Errors are `{"error": text}`; refused parameters add `issues` (Runway OpenAPI 2024-11-06). */
function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const issues = Array.isArray(body['issues']) ? body['issues'].map(fieldsOf) : [];
  const [issue] = issues;
  const message = say(body['error']) ?? say(body['message']) ?? plainText(error);
  // No credit comes as 400, and only a refused parameter has issues (ten public files quote it, up to 2026-09).
  if (error.status === 400 && issues.length === 0 && /\bcredits?\b/i.test(message))
    return { code: null, message, cause: 'no_credit' };
  // Inferred, not seen: a model that is gone fails the check of the field `model`.
  const isModel = issues.some(({ path }) => Array.isArray(path) && path.length === 1 && path[0] === 'model');
  const detail = say(issue?.['message']);
  return {
    code: codeOf(issue?.['code']),
    message: detail === null ? message : (say(`${message}: ${detail}`) ?? message),
    cause: error.status === 400 && isModel ? 'model_missing' : null,
  };
}

const organization = z.object({
  creditBalance: z.number(),
  tier: z
    .object({ models: z.record(z.string(), z.unknown()) })
    .optional()
    .catch(undefined),
});

const job = z.object({ id: jobId });

export const runway = defineProvider({
  name: 'runway',
  title: 'Runway',
  docs: { url: 'https://docs.dev.runwayml.com/api', checkedOn: '2026-11-21' },
  auth: 'Bearer key and the header X-Runway-Version',
  freeCheck: 'the organization: balance in credits, limits, and whether the model is among those of the tier',
  parity: { sdk: '@runwayml/sdk' },
  unverified: ['The body of an answer to a bad key.'],
  options: z.strictObject({
    apiKey: secret('The API secret of the Runway organisation.'),
    baseUrl: address('Where the API answers.').default('https://api.dev.runwayml.com'),
    ...waiting('6s'),
  }),
  models: MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, {
      authorization: `Bearer ${options.apiKey}`,
      'x-runway-version': API_VERSION,
    });
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, request),
      submit: async (order, _key, signal) => {
        const { body } = await api.send(
          'POST',
          '/v1/text_to_video',
          { json: order.request },
          submitted,
          signal,
        );
        return { job: { id: body.id }, jobId: body.id, costUsd: dollarsOf(body.estimatedCost) };
      },
      poll: async (saved, signal) => (await api.get(`/v1/tasks/${job.parse(saved).id}`, task, signal)).body,
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: async (saved, signal) => {
        const call = api.send('DELETE', `/v1/tasks/${job.parse(saved).id}`, null, z.unknown(), signal, {
          whenEmpty: null,
        });
        // The vendor says to ignore 404: the task is gone already (Runway OpenAPI 2024-11-06).
        await allowing([404], call);
      },
      check: async (model, signal): Promise<Checked> => {
        const { body } = await api.get('/v1/organization', organization, signal);
        const balanceUsd = Math.round(body.creditBalance) * USD_PER_CREDIT;
        const isNamed = Object.hasOwn(body.tier?.models ?? {}, model);
        return {
          text: `${Math.round(body.creditBalance)} credits left`,
          balanceUsd,
          notices: [],
          // The list holds limits; that every model stands in it is unverified, so its absence says nothing.
          isListed: isNamed ? true : null,
        };
      },
      explain,
      causeOfJobCode,
      knownNotice: knownEnd('runway', models, 'https://docs.dev.runwayml.com/guides/models'),
    };
  },
});
