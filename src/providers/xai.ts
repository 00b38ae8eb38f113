/** xAI's Grok Imagine: a request that is asked for until it is done, and that says what it has cost. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import type { Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, JobStatus } from '../ports/provider.ts';
import { catalogue, defineProvider, range, waiting, type ModelFacts, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { planner, type Choice } from './plan.ts';
import {
  codeOf,
  costing,
  costOf,
  errorIn,
  fieldsOf,
  firstSaid,
  jobId,
  progressOf,
  readAs,
  say,
  videoUrl,
} from './read.ts';
import { causeOf, explain } from './xai-errors.ts';

/** docs.x.ai, as @ai-sdk/xai 5.0.12 and TanStack AI's adapter read it, 2026-11-21. */
const TICKS_PER_USD = 1e10;
const PROMPT_CHARACTERS_MAX = 4_096;
const MODELS_MAX = 1_000;

/** Pixels as OpenRouter lists them for the first model, 2026-10-09; the largest square is in no list. */
const SIZES: ModelFacts['sizes'] = {
  '480p': { '16:9': [854, 480], '9:16': [480, 854], '1:1': [480, 480] },
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [720, 720] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920] },
};

const SHARED = { seconds: range(1, 15), promptCharactersMax: PROMPT_CHARACTERS_MAX, audio: true };
const model = catalogue({
  source: '@ai-sdk/xai 5.0.12; prices of docs.x.ai (2026-07-10) and inference.sh (2026-11-06)',
  checkedOn: '2026-11-21',
});
/** Known from three resellers and a relay only (apiyi 2026-10, docs.venice.ai, OpenRouter 2026-10-09: $0.03 at 720p). */
const resold = catalogue({
  source: 'docs.venice.ai and OpenRouter’s model list, 2026-10-09',
  checkedOn: '2026-11-21',
});

/** Dollars per second. */
const MODELS: Models = {
  'grok-imagine-video': model(SHARED, { '480p': 0.05, '720p': 0.07 }, SIZES),
  'grok-imagine-video-1.5': model(SHARED, { '480p': 0.08, '720p': 0.14, '1080p': 0.25 }, SIZES),
  'grok-imagine-video-1.5-lite': resold(SHARED, { '480p': 0.02, '720p': 0.035, '1080p': 0.14 }, SIZES),
};

function request({ model, resolution, audio, prompt, facts }: Choice): Opaque {
  return {
    model,
    prompt,
    duration: facts.seconds,
    aspect_ratio: facts.aspect,
    resolution,
    // Sound costs nothing here; that every model knows the field is unverified, so it is sent only where sound is wanted.
    ...(audio && { generate_audio: true }),
  };
}

const submitted = z.object({ request_id: jobId });
const job = z.object({ id: jobId });
const poll = z
  .object({
    status: z.string().max(100),
    progress: z.unknown(),
    video: z.unknown(),
    usage: z.unknown(),
    error: z.unknown(),
  })
  .partial();
type Poll = z.output<typeof poll>;

/** Stands for an answer without a body. */
const NOTHING = 'nothing';
const polled = z.union([poll, z.literal(NOTHING)]);

/**
 * 202 means that it is still made, sometimes without a body (@ai-sdk/xai 5.0.12 src/xai-video-model.ts). Anywhere else
 * nothing is no answer.
 */
function statusOf(reply: Reply<Poll | typeof NOTHING>): JobStatus {
  const isRunning = reply.status === 202;
  if (reply.body === NOTHING && !isRunning) throw errorIn(reply, 'bad_json', 'answered with nothing');
  const body = reply.body === NOTHING ? {} : reply.body;
  const video = fieldsOf(body.video);
  const costUsd = chargeOf(body.usage);
  const word = body.status ?? (isRunning ? 'pending' : say(video['url']) === null ? null : 'done');
  switch (word) {
    case null:
      return readAs(z.never(), body, reply);
    case 'pending':
      return { is: 'pending', phase: 'generate', progress: progressOf(body.progress, 100) };
    case 'done':
      return doneWith(video, costUsd, reply);
    case 'failed': {
      const { code, message } = fieldsOf(body.error);
      const said = firstSaid(message, body.error) ?? 'the request failed without a reason';
      return { is: 'failed', code: codeOf(code), message: said, costUsd };
    }
    case 'expired':
      return { is: 'failed', code: word, message: 'the request expired', costUsd };
    default:
      return { is: 'strange', word };
  }
}

/** A refused video is `done` too, and says so in one field only; like any other it may have been charged. */
function doneWith(
  video: Readonly<Record<string, unknown>>,
  costUsd: number | null,
  reply: Reply<unknown>,
): JobStatus {
  if (video['respect_moderation'] === false)
    return {
      is: 'failed',
      code: 'respect_moderation',
      message: 'the video was withheld: it does not respect moderation',
      costUsd,
    };
  const url = readAs(videoUrl, video['url'] ?? fieldsOf(video['file_output'])['public_url'], reply);
  return { is: 'done', asset: { at: 'foreign', url }, ...costing(costUsd, 'provider') };
}

function chargeOf(usage: unknown): number | null {
  const ticks = fieldsOf(usage)['cost_in_usd_ticks'];
  return costOf(typeof ticks === 'number' ? ticks / TICKS_PER_USD : null);
}

const listed = z.object({ data: z.array(z.object({ id: z.string() })).max(MODELS_MAX) });

function checked(model: string, { data }: z.output<typeof listed>): Checked {
  const isNamed = data.some(({ id }) => id === model);
  return {
    text: isNamed ? 'key accepted, model listed' : `key accepted, ${data.length} models listed`,
    balanceUsd: null,
    notices: [],
    // That video models stand in this list is unverified, so their absence says nothing.
    isListed: isNamed ? true : null,
  };
}

export const xai = defineProvider({
  name: 'xai',
  title: 'xAI (Grok Imagine)',
  docs: { url: 'https://docs.x.ai/docs/guides/video-generations', checkedOn: '2026-11-21' },
  auth: 'Bearer key',
  freeCheck: 'the list of models: proves the key, and that the model is listed where it names video models',
  parity: { sdk: '@ai-sdk/xai' },
  unverified: [
    'Whether xAI itself sells grok-imagine-video-1.5-lite, and at what price: resellers list it.',
    'Whether the list of models names video models.',
    'Whether every model takes generate_audio.',
    'The longest prompt.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key of the xAI console.'),
    baseUrl: address('Where the API answers, with its version.').default('https://api.x.ai/v1'),
    ...waiting('5s'),
  }),
  models: MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, { authorization: `Bearer ${options.apiKey}` });
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, request),
      submit: async (order, _key, signal) => {
        const payload = { json: order.request };
        const { body } = await api.send('POST', '/videos/generations', payload, submitted, signal);
        return { job: { id: body.request_id }, jobId: body.request_id, costUsd: null };
      },
      poll: async (saved, signal) => {
        const { id } = job.parse(saved);
        return statusOf(await api.get(`/videos/${id}`, polled, signal, { whenEmpty: NOTHING }));
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: null,
      check: async (model, signal) => checked(model, (await api.get('/models', listed, signal)).body),
      explain,
      causeOfJobCode: causeOf,
      knownNotice: knownEnd('xai', models, 'https://docs.x.ai/docs/models'),
    };
  },
});
