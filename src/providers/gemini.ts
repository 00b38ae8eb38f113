/** The Gemini API: Gemini Omni as an interaction in the background, and Veo as it was until 2026-10-22. */

import { z } from 'zod';
import { HttpError } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked } from '../ports/provider.ts';
import { catalogue, defineProvider, range, waiting, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import {
  file,
  fileStatus,
  geminiRequest,
  interaction,
  isVeo,
  job,
  operation,
  predicted,
  statusOf,
  videoIn,
} from './gemini-wire.ts';
import { causeOfGoogleCode, explainGoogle } from './google-errors.ts';
import { planner } from './plan.ts';
import { allowing, readAs } from './read.ts';
import { lastPart } from './veo-wire.ts';

const MIB = 2 ** 20;
/** A whole video may stand in an answer, a third larger in base64. */
const LARGE = { bytesMax: 64 * MIB, timeoutMs: 120_000 };
const DEPRECATIONS = 'https://ai.google.dev/gemini-api/docs/deprecations';

const model = catalogue({
  source:
    '@google/genai 3.1.0 types; ai.google.dev/gemini-api/docs/changelog; prices of 1.1 as wavespeed.ai, of 1.2 as muapi.ai gives them',
  checkedOn: '2026-11-21',
});
const gone = catalogue({
  source: 'ai.google.dev/gemini-api/docs/deprecations and /pricing; docs.apiyi.com of 2026-10',
  checkedOn: '2026-11-21',
});

/** Sound is always there and cannot be asked for; 4k has no name among the canary's resolutions. */
const OMNI = { seconds: range(3, 10), promptCharactersMax: 4_000 };
const VEO = { seconds: [4, 6, 8], promptCharactersMax: 3_000, negativePrompt: true };
const OVER = { replacement: 'gemini-omni-1.1-flash' };

const MODELS: Models = {
  'gemini-omni-1.1-flash': model(OMNI, { '360p': 0.03, '720p': 0.1, '1080p': 0.15 }),
  // Up to 15 s by docs.cloud.google.com/vertex-ai/docs/generative-ai/video/generate-videos (2026-11-21).
  'gemini-omni-1.2-flash': model(
    { ...OMNI, seconds: range(3, 15) },
    { '360p': 0.023, '720p': 0.07, '1080p': 0.105 },
  ),
  'gemini-omni-flash-preview': gone({ ...OMNI, ...OVER, endsOn: '2026-09-30' }, { '720p': 0.1 }),
  'veo-3.1-generate-preview': gone({ ...VEO, ...OVER, endsOn: '2026-10-22' }, { '720p': 0.4, '1080p': 0.4 }),
  'veo-3.1-fast-generate-preview': gone(
    { ...VEO, ...OVER, endsOn: '2026-10-22' },
    { '720p': 0.1, '1080p': 0.12 },
  ),
  'veo-3.1-lite-generate-preview': gone(
    { ...VEO, ...OVER, endsOn: '2026-10-22' },
    { '720p': 0.05, '1080p': 0.08 },
  ),
  'veo-3.0-generate-001': gone({ ...VEO, ...OVER, endsOn: '2026-06-30' }, { '720p': 0.4, '1080p': 0.4 }),
  'veo-3.0-fast-generate-001': gone(
    { ...VEO, ...OVER, endsOn: '2026-06-30' },
    { '720p': 0.15, '1080p': 0.15 },
  ),
};

const listed = z.object({ name: z.string().max(300) });

export const gemini = defineProvider({
  name: 'gemini',
  title: 'Gemini API (Omni)',
  docs: { url: 'https://ai.google.dev/gemini-api/docs/video', checkedOn: '2026-11-21' },
  auth: 'API key in x-goog-api-key',
  freeCheck: 'the model itself: whether the key may see it',
  parity: { sdk: '@google/genai' },
  unverified: [
    'The prices of Gemini Omni: resellers give them, the vendor’s own page was not readable.',
    'Whether the Gemini API lets gemini-omni-1.2-flash make more than 10 s, as the Agent Platform does.',
    'That an interaction which completes without a video was filtered: a report of 2026-09-20 on the Agent Platform shows one whose video existed.',
    'The status of an answer to a bad key (400 by memory), and of a cancellation that comes too late.',
    'What requires_action, requires_continuation, incomplete and budget_exceeded mean for a video.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key of Google AI Studio; Gemini Omni wants one with billing.'),
    baseUrl: address('Where the API answers, without its version.').default(
      'https://generativelanguage.googleapis.com',
    ),
    apiVersion: z
      .enum(['v1', 'v1beta'])
      .meta({ description: 'The version of the API for interactions and models; Veo only ever had v1beta.' })
      .default('v1'),
    ...waiting('5s'),
  }),
  models: MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, { 'x-goog-api-key': options.apiKey });
    const version = options.apiVersion;
    const fileState = async (path: string, signal: AbortSignal) =>
      fileStatus(path, (await api.get(`/${path}`, file, signal)).body);
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, geminiRequest),
      submit: async (order, _key, signal) => {
        const payload = { json: order.request };
        if (isVeo(order.model)) {
          const path = `/v1beta/models/${encodeURIComponent(order.model)}:predictLongRunning`;
          const { name } = (await api.send('POST', path, payload, operation, signal)).body;
          return { job: { operation: name }, jobId: lastPart(name), costUsd: null };
        }
        const reply = await api.send('POST', `/${version}/interactions`, payload, interaction, signal, LARGE);
        const { id } = reply.body;
        // The address of a file stands only in this answer; whoever asks later gets the bytes (vendor’s guide, 2026-11).
        const video = readAs({ parse: () => videoIn(reply.body) }, null, reply);
        const kept = video !== null && 'file' in video ? { id, file: video.file } : { id };
        return { job: kept, jobId: id, costUsd: null };
      },
      poll: async (saved, signal) => {
        const here = job.parse(saved);
        if ('operation' in here) return (await api.get(`/v1beta/${here.operation}`, predicted, signal)).body;
        if (here.file !== undefined) return fileState(here.file, signal);
        const path = `/${version}/interactions/${here.id}?stream=false`;
        const status = statusOf(await api.get(path, interaction, signal, LARGE));
        return 'file' in status ? fileState(status.file, signal) : status;
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: async (saved, signal) => {
        const here = job.parse(saved);
        if ('operation' in here) return;
        const path = `/${version}/interactions/${here.id}/cancel`;
        // What is over already cannot be cancelled; with which status that is said is unverified.
        await allowing(
          [400, 404, 409],
          api.send('POST', path, null, z.unknown(), signal, { ...LARGE, whenEmpty: null }),
        );
      },
      check: async (model, signal): Promise<Checked> => {
        const found = { balanceUsd: null, notices: [] };
        try {
          await api.get(`/${version}/models/${encodeURIComponent(model)}`, listed, signal);
          return { ...found, text: `key accepted, ${model} is there`, isListed: true };
        } catch (error) {
          if (!isMissing(error)) throw error;
          return { ...found, text: `key accepted, ${model} is not there`, isListed: false };
        }
      },
      explain: explainGoogle,
      causeOfJobCode: causeOfGoogleCode,
      knownNotice: knownEnd('gemini', models, DEPRECATIONS),
    };
  },
});

/** Only an answer that says so in Google's own words: any other 404 may come from a wrong address. */
function isMissing(error: unknown): boolean {
  return error instanceof HttpError && error.status === 404 && explainGoogle(error).code === 'NOT_FOUND';
}
