/** A provider that exists only in memory: the Provider port itself, with seeded delays and faults. */

import type { Instant } from '../../src/core/base.ts';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import type { Cause } from '../../src/core/model.ts';
import type { VideoFacts } from '../../src/core/trace.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { Download } from '../../src/ports/http.ts';
import type { JobStatus, Provider, SeenNotice } from '../../src/ports/provider.ts';
import type { Draw } from '../../src/simulator/random.ts';
import { logNormal } from '../../src/simulator/random.ts';
import type { Books } from './books.ts';
import type { Faults } from './faults.ts';
import { OUR_NETWORK } from './faults.ts';
import type { Life } from './life.ts';
import { CALL_TIMEOUT_MS } from './life.ts';

const GENERATION_MS = 75 * SECOND;
const WIDTH = 1280;
const HEIGHT = 720;
const SECONDS = 4;

export interface Job {
  id: string;
  provider: string;
  model: string;
  startsAt: Instant;
  readyAt: Instant;
  ends: 'done' | 'failed' | 'moderated';
  video: 'good' | 'black' | 'short' | 'not a video';
  usd: number;
  key: string;
}

export interface ProviderWorld {
  clock: Clock;
  faults: Faults;
  books: Books;
  jobs: Map<string, Job>;
  /** Which file holds which job's video. */
  files: Map<string, Job>;
  priceOf: (provider: string, model: string) => number;
  notices: SeenNoticeFrom[];
  /** Whether the process dies right after this order was accepted. */
  diesAfterOrder: () => boolean;
  /** The share of orders that fail for no reason. */
  noise: () => number;
}

export type SeenNoticeFrom = { provider: string; model: string; knownAt: Instant; notice: SeenNotice };

export const VIDEO: VideoFacts = {
  bytes: 400_000,
  codec: 'h264',
  width: WIDTH,
  height: HEIGHT,
  durationMs: SECONDS * SECOND,
  framesDecoded: 96,
  isTruncated: false,
  blackRatio: 0,
  frozenRatio: 0.1,
  hasAudio: false,
  colours: { white: 0.6, red: 0.05 },
};

const CODES: Record<string, Cause> = {
  gone: 'retired',
  no_credit: 'no_credit',
  moderated: 'moderated',
  internal: 'unavailable',
};

/** The provider `name`, as each life of the daemon sees it. */
export function createProviderDouble(
  name: string,
  world: ProviderWorld,
  draw: Draw,
): (life: Life) => Provider {
  const { clock, faults, books, jobs } = world;
  const strikes = (kind: Parameters<Faults['find']>[1]) => {
    const fault = faults.find(name, kind);
    return fault !== undefined && (fault.p >= 1 || draw() < fault.p);
  };
  const pause = (ms: number, signal: AbortSignal) => pauseOn(clock, ms, signal);
  const reach = async (signal: AbortSignal): Promise<void> => {
    await pause(logNormal(draw, 250, 0.6), signal);
    if (strikes('hang')) {
      await pause(CALL_TIMEOUT_MS, signal);
      throw new HttpError('timeout', 'no answer');
    }
    if (faults.find(OUR_NETWORK, 'refused') !== undefined) throw new HttpError('connect', 'our line is cut');
    if (strikes('refused')) throw new HttpError('connect', 'connection refused');
    if (strikes('down')) throw answer(draw() < 0.5 ? 500 : 503, 'internal');
    if (strikes('garbled')) throw new HttpError('bad_json', 'not JSON', { status: 200 });
    if (strikes('auth')) throw answer(401, 'unauthorized');
  };
  const noticesOf = (model: string, now: Instant) =>
    world.notices.filter((seen) => seen.provider === name && seen.model === model && seen.knownAt <= now);
  const isGone = (model: string) =>
    noticesOf(model, clock.now()).some(({ notice }) => (notice.effectiveAt ?? Infinity) <= clock.now());

  const accept = (model: string, key: string): Job => {
    const now = clock.now();
    const startsAt = now + logNormal(draw, 5 * SECOND, 0.7);
    const factor = strikes('slow') ? (faults.find(name, 'slow')?.factor ?? 1) : 1;
    const isStuck = strikes('stuck');
    const job: Job = {
      id: `${name}-${books.counts.canaries + 1}`,
      provider: name,
      model,
      startsAt,
      readyAt: isStuck ? Infinity : startsAt + factor * logNormal(draw, GENERATION_MS, 0.25),
      ends: strikes('moderated') ? 'moderated' : strikes('job_fails') ? 'failed' : 'done',
      video: !strikes('bad_video') ? 'good' : draw() < 0.3 ? 'not a video' : draw() < 0.5 ? 'black' : 'short',
      usd: world.priceOf(name, model),
      key,
    };
    jobs.set(job.id, job);
    books.ordered({ at: now, key, provider: name, usd: job.usd });
    return job;
  };

  const statusOf = (job: Job): JobStatus => {
    const now = clock.now();
    if (now < job.startsAt) return { is: 'pending', phase: 'queue', progress: null };
    if (now < job.readyAt) return { is: 'pending', phase: 'generate', progress: null };
    if (job.ends !== 'done') {
      books.refunded(job.key);
      const code = job.ends === 'moderated' ? 'moderated' : 'internal';
      return { is: 'failed', code, message: `the job ${job.ends}`, costUsd: 0 };
    }
    const asset =
      name.length % 2 === 0
        ? ({ at: 'own', path: `/videos/${job.id}` } as const)
        : ({ at: 'foreign', url: `https://assets.invalid/${job.id}` } as const);
    return { is: 'done', asset, costUsd: draw() < 0.5 ? job.usd : null };
  };

  return (life) => ({
    pollEveryMs: 10 * SECOND,
    deadlineMs: 12 * MINUTE,
    cancel: null,
    plan: (_, model) => ({
      model,
      request: {},
      facts: {
        seconds: SECONDS,
        width: WIDTH,
        height: HEIGHT,
        aspect: '16:9',
        costUsd: world.priceOf(name, model),
        notes: [],
      },
    }),
    submit: life.call(async ({ model }, key, signal) => {
      await reach(signal);
      if (isGone(model)) throw answer(410, 'gone');
      if (strikes('no_credit')) throw answer(402, 'no_credit');
      if (strikes('rate_limited')) throw answer(429, 'slow_down', 20 * SECOND);
      if (strikes('partial') || draw() < world.noise()) throw answer(500, 'internal');
      const job = accept(model, key);
      if (strikes('lost_answer'))
        throw new HttpError(draw() < 0.5 ? 'reset' : 'timeout', 'the answer got lost');
      if (world.diesAfterOrder()) life.kill('after an order was accepted');
      return { job: { id: job.id }, jobId: job.id, costUsd: draw() < 0.5 ? job.usd : null };
    }),
    poll: life.call(async (handle, signal) => {
      await reach(signal);
      if (strikes('poll_limited')) throw answer(429, 'slow_down', 15 * SECOND);
      const job = jobs.get((handle as { id: string }).id);
      if (job === undefined) throw answer(404, 'unknown');
      return statusOf(job);
    }),
    download: life.call((asset, limits, signal) => fetchVideo(world, draw, asset.path, limits.file, signal)),
    check: life.call(async (model, signal) => {
      await reach(signal);
      if (strikes('check_down')) throw answer(503, 'internal');
      const notices = noticesOf(model, clock.now()).map(({ notice }) => notice);
      return { text: 'the key works', balanceUsd: 100, notices: notices.slice(-1), isListed: true };
    }),
    explain: (error) => {
      const code = error.body === '' ? null : error.body;
      return { code, message: error.message, cause: (code === null ? null : CODES[code]) ?? null };
    },
    causeOfJobCode: (code) => CODES[code] ?? null,
    knownNotice: (model, now) => noticesOf(model, now).at(-1)?.notice ?? null,
  });
}

/** Fetches the video whose job's id stands at the end of an address. */
export async function fetchVideo(
  world: ProviderWorld,
  draw: Draw,
  url: string,
  file: string,
  signal: AbortSignal,
): Promise<Download> {
  const tookMs = Math.round(logNormal(draw, 900, 0.5));
  await pauseOn(world.clock, tookMs, signal);
  const job = world.jobs.get(url.split('/').at(-1) ?? '');
  if (job === undefined) throw answer(404, 'unknown');
  if (world.faults.find(OUR_NETWORK, 'refused') !== undefined)
    throw new HttpError('connect', 'our line is cut');
  const fault = world.faults.find(job.provider, 'asset_down');
  if (fault !== undefined && draw() < fault.p) throw answer(503, 'internal');
  world.files.set(file, job);
  return { file, bytes: VIDEO.bytes, contentType: 'video/mp4', tookMs, finishedAt: world.clock.now() };
}

/** Waits on the world's clock; the caller's abort ends it as the real door would. */
export async function pauseOn(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(Math.round(ms), signal);
  if (signal.aborted) throw new HttpError('aborted', 'stopped');
}

function answer(status: number, body: string, retryAfterMs: number | null = null): HttpError {
  return new HttpError('status', `answered ${status}`, { status, body, retryAfterMs });
}
