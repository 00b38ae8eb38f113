/** Providers, an inbox and a router to practise on: in-process or behind `startSimulator`, on any clock. */

import { connectionReset, problem } from './answers.ts';
import { handleAsset } from './assets.ts';
import { handleControl } from './control.ts';
import { createBooks } from './counters.ts';
import { createFaults, parseFault, parseTimeline } from './faults.ts';
import { createInbox } from './inbox.ts';
import { createJob, readJob } from './jobs.ts';
import { createStreams, logNormal } from './random.ts';
import type { Draw } from './random.ts';
import { mountsOf } from './mounts.ts';
import { createRouter } from './router.ts';
import type { Counters, Fault, FaultKind, Outcome, ProviderName, TimelineEntry, World } from './types.ts';
import { createVideos } from './videos.ts';

/** Deleted and cancelled jobs that are remembered. */
const FORGOTTEN_MAX = 5_000;
const ANSWER_MS = 90;
const ANSWER_SIGMA = 0.5;

export interface SimulatorOptions {
  now: () => number;
  /** Where given, every answer of a provider takes a little; without it answers are immediate. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Same seed, same calls, same story. */
  seed: number;
  /** How many times faster than the real services jobs get ready: 1 is real time, 20 suits a demo. */
  speed?: number;
  /** Where the simulator is reached, without a slash at the end: URLs in its answers begin with it. */
  origin: string;
  /** OpenAI's Videos API as it was before 2026-09-24. */
  revived?: boolean;
  timeline?: readonly TimelineEntry[];
}

export interface Simulator {
  /** Answers a request; rejects with an error of code `ECONNRESET` where a fault breaks the connection. */
  handle: (request: Request) => Promise<Response>;
  /** Sets a fault as `PUT /_sim/{provider}/faults` does; throws an Error that says what is wrong. */
  setFault: (provider: ProviderName, fault: FaultOrder) => void;
  healFault: (provider: ProviderName, model?: string) => void;
  faults: () => Fault[];
  counters: () => Counters;
  inbox: ReturnType<typeof createInbox>['read'];
  pushes: ReturnType<typeof createRouter>['read'];
}

export interface FaultOrder {
  kind: FaultKind;
  model?: string;
  p?: number;
  factor?: number;
  for?: string;
  video?: string;
}

export function createSimulator(options: SimulatorOptions): Simulator {
  const { now, origin } = options;
  const draw = createStreams(options.seed);
  const faults = createFaults(now);
  for (const fault of parseTimeline(options.timeline ?? [], now())) faults.set(fault);
  const books = createBooks();
  const world = createWorld(options, { faults, books, draw });
  const inbox = createInbox(now);
  const router = createRouter(now);
  const mounts: Record<string, (request: Request) => Promise<Response> | Response> = {
    ...mountsOf(world),
    assets: (request) => handleAsset(request, world),
    _sim: (request) => handleControl(request, { now, origin, faults, counters: books.read }),
    inbox: inbox.handle,
    'inbox.json': inbox.handle,
    router: router.handle,
    'router.json': router.handle,
  };
  return {
    handle: async (request) => {
      const mount = new URL(request.url).pathname.split('/')[1] ?? '';
      const handler = Object.hasOwn(mounts, mount) ? mounts[mount] : undefined;
      if (handler === undefined)
        return problem(404, 'Nothing is served here.', {
          mounts: Object.keys(mounts).map((name) => `/${name}`),
        });
      return await handler(request);
    },
    setFault: (provider, order) => {
      const parsed = parseFault(provider, order, now());
      if ('wrong' in parsed) throw new Error(parsed.wrong);
      faults.set(parsed.fault);
    },
    healFault: faults.heal,
    faults: () => faults.active(),
    counters: books.read,
    inbox: inbox.read,
    pushes: router.read,
  };
}

interface Parts {
  faults: ReturnType<typeof createFaults>;
  books: ReturnType<typeof createBooks>;
  draw: (name: string) => Draw;
}

function createWorld(options: SimulatorOptions, parts: Parts): World {
  const { now, origin } = options;
  const { faults, books, draw } = parts;
  const forgotten = new Set<string>();
  const videoFor = createVideos();
  const hits = (fault: Fault) => fault.p >= 1 || draw(`${fault.provider}:${fault.kind}`)() < fault.p;
  const suffers: World['suffers'] = (provider, kind, model) =>
    faults.find(provider, model, [kind]).some(hits);
  return {
    now,
    origin,
    revived: options.revived ?? false,
    strike: createStrike(options, parts, suffers),
    suffers,
    accept: (ordered) => {
      const { provider, model } = ordered;
      const bad = faults.find(provider, model, ['bad_video']).find(hits);
      const slow = faults.find(provider, model, ['slow']).find(hits);
      const job = createJob({
        ordered,
        now: now(),
        draw: draw(`${provider}/${model}`),
        speed: options.speed ?? 1,
        factor: slow?.factor ?? 1,
        outcome: outcomeOf(provider, model, suffers),
        video: bad?.video ?? 'good',
      });
      const { prompt, costUsd, key = null } = ordered;
      books.submit(provider, { at: now(), jobId: job.id, model, key, prompt, costUsd });
      if (suffers(provider, 'lost_answer', model)) throw connectionReset();
      return job;
    },
    open: (provider, id) => {
      const job = readJob(id);
      return job?.provider === provider ? job : null;
    },
    forget: (job) => {
      forgotten.add(job.id);
      for (const oldest of forgotten) if (forgotten.size > FORGOTTEN_MAX) forgotten.delete(oldest);
    },
    isForgotten: (id) => forgotten.has(id),
    count: books.count,
    submits: books.submits,
    assetUrl: (job) => `${origin}/assets/${job.provider}/${job.id}.mp4`,
    asset: (job) => ({
      bytes: videoFor(job),
      contentType: job.video === 'not_video' ? 'application/xml' : 'video/mp4',
    }),
  };
}

function outcomeOf(provider: ProviderName, model: string, suffers: World['suffers']): Outcome {
  if (suffers(provider, 'generation_down', model) || suffers(provider, 'partial', model)) return 'failed';
  return suffers(provider, 'moderated', model) ? 'moderated' : 'ok';
}

function createStrike(options: SimulatorOptions, parts: Parts, suffers: World['suffers']): World['strike'] {
  return async (request, { provider, model, step }, says) => {
    const strikes = (kind: FaultKind) => suffers(provider, kind, model);
    const answerMs = logNormal(parts.draw(`${provider}:answers`), ANSWER_MS, ANSWER_SIGMA);
    await options.sleep?.(answerMs / Math.max(1, options.speed ?? 1), request.signal);
    if (step === 'asset')
      return strikes('asset_down') ? new Response('Service Unavailable', { status: 503 }) : null;
    if (strikes('hang')) await abortOf(request.signal);
    if (strikes('reset')) throw connectionReset();
    if (strikes('garbage')) return garbage();
    if (strikes('empty_202')) return new Response(null, { status: 202 });
    if (strikes('down')) return says.down();
    // Orders suffer from `partial` by failing later; the free checks by failing now.
    if (step === 'check' && strikes('partial')) return says.down();
    if (strikes('bad_key')) return says.badKey();
    if ((step === 'submit' || step === 'check') && strikes('rate_limited')) return says.rateLimited();
    return null;
  };
}

/** Never answers: ends when the caller gives up. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason instanceof Error ? signal.reason : connectionReset());
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}

function garbage(): Response {
  return new Response('{"id":"1", "status": <html><body>upstream', {
    headers: { 'content-type': 'application/json' },
  });
}
