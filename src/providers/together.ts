/** Together AI's video jobs: one API before several makers' models, which differ in how a size is named. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import type { HttpError, Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, Explained, JobStatus } from '../ports/provider.ts';
import { catalogue, codeTable, defineProvider, range, waiting, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { planner, type Choice } from './plan.ts';
import {
  codeOf,
  costing,
  costOf,
  fieldsOf,
  firstSaid,
  jobId,
  plainText,
  readAs,
  readError,
  videoUrl,
} from './read.ts';
import { fill, valuesOf, type Template } from './template.ts';

const MODELS_MAX = 5_000;
const PROMPT_CHARACTERS_MAX = 3_000;

const model = catalogue({
  source:
    'docs.together.ai wan2.7-quickstart and seedance2.5-quickstart; togethercomputer/skills, models as of 2026-10-07; prices of a clip from docs.together.ai/docs/serverless-models as a public copy has it',
  checkedOn: '2026-10-07',
});

type Input = Readonly<Record<string, Template>>;

/** VideoCreateParams of together-ai 0.52.0: a length is a text. Most models take pixels … */
const PIXELS: Input = {
  prompt: '{prompt}',
  seconds: '{seconds:text}',
  width: '{width}',
  height: '{height}',
  seed: '{seed}',
  negative_prompt: '{negativePrompt}',
};
/** … Wan takes a tier in capitals and a ratio, and fails a job for `720p`; Seedance 2.5 takes a tier alone. */
const WAN: Input = {
  prompt: '{prompt}',
  resolution: '720P',
  ratio: '{aspect}',
  seconds: '{seconds:text}',
  seed: '{seed}',
  negative_prompt: '{negativePrompt}',
};
const SEEDANCE: Input = { prompt: '{prompt}', resolution: '{resolution}', seconds: '{seconds:text}' };

const CLIP = { promptCharactersMax: PROMPT_CHARACTERS_MAX, seed: true, negativePrompt: true, input: PIXELS };
const FULL_HD = {
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1080, 1080] },
} as const;

/** Dollars per second or per clip. Models whose price, length or size no page settles can be described. */
const MODELS: Models = {
  'Wan-AI/wan2.7-t2v': model(
    { promptCharactersMax: 5_000, seconds: range(2, 15), seed: true, negativePrompt: true, input: WAN },
    { '720p': 0.1 },
    { '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960] } },
  ),
  'vidu/vidu-q1': model({ ...CLIP, seconds: [5] }, { '1080p/5': 0.22 }, FULL_HD),
  'pixverse/pixverse-v5': model(
    { ...CLIP, promptCharactersMax: 2_048, seconds: [5] },
    { '1080p/5': 0.3 },
    FULL_HD,
  ),
  'ByteDance/Seedance-2.5': model(
    { promptCharactersMax: 10_000, seconds: range(4, 30), input: SEEDANCE },
    { '480p': 0.115, '720p': 0.249 },
    { '480p': { '16:9': [864, 480] }, '720p': { '16:9': [1280, 720] } },
  ),
  'minimax/hailuo-02': model(
    { ...CLIP, seconds: [10] },
    { '768p/10': 0.49 },
    { '768p': { '16:9': [1366, 768] } },
  ),
};

function requestFor(models: Models): (choice: Choice) => Opaque {
  return (choice) => fill({ model: '{model}', ...(models[choice.model]?.input ?? PIXELS) }, valuesOf(choice));
}

const submitted = z.object({ id: jobId });
const job = z.object({ id: jobId });
const polled = z
  .object({ status: z.string().max(100), error: z.unknown(), info: z.unknown(), outputs: z.unknown() })
  .partial({ error: true, info: true, outputs: true });

/** Words of docs.together.ai/docs/videos-overview; the client's types know three of them. */
function statusOf(reply: Reply<z.output<typeof polled>>): JobStatus {
  const { status, error, info, outputs } = reply.body;
  switch (status) {
    case 'queued':
      return { is: 'pending', phase: 'queue', progress: null };
    case 'in_progress':
      return { is: 'pending', phase: 'generate', progress: null };
    case 'completed': {
      const { cost, video_url: at } = fieldsOf(outputs);
      const url = readAs(videoUrl, at, reply);
      return { is: 'done', asset: { at: 'foreign', url }, ...costing(costOf(cost), 'provider') };
    }
    case 'failed': {
      const told = fieldsOf(error);
      const older = fieldsOf(info)['errors'];
      const message = firstSaid(told['message'], error, fieldsOf(older)['message'], older);
      return {
        is: 'failed',
        code: codeOf(told['code']),
        message: message ?? 'the job failed without a reason',
        costUsd: costOf(fieldsOf(outputs)['cost']),
      };
    }
    case 'cancelled':
      return { is: 'failed', code: status, message: 'the job was cancelled', costUsd: null };
    default:
      return { is: 'strange', word: status };
  }
}

/** Met by public clients: an order with a tier that the model does not have is taken, and fails as a job. */
const causeOfJobCode = codeTable({
  bad_request: 'InvalidParameter invalidDuration',
  interrupted: 'cancelled',
});

const causeOfCode = codeTable({ auth: 'invalid_api_key', model_missing: 'model_not_available' });

function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const inner = fieldsOf(body['error']);
  const code = codeOf(firstSaid(inner['code'], body['code'], inner['type'], body['type']));
  const message = firstSaid(inner['message'], body['message'], body['error']) ?? plainText(error);
  return { code, message, cause: causeOfCode(code) };
}

const row = z.object({ id: z.string().max(300) });
const listed = z.union([z.array(row).max(MODELS_MAX), z.object({ data: z.array(row).max(MODELS_MAX) })]);

function checked(name: string, body: z.output<typeof listed>): Checked {
  const rows = Array.isArray(body) ? body : body.data;
  const isListed = rows.some(({ id }) => id === name);
  return {
    text: isListed ? 'listed' : `not among ${rows.length} listed models`,
    balanceUsd: null,
    notices: [],
    isListed,
  };
}

export const together = defineProvider({
  name: 'together',
  title: 'Together AI',
  docs: { url: 'https://docs.together.ai/docs/inference/videos/overview', checkedOn: '2026-10-07' },
  auth: 'Bearer key',
  freeCheck: 'the list of models: proves the key, and whether the model is there',
  parity: { sdk: 'together-ai' },
  unverified: [
    'Whether the price of wan2.7-t2v, which is listed as $0.10, is for a second or for a clip: the dearer reading is taken.',
    'Prices of clips, which are older than the list of models.',
    'Pixels of Seedance 2.5, whose ratio cannot be asked for.',
    'Whether failed jobs are charged.',
    'Whether every video model stands in the list of models.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key.'),
    baseUrl: address('Where the video API answers, with its version.').default('https://api.together.ai/v2'),
    // The quickstart of Seedance 2.5 asks every 15 s.
    ...waiting('10s'),
  }),
  models: MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, { authorization: `Bearer ${options.apiKey}` });
    // Everything but videos is at the first version.
    const list = new URL('../v1/models', `${options.baseUrl.replace(/\/+$/, '')}/`).href;
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, requestFor(models)),
      submit: async (order, _key, signal) => {
        const { body } = await api.send('POST', '/videos', { json: order.request }, submitted, signal);
        return { job: { id: body.id }, jobId: body.id, costUsd: null };
      },
      poll: async (saved, signal) => {
        const { id } = job.parse(saved);
        return statusOf(await api.get(`/videos/${id}`, polled, signal));
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: null,
      check: async (name, signal) => checked(name, (await api.get(list, listed, signal)).body),
      explain,
      causeOfJobCode,
      knownNotice: knownEnd('together', models, 'https://docs.together.ai/docs/deprecations'),
    };
  },
});
