/** Kling's newer API: the model in the path, a static key, and a code inside of every answer. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import type { Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, JobStatus } from '../ports/provider.ts';
import { catalogue, defineProvider, range, waiting, type ModelFacts, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import {
  causeOfKlingJob,
  explainKling,
  isUnknownKlingTask,
  klingData,
  klingEnvelope,
  klingJobCode,
  type KlingEnvelope,
} from './kling-codes.ts';
import { planner, type Choice } from './plan.ts';
import { costing, fieldsOf, jobId, noSuchJob, readAs, say, videoUrl } from './read.ts';

const PROMPT_CHARACTERS_MAX = 3_072;
const TASKS_MAX = 100;
const CHARGES_MAX = 100;

const CLIENTS = 'kling.ai/document-api as quoted by public clients';
/** Prices per second as three resellers and a stored report of 2026-09-19 give them; the vendor's page was not readable. */
const model = catalogue({
  source: `${CLIENTS}; prices from a report of 2026-09-19`,
  checkedOn: '2026-11-21',
});
const resold = catalogue({
  source: 'docs.venice.ai/models/kling-4-0, muapi.ai and docs.comfy.org, which sell it',
  checkedOn: '2026-11-21',
});

/** Every page of the API lists 16:9, 9:16 and 1:1 (read by a public client on 2026-09-16). */
const SIZES: ModelFacts['sizes'] = {
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1440, 1440] },
};
const KLING = { promptCharactersMax: PROMPT_CHARACTERS_MAX };
const MODELS: Models = {
  'kling-3.0': model(
    { ...KLING, seconds: range(3, 15), audio: true },
    { '720p': 0.084, '720p+audio': 0.126, '1080p': 0.112, '1080p+audio': 0.168 },
    SIZES,
  ),
  'kling-3.0-turbo': model({ ...KLING, seconds: range(3, 15) }, { '720p': 0.112, '1080p': 0.14 }, SIZES),
  'kling-4.0': resold({ ...KLING, seconds: range(3, 30) }, { '720p': 0.157, '1080p': 0.235 }, SIZES),
  'kling-4.0-flash': resold({ ...KLING, seconds: range(3, 20) }, { '720p': 0.094 }, SIZES),
  // That the older models keep their 5 and 10 s on the newer paths is unverified.
  'kling-2.6': model({ ...KLING, seconds: [5, 10] }, { '720p': 0.042, '1080p': 0.07 }, SIZES),
  'kling-2.5-turbo': model({ ...KLING, seconds: [5, 10] }, { '720p': 0.042, '1080p': 0.07 }, SIZES),
};

/**
 * 3.0 Turbo and 4.0 always make sound and have no setting for it (kling.ai/document-api/api/video/3-0-turbo, read by a
 * public client on 2026-09-16). 2.5 Turbo makes silent video only; whether it refuses the setting is unverified.
 */
const WITHOUT_AUDIO_SETTING = /^kling-(2\.5-turbo|3\.0-turbo|4\.)/;
/** Public clients report that these models refuse `options.external_task_id` (2026-11). */
const WITHOUT_EXTERNAL_ID = /^kling-4\./;

/**
 * Text to video takes a flat `prompt`; `contents` is for images and Omni (three public clients, 2026-11).
 * The API takes no seed, no negative prompt and no cfg_scale (kling.ai/document-api via public clients, 2026-11-21).
 */
function request({ model, resolution, audio, prompt, facts }: Choice): Opaque {
  return {
    prompt,
    settings: {
      resolution,
      aspect_ratio: facts.aspect,
      duration: facts.seconds,
      ...(!WITHOUT_AUDIO_SETTING.test(model) && { audio: audio ? 'native' : 'off' }),
    },
    options: { watermark_info: { enabled: false } },
  };
}

const accepted = z.object({ id: jobId });
const tasks = z.array(z.object({ id: z.string(), status: z.string().max(100) }).loose()).max(TASKS_MAX);
const outputs = z.array(z.unknown()).max(TASKS_MAX);
const job = z.object({ id: jobId });
const bill = z
  .array(
    z.object({
      charge_type: z.literal('cash'),
      currency: z.literal('USD'),
      // A decimal as a text; some clients show a number (2026-11).
      amount: z.union([z.number(), z.string().regex(/^\d+(\.\d+)?$/)]),
    }),
  )
  .min(1)
  .max(CHARGES_MAX);

/** Dollars on the bill of a task. Units of a prepaid pack and other currencies are no dollars, so the sum is unknown. */
function billed(billing: unknown): number | null {
  const { data } = bill.safeParse(billing);
  if (data === undefined) return null;
  const sum = data.reduce((usd, { amount }) => usd + Number(amount), 0);
  return Math.round(sum * 1e6) / 1e6;
}

function statusOf(id: string, reply: Reply<KlingEnvelope>): JobStatus {
  const task = readAs(tasks, klingData(reply) ?? [], reply).find((task) => task.id === id);
  if (!task) throw noSuchJob('Kling', id);
  switch (task.status) {
    case 'submitted':
      return { is: 'pending', phase: 'queue', progress: null };
    case 'processing':
      return { is: 'pending', phase: 'generate', progress: null };
    case 'succeeded': {
      const video = readAs(outputs, task['outputs'], reply)
        .map(fieldsOf)
        .find((output) => output['type'] === 'video');
      const url = readAs(videoUrl, video?.['url'], reply);
      return { is: 'done', asset: { at: 'foreign', url }, ...costing(billed(task['billing']), 'provider') };
    }
    case 'failed': {
      const message = say(task['message']) ?? 'the task failed without a reason';
      return { is: 'failed', code: klingJobCode(message), message, costUsd: null };
    }
    default:
      return { is: 'strange', word: task.status };
  }
}

export const kling = defineProvider({
  name: 'kling',
  title: 'Kling',
  docs: { url: 'https://kling.ai/document-api', checkedOn: '2026-11-21' },
  auth: 'Bearer static API key',
  freeCheck: 'a task that does not exist: code 1203 proves key and API',
  parity: { written: 'from the vendor’s pages as published clients quote them' },
  unverified: [
    'Whether the older models keep their 5 and 10 s on the newer paths.',
    'The HTTP statuses beside the codes.',
    'That a task which does not exist is answered with 1203: inferred from the table of codes.',
    'The path, lengths, sizes and prices of kling-4.0 and kling-4.0-flash on Kling’s own API: resellers give them.',
    'The pixels of a square: resellers name 960 or 720 for 720p.',
  ],
  options: z.strictObject({
    apiKey: secret(
      'The static API key; the older pair of access and secret key does not open the newer paths.',
    ),
    baseUrl: address('Where the API answers; in China https://api-beijing.klingai.com.').default(
      'https://api-singapore.klingai.com',
    ),
    ...waiting('5s'),
  }),
  models: MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, { authorization: `Bearer ${options.apiKey}` });
    const ask = (id: string, signal: AbortSignal) =>
      api.get(`/tasks?task_ids=${encodeURIComponent(id)}`, klingEnvelope, signal);
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, request),
      submit: async (order, key, signal) => {
        const body = fieldsOf(order.request);
        // A lookup key for people and support; whether a repeated one is refused is unverified.
        const id = WITHOUT_EXTERNAL_ID.test(order.model) ? {} : { external_task_id: key };
        const json = { ...body, options: { ...fieldsOf(body['options']), ...id } };
        const path = `/text-to-video/${encodeURIComponent(order.model)}`;
        const reply = await api.send('POST', path, { json }, klingEnvelope, signal);
        const { id: jobId } = readAs(accepted, klingData(reply), reply);
        return { job: { id: jobId }, jobId, costUsd: null };
      },
      poll: async (saved, signal) => {
        const { id } = job.parse(saved);
        try {
          return statusOf(id, await ask(id, signal));
        } catch (error) {
          throw isUnknownKlingTask(error) ? noSuchJob('Kling', id) : error;
        }
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: null,
      /** Asks for a task that does not exist: "not found" proves key and API. Inferred from the code table, not tried. */
      check: async (_model, signal): Promise<Checked> => {
        const fine = { text: 'key accepted', balanceUsd: null, notices: [], isListed: null };
        try {
          klingData(await ask('reelwatch-check', signal));
        } catch (error) {
          if (!isUnknownKlingTask(error)) throw error;
        }
        return fine;
      },
      explain: explainKling,
      causeOfJobCode: causeOfKlingJob,
      knownNotice: knownEnd('kling', models, 'https://kling.ai/document-api'),
    };
  },
});
