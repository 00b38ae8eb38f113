/**
 * OpenAI's Videos API, mounted at `/openai/v1`: gone, as since 2026-09-24, or `revived` as it was before.
 * Shapes from openai 7.57.0 and the published OpenAPI, read 2026-11-21.
 */

import { json, keyOf } from './answers.ts';
import { answerVideos, refuseCall, soraError, type SoraCall, type SoraSite } from './sora.ts';
import type { World } from './types.ts';

export const SHUTDOWN_DATE = '2026-09-24';

// What api.openai.com really answers since the shutdown was not found (2026-11-21): 404, 410 and 403 are all
// possible. The words are those it used for other retired models.
const gone = (model: string) =>
  soraError(
    404,
    'invalid_request_error',
    `The model \`${model}\` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations`,
    'model_not_found',
  );

const OPENAI: SoraSite = {
  provider: 'openai',
  prefix: '/openai/v1',
  prices: { 'sora-2': 0.1, 'sora-2-pro': 0.3 },
  hasKey: (request) => keyOf(request, 'Bearer') !== null,
  says: {
    down: () => soraError(503, 'server_error', 'The server is overloaded or not ready yet.', null),
    rateLimited: () =>
      soraError(429, 'requests', 'Rate limit reached for videos.', 'rate_limit_exceeded', null, {
        'retry-after': '20',
      }),
    badKey: () => soraError(401, 'invalid_request_error', 'Incorrect API key provided.', 'invalid_api_key'),
    noCredit: () =>
      soraError(
        429,
        'insufficient_quota',
        'You exceeded your current quota, please check your plan and billing details.',
        'insufficient_quota',
      ),
    gone,
    unknown: gone,
  },
};

export async function handleOpenai(request: Request, world: World): Promise<Response> {
  const call = { request, world, site: OPENAI };
  const path = new URL(request.url).pathname;
  if (request.method === 'GET' && path === '/openai/v1/models') return models(call);
  const answer = await answerVideos(call);
  return (
    answer ??
    soraError(
      404,
      'invalid_request_error',
      `Invalid URL (${request.method} ${path.slice('/openai'.length)})`,
      null,
    )
  );
}

async function models(call: SoraCall): Promise<Response> {
  const { world } = call;
  world.count('openai', 'checks');
  const refusal = await refuseCall(call, null, 'check');
  if (refusal !== null) return refusal;
  const made = { object: 'model', created: 1759190400, owned_by: 'system' };
  const data = Object.keys(OPENAI.prices)
    .filter((id) => !world.suffers('openai', 'model_gone', id))
    .map((id) => ({ id, ...made, shutdown_date: SHUTDOWN_DATE }));
  return json(200, { object: 'list', data: [{ id: 'gpt-5', ...made, shutdown_date: null }, ...data] });
}
