/** Luma's Agents API: the current one, with Ray 3.2. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, JobStatus } from '../ports/provider.ts';
import { catalogue, codeTable, defineProvider, waiting, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { explainLuma } from './luma-errors.ts';
import { planner, type Choice } from './plan.ts';
import { codeOf, fieldsOf, jobId, say, videoUrl } from './read.ts';

const OUTPUTS_MAX = 100;
const FILES_MAX = 100;

const model = catalogue({
  source:
    'luma-agents 0.3.0 (github.com/lumalabs/luma-agents-typescript, 2026-06-09); docs.agents.lumalabs.ai/guides/pricing; ' +
    'length of the prompt: docs.gmicloud.ai/model-quickstarts/video/luma-ray-3-2-generate',
  checkedOn: '2026-11-21',
});

/**
 * Prices per clip, standard range, at the usual pixels: unverified, hence no squares. 10 s cost three times 5 s. The price of 360p, a draft, was not found: left out.
 */
const MODELS: Models = {
  'ray-3.2': model(
    { seconds: [5, 10], promptCharactersMax: 6_000 },
    {
      '540p/5': 0.15,
      '540p/10': 0.45,
      '720p/5': 0.3,
      '720p/10': 0.9,
      '1080p/5': 1.2,
      '1080p/10': 3.6,
    },
  ),
};

/** The API takes no seed, no negative prompt and makes no sound (luma-agents 0.3.0 types, 2026-11-21). */
function request({ model, resolution, prompt, facts }: Choice): Opaque {
  return {
    model,
    type: 'video',
    prompt,
    aspect_ratio: facts.aspect,
    video: { resolution, duration: `${facts.seconds}s` },
  };
}

const submitted = z.object({ id: jobId });
const word = z.object({ state: z.string().max(100) });
const outputs = z.array(z.unknown()).max(OUTPUTS_MAX);
const job = z.object({ id: jobId });

/** States of luma-agents 0.3.0 resources/generations.ts, 2026-11-21. Each answer signs the address anew, for an hour. */
const generation = {
  parse: (value: unknown): JobStatus => {
    const { state } = word.parse(value);
    const { output, failure_code, failure_reason } = fieldsOf(value);
    switch (state) {
      case 'queued':
        return { is: 'pending', phase: 'queue', progress: null };
      case 'processing':
        return { is: 'pending', phase: 'generate', progress: null };
      case 'completed': {
        const video = outputs
          .parse(output)
          .map(fieldsOf)
          .find(({ type }) => type === 'video');
        return { is: 'done', asset: { at: 'foreign', url: videoUrl.parse(video?.['url']) }, costUsd: null };
      }
      case 'failed': {
        const message = say(failure_reason) ?? 'the generation failed without a reason';
        return { is: 'failed', code: codeOf(failure_code), message, costUsd: null };
      }
      default:
        return { is: 'strange', word: state };
    }
  },
};

/** docs.agents.lumalabs.ai/guides/error-handling, 2026-11-21. */
const causeOfJobCode = codeTable({
  moderated: 'content_moderated',
  unavailable: 'generation_failed',
  // The video was made and cannot be had.
  bad_output: 'output_not_found',
  no_credit: 'budget_exhausted',
  bad_request: 'image_too_large unsupported_format corrupt_input invalid_request',
  rate_limited: 'rate_limited',
});

const files = z.object({ data: z.array(z.unknown()).max(FILES_MAX) });

export const luma = defineProvider({
  name: 'luma',
  title: 'Luma Ray (Agents API)',
  docs: { url: 'https://docs.agents.lumalabs.ai/', checkedOn: '2026-11-21' },
  auth: 'Bearer key',
  freeCheck: 'the list of our files, one at most: it proves the key, and tells neither balance nor models',
  parity: { written: 'from a recording of luma-agents 0.3.0, built from its GitHub source' },
  unverified: [
    'The pixels behind 540p, 720p and 1080p.',
    'The price of the 360p draft, which is therefore not offered.',
    'What an order for a model that is gone is answered with.',
    'The longest prompt: 6,000 characters are a reseller’s figure.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key of the Agents API; a key of the Dream Machine API does not open it.'),
    baseUrl: address('Where the API answers, with its version.').default('https://agents.lumalabs.ai/v1'),
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
        const { body } = await api.send('POST', '/generations', { json: order.request }, submitted, signal);
        return { job: { id: body.id }, jobId: body.id, costUsd: null };
      },
      poll: async (saved, signal) =>
        (await api.get(`/generations/${job.parse(saved).id}`, generation, signal)).body,
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: null,
      check: async (_model, signal): Promise<Checked> => {
        await api.get('/files?limit=1', files, signal);
        return { text: 'key accepted', balanceUsd: null, notices: [], isListed: null };
      },
      explain: explainLuma,
      causeOfJobCode,
      knownNotice: knownEnd('luma', models, 'https://docs.agents.lumalabs.ai/'),
    };
  },
});
