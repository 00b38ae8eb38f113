/**
 * What Google's APIs have in common: errors as google.rpc.Status, and orders of Veo.
 * Shapes from @google/genai 3.1.0 and public reports of answers (github.com/google/timesketch/pull/3703 for the bad
 * key, github.com/google-gemini/gemini-cli/issues/8437 for the quota), read 2026-11-21.
 */

import { asObject, asText, json, keyInEither } from './answers.ts';
import type { Ordered, ProviderName, Says } from './types.ts';

const RPC = 'type.googleapis.com/google.rpc.';
const QUOTA =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, ' +
  'head to: https://ai.google.dev/gemini-api/docs/rate-limits.';
const PROMPT_CHARACTERS_MAX = 4_096;

export function googleError(
  status: number,
  word: string,
  message: string,
  details: readonly object[] = [],
): Response {
  const more = details.length === 0 ? {} : { details };
  return json(status, { error: { code: status, message, status: word, ...more } });
}

/** An API key stands in a header or in the query (cloud.google.com/docs/authentication/api-keys-use, 2026-11). */
export function googleKey(request: Request): string | null {
  return keyInEither(request, 'x-goog-api-key', 'key');
}

export function reason(reason: string, service: string): object {
  return { '@type': `${RPC}ErrorInfo`, reason, domain: 'googleapis.com', metadata: { service } };
}

/** The errors of one of Google's services. */
export function googleSays(service: string) {
  return {
    down: () => googleError(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
    rateLimited: () =>
      googleError(429, 'RESOURCE_EXHAUSTED', QUOTA, [
        { '@type': `${RPC}QuotaFailure`, violations: [{ quotaId: 'GenerateRequestsPerMinutePerProject' }] },
        { '@type': `${RPC}RetryInfo`, retryDelay: '20s' },
      ]),
    badKey: () =>
      googleError(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
        reason('API_KEY_INVALID', service),
      ]),
    badToken: () =>
      googleError(
        401,
        'UNAUTHENTICATED',
        'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
        [reason('ACCESS_TOKEN_TYPE_UNSUPPORTED', service)],
      ),
    noCredit: () => googleError(429, 'RESOURCE_EXHAUSTED', QUOTA),
    invalid: (message: string) => googleError(400, 'INVALID_ARGUMENT', message),
    notFound: (what: string) => googleError(404, 'NOT_FOUND', `${what} not found.`),
    noModel: (model: string, version: string) =>
      googleError(
        404,
        'NOT_FOUND',
        `models/${model} is not found for API version ${version}, or is not supported for predictLongRunning. Call ListModels to see the list of available models and their supported methods.`,
      ),
    ended: (model: string) =>
      googleError(
        404,
        'NOT_FOUND',
        `This model models/${model} is no longer available. Please update your code to use a newer model for the latest features and improvements.`,
      ),
  } satisfies Says & Record<string, (...args: never[]) => Response>;
}

/** What an operation of Veo says of a video that was filtered; the sentence is from github.com/HKUDS/ViMax/issues/20. */
export const FILTERED = {
  raiMediaFilteredCount: 1,
  raiMediaFilteredReasons: [
    "The prompt could not be submitted. This prompt contains sensitive words that violate Google's Responsible AI practices. Support codes: 58061214",
  ],
};

export const SIZES: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> = {
  '360p': { '16:9': [640, 360], '9:16': [360, 640] },
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920] },
  '4k': { '16:9': [3840, 2160], '9:16': [2160, 3840] },
};

/** Lengths of Veo, as numbers; the documents show them as text too. */
const SECONDS = [4, 6, 8];

/** What Veo takes where, and dollars per second by resolution. */
export interface VeoRules {
  parameters: readonly string[];
  price: Readonly<Record<string, number>>;
}

/** Reads an order of Veo; the answer is a sentence where something in it is wrong. */
export function readPrediction(
  provider: ProviderName,
  model: string,
  body: Record<string, unknown>,
  rules: VeoRules,
): Ordered | string {
  const instances: unknown[] = Array.isArray(body['instances']) ? body['instances'] : [];
  const parameters = asObject(body['parameters'] ?? {});
  if (parameters === null || instances.length !== 1)
    return 'Invalid JSON payload received: expected one instance.';
  const prompt = asText(asObject(instances[0])?.['prompt']);
  if (prompt === '' || prompt.length > PROMPT_CHARACTERS_MAX) return 'The prompt is missing or too long.';
  const strange = Object.keys(parameters).find((name) => !rules.parameters.includes(name));
  if (strange !== undefined) return `\`${strange}\` isn't supported by this model.`;
  if ((parameters['sampleCount'] ?? 1) !== 1) return 'sampleCount must be 1 here.';
  const seconds = Number(parameters['durationSeconds'] ?? 8);
  if (!SECONDS.includes(seconds))
    return `The number value for \`durationSeconds\` is out of bound. Please provide a value between 4 and 8, inclusive.`;
  const resolution = asText(parameters['resolution'] ?? '720p');
  const perSecond = Object.hasOwn(rules.price, resolution) ? rules.price[resolution] : undefined;
  const size = SIZES[resolution]?.[asText(parameters['aspectRatio'] ?? '16:9')];
  if (perSecond === undefined || size === undefined) return 'Unsupported resolution or aspect ratio.';
  const [width, height] = size;
  return { provider, model, width, height, seconds, costUsd: perSecond * seconds, prompt };
}
