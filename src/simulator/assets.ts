/** Where finished videos lie: `GET /assets/{provider}/{job id}.mp4`, without a key, like the stores of the real ones. */

import { PROVIDERS } from './types.ts';
import type { Job, ProviderName, World } from './types.ts';
import { stageOf } from './jobs.ts';

export async function handleAsset(request: Request, world: World): Promise<Response> {
  const match = /^\/assets\/([\w-]+)\/([\w-]+)\.mp4$/.exec(new URL(request.url).pathname);
  const provider = PROVIDERS.find((name) => name === match?.[1]);
  const job = provider === undefined ? null : world.open(provider, match?.[2] ?? '');
  if (job === null || provider === undefined || world.isForgotten(job.id)) return notFound();
  if (job.outcome !== 'ok' || stageOf(job, world.now()).is !== 'over') return notFound();
  const call = { provider, model: job.model, step: 'asset' } as const;
  const struck = await world.strike(request, call, NO_WORDS);
  return struck ?? serveVideo(provider, job, world);
}

/** Sends a job's video and counts the download. */
export function serveVideo(provider: ProviderName, job: Job, world: World): Response {
  const { bytes, contentType } = world.asset(job);
  world.count(provider, 'downloads');
  return new Response(bytes, {
    headers: { 'content-type': contentType, 'content-length': String(bytes.byteLength) },
  });
}

const unavailable = () => new Response('Service Unavailable', { status: 503 });
const NO_WORDS = { down: unavailable, rateLimited: unavailable, badKey: unavailable };

function notFound(): Response {
  return new Response('<Error><Code>AccessDenied</Code></Error>', {
    status: 403,
    headers: { 'content-type': 'application/xml' },
  });
}
