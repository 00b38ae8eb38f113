/** Fetching a finished video and looking at it. */

import { inspectFacts } from '../canary/expect.ts';
import type { Failure } from '../core/trace.ts';
import { InlineFile, type DownloadLimits } from '../ports/http.ts';
import type { Asset } from '../ports/provider.ts';
import { describe } from './context.ts';
import type { RunContext } from './context.ts';
import { failureFrom } from './failures.ts';

/** The video is paid for: fetching it once more costs nothing. */
const FETCH_TRIES_MAX = 2;

export interface Looked {
  failure: Failure | null;
  frameJpegBase64: string | null;
}

/** Downloads with limits, decodes in a child process, and holds the facts against the order. */
export async function lookAt(ctx: RunContext, asset: Asset): Promise<Looked | 'stopped'> {
  const { deps, run, stop } = ctx;
  const file = deps.scratch.pathFor(run.runId);
  try {
    deps.moved(run.runId, 'fetch');
    const failure = await fetchTo(ctx, asset, file);
    if (stop.aborted) return 'stopped';
    if (failure !== null) return { failure, frameJpegBase64: null };
    deps.moved(run.runId, 'verify');
    const looked = await inspect(ctx, file);
    return stop.aborted ? 'stopped' : looked;
  } finally {
    await deps.scratch.remove(file);
  }
}

async function fetchTo(ctx: RunContext, asset: Asset, file: string): Promise<Failure | null> {
  const { deps, setting, trace, stop } = ctx;
  const limits: DownloadLimits = { ...deps.download, file };
  for (let tries = 1; ; tries++) {
    const startedAt = deps.clock.now();
    const mark = deps.clockWatch.mark();
    if (asset.at === 'inline') return save(ctx, asset.base64, limits);
    try {
      const done =
        asset.at === 'own'
          ? await setting.provider.download(asset, limits, stop)
          : await deps.http.download(asset.url, limits, stop);
      trace.took('fetch', done.tookMs);
      trace.step(deps.clock.now(), 'fetched', `${done.bytes} bytes, ${done.contentType}`);
      return null;
    } catch (error) {
      if (stop.aborted) return null;
      trace.took('fetch', deps.clock.now() - startedAt);
      const failure = await describe(deps, setting, error, 'fetch', stop);
      const isPassing =
        failure.kind === 'transport' || failure.kind === 'silence' || (failure.httpStatus ?? 0) >= 500;
      // What broke because we stood still was no try.
      if (deps.clockWatch.since(mark).isBroken) tries -= 1;
      if (!isPassing || tries >= FETCH_TRIES_MAX) return failure;
      trace.step(deps.clock.now(), 'fetch failed', failure.message);
      await deps.clock.sleep(setting.provider.pollEveryMs, stop);
    }
  }
}

/** A video that came with the answer: it only has to reach the decoder. */
async function save(
  { deps, trace }: RunContext,
  base64: string | InlineFile,
  { bytesMax, file }: DownloadLimits,
): Promise<Failure | null> {
  const { parts, byteLength } =
    typeof base64 === 'string' ? new InlineFile([Buffer.from(base64, 'base64')]) : base64;
  if (byteLength > bytesMax)
    return failureFrom('fetch', 'oversize', `the answer holds a video of more than ${bytesMax} bytes`);
  await deps.scratch.save(file, parts);
  trace.took('fetch', 0);
  trace.step(deps.clock.now(), 'fetched', `${byteLength} bytes, in the answer itself`);
  return null;
}

async function inspect(ctx: RunContext, file: string): Promise<Looked> {
  const { deps, order, setting, trace, stop } = ctx;
  const startedAt = deps.clock.now();
  const seen = await deps.media.inspect(file, stop);
  trace.took('verify', deps.clock.now() - startedAt);
  switch (seen.is) {
    case 'gave_up':
      return { failure: failureFrom('verify', 'not_inspected', seen.why), frameJpegBase64: null };
    case 'unreadable':
      return {
        failure: failureFrom('verify', 'unreadable', `not a video that can be played: ${seen.why}`),
        frameJpegBase64: null,
      };
    case 'video': {
      const findings = inspectFacts(seen.facts, order.facts, setting.canary.expect);
      trace.saw(seen.facts, findings);
      const wrong = findings.filter(({ ok }) => !ok).map(({ check }) => check);
      trace.step(
        deps.clock.now(),
        'inspected',
        wrong.length === 0 ? 'as ordered' : `wrong: ${wrong.join(', ')}`,
      );
      return { failure: null, frameJpegBase64: seen.frameJpegBase64 };
    }
  }
}
