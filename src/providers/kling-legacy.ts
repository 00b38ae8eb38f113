/** Kling's older API: a pair of keys that signs a token for every call, and the model in the body. */

import { z } from 'zod';
import { DAY } from '../core/base.ts';
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
import { errorIn, fieldsOf, jobId, noSuchJob, readAs, say, videoUrl } from './read.ts';

const TASKS = '/v1/videos/text2video';
const TOKEN_SECONDS = 1_800;
const CLOCK_SKEW_SECONDS = 5;
const PACKS_MAX = 1_000;
/** A shorter span hides packs that were bought before it, as a public client found; packs last a year. */
const PACKS_SPAN_MS = 400 * DAY;

const model = catalogue({
  source:
    'vercel/ai packages/klingai@052b6d51; Kling’s page on text to video as a public client quotes it; prices from a report of 2026-09-19',
  checkedOn: '2026-11-21',
});

const KLING = { promptCharactersMax: 2_500, negativePrompt: true };
const MODELS: Models = {
  'kling-v3': model(
    { ...KLING, seconds: range(3, 15), audio: true },
    { '720p': 0.084, '720p+audio': 0.126, '1080p': 0.112, '1080p+audio': 0.168 },
  ),
  // It has sound in its `pro` mode only, as resellers sell it, and sound is off by default: none is offered.
  'kling-v2-6': model({ ...KLING, seconds: [5, 10] }, { '720p': 0.042, '1080p': 0.07 }),
  'kling-v2-5-turbo': model({ ...KLING, seconds: [5, 10] }, { '720p': 0.042, '1080p': 0.07 }),
};
const NEGATIVE_CHARACTERS_MAX = 2_500;

/** `std` makes 720p, `pro` makes 1080p. There is no seed; `cfg_scale` is not for models from 2 on. */
function request(models: Models, choice: Choice): Opaque {
  const { model, prompt, negativePrompt, resolution, audio, facts } = choice;
  return {
    model_name: model,
    prompt,
    ...(negativePrompt !== null && { negative_prompt: negativePrompt.slice(0, NEGATIVE_CHARACTERS_MAX) }),
    mode: resolution === '1080p' ? 'pro' : 'std',
    ...(models[model]?.audio && { sound: audio ? 'on' : 'off' }),
    aspect_ratio: facts.aspect,
    duration: String(facts.seconds),
  };
}

/** vercel/ai packages/klingai@052b6d51: half an hour, and a little patience with clocks that differ. */
async function tokenOf(keys: { accessKey: string; secretKey: string }, nowMs: number): Promise<string> {
  // Loaded by those who have such keys only.
  const { SignJWT } = await import('jose');
  const now = Math.floor(nowMs / 1_000);
  return new SignJWT({ iss: keys.accessKey, exp: now + TOKEN_SECONDS, nbf: now - CLOCK_SKEW_SECONDS })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(keys.secretKey));
}

const accepted = z.object({ task_id: jobId });
const task = z.object({ task_status: z.string().max(100) });
const result = z.object({ videos: z.tuple([z.object({ url: videoUrl })], z.unknown()) });
const job = z.object({ id: jobId });

/** `final_unit_deduction` counts units of a resource pack, which have no price of their own: not read. */
function statusOf(reply: Reply<KlingEnvelope>): JobStatus {
  const data = klingData(reply);
  const { task_status: status } = readAs(task, data, reply);
  const { task_status_msg: said, task_result: outcome } = fieldsOf(data);
  switch (status) {
    case 'submitted':
      return { is: 'pending', phase: 'queue', progress: null };
    case 'processing':
      return { is: 'pending', phase: 'generate', progress: null };
    // Not `succeeded`, as in the newer API.
    case 'succeed': {
      const [video] = readAs(result, outcome, reply).videos;
      return { is: 'done', asset: { at: 'foreign', url: video.url }, costUsd: null };
    }
    case 'failed': {
      const message = say(said) ?? 'the task failed without a reason';
      return { is: 'failed', code: klingJobCode(message), message, costUsd: null };
    }
    default:
      return { is: 'strange', word: status };
  }
}

const pack = z.object({ remaining_quantity: z.number().nonnegative(), status: z.string().max(100) });
const packs = z.object({
  code: z.number().optional(),
  msg: z.unknown().optional(),
  resource_pack_subscribe_infos: z.array(pack).max(PACKS_MAX).nullish(),
});

/** What is left in the resource packs that are in effect, in units: no dollars, and up to 12 hours old. */
function unitsLeft(reply: Reply<KlingEnvelope>): string {
  const { code = 0, msg, resource_pack_subscribe_infos: all } = readAs(packs, klingData(reply), reply);
  if (code !== 0) {
    const message = say(msg) ?? 'no message';
    throw errorIn(
      { ...reply, body: { code, message } },
      'status',
      `Kling answered with code ${code}: ${message}`,
    );
  }
  const online = (all ?? []).filter(({ status }) => status === 'online');
  const left = online.reduce((sum, { remaining_quantity: units }) => sum + units, 0);
  const count = `${online.length} resource ${online.length === 1 ? 'pack' : 'packs'}`;
  return online.length === 0
    ? 'no resource pack in effect'
    : `${Math.round(left * 100) / 100} units left in ${count}`;
}

export const klingLegacy = defineProvider({
  name: 'kling-legacy',
  title: 'Kling, legacy API',
  docs: {
    url: 'https://kling.ai/document-api',
    checkedOn: '2026-11-21',
  },
  auth: 'Bearer token that is signed for every call (HS256 JWT of an access key and a secret key)',
  freeCheck: 'the resource packs and what is left in them, in units',
  parity: { written: 'from a recording of the request code of vercel/ai packages/klingai@052b6d51' },
  unverified: [
    'The HTTP statuses beside the codes.',
    'Whether kling-v3 makes 3 to 15 s on the older paths too; the others make 5 and 10 s.',
    'Whether these models keep their prices on the older paths; in resource packs units are paid, not dollars.',
    'What an account that pays without resource packs is told about its balance.',
  ],
  options: z.strictObject({
    accessKey: secret('The access key of the pair.'),
    secretKey: secret('The secret key of the pair; it never leaves the daemon.'),
    baseUrl: address('Where the API answers; in China https://api-beijing.klingai.com.').default(
      'https://api-singapore.klingai.com',
    ),
    ...waiting('5s'),
  }),
  models: MODELS,
  create: ({ options, http, models, now }) => {
    const api = http.at(options.baseUrl, {});
    const signed = async () => ({ headers: { authorization: `Bearer ${await tokenOf(options, now())}` } });
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, (choice) => request(models, choice)),
      submit: async (order, key, signal) => {
        const json = { ...fieldsOf(order.request), external_task_id: key };
        const reply = await api.send('POST', TASKS, { json }, klingEnvelope, signal, await signed());
        const { task_id: id } = readAs(accepted, klingData(reply), reply);
        return { job: { id }, jobId: id, costUsd: null };
      },
      poll: async (saved, signal) => {
        const { id } = job.parse(saved);
        try {
          return statusOf(await api.get(`${TASKS}/${id}`, klingEnvelope, signal, await signed()));
        } catch (error) {
          throw isUnknownKlingTask(error) ? noSuchJob('Kling', id) : error;
        }
      },
      download: async (asset, limits, signal) => api.download(asset.path, limits, signal, await signed()),
      cancel: null,
      check: async (_model, signal): Promise<Checked> => {
        const path = `/account/costs?start_time=${now() - PACKS_SPAN_MS}&end_time=${now()}`;
        const text = unitsLeft(await api.get(path, klingEnvelope, signal, await signed()));
        return { text, balanceUsd: null, notices: [], isListed: null };
      },
      explain: explainKling,
      causeOfJobCode: causeOfKlingJob,
      knownNotice: knownEnd('kling-legacy', models, 'https://kling.ai/document-api'),
    };
  },
});
