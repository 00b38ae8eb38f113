/** Luma's Dream Machine API: Ray 2, called legacy by its vendor and still open. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, JobStatus } from '../ports/provider.ts';
import { catalogue, defineProvider, waiting, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { explainLuma } from './luma-errors.ts';
import { planner, type Choice } from './plan.ts';
import { allowing, fieldsOf, jobId, say, videoUrl } from './read.ts';

const CENTS_PER_USD = 100;

const model = catalogue({
  source:
    'lumaai 1.19.1 resources/generations/video.d.ts; docs.lumalabs.ai/docs/errors (length of the prompt); ' +
    'prices: docs.comfy.org/tutorials/api-nodes/pricing, equal to $0.0064 and $0.0022 per million pixels at 24 fps',
  checkedOn: '2026-11-22',
});
const RAY = { seconds: [5, 9], promptCharactersMax: 5_000 };

/**
 * Prices per clip, at the pixels that the price per pixel gives; squares were not found. For 1080p another source gives less ($0.86 for 5 s of Ray 2): the dearer one stands here.
 */
const MODELS: Models = {
  'ray-flash-2': model(RAY, {
    '540p/5': 0.14,
    '540p/9': 0.25,
    '720p/5': 0.24,
    '720p/9': 0.44,
    '1080p/5': 0.55,
    '1080p/9': 0.99,
  }),
  'ray-2': model(RAY, {
    '540p/5': 0.4,
    '540p/9': 0.72,
    '720p/5': 0.71,
    '720p/9': 1.27,
    '1080p/5': 1.59,
    '1080p/9': 2.87,
  }),
};

/** The API takes no seed and no negative prompt; sound is another, paid request (lumaai 1.19.1 types, 2026-11-21). */
function request({ model, resolution, prompt, facts }: Choice): Opaque {
  return { model, prompt, resolution, duration: `${facts.seconds}s`, aspect_ratio: facts.aspect };
}

const submitted = z.object({ id: jobId });
const word = z.object({ state: z.string().max(100) });
const completed = z.object({ assets: z.object({ video: videoUrl }) });
const job = z.object({ id: jobId });

/** States of lumaai 1.19.1 resources/generations/generations.d.ts, 2026-11-21. */
const generation = {
  parse: (value: unknown): JobStatus => {
    const { state } = word.parse(value);
    switch (state) {
      case 'queued':
        return { is: 'pending', phase: 'queue', progress: null };
      case 'dreaming':
        return { is: 'pending', phase: 'generate', progress: null };
      case 'completed':
        return {
          is: 'done',
          asset: { at: 'foreign', url: completed.parse(value).assets.video },
          costUsd: null,
        };
      case 'failed': {
        const message = say(fieldsOf(value)['failure_reason']) ?? 'the generation failed without a reason';
        return { is: 'failed', code: REFUSAL.exec(message)?.[0] ?? null, message, costUsd: null };
      }
      default:
        return { is: 'strange', word: state };
    }
  },
};

/** A failure has a sentence and no code. These words mean a refusal (docs.lumalabs.ai/docs/errors, 2026-11-22). */
const REFUSAL = /blacklisted words|moderation failed|moderat\w*/i;

const credits = z.object({ credit_balance: z.number() });

export const lumaLegacy = defineProvider({
  name: 'luma-legacy',
  title: 'Luma Ray 2 (Dream Machine API)',
  docs: { url: 'https://docs.lumalabs.ai/docs/video-generation', checkedOn: '2026-11-22' },
  auth: 'Bearer key',
  freeCheck: 'the balance, in cents',
  parity: { sdk: 'lumaai' },
  unverified: [
    'The day on which it ends: the vendor calls it legacy and names none.',
    'What 1080p costs: two sources, the dearer one is believed.',
    'The HTTP status of an empty account.',
    'What an order for a model that is gone is answered with.',
    'Whether deleting a running generation stops it, and what of its price comes back.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key of the Dream Machine API; a key of the Agents API does not open it.'),
    baseUrl: address('Where the API answers, with its version.').default(
      'https://api.lumalabs.ai/dream-machine/v1',
    ),
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
        const { body } = await api.send('POST', '/generations/video', payload, submitted, signal);
        return { job: { id: body.id }, jobId: body.id, costUsd: null };
      },
      poll: async (saved, signal) =>
        (await api.get(`/generations/${job.parse(saved).id}`, generation, signal)).body,
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: async (saved, signal) => {
        const path = `/generations/${job.parse(saved).id}`;
        // Gone already is as good as deleted.
        await allowing([404], api.send('DELETE', path, null, z.unknown(), signal, { whenEmpty: null }));
      },
      check: async (_model, signal): Promise<Checked> => {
        const { body } = await api.get('/credits', credits, signal);
        // Cents of a US dollar (lumaai 1.19.1 resources/credits.d.ts, 2026-11-21).
        const balanceUsd = Math.round(body.credit_balance) / CENTS_PER_USD;
        return { text: `$${balanceUsd.toFixed(2)} left`, balanceUsd, notices: [], isListed: null };
      },
      explain: explainLuma,
      causeOfJobCode: (code) => (REFUSAL.test(code) ? 'moderated' : null),
      knownNotice: knownEnd('luma-legacy', models, 'https://docs.lumalabs.ai/'),
    };
  },
});
