/** Veo on Google's Agent Platform (once Vertex AI): in a project, with an API key or as a service account. */

import { z } from 'zod';
import type { Instant } from '../core/base.ts';
import type { Opaque } from '../core/model.ts';
import { HttpError, type Http } from '../ports/http.ts';
import type { Asset, Checked } from '../ports/provider.ts';
import { catalogue, defineProvider, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { causeOfGoogleCode, explainGoogle } from './google-errors.ts';
import { createGoogleLogin, readAccount } from './google-login.ts';
import { planner, type Choice } from './plan.ts';
import { fieldsOf, inlineVideo } from './read.ts';
import { BUCKET, veoOptions } from './veo-options.ts';
import { lastPart, operationName, predictRequest, readOperation } from './veo-wire.ts';

const MIB = 2 ** 20;
/** The video stands in the answer unless a bucket is given, a third larger in base64. */
const LARGE = { bytesMax: 64 * MIB, timeoutMs: 120_000 };
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const MODEL_PAGE = 'https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/veo/3-1-generate';

const model = catalogue({
  source: `${MODEL_PAGE}; @google/genai 3.1.0 types; prices with sound as the Gemini API had them`,
  checkedOn: '2026-11-21',
});
/** The prompt may have 1,024 tokens; 4k has no name among the canary's resolutions. */
const VEO = {
  seconds: [4, 6, 8],
  promptCharactersMax: 3_000,
  seed: true,
  negativePrompt: true,
  audio: true,
};

/**
 * Without sound a clip may be cheaper: not found for today, so the dearer price stands. The vendor says "retirement
 * 2026-11-17 or later" of the first two (model-versions page, 2026-11-21): that is no day on which they end.
 */
const MODELS: Models = {
  'veo-3.1-lite-generate-001': model(VEO, { '720p': 0.05, '1080p': 0.08 }),
  'veo-3.1-fast-generate-001': model(VEO, { '720p': 0.1, '1080p': 0.12 }),
  'veo-3.1-generate-001': model(VEO, { '720p': 0.4, '1080p': 0.4 }),
};

const NAME =
  /^(?:projects\/[\w.:-]+\/locations\/[\w-]+\/)?publishers\/google\/models\/[\w.-]+\/operations\/[\w.-]+$/;
const operation = z.object({ name: operationName(NAME) });
const job = z.object({ operation: operationName(NAME) });
const bytes = z.object({ bytesBase64Encoded: inlineVideo });
const stored = z.object({ gcsUri: z.string().regex(BUCKET) });

const predicted = {
  parse: (value: unknown) => readOperation(value, { response: fieldsOf, list: 'videos', assetOf }),
};

function assetOf(video: unknown): Asset {
  const inline = bytes.safeParse(video);
  if (inline.success) return { at: 'inline', base64: inline.data.bytesBase64Encoded };
  return { at: 'own', path: stored.parse(video).gcsUri };
}

/** Where Cloud Storage hands out an object (JSON API, alt=media); null for anything that is no place in a bucket. */
function objectPath(path: string): string | null {
  const [, bucket = '', object = ''] = BUCKET.exec(path) ?? [];
  if (bucket === '') return null;
  return `/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object.slice(1))}?alt=media`;
}

const listed = z.object({ name: z.string().max(300) });

/** Only an answer that says so in Google's own words: any other 404 may come from a wrong address. */
function isMissing(error: HttpError): boolean {
  return error.status === 404 && explainGoogle(error).code === 'NOT_FOUND';
}

export const veo = defineProvider({
  name: 'veo',
  title: 'Google Veo (Agent Platform)',
  docs: { url: MODEL_PAGE, checkedOn: '2026-11-21' },
  auth: 'API key in x-goog-api-key with the project in the path, or a service account (OAuth)',
  freeCheck: 'the model’s entry in the Model Garden',
  parity: { sdk: '@google/genai' },
  unverified: [
    'Whether veo-3.1-generate-001 and veo-3.1-fast-generate-001 still run: the vendor says "retirement 2026-11-17 or later".',
    'Today’s prices, and whether a clip without sound is cheaper.',
    'Whether an API key may read the entry of a model.',
    'Whether veo-3.1-lite-generate-001, a preview, takes all that the others take.',
  ],
  options: veoOptions,
  models: MODELS,
  create: ({ options, http, models, now }) => {
    const { api, storage, asUs, ours } = connect(options, http, now);
    const version = `/${options.apiVersion}`;
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, (choice) => request(choice, options.storageUri)),
      submit: async (order, _key, signal) => {
        const path = `${version}${ours}/publishers/google/models/${encodeURIComponent(order.model)}:predictLongRunning`;
        const payload = { json: order.request };
        const { body } = await asUs(signal, (headers) =>
          api.send('POST', path, payload, operation, signal, { headers }),
        );
        return { job: { operation: body.name }, jobId: lastPart(body.name), costUsd: null };
      },
      poll: async (saved, signal) => {
        const { operation: name } = job.parse(saved);
        const resource = name.slice(0, name.lastIndexOf('/operations/'));
        const payload = { json: { operationName: name } };
        const { body } = await asUs(signal, (headers) =>
          api.send('POST', `${version}/${resource}:fetchPredictOperation`, payload, predicted, signal, {
            ...LARGE,
            headers,
          }),
        );
        return body;
      },
      download: (asset, limits, signal) => {
        const object = objectPath(asset.path);
        return asUs(signal, (headers) =>
          object === null
            ? api.download(asset.path, limits, signal, { headers })
            : storage.download(object, limits, signal, { headers }),
        );
      },
      cancel: null,
      check: async (model, signal): Promise<Checked> => {
        const path = `${version}/publishers/google/models/${encodeURIComponent(model)}`;
        try {
          await asUs(signal, (headers) => api.get(path, listed, signal, { headers }));
          return { ...FOUND, text: `login accepted, ${model} is there`, isListed: true };
        } catch (error) {
          if (!(error instanceof HttpError)) throw error;
          if (isMissing(error))
            return { ...FOUND, text: `login accepted, ${model} is not there`, isListed: false };
          // The entry may be closed to API keys, which says nothing about the key.
          if (KEYLESS.test(explainGoogle(error).message))
            return { ...FOUND, text: 'answered; this call takes no API key', isListed: null };
          throw error;
        }
      },
      explain: explainGoogle,
      causeOfJobCode: causeOfGoogleCode,
      knownNotice: knownEnd('veo', models, MODEL_PAGE),
    };
  },
});

/** The two origins, and a way to call them as whoever the configuration says. */
function connect(options: z.output<typeof veoOptions>, http: Http, now: () => Instant) {
  const account = readAccount(options.serviceAccount ?? '');
  const login = account && createGoogleLogin({ http, account, scope: SCOPE, now });
  const { apiKey = '', project = account?.project_id, location } = options;
  return {
    api: http.at(options.baseUrl ?? originOf(location), login ? {} : { 'x-goog-api-key': apiKey }),
    storage: http.at(options.storageUrl, {}),
    /** Whose models they are, in a path. */
    ours: `/projects/${project}/locations/${location}`,
    /** A refused token is not shown again: the next call signs in anew. */
    asUs: async <T>(signal: AbortSignal, call: (headers: Record<string, string>) => Promise<T>) => {
      const headers = (await login?.headers(signal)) ?? {};
      try {
        return await call(headers);
      } catch (error) {
        if (error instanceof HttpError && error.status === 401) login?.forget();
        throw error;
      }
    },
  };
}

const FOUND = { balanceUsd: null, notices: [] };

/** What Google's APIs say where a method wants OAuth (cloud.google.com/docs/authentication/api-keys). */
const KEYLESS = /API keys are not supported by this API/i;

/** Parameters of @google/genai 3.1.0 `generateVideos` for the Agent Platform. */
function request(choice: Choice, storageUri: string | undefined): Opaque {
  return predictRequest(choice, {
    generateAudio: choice.audio,
    ...(choice.seed !== null && { seed: choice.seed }),
    ...(storageUri !== undefined && { storageUri }),
  });
}

function originOf(location: string): string {
  return `https://${location === 'global' ? '' : `${location}-`}aiplatform.googleapis.com`;
}
