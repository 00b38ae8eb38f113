/** Kling's newer API: the model in the path, a static key, and a code inside of every answer. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import type { Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, JobStatus } from '../ports/provider.ts';
import { catalogue, defineProvider, range, waiting, type Models } from './define.ts';
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
import { fieldsOf, jobId, noSuchJob, readAs, say, videoUrl } from './read.ts';

const PROMPT_CHARACTERS_MAX = 3_072;
const TASKS_MAX = 100;

/** Prices per second as three resellers and a stored report of 2026-09-19 give them; the vendor's page was not readable. */
const model = catalogue({
  source: 'kling.ai/document-api as quoted by public clients; prices from a report of 2026-09-19',
  checkedOn: '2026-11-21',
});
const MODELS: Models = {
  'kling-3.0': model(
    { seconds: range(3, 15), promptCharactersMax: PROMPT_CHARACTERS_MAX, audio: true },
    { '720p': 0.084, '720p+audio': 0.126, '1080p': 0.112, '1080p+audio': 0.168 },
  ),
  'kling-3.0-turbo': model(
    { seconds: range(3, 15), promptCharactersMax: PROMPT_CHARACTERS_MAX },
    { '720p': 0.112, '1080p': 0.14 },
  ),
  // That the older models keep their 5 and 10 s on the newer paths is unverified.
  'kling-2.6': model(
    { seconds: [5, 10], promptCharactersMax: PROMPT_CHARACTERS_MAX },
    { '720p': 0.042, '1080p': 0.07 },
  ),
  'kling-2.5-turbo': model(
    { seconds: [5, 10], promptCharactersMax: PROMPT_CHARACTERS_MAX },
    { '720p': 0.042, '1080p': 0.07 },
  ),
};
/** Kling 2.5 Turbo makes silent video only; whether it would refuse the field is unverified, so it is not sent. */
const SILENT = new Set(['kling-2.5-turbo']);

/**
 * Two public clients send a flat `prompt` for text to video, one sends `contents`: not settled without a live call.
 * The API takes no seed, no negative prompt and no cfg_scale (kling.ai/document-api via public clients, 2026-11-21).
 */
function request({ model, resolution, audio, prompt, facts }: Choice): Opaque {
  return {
    prompt,
    settings: {
      resolution,
      aspect_ratio: facts.aspect,
      duration: facts.seconds,
      ...(!SILENT.has(model) && { audio: audio ? 'native' : 'off' }),
    },
    options: { watermark_info: { enabled: false } },
  };
}

const accepted = z.object({ id: jobId });
const tasks = z.array(z.object({ id: z.string(), status: z.string().max(100) }).loose()).max(TASKS_MAX);
const outputs = z.array(z.unknown()).max(TASKS_MAX);
const job = z.object({ id: jobId });

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
      // `billing` states amounts without a currency: not read.
      return {
        is: 'done',
        asset: { at: 'foreign', url: readAs(videoUrl, video?.['url'], reply) },
        costUsd: null,
      };
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
    'Whether text to video takes a flat `prompt` or `contents`: two clients against one.',
    'Whether the older models keep their 5 and 10 s on the newer paths.',
    'The HTTP statuses beside the codes.',
    'That a task which does not exist is answered with 1203: inferred from the table of codes.',
    'Whether kling-4.0 and kling-4.0-flash, which resellers offer, have a path of their own here: no source shows one.',
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
        const json = { ...body, options: { ...fieldsOf(body['options']), external_task_id: key } };
        const path = `/text-to-video/${encodeURIComponent(order.model)}`;
        const reply = await api.send('POST', path, { json }, klingEnvelope, signal);
        const { id } = readAs(accepted, klingData(reply), reply);
        return { job: { id }, jobId: id, costUsd: null };
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
