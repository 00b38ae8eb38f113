/** OpenAI's Videos API (Sora), shut down on 2026-09-24; kept for look-alike relays and for watching an end. */

import { z } from 'zod';
import { address, secret } from '../ports/options.ts';
import type { Checked } from '../ports/provider.ts';
import { catalogue, defineProvider, waiting, type Models } from './define.ts';
import { dayOf, endNotice, knownEnd } from './ends.ts';
import { planner } from './plan.ts';
import { causeOfSoraCode, explainSora, SORA, soraForm, soraJob, soraRequest, soraStatus } from './sora.ts';

const DEPRECATIONS = 'https://developers.openai.com/api/docs/deprecations';
const MODELS_MAX = 10_000;

const ENDED = { ...SORA, endsOn: '2026-09-24' };
/** Announced on 2026-03-24 (developers.openai.com/api/docs/deprecations). Prices as the video guide had them. */
const model = catalogue({
  source: 'openai 7.57.0 resources/videos.d.ts; developers.openai.com/api/docs/deprecations',
  checkedOn: '2026-11-21',
});
const MODELS: Models = {
  'sora-2': model(ENDED, { '720p': 0.1 }),
  'sora-2-2025-10-06': model(ENDED, { '720p': 0.1 }),
  'sora-2-2025-12-08': model(ENDED, { '720p': 0.1 }),
  // Its 1024x1792 and 1792x1024 have no name among the canary's resolutions.
  'sora-2-pro': model(ENDED, { '720p': 0.3 }),
  'sora-2-pro-2025-10-06': model(ENDED, { '720p': 0.3 }),
};

const list = z.object({
  data: z
    .array(z.object({ id: z.string(), shutdown_date: z.unknown() }).partial({ shutdown_date: true }))
    .max(MODELS_MAX),
});

export const openai = defineProvider({
  name: 'openai',
  title: 'OpenAI Sora',
  docs: { url: 'https://developers.openai.com/api/docs/guides/video-generation', checkedOn: '2026-11-21' },
  auth: 'Bearer key',
  freeCheck: 'the list of models, with a `shutdown_date` each',
  parity: { sdk: 'openai' },
  unverified: [
    'What the API answers to an order since its end on 2026-09-24.',
    'The codes of its errors, but for model_not_found.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key.'),
    baseUrl: address('Where the API answers, with its version.').default('https://api.openai.com/v1'),
    ...waiting('10s'),
  }),
  models: MODELS,
  create: ({ options, http, models, now }) => {
    const api = http.at(options.baseUrl, { authorization: `Bearer ${options.apiKey}` });
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, soraRequest),
      submit: async (order, _key, signal) => {
        const payload = { form: soraForm.parse(order.request) };
        const { body } = await api.send('POST', '/videos', payload, soraJob, signal);
        return { job: { id: body.id }, jobId: body.id, costUsd: null };
      },
      poll: async (saved, signal) =>
        (await api.get(`/videos/${soraJob.parse(saved).id}`, soraStatus, signal)).body,
      download: (asset, limits, signal) =>
        api.download(asset.path, limits, signal, { headers: { accept: 'application/binary' } }),
      // DELETE is for finished videos; a running one cannot be stopped (openai 7.57.0 types).
      cancel: null,
      check: async (model, signal): Promise<Checked> => {
        const { body } = await api.get('/models', list, signal);
        const listed = body.data.find(({ id }) => id === model);
        const at = dayOf(listed?.shutdown_date);
        const end = { replacement: null, source: 'openai models API', url: DEPRECATIONS };
        return {
          text: `${body.data.length} models listed, ${model} ${listed ? 'among them' : 'not among them'}`,
          balanceUsd: null,
          notices: at === null ? [] : [endNotice('openai', model, { ...end, at }, now())],
          isListed: listed !== undefined,
        };
      },
      explain: (error) => explainSora(error, causeOfSoraCode),
      causeOfJobCode: causeOfSoraCode,
      knownNotice: knownEnd('openai', models, DEPRECATIONS),
    };
  },
});
