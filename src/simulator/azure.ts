/**
 * Sora on Azure OpenAI, mounted at `/azure/openai/v1`: gone with 410, as said of 2026-10-15, or `revived`.
 * The list of models from Azure's OpenAIAuthoring 2024-10-21; errors from public issues (2025, 2026); read 2026-11-21.
 */

import { json, keyIn } from './answers.ts';
import { uuidOf } from './jobs.ts';
import { answerVideos, refuseCall, soraError, type SoraCall, type SoraSite } from './sora.ts';
import type { World } from './types.ts';

const PREFIX = '/azure/openai/v1';
/** 2026-10-15T00:00:00Z, in seconds. */
const INFERENCE_ENDS_AT = 1_792_022_400;

const AZURE: SoraSite = {
  provider: 'azure',
  prefix: PREFIX,
  prices: { 'sora-2': 0.1 },
  hasKey: (request) => keyIn(request, 'api-key') !== null,
  says: {
    down: () => azureError(503, '503', 'The service is temporarily unable to process your request.'),
    rateLimited: () =>
      azureError(429, '429', 'Rate limit is exceeded. Try again in 20 seconds.', { 'retry-after': '20' }),
    badKey: () =>
      azureError(
        401,
        '401',
        'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
      ),
    // How Azure says that an account has no money left was not found (2026-11-21): in OpenAI's words here.
    noCredit: () =>
      soraError(
        429,
        'insufficient_quota',
        'You exceeded your current quota, please check your plan and billing details.',
        'insufficient_quota',
      ),
    // The status from a public lesson; the body is made up.
    gone: (model) =>
      azureError(410, 'ModelDeprecated', `The model ${model} has been retired and can no longer be used.`),
    unknown: (model) =>
      soraError(
        404,
        'video_generation_user_error',
        `The API deployment '${model}' for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.`,
        null,
      ),
  },
};

export async function handleAzure(request: Request, world: World): Promise<Response> {
  const call = { request, world, site: AZURE };
  const path = new URL(request.url).pathname;
  if (request.method === 'GET' && path === `${PREFIX}/models`) return models(call);
  return (await answerVideos(call)) ?? azureError(404, '404', 'Resource not found');
}

/** Models with their versions, and others beside; deployments do not stand in this list. */
async function models(call: SoraCall): Promise<Response> {
  const { world } = call;
  world.count('azure', 'checks');
  const refusal = await refuseCall(call, null, 'check');
  if (refusal !== null) return refusal;
  const made = {
    object: 'model',
    status: 'succeeded',
    lifecycle_status: 'preview',
    created_at: 1_765_152_000,
  };
  const sora = { id: 'sora-2-2025-12-08', ...made, deprecation: { inference: INFERENCE_ENDS_AT } };
  const data = world.suffers('azure', 'model_gone', 'sora-2') ? [] : [sora];
  return json(200, {
    object: 'list',
    data: [{ id: 'gpt-5-2025-08-07', ...made, deprecation: { inference: 1_833_148_800 } }, ...data],
  });
}

function azureError(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return json(status, { error: { code, message } }, { 'apim-request-id': uuidOf(message), ...headers });
}
