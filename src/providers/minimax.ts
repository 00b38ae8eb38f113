/** MiniMax's newer video API (V2), with MiniMax-H3; Hailuo is on the older one. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import type { Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { JobStatus } from '../ports/provider.ts';
import { catalogue, defineProvider, range, waiting, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { checkAccount, FREE_CHECK } from './minimax-account.ts';
import { causeOfMinimaxCode, explainMinimax, minimaxAnswer, orThrow } from './minimax-codes.ts';
import { planner, type Choice } from './plan.ts';
import { allowing, codeOf, costing, fieldsOf, jobId, readAs, say, videoUrl, type Fields } from './read.ts';

const PROMPT_CHARACTERS_MAX = 7_000;

const model = catalogue({
  source: 'platform.minimax.io/docs: video-generation-v2-create and pricing-paygo, by a report of 2026-09-19',
  checkedOn: '2026-11-21',
});
/** Sound is always made, and costs nothing more; there is no seed and no negative prompt. The vendor names no pixels. */
const H3 = { promptCharactersMax: PROMPT_CHARACTERS_MAX, audio: true };
const MODELS: Models = {
  'MiniMax-H3': model({ ...H3, seconds: range(4, 15) }, { '768p': 0.08, '2k': 0.13 }),
  'MiniMax-H3-Max': model({ ...H3, seconds: range(5, 15) }, { '480p': 0.05, '768p': 0.08 }),
};

function request({ model, resolution, prompt, facts }: Choice): Opaque {
  return {
    model,
    content: [{ type: 'text', text: prompt }],
    resolution: resolution.toUpperCase(),
    duration: facts.seconds,
    ratio: facts.aspect,
  };
}

const submitted = z.object({ task_id: jobId });
const job = z.object({ id: jobId, usdPerSecond: z.number().nullable() });
const polled = z.object({ task: z.looseObject({ status: z.string().max(100) }) });
const content = z.object({ url: videoUrl });

/** mmx-cli 1.0.27 dist/index.d.ts, 2026-11-21. Failed tasks are not billed. */
function statusOf(reply: Reply<Fields>, usdPerSecond: number | null): JobStatus {
  const { task } = readAs(polled, orThrow(reply), reply);
  switch (task.status) {
    case 'queued':
      return { is: 'pending', phase: 'queue', progress: null };
    case 'running':
      return { is: 'pending', phase: 'generate', progress: null };
    case 'succeeded': {
      const { url } = readAs(content, task['content'], reply);
      const seconds = Number(fieldsOf(task['usage'])['total_seconds'] ?? Number.NaN);
      const costUsd = usdPerSecond === null ? null : seconds * usdPerSecond;
      return { is: 'done', asset: { at: 'foreign', url }, ...costing(costUsd, 'computed') };
    }
    case 'failed': {
      const { code, message } = fieldsOf(task['error']);
      const text = say(message) ?? 'the task failed without a reason';
      return { is: 'failed', code: codeOf(code), message: text, costUsd: null };
    }
    case 'cancelled':
      return { is: 'failed', code: 'cancelled', message: 'the task was cancelled', costUsd: null };
    case 'expired':
      return { is: 'failed', code: 'expired', message: 'the task expired before it was done', costUsd: null };
    default:
      return { is: 'strange', word: task.status };
  }
}

export const minimax = defineProvider({
  name: 'minimax',
  title: 'MiniMax H3',
  docs: {
    url: 'https://platform.minimax.io/docs/api-reference/video-generation-v2-create',
    checkedOn: '2026-11-21',
  },
  auth: 'Bearer key, bound to its region',
  freeCheck: FREE_CHECK,
  parity: { sdk: 'mmx-cli' },
  unverified: [
    'That MiniMax-H3 takes 768P: the docs and Vercel’s client say so, MiniMax’s own client refuses all but 2K.',
    'The pixels behind 480P, 768P and 2K.',
    'That the balance is in dollars: the answer names no currency.',
    'The HTTP statuses of a cancellation that is refused.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key; it opens its own region only.'),
    baseUrl: address('Where the API answers; in China https://api.minimaxi.com.').default(
      'https://api.minimax.io',
    ),
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
        const json = order.request;
        const reply = await api.send('POST', '/v2/video_generation', { json }, minimaxAnswer, signal);
        const { task_id: id } = readAs(submitted, orThrow(reply), reply);
        const resolution = String(fieldsOf(json)['resolution']).toLowerCase();
        const usdPerSecond = models[order.model]?.price[resolution] ?? null;
        return { job: { id, usdPerSecond }, jobId: id, costUsd: null };
      },
      poll: async (saved, signal) => {
        const { id, usdPerSecond } = job.parse(saved);
        return statusOf(
          await api.get(`/v2/query/video_generation/${id}`, minimaxAnswer, signal),
          usdPerSecond,
        );
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: async (saved, signal) => {
        const path = `/v2/video_generation/${job.parse(saved).id}`;
        // Running and cancelled tasks are refused: only queued ones can be cancelled.
        await allowing(
          [400, 404, 409],
          api.send('DELETE', path, null, z.unknown(), signal, { whenEmpty: null }),
        );
      },
      check: (_model, signal) => checkAccount(api, options, signal),
      explain: explainMinimax,
      causeOfJobCode: causeOfMinimaxCode,
      knownNotice: knownEnd('minimax', models, 'https://platform.minimax.io/docs/guides/models-intro'),
    };
  },
});
