/** MiniMax's older video API (V1), with Hailuo: errors inside of HTTP 200, and a video that is fetched in three steps. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import type { Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { JobStatus } from '../ports/provider.ts';
import { catalogue, defineProvider, waiting, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { checkAccount, FREE_CHECK } from './minimax-account.ts';
import { causeOfMinimaxCode, explainMinimax, minimaxAnswer, numberIn, orThrow } from './minimax-codes.ts';
import { planner, type Choice } from './plan.ts';
import { fieldsOf, jobId, noSuchJob, readAs, say, videoUrl, type Fields } from './read.ts';

/** Text to video is 16:9 and has no sound. 1080P is made for 6 s only and 512P from pictures only, so neither is here. */
const model = catalogue({
  source: 'platform.minimax.io/docs: video-generation-t2v and pricing-paygo, by a report of 2026-09-19',
  checkedOn: '2026-11-21',
});
const HAILUO = { seconds: [6, 10], promptCharactersMax: 2_000 };
const PRICE = { '768p/6': 0.28, '768p/10': 0.56 };
const SIZES = { '768p': { '16:9': [1366, 768] } } as const;
const MODELS: Models = {
  'MiniMax-Hailuo-2.3': model(HAILUO, PRICE, SIZES),
  'MiniMax-Hailuo-02': model(HAILUO, PRICE, SIZES),
};

function request({ model, resolution, prompt, facts }: Choice): Opaque {
  return { model, prompt, duration: facts.seconds, resolution: resolution.toUpperCase() };
}

/** Ids are texts in some answers and numbers in others. */
const id = z.union([jobId, z.int().positive().transform(String)]);
const submitted = z.object({ task_id: id });
const job = z.object({ id: jobId });
const word = z.object({ status: z.string().max(100) });
const made = z.object({ file_id: id });
const retrieved = z.object({ file: z.object({ download_url: videoUrl }) });

/** The codes that speak of the video, whatever the status beside them says. */
const REFUSED = new Set(['1026', '1027']);

/**
 * Where a task stands, or the file that came of it. The docs say `Fail`, MiniMax's own client (mmx-cli 1.0.27) says
 * `Failed`, and knows `Unknown`, which is not guessed at.
 */
function statusOf(taskId: string, reply: Reply<Fields>): JobStatus | { is: 'made'; file: string } {
  const { body } = reply;
  const code = numberIn(body);
  const status = typeof body['status'] === 'string' ? body['status'] : '';
  if (status === 'Fail' || status === 'Failed' || REFUSED.has(code ?? '')) {
    const said = code === null ? null : say(fieldsOf(body['base_resp'])['status_msg']);
    return { is: 'failed', code, message: said ?? 'the task failed without a reason', costUsd: null };
  }
  // They gave us the id that we send, so that what they do not like about it is that they do not know it.
  if (code === '2013') throw noSuchJob('MiniMax', taskId);
  switch (readAs(word, orThrow(reply), reply).status) {
    case 'Preparing':
    case 'Queueing':
      return { is: 'pending', phase: 'queue', progress: null };
    case 'Processing':
      return { is: 'pending', phase: 'generate', progress: null };
    case 'Success':
      return { is: 'made', file: readAs(made, body, reply).file_id };
    default:
      return { is: 'strange', word: status };
  }
}

export const minimaxV1 = defineProvider({
  name: 'minimax-v1',
  title: 'MiniMax Hailuo',
  docs: {
    url: 'https://platform.minimax.io/docs/api-reference/video-generation-t2v',
    checkedOn: '2026-11-21',
  },
  auth: 'Bearer key, bound to its region',
  freeCheck: FREE_CHECK,
  parity: { sdk: 'mmx-cli' },
  unverified: [
    'What codes 1002 and 1039 mean: rate and tokens by the docs, a content filter by MiniMax’s client; the message decides.',
    'The code for a task that is not known.',
    'The exact pixels of 768P.',
    'That the balance is in dollars: the answer names no currency.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key; it opens its own region only. Token plans need the largest for video.'),
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
        const reply = await api.send('POST', '/v1/video_generation', { json }, minimaxAnswer, signal);
        const { task_id: id } = readAs(submitted, orThrow(reply), reply);
        return { job: { id }, jobId: id, costUsd: null };
      },
      poll: async (saved, signal) => {
        const { id } = job.parse(saved);
        const path = `/v1/query/video_generation?task_id=${encodeURIComponent(id)}`;
        const status = statusOf(id, await api.get(path, minimaxAnswer, signal));
        if (status.is !== 'made') return status;
        const file = `/v1/files/retrieve?file_id=${encodeURIComponent(status.file)}`;
        const reply = await api.get(file, minimaxAnswer, signal);
        const url = readAs(retrieved, orThrow(reply), reply).file.download_url;
        return { is: 'done', asset: { at: 'foreign', url }, costUsd: null };
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: null,
      check: (_model, signal) => checkAccount(api, options, signal),
      explain: explainMinimax,
      causeOfJobCode: causeOfMinimaxCode,
      knownNotice: knownEnd('minimax-v1', models, 'https://platform.minimax.io/docs/guides/models-intro'),
    };
  },
});
