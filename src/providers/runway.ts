/** Runway's developer API: text to video as a task that is polled. */

import { z } from 'zod';
import type { Cause, Opaque } from '../core/model.ts';
import type { HttpError } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, Explained, JobStatus } from '../ports/provider.ts';
import { defineProvider, waiting, type Models } from './define.ts';
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
import { IN_PIXELS, MODELS } from './runway-models.ts';
import { fill, valuesOf } from './template.ts';

/** docs.dev.runwayml.com/guides/pricing, 2026-11-21: one credit is one cent. */
const USD_PER_CREDIT = 0.01;
/** The version that @runwayml/sdk 4.20.1 sends; without the header the API refuses every call. */
const API_VERSION = '2024-11-06';

/** The fields of a request: the model's own where it has some, with `audio`, which is on by default, said aloud. */
function request(models: Models, choice: Choice): Opaque {
  const { model, audio } = choice;
  const facts = models[model];
  const fields = fieldsOf(fill(facts?.input ?? IN_PIXELS, valuesOf(choice)));
  return { model, ...(facts?.audio && { audio }), ...fields };
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

const count = z.number().int().nonnegative().nullish().catch(null);
const perModel = <T extends z.ZodType>(figures: T) =>
  z
    .object({ models: z.record(z.string(), figures) })
    .optional()
    .catch(undefined);
/** @runwayml/sdk 4.20.1 resources/organization, 2026-11-21. */
const organization = z.object({
  creditBalance: z.number(),
  tier: perModel(z.object({ maxConcurrentGenerations: count, maxDailyGenerations: count })),
  usage: perModel(z.object({ dailyGenerations: count })),
});

/** What the tier and today's usage say about one model; nothing where neither names it. */
function limitsOf({ tier, usage }: z.output<typeof organization>, model: string): Pick<Checked, 'limits'> {
  const named = <T>(record: Record<string, T> | undefined) =>
    record && Object.hasOwn(record, model) ? record[model] : undefined;
  const may = named(tier?.models);
  const used = named(usage?.models);
  if (!may && !used) return {};
  return {
    limits: {
      concurrentMax: may?.maxConcurrentGenerations ?? null,
      perDayMax: may?.maxDailyGenerations ?? null,
      usedToday: used?.dailyGenerations ?? null,
    },
  };
}

const job = z.object({ id: jobId });

export const runway = defineProvider({
  name: 'runway',
  title: 'Runway',
  docs: { url: 'https://docs.dev.runwayml.com/api', checkedOn: '2026-11-21' },
  auth: 'Bearer key and the header X-Runway-Version',
  freeCheck: 'the organization: balance in credits, limits of the model and what is used of them today',
  parity: { sdk: '@runwayml/sdk' },
  unverified: [
    'The body of an answer to a bad key.',
    'The aspect ratio of h3_max, and the pixels behind the words of grok_imagine_1_5, hailuo3 and h3_max.',
    'How a price of a broken number of credits (wan3_prime, gemini_omni_flash_1.1) is rounded for one job.',
    'The longest prompt of wan3, wan3_prime and h3_max.',
  ],
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
      plan: planner(models, (choice) => request(models, choice)),
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
        return {
          text: `${Math.round(body.creditBalance)} credits left`,
          balanceUsd,
          notices: [],
          // A live look on 2026-10-04 found models in the list of limits that had ended in July: it proves nothing.
          isListed: null,
          ...limitsOf(body, model),
        };
      },
      explain,
      causeOfJobCode,
      knownNotice: knownEnd('runway', models, 'https://docs.dev.runwayml.com/guides/models'),
    };
  },
});
