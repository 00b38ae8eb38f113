/** Kling's newer API: the model in the path, a static key, and a code inside of every answer. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import { HttpError, type Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, Explained, JobStatus } from '../ports/provider.ts';
import { catalogue, codeTable, defineProvider, range, waiting, type ModelFacts } from './define.ts';
import { knownEnd } from './ends.ts';
import { planner, type Choice } from './plan.ts';
import { codeOf, fieldsOf, jobId, plainText, readAs, readError, say, videoUrl } from './read.ts';

const PROMPT_CHARACTERS_MAX = 3_072;
const TASKS_MAX = 100;

/** Prices per second as three resellers and a stored report of 2026-09-19 give them; the vendor's page was not readable. */
const model = catalogue({
  source: 'kling.ai/document-api as quoted by public clients; prices from a report of 2026-09-19',
  checkedOn: '2026-11-21',
});
const MODELS: Readonly<Record<string, ModelFacts>> = {
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

const envelope = z.object({ code: z.number(), message: z.unknown(), data: z.unknown() }).partial();
const accepted = z.object({ id: jobId });
const tasks = z.array(z.object({ id: z.string(), status: z.string().max(100) }).loose()).max(TASKS_MAX);
const outputs = z.array(z.unknown()).max(TASKS_MAX);
const job = z.object({ id: jobId });

type Envelope = z.output<typeof envelope>;

/** The statuses of the codes that pass, by the vendor's table (unverified): by them the caller asks again or not. */
const PASSING: Readonly<Record<number, number>> = { 1302: 429, 1303: 429, 5000: 500, 5001: 503, 5002: 504 };

/** An error may come with status 200: the code decides, and is thrown as the door would have thrown it. */
function dataOf(reply: Reply<Envelope>): unknown {
  const { code, message, data } = reply.body;
  if (code === 0) return data;
  const text = `Kling answered with code ${code ?? 'missing'}: ${say(message) ?? 'no message'}`;
  const body = JSON.stringify(reply.body).slice(0, 4_000);
  const status = PASSING[code ?? 0] ?? reply.status;
  throw new HttpError(code === undefined ? 'bad_json' : 'status', text, {
    status,
    headers: reply.headers,
    body,
  });
}

/** Kling forgets tasks after 30 days and says so with 1203, the code it also has for models: here it is a 404. */
function noSuchTask(id: string): HttpError {
  return new HttpError('status', `Kling knows no task ${id}`, { status: 404, body: `no task ${id}` });
}

function statusOf(id: string, reply: Reply<Envelope>): JobStatus {
  const task = readAs(tasks, dataOf(reply) ?? [], reply).find((task) => task.id === id);
  if (!task) throw noSuchTask(id);
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
      return { is: 'failed', code: REFUSAL.exec(message)?.[0] ?? null, message, costUsd: null };
    }
    default:
      return { is: 'strange', word: task.status };
  }
}

/** A failed task has a sentence and no code. These words mean a refusal (public client of this API, 2026-11-21). */
const REFUSAL = /risk[ -]control|content review|moderation|sensitive|violat\w*/i;

/** The vendor's table as checked on 2026-08-23; 429 stands for arrears and for rate limits, so only the code decides. */
const causeOfCode = codeTable({
  auth: '1000 1001 1002 1003 1004',
  // Account abnormal; no permission for the model; our address is not on the account's list.
  no_access: '1100 1103 1304',
  // In arrears; resource pack used up or expired.
  no_credit: '1101 1102',
  bad_request: '1200 1201 1202',
  model_missing: '1203',
  moderated: '1300 1301',
  rate_limited: '1302 1303',
  unavailable: '5000 5001',
  timeout: '5002',
});

function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const code = codeOf(body['code']);
  const message = say(body['message']) ?? plainText(error);
  return { code, message, cause: causeOfCode(code) };
}

function isUnknownTask(error: unknown): boolean {
  return error instanceof HttpError && explain(error).code === '1203';
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
      api.get(`/tasks?task_ids=${encodeURIComponent(id)}`, envelope, signal);
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, request),
      submit: async (order, key, signal) => {
        const body = fieldsOf(order.request);
        // A lookup key for people and support; whether a repeated one is refused is unverified.
        const json = { ...body, options: { ...fieldsOf(body['options']), external_task_id: key } };
        const path = `/text-to-video/${encodeURIComponent(order.model)}`;
        const reply = await api.send('POST', path, { json }, envelope, signal);
        const { id } = readAs(accepted, dataOf(reply), reply);
        return { job: { id }, jobId: id, costUsd: null };
      },
      poll: async (saved, signal) => {
        const { id } = job.parse(saved);
        try {
          return statusOf(id, await ask(id, signal));
        } catch (error) {
          throw isUnknownTask(error) ? noSuchTask(id) : error;
        }
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: null,
      /** Asks for a task that does not exist: "not found" proves key and API. Inferred from the code table, not tried. */
      check: async (_model, signal): Promise<Checked> => {
        const fine = { text: 'key accepted', balanceUsd: null, notices: [], isListed: null };
        try {
          dataOf(await ask('reelwatch-check', signal));
        } catch (error) {
          if (!isUnknownTask(error)) throw error;
        }
        return fine;
      },
      explain,
      causeOfJobCode: (code) => causeOfCode(code) ?? (REFUSAL.test(code) ? 'moderated' : null),
      knownNotice: knownEnd('kling', models, 'https://kling.ai/document-api'),
    };
  },
});
