/** Replicate: many makers' models, and the community's, behind one protocol of predictions. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import { HttpError, type Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, Explained, JobStatus, Provider } from '../ports/provider.ts';
import { codeTable, defineProvider, waiting, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { planner, type Choice } from './plan.ts';
import {
  allowing,
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
import { REPLICATE_MODELS } from './replicate-models.ts';
import { fill, valuesOf } from './template.ts';

const MODEL_CHARACTERS_MAX = 300;
const OUTPUTS_MAX = 100;

/** `owner/name` for Replicate's own models, `owner/name:version` for the community's: theirs answer by version only. */
const NAME = /^([\w.-]+\/[\w.-]+)(?::([0-9a-f]{64}))?$/;

interface Named {
  path: string;
  version: string | null;
}

function read(model: string): Named | null {
  const [, path, version = null] = NAME.exec(model) ?? [];
  return path === undefined || /(^|\/)\.+(\/|$)/.test(path) ? null : { path, version };
}

/** What the catalogue knows, or the configuration says, in the words of one model. */
function planFor(models: Models): Provider['plan'] {
  const request = ({ model, ...choice }: Choice): Opaque => {
    const input = fill(models[model]?.input ?? {}, valuesOf({ model, ...choice }));
    const version = read(model)?.version ?? null;
    return version === null ? { input } : { version, input };
  };
  const plan = planner(models, request);
  return (canary, model) => {
    const order = plan(canary, model);
    if ('impossible' in order) return order;
    if (models[model]?.input === undefined)
      return {
        impossible: `model: ${model} has no "input" in the configuration, so nobody knows what it takes`,
      };
    if (read(model) === null)
      return { impossible: `model: expected owner/name or owner/name:version, got ${model}` };
    return order;
  };
}

const submitted = z.object({ id: jobId });
const job = z.object({ id: jobId, model: z.string().max(MODEL_CHARACTERS_MAX).nullable() });
const prediction = z.object({ status: z.string().max(100) }).loose();
type Prediction = z.output<typeof prediction>;

/** Words of the OpenAPI and of replicate 1.4.0 index.d.ts, 2026-11-21. `aborted`: ended before it had begun. */
function statusOf(reply: Reply<Prediction>, machineUsd: number | undefined): JobStatus {
  const { status, output, error, metrics } = reply.body;
  switch (status) {
    case 'starting':
      return { is: 'pending', phase: 'queue', progress: null };
    case 'processing':
      return { is: 'pending', phase: 'generate', progress: null };
    case 'succeeded': {
      const url = readAs(videoUrl, outputOf(output), reply);
      return {
        is: 'done',
        asset: { at: 'foreign', url },
        ...costing(costByTime(metrics, machineUsd), 'computed'),
      };
    }
    case 'failed': {
      const message =
        firstSaid(error, fieldsOf(error)['message']) ?? 'the prediction failed without a reason';
      return { is: 'failed', code: CODE.exec(message)?.[1] ?? null, message, costUsd: null };
    }
    case 'canceled':
    case 'aborted':
      return { is: 'failed', code: status, message: `the prediction was ${status}`, costUsd: null };
    default:
      return { is: 'strange', word: status };
  }
}

/** A model gives an address, a list of them, or names for them, as it likes. */
function outputOf(output: unknown): unknown {
  if (typeof output !== 'object' || output === null) return output;
  return Object.values(output)
    .slice(0, OUTPUTS_MAX)
    .find((value) => videoUrl.safeParse(value).success);
}

/**
 * `predict_time` is a count, no charge: seconds of a machine. It is worth dollars only for models that are priced by
 * them (`price.machine` in the configuration); the others are sold by the second of video.
 */
function costByTime(metrics: unknown, machineUsd: number | undefined): number | null {
  const seconds = fieldsOf(metrics)['predict_time'];
  return machineUsd === undefined || typeof seconds !== 'number' ? null : seconds * machineUsd;
}

/** A failed prediction has a sentence, at its end perhaps a code: `… (E005) (uIJ6l3ruRD)`, `… (code: PA)`. */
const CODE = /\((?:code: )?(E\d{3,4}|PA)\)/;

/** replicate.com/docs/reference/error-codes; E004, E005 and PA from public logs, 2026-11-21. */
const causeOfCode = codeTable({
  moderated: 'E005',
  interrupted: 'canceled aborted',
  unavailable: 'E004 E1000 E1001 E8367 E8765 E9243 E9825 PA',
  timeout: 'E6716',
});

/**
 * Answers are `{title, detail, status}`, where a title is the nearest thing to a code. What is throttled has none: an
 * account with less than $5 may order 6 times a minute, one at a time, and hears 429 (public issue, 2026).
 */
function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const code = codeOf(body['title']);
  const message =
    firstSaid(body['detail'], body['title'], body['error'], body['message']) ?? plainText(error);
  const isOurs = [401, 402, 403].includes(error.status ?? 0);
  return { code, message, cause: isOurs ? null : (causeOfTitle[code ?? ''] ?? null) };
}

/** One title stands for a version that is gone, one that is not ours, and an account without a payment method. */
const causeOfTitle: Readonly<Record<string, Explained['cause']>> = {
  Unauthenticated: 'auth',
  'Insufficient credit': 'no_credit',
  'Invalid version or not permitted': 'no_access',
  'Input validation failed': 'bad_request',
};

const listed = z
  .object({ run_count: z.unknown(), visibility: z.unknown(), created_at: z.unknown() })
  .partial();

function checked(model: string, found: z.output<typeof listed> | null): Checked {
  const nothing = { balanceUsd: null, notices: [] };
  const runs = say(found?.run_count);
  const about = runs === null ? '' : `, run ${runs} times`;
  if (found !== null) return { ...nothing, text: `listed${about}`, isListed: true };
  return { ...nothing, text: `Replicate knows no ${model}`, isListed: false };
}

export const replicate = defineProvider({
  name: 'replicate',
  title: 'Replicate',
  docs: { url: 'https://replicate.com/docs/reference/http', checkedOn: '2026-11-21' },
  auth: 'Bearer API token',
  freeCheck: 'the model, or its version: whether Replicate still has it',
  parity: { sdk: 'replicate' },
  unverified: [
    'Prices, lengths and inputs of the models: no vendor page was readable, public clients agree on them.',
    'Whether a cancelled or failed prediction is charged.',
    'Whether a model that is gone is found by the free check.',
  ],
  options: z.strictObject({
    apiKey: secret('The API token.'),
    baseUrl: address('Where the API answers, with its version.').default('https://api.replicate.com/v1'),
    ...waiting('5s'),
  }),
  models: REPLICATE_MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, { authorization: `Bearer ${options.apiKey}` });
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planFor(models),
      submit: async (order, _key, signal) => {
        const named = read(order.model);
        const to =
          named === null || named.version !== null ? '/predictions' : `/models/${named.path}/predictions`;
        const { body } = await api.send('POST', to, { json: order.request }, submitted, signal);
        return { job: { id: body.id, model: order.model }, jobId: body.id, costUsd: null };
      },
      poll: async (saved, signal) => {
        const { id, model } = job.parse(saved);
        const machineUsd = models[model ?? '']?.price['machine'];
        return statusOf(await api.get(`/predictions/${id}`, prediction, signal), machineUsd);
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: async (saved, signal) => {
        const to = `/predictions/${job.parse(saved).id}/cancel`;
        // What an ended prediction answers is unverified; one that is gone needs no cancelling.
        await allowing([404], api.send('POST', to, null, z.unknown(), signal, { whenEmpty: null }));
      },
      check: async (model, signal) => {
        const named = read(model);
        if (named === null) return checked(model, null);
        const to = `/models/${named.path}${named.version === null ? '' : `/versions/${named.version}`}`;
        try {
          return checked(model, (await api.get(to, listed, signal)).body);
        } catch (error) {
          if (error instanceof HttpError && error.status === 404) return checked(model, null);
          throw error;
        }
      },
      explain,
      causeOfJobCode: causeOfCode,
      knownNotice: knownEnd('replicate', models, 'https://replicate.com/explore'),
    };
  },
});
